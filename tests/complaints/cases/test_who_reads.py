"""What the complainant is told of who reads: by role, never by name; what is said is done."""

import pytest

from complaints.cases import people
from complaints.cases.contents import own_history
from complaints.cases.sealing import case_key
from complaints.events import EventKind
from complaints.models.circle import Circle
from complaints.models.roster import Roster
from complaints.public.promises import who_reads
from complaints.stages import Route
from tests.desk import sees
from tests.factories import make_complaint, make_user, set_handling
from tests.services import fresh

pytestmark = pytest.mark.django_db


def readers(case) -> str:
    return who_reads(Circle(fresh(case), Roster.read()))


def test_as_promised_at_filing(case):
    assert readers(case) == (
        "De vertrouwenspersoon, en alleen bij afwezigheid de plaatsvervanger. "
        "Verder niemand: geen coach, geen redactie, geen beheerder."
    )


def test_one_it_is_shared_with_reads_along_until_it_stops(case, staff, other):
    people.share_case(complaint=case, to=other, by=staff.confidant)
    assert "Er leest nog een behandelaar mee." in readers(case)
    assert "Ander" not in readers(case)
    third = make_user("handler", username="derde")
    people.share_case(complaint=case, to=third, by=staff.confidant)
    assert "Er lezen nog 2 behandelaars mee." in readers(case)
    for person in (other, third):
        people.stop_sharing(complaint=case, user=person, by=staff.confidant)
    assert "behandelaar" not in readers(case)


def test_another_handler_is_told_too(case, staff, other):
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    assert "Er leest nog een behandelaar mee." in readers(case)


def test_a_deputy_it_is_shared_with_reads_now(case, staff):
    people.share_case(complaint=case, to=staff.deputy, by=staff.confidant)
    assert readers(case).startswith("De vertrouwenspersoon en de plaatsvervanger.")


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("deputy", "De vertrouwenspersoon. Verder niemand"),
        (
            "confidant",
            "De plaatsvervanger. De vertrouwenspersoon kan je klacht niet openen en niet zien dat "
            "hij er is.",
        ),
    ],
)
def test_whoever_stepped_back_does_not_read_it(role, words, case, staff):
    people.declare_conflict(complaint=case, by=getattr(staff, role))
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


def test_the_follow_page_shows_no_event_about_people(case, staff, other):
    people.share_case(complaint=case, to=other, by=staff.confidant)
    people.assign_case(complaint=case, to=staff.deputy, by=staff.confidant)
    people.declare_conflict(complaint=case, by=staff.deputy)
    shown = {found.event.kind for found in own_history(case, case_key(case.pk))}
    assert shown == {EventKind.FILED}
