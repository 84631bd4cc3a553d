"""Who reads a case and who may have it: asked of one and of all alike, and told truly."""

from itertools import product

import pytest
from django.utils import timezone

from complaints.cases import people
from complaints.models.case import Complaint
from complaints.models.roster import Circle, Exclusion, Roster, Share, keep_roster, roster_for
from complaints.public.promises import who_reads
from complaints.stages import Route
from tests.desk import sees
from tests.factories import make_complaint, make_user, set_handling
from tests.services import fresh, undone

pytestmark = pytest.mark.django_db


@pytest.fixture
def everybody(staff):
    """The people named, two handlers of whom one was switched off, and who handles nothing."""
    other = make_user("handler", username="ander")
    off = make_user("handler", username="weg", is_active=False)
    return [*vars(staff).values(), other, off, make_user("superuser")]


@pytest.mark.parametrize("is_absent", [False, True])
@pytest.mark.parametrize("is_deputy_off", [False, True])
def test_both_ways_agree_for_everybody(everybody, staff, is_absent, is_deputy_off):
    if is_absent:
        set_handling(confidant_absent_from=timezone.localdate())
    if is_deputy_off:
        type(staff.deputy).objects.filter(pk=staff.deputy.pk).update(is_active=False)
    roster, case = Roster.read(), make_complaint()
    for route, tie, person in product(Route, ("", "handler", "passed_over"), everybody):
        Complaint.objects.update(route=route, handler=None, passed_over=None)
        if tie:
            Complaint.objects.update(**{tie: person})
        for kind in (None, Share, Exclusion):
            row = kind and kind.objects.create(complaint=case, user=person, at=timezone.now())
            check(case.pk, roster, person)
            if row:
                row.delete()


def check(pk, roster, user):
    cases = Complaint.objects.filter(pk=pk)
    circle = Circle(cases.get(), roster)
    assert circle.sees(user) is cases.visible_to(user, roster).exists()
    assert circle.is_in_charge(user) is cases.in_charge_of(user, roster).exists()
    assert circle.may_have(user) is cases.may_go_to(user, roster).exists()
    assert circle.is_kept_from(user) is not cases.not_kept_from(user, roster).exists()


def test_who_is_who_is_read_in_two_queries_and_kept_for_a_request_only(
    staff, django_assert_num_queries
):
    """Outside a request a change counts at once."""
    with django_assert_num_queries(2):
        roster = Roster.read()
        assert roster.handler_for(Route.CONFIDANT) == staff.confidant
        assert roster.handler_for(Route.DEPUTY) == staff.deputy
        assert [user.pk for user in roster.handlers] == [staff.confidant.pk, staff.deputy.pk]
    assert not roster_for(staff.deputy).is_standing_in(staff.deputy)
    set_handling(confidant_absent_from=timezone.localdate())
    assert roster_for(staff.deputy).is_standing_in(staff.deputy)
    kept = keep_roster(staff.deputy)
    set_handling(confidant_absent_from=None)
    assert roster_for(staff.deputy) is kept


def readers(case) -> str:
    return who_reads(Circle(fresh(case), Roster.read()))


def test_one_it_is_shared_with_or_who_handles_it_reads_along_until_it_stops(case, staff, other):
    with undone():
        assert readers(case) == (
            "De vertrouwenspersoon, en alleen bij afwezigheid de plaatsvervanger. "
            "Verder niemand: geen coach, geen redactie, geen beheerder."
        )
    with undone():
        people.share_case(complaint=case, to=staff.deputy, by=staff.confidant)
        assert readers(case).startswith("De vertrouwenspersoon en de plaatsvervanger.")
    with undone():
        people.share_case(complaint=case, to=other, by=staff.confidant)
        assert "Er leest nog een behandelaar mee." in readers(case)
        assert "Ander" not in readers(case)
        third = make_user("handler", username="derde")
        people.share_case(complaint=case, to=third, by=staff.confidant)
        assert "Er lezen nog 2 behandelaars mee." in readers(case)
        for person in (other, third):
            people.stop_sharing(complaint=case, user=person, by=staff.confidant)
        assert "behandelaar" not in readers(case)
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    assert "Er leest nog een behandelaar mee." in readers(case)


def test_whoever_stepped_back_does_not_read_it(case, staff):
    by_deputy = "De plaatsvervanger. De vertrouwenspersoon kan je klacht niet openen en niet zien"
    for person, words in (
        (staff.deputy, "De vertrouwenspersoon. Verder niemand"),
        (staff.confidant, f"{by_deputy} dat hij er is."),
    ):
        with undone():
            people.declare_conflict(complaint=case, by=person)
            assert readers(case).startswith(words)


def test_of_a_case_for_the_deputy(staff, other):
    case = make_complaint(route=Route.DEPUTY)
    assert readers(case).startswith("De plaatsvervanger. De vertrouwenspersoon kan")
    people.share_case(complaint=case, to=other, by=staff.deputy)
    assert "De plaatsvervanger. Er leest nog een behandelaar mee." in readers(case)
    people.declare_conflict(complaint=case, by=staff.deputy)
    assert readers(case).startswith("De behandelaar van je klacht. De vertrouwenspersoon")
    people.stop_sharing(complaint=case, user=other, by=staff.manager)
    assert readers(case).startswith("Nu nog niemand")


def test_a_deputy_who_becomes_the_confidant_keeps_what_they_handle(staff, other):
    """They know the case already; the next deputy sees it too, and the promise says so."""
    case = make_complaint(route=Route.DEPUTY)
    set_handling(confidant=staff.deputy, deputy=other)
    assert sees(staff.deputy, case)
    assert sees(other, case)
    assert not sees(staff.confidant, case)
    assert readers(case) == "De plaatsvervanger. Er leest nog een behandelaar mee."
    people.assign_case(complaint=case, to=other, by=staff.deputy)
    assert not sees(staff.deputy, case)
