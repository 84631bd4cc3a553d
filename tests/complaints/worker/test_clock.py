"""What time brings happens once, to the right person: waiting cases, misuse to check."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.cases import moves, people
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Roster
from complaints.notifications import owe_handed_over
from complaints.stages import Route, Stage
from complaints.worker.delivery import deliver_due
from tests.factories import make_complaint, make_user, move, set_handling
from tests.services import forget_mail, fresh, refused, tick, told, undone

pytestmark = pytest.mark.django_db


def late_case(**given):
    """Filed two days ago."""
    return make_complaint(at=timezone.now() - timedelta(days=2), **given)


@pytest.mark.parametrize(
    ("route", "present", "comes"),
    [(Route.DEPUTY, "confidant", "deputy"), (Route.CONFIDANT, "manager", "confidant")],
)
def test_r07_a_case_waits_for_its_route_and_goes_to_the_one_who_comes(route, present, comes):
    make_user(present)
    case = make_complaint(route=route)
    tick()
    assert fresh(case).handler is None
    person = make_user(comes)
    tick()
    tick()
    assert fresh(case).handler == person
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 1
    assert told(MailKind.NEW_CASE) == [person]


def test_the_confidant_hears_nothing_of_a_case_for_the_deputy_where_that_may_handle_none():
    """Somebody named who may not handle complaints counts as nobody."""
    set_handling(deputy=make_user("editor"), confidant=make_user("confidant"))
    cases = [make_complaint(route=Route.DEPUTY, is_suspect=it) for it in (False, True)]
    tick()
    assert [fresh(case).handler for case in cases] == [None, None]
    assert not told(MailKind.NEW_CASE)
    assert not told(MailKind.SUSPECT_DIGEST)


def test_a_suspect_case_mails_no_address_until_a_person_has_looked():
    confidant = make_user("confidant")
    case = make_complaint(is_suspect=True)
    move(case, Stage.MEDIATION, confidant)
    assert not OwedMail.objects.filter(complaint=case).exists()
    moves.clear_suspicion(complaint=case, by=confidant, reason="Echte klacht")
    assert not fresh(case).is_suspect
    kinds = set(OwedMail.objects.filter(complaint=case).values_list("kind", flat=True))
    assert kinds == {MailKind.ACKNOWLEDGEMENT, MailKind.NEW_CASE}
    refused(moves.clear_suspicion, complaint=case, by=confidant, reason="Nog eens")


@pytest.mark.any_database
def test_it_is_announced_at_most_once_a_quarter_and_never_twice(clock):
    confidant = make_user("confidant")
    for _minute in range(0, 60, 4):
        make_complaint(is_suspect=True)
        tick()
        clock.shift(4 * 60)
    assert told(MailKind.SUSPECT_DIGEST) == [confidant] * 4
    for _quarter in range(4):  # the last is told of those since the fourth, then nothing new came
        clock.shift(16 * 60)
        tick()
    assert told(MailKind.SUSPECT_DIGEST) == [confidant] * 5


@pytest.mark.parametrize("given", [{}, {"is_suspect": True, "route": Route.DEPUTY}])
def test_managers_hear_once_a_working_day_that_a_case_waits_and_not_in_the_night(given, clock):
    """Also of a suspect case that nobody can check."""
    manager = make_user("manager")
    for moment, count in ("2026-12-05 10:00", 0), ("2026-12-08 06:59", 0), ("2026-12-08 07:00", 1):
        clock.move_to(f"{moment}:00+01:00")
        late_case(**given)
        forget_mail()
        tick()
        tick()
        assert told(MailKind.UNASSIGNED_CASE) == [manager] * count, moment


class TestAManagerWhoIsKeptFromTheCase:
    @pytest.fixture
    def both(self, staff, clock):
        """The confidant, who is a manager too."""
        staff.confidant.groups.add(*staff.manager.groups.all())
        return staff.confidant

    def test_r07_they_hear_of_no_case_for_the_deputy_nor_of_one_they_stepped_back_from(
        self, staff, both
    ):
        with undone():
            case = late_case()
            for person in (staff.confidant, staff.deputy):
                people.declare_conflict(complaint=case, by=person)
            tick()
            assert set(told(MailKind.UNASSIGNED_CASE)) == {staff.manager}
        set_handling(deputy=None)
        late_case(route=Route.DEPUTY)
        tick()
        assert set(told(MailKind.UNASSIGNED_CASE)) == {staff.manager}

    def test_of_another_case_that_waits_they_do_hear(self, staff, both):
        late_case(route=Route.DEPUTY)
        other = late_case()
        Complaint.objects.update(handler=None)
        set_handling(deputy=None, confidant=None)
        forget_mail()
        tick()
        assert set(told(MailKind.UNASSIGNED_CASE)) == {staff.manager, both}
        assert Complaint.objects.unassigned(Roster.read()).filter(pk=other.pk).exists()

    def test_what_was_owed_before_is_not_sent_to_one_kept_from_it_since(self, staff, both):
        case = late_case()
        Complaint.objects.update(handler=None)
        set_handling(deputy=None, confidant=None)
        owe_handed_over(Complaint.objects.get())
        tick()
        assert told(MailKind.UNASSIGNED_CASE).count(both) == 2
        people.declare_conflict(complaint=case, by=both)
        while deliver_due():
            pass
        assert set(told(MailKind.UNASSIGNED_CASE, dropped_reason="")) == {staff.manager}
