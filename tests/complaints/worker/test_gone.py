"""A handler who is no longer there: their cases go to the next in line, never across the route."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.cases import conversation, people, rights
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.stages import Right, Route
from complaints.vault.codes import new_code
from tests.desk import changed
from tests.factories import close, coach_told, make_complaint
from tests.services import forget_mail, open_history, ticked, told

pytestmark = pytest.mark.django_db


def switch_off(user):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def leave_the_group(user):
    user.groups.clear()


GONE = pytest.mark.parametrize("go", [switch_off, leave_the_group])


@pytest.fixture
def case(staff, other):
    """One that the confidant gave to the other."""
    made = make_complaint()
    return people.assign_case(complaint=made, to=other, by=staff.confidant)


@GONE
def test_a_case_goes_to_the_next_in_line(case, staff, other, go):
    changed(case, is_unread=False)
    go(other)
    case = ticked(case)
    assert (case.handler, case.is_unread) == (staff.confidant, True)
    last = open_history(case)[-1]
    assert (last.event.kind, last.event.actor_label) == (EventKind.ASSIGNED, "system")
    assert last.content == {"handler": "Confidant Test", "before": "Ander Test"}
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 2
    assert is_intact(case)


@GONE
def test_for_a_confidant_the_deputy_stands_in(staff, go):
    """For what ran already, and for what comes in while another is sought."""
    running = make_complaint()
    go(staff.confidant)
    new = make_complaint()
    for case in (running, new):
        assert ticked(case).handler == staff.deputy
        assert told(MailKind.NEW_CASE, complaint=case).count(staff.deputy) == 1
    assert set(Complaint.objects.in_charge_of(staff.deputy)) == {running, new}


@GONE
def test_with_nobody_left_the_managers_hear_of_what_is_left_behind(staff, go, clock):
    case = make_complaint(at=timezone.now() - timedelta(days=2))
    for person in (staff.confidant, staff.deputy):
        go(person)
    forget_mail()
    assert ticked(case).event_count == 1
    assert told(MailKind.UNASSIGNED_CASE) == [staff.manager]
    conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=new_code())
    assert not told(MailKind.COMPLAINANT_ACTED)


@GONE
def test_r07_it_never_goes_to_one_who_stepped_back_nor_the_deputys_to_the_confidant(
    case, staff, other, go
):
    people.declare_conflict(complaint=case, by=staff.confidant)
    go(other)
    assert ticked(case).handler == staff.deputy
    theirs = make_complaint(route=Route.DEPUTY)
    go(staff.deputy)
    assert ticked(theirs).handler == staff.deputy
    assert not Complaint.objects.visible_to(staff.confidant).exists()


def test_of_a_closed_case_word_reaches_whoever_takes_up_such_cases(case, staff, other):
    """It keeps its handler, also one who is gone, until something is asked about data."""
    coach_told(case, other)
    close(case, staff.confidant)
    switch_off(other)
    forget_mail()
    conversation.write_to_handler(complaint=case, text="Nog iets.", code=new_code())
    assert told(MailKind.COMPLAINANT_ACTED) == [staff.confidant]
    assert ticked(case).handler == other
    rights.ask_right(complaint=case, right=Right.ACCESS)
    assert ticked(case).handler == staff.confidant


def test_a_case_the_clock_gives_back_arrives_anew(staff):
    """Whoever had it before is mailed again, and finds it unread."""
    case = make_complaint(route=Route.DEPUTY)
    for times in (2, 3):
        changed(case, handler=None, is_unread=False)
        case = ticked(case)
        assert (case.handler, case.is_unread) == (staff.deputy, True)
        assert told(MailKind.NEW_CASE, complaint=case) == [staff.deputy] * times
