"""`Circle` says of one case what `Complaint.objects` says of all: who reads it, who may have it."""

from itertools import product

import pytest
from django.utils import timezone

from complaints.models.case import Complaint
from complaints.models.circle import Circle
from complaints.models.roster import Exclusion, Roster, Share, keep_roster, roster_for
from complaints.stages import Route
from tests.factories import make_complaint, make_user, set_handling

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
            check(case.pk, roster, everybody)
            if row:
                row.delete()


def check(pk, roster, everybody):
    cases = Complaint.objects.filter(pk=pk)
    circle = Circle(cases.get(), roster)
    for user in everybody:
        assert circle.sees(user) is cases.visible_to(user, roster).exists()
        assert circle.is_in_charge(user) is cases.in_charge_of(user, roster).exists()
        assert circle.may_have(user) is cases.may_go_to(user, roster).exists()
        assert circle.is_kept_from(user) is not cases.not_kept_from(user, roster).exists()


def test_a_share_that_was_stopped_counts_no_more(staff):
    case, other = make_complaint(), make_user("handler")
    now = timezone.now()
    Share.objects.create(complaint=case, user=other, at=now, revoked_at=now)
    assert not Circle(case, Roster.read()).sees(other)


def test_who_is_who_is_kept_for_a_request_and_for_nothing_else(staff):
    """Outside a request a change counts at once."""
    assert not roster_for(staff.deputy).is_standing_in(staff.deputy)
    set_handling(confidant_absent_from=timezone.localdate())
    assert roster_for(staff.deputy).is_standing_in(staff.deputy)
    kept = keep_roster(staff.deputy)
    set_handling(confidant_absent_from=None)
    assert roster_for(staff.deputy) is kept


def test_it_is_read_in_two_queries(staff, django_assert_num_queries):
    with django_assert_num_queries(2):
        roster = Roster.read()
        assert roster.handler_for(Route.CONFIDANT) == staff.confidant
        assert roster.handler_for(Route.DEPUTY) == staff.deputy
        assert [user.pk for user in roster.handlers] == [staff.confidant.pk, staff.deputy.pk]
