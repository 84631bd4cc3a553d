"""What time brings happens once, to the right person, without content."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from complaints.cases import conversation, people, rights
from complaints.cases.case import NotAllowed, is_intact
from complaints.cases.contents import open_history
from complaints.cases.moves import clear_suspicion, move_complaint
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.models.roster import Roster
from complaints.notifications import owe_handed_over
from complaints.stages import Right, Route, Stage
from complaints.vault.codes import new_code
from complaints.worker import clock as clockwork
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.complaints.worker.two_workers import WORKERS, all_at_once, overlapping
from tests.desk import changed
from tests.factories import close, coach_told, make_complaint, make_user, set_handling

pytestmark = pytest.mark.django_db
TUESDAY = "2026-12-08 10:00:00+01:00"


def owed(kind):
    return OwedMail.objects.filter(kind=kind)


def test_r07_a_case_for_the_deputy_waits_and_goes_to_the_one_who_comes():
    make_user("confidant")
    case = make_complaint(route=Route.DEPUTY)
    tick()
    case.refresh_from_db()
    assert case.handler is None
    deputy = make_user("deputy")
    tick()
    tick()
    case.refresh_from_db()
    assert case.handler == deputy
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 1
    assert [mail.user for mail in owed(MailKind.NEW_CASE)] == [deputy]


def test_a_case_for_the_confidant_waits_too_and_goes_to_the_one_who_comes():
    case = make_complaint()
    confidant = make_user("confidant")
    tick()
    case.refresh_from_db()
    assert case.handler == confidant
    assert [mail.user for mail in owed(MailKind.NEW_CASE)] == [confidant]


def test_somebody_named_who_may_not_handle_complaints_counts_as_nobody():
    set_handling(deputy=make_user("editor"), confidant=make_user("confidant"))
    case = make_complaint(route=Route.DEPUTY)
    tick()
    case.refresh_from_db()
    assert case.handler is None
    assert not owed(MailKind.NEW_CASE).exists()


def test_a_suspect_case_mails_no_address_until_a_person_has_looked():
    confidant = make_user("confidant")
    case = make_complaint(is_suspect=True)
    move_complaint(complaint=case, to=Stage.MEDIATION, by=confidant, reason="Opgepakt")
    assert not OwedMail.objects.filter(complaint=case, user=None).exists()


@time_machine.travel(TUESDAY, tick=False)
def test_managers_hear_of_a_suspect_case_that_nobody_can_check():
    manager = make_user("manager")
    make_complaint(is_suspect=True, route=Route.DEPUTY, at=timezone.now() - timedelta(days=2))
    tick()
    assert [mail.user for mail in owed(MailKind.UNASSIGNED_CASE)] == [manager]


@time_machine.travel(TUESDAY, tick=False)
def test_managers_are_reminded_once_a_working_day_of_a_case_nobody_holds():
    manager = make_user("manager")
    make_complaint(at=timezone.now() - timedelta(days=2))
    owed(MailKind.UNASSIGNED_CASE).delete()
    tick()
    tick()
    assert [mail.user for mail in owed(MailKind.UNASSIGNED_CASE)] == [manager]


@time_machine.travel("2026-12-05 10:00:00+01:00", tick=False)
def test_nobody_is_reminded_on_a_saturday():
    make_user("manager")
    make_complaint(at=timezone.now() - timedelta(days=2))
    owed(MailKind.UNASSIGNED_CASE).delete()
    tick()
    assert not owed(MailKind.UNASSIGNED_CASE).exists()


def test_what_looks_like_misuse_is_announced_at_most_once_a_quarter():
    make_user("confidant")
    with time_machine.travel(TUESDAY, tick=False) as clock:
        for _minute in range(60):
            make_complaint(is_suspect=True)
            tick()
            clock.shift(60)
    assert owed(MailKind.SUSPECT_DIGEST).count() == 4


def test_nothing_is_announced_twice_when_nothing_new_came():
    make_user("confidant")
    with time_machine.travel(TUESDAY, tick=False) as clock:
        make_complaint(is_suspect=True)
        for _ in range(4):
            tick()
            clock.shift(16 * 60)
    assert owed(MailKind.SUSPECT_DIGEST).count() == 1


def test_once_a_person_has_looked_the_mail_is_owed_after_all():
    confidant = make_user("confidant")
    case = make_complaint(is_suspect=True)
    assert not OwedMail.objects.filter(complaint=case).exists()
    clear_suspicion(complaint=case, by=confidant, reason="Echte klacht")
    case.refresh_from_db()
    assert not case.is_suspect
    kinds = set(OwedMail.objects.filter(complaint=case).values_list("kind", flat=True))
    assert kinds == {MailKind.ACKNOWLEDGEMENT, MailKind.NEW_CASE}
    with pytest.raises(NotAllowed):
        clear_suspicion(complaint=case, by=confidant, reason="Nog eens")


def test_the_confidant_hears_nothing_of_a_suspect_case_for_the_deputy():
    make_user("confidant")
    make_complaint(is_suspect=True, route=Route.DEPUTY)
    tick()
    assert not owed(MailKind.SUSPECT_DIGEST).exists()


# Two workers. Each has read what there is to do before any of them has done it.

two_workers = pytest.mark.django_db(transaction=True)


@two_workers
def test_two_workers_give_a_waiting_case_away_once(monkeypatch):
    case = make_complaint()
    confidant, roster = make_user("confidant"), Roster.read()
    came = overlapping(monkeypatch, clockwork, "cases_to_take_up", after=True)
    all_at_once(lambda _number: clockwork.hand_over_unassigned(roster))
    assert len(came) == WORKERS
    case.refresh_from_db()
    assert case.handler == confidant
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 1
    assert [mail.user for mail in owed(MailKind.NEW_CASE)] == [confidant]


@two_workers
def test_two_workers_announce_what_looks_like_misuse_once(monkeypatch):
    """Also where their clocks differ by a second, or by the end of a quarter of an hour."""
    confidant, roster = make_user("confidant"), Roster.read()
    moments = [timezone.now() + timedelta(seconds=seconds) for seconds in (0, 1, 2, 900)]
    for round_ in range(2):
        make_complaint(is_suspect=True)
        came = overlapping(monkeypatch, clockwork, "owe")
        all_at_once(lambda number: clockwork.announce_suspects(roster, moments[number]))
        monkeypatch.undo()
        assert len(came) == WORKERS
        assert [mail.user for mail in owed(MailKind.SUSPECT_DIGEST)] == [confidant] * (round_ + 1)
        an_hour_ago = timezone.now() - timedelta(hours=1)
        OwedMail.objects.filter(kind=MailKind.SUSPECT_DIGEST).update(created_at=an_hour_ago)


@two_workers
def test_two_workers_remind_each_manager_once(monkeypatch):
    manager = make_user("manager")
    with time_machine.travel(TUESDAY, tick=False):
        now = timezone.now()
        make_complaint(at=now - timedelta(days=2))
    owed(MailKind.UNASSIGNED_CASE).delete()
    came = overlapping(monkeypatch, clockwork, "owe")
    roster, moments = Roster.read(), [now + timedelta(seconds=second) for second in range(WORKERS)]
    all_at_once(lambda number: clockwork.remind_of_unassigned(roster, moments[number]))
    assert len(came) == WORKERS
    assert [mail.user for mail in owed(MailKind.UNASSIGNED_CASE)] == [manager]


@two_workers
def test_two_workers_erase_what_was_granted_once(monkeypatch):
    case, confidant = make_complaint(), make_user("confidant")
    close(case, confidant)
    RightsRequest.objects.create(
        complaint=case,
        right=Right.ERASURE,
        asked_at=timezone.now(),
        due_on=timezone.localdate(),
        decided_at=timezone.now(),
        is_granted=True,
    )
    later = timezone.now() + rights.READ_UNTIL
    came = overlapping(monkeypatch, rights, "erase_content")
    all_at_once(lambda _number: rights.erase_granted(later))
    assert len(came) == WORKERS
    case.refresh_from_db()
    assert not case.sealed
    assert case.events.filter(kind=EventKind.ERASED).count() == 1


# A handler who is no longer there.


def switch_off(user):
    type(user).objects.filter(pk=user.pk).update(is_active=False)


def leave_the_group(user):
    user.groups.clear()


GONE = pytest.mark.parametrize("go", [switch_off, leave_the_group])


@GONE
def test_a_case_of_a_handler_who_is_gone_goes_to_the_next_in_line(staff, go):
    other = make_user("handler", username="ander")
    case = make_complaint()
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    changed(case, is_unread=False)
    go(other)
    tick()
    tick()
    case.refresh_from_db()
    assert (case.handler, case.is_unread) == (staff.confidant, True)
    last = open_history(case)[-1]
    assert (last.event.kind, last.event.actor_label) == (EventKind.ASSIGNED, "system")
    assert last.content == {"handler": "Confidant Test", "before": "Ander Test"}
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 2
    assert is_intact(case)


@GONE
def test_for_a_confidant_who_is_gone_the_deputy_stands_in(staff, go):
    """For what ran already, and for what comes in while another is sought."""
    running = make_complaint()
    go(staff.confidant)
    new = make_complaint()
    tick()
    for case in (running, new):
        case.refresh_from_db()
        assert case.handler == staff.deputy
        told = owed(MailKind.NEW_CASE).filter(complaint=case, user=staff.deputy)
        assert told.count() == 1
    assert set(Complaint.objects.in_charge_of(staff.deputy)) == {running, new}


@GONE
@time_machine.travel(TUESDAY, tick=False)
def test_with_nobody_left_the_managers_hear_of_what_a_handler_left_behind(staff, go):
    case = make_complaint(at=timezone.now() - timedelta(days=2))
    for person in (staff.confidant, staff.deputy):
        go(person)
    OwedMail.objects.all().delete()
    tick()
    tick()
    assert [mail.user for mail in owed(MailKind.UNASSIGNED_CASE)] == [staff.manager]
    case.refresh_from_db()
    assert case.event_count == 1
    conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=new_code())
    assert not owed(MailKind.COMPLAINANT_ACTED).exists()


@GONE
def test_r07_what_the_deputy_left_behind_never_goes_to_the_confidant(staff, go):
    case = make_complaint(route=Route.DEPUTY)
    go(staff.deputy)
    tick()
    case.refresh_from_db()
    assert case.handler == staff.deputy
    assert not Complaint.objects.visible_to(staff.confidant).exists()


@GONE
def test_who_stepped_back_gets_it_not_even_then(staff, go):
    other = make_user("handler", username="ander")
    case = make_complaint()
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    people.declare_conflict(complaint=case, by=staff.confidant)
    go(other)
    tick()
    case.refresh_from_db()
    assert case.handler == staff.deputy


def test_what_comes_in_afterwards_reaches_who_takes_up_such_cases(staff):
    """A closed case keeps its handler, also one who is gone."""
    other = make_user("handler", username="ander")
    case = make_complaint()
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    coach_told(case, other)
    close(case, staff.confidant)
    switch_off(other)
    OwedMail.objects.all().delete()
    conversation.write_to_handler(complaint=case, text="Nog iets.", code=new_code())
    assert [mail.user for mail in owed(MailKind.COMPLAINANT_ACTED)] == [staff.confidant]
    tick()
    case.refresh_from_db()
    assert case.handler == other


def test_a_request_about_data_in_a_closed_case_is_handed_on_too(staff):
    other = make_user("handler", username="ander")
    case = make_complaint()
    people.assign_case(complaint=case, to=other, by=staff.confidant)
    close(case, staff.confidant)
    switch_off(other)
    rights.ask_right(complaint=case, right=Right.ACCESS)
    tick()
    case.refresh_from_db()
    assert case.handler == staff.confidant


def test_a_case_the_clock_gives_back_arrives_anew(staff):
    """Who had it before is mailed again, and finds it unread."""
    case = make_complaint(route=Route.DEPUTY)
    for _time in range(2):
        changed(case, handler=None, is_unread=False)
        tick()
        case.refresh_from_db()
        assert (case.handler, case.is_unread) == (staff.deputy, True)
    handed = owed(MailKind.NEW_CASE).filter(complaint=case, user=staff.deputy)
    assert handed.exclude(occasion="").count() == 2


# A manager who is kept from a case.


@pytest.fixture
def both(staff):
    """The confidant, who is a manager too."""
    staff.confidant.groups.add(*staff.manager.groups.all())
    return staff.confidant


def late_case(**given):
    return make_complaint(at=timezone.now() - timedelta(days=2), **given)


@time_machine.travel(TUESDAY, tick=False)
def test_r07_a_manager_who_is_the_confidant_hears_of_no_case_for_the_deputy(staff, both):
    set_handling(deputy=None)
    late_case(route=Route.DEPUTY)
    tick()
    assert {mail.user for mail in owed(MailKind.UNASSIGNED_CASE)} == {staff.manager}


@time_machine.travel(TUESDAY, tick=False)
def test_a_manager_who_stepped_back_does_not_hear_that_it_waits(staff, both):
    case = late_case()
    for person in (staff.confidant, staff.deputy):
        people.declare_conflict(complaint=case, by=person)
    tick()
    assert {mail.user for mail in owed(MailKind.UNASSIGNED_CASE)} == {staff.manager}


@time_machine.travel(TUESDAY, tick=False)
def test_of_another_case_that_waits_they_do_hear(staff, both):
    late_case(route=Route.DEPUTY)
    other = late_case()
    Complaint.objects.update(handler=None)
    set_handling(deputy=None, confidant=None)
    OwedMail.objects.all().delete()
    tick()
    assert {mail.user for mail in owed(MailKind.UNASSIGNED_CASE)} == {staff.manager, both}
    assert Complaint.objects.unassigned(Roster.read()).filter(pk=other.pk).exists()


@time_machine.travel(TUESDAY, tick=False)
def test_what_was_owed_before_is_not_sent_to_who_is_kept_from_it_since(staff, both):
    case = late_case()
    Complaint.objects.update(handler=None)
    set_handling(deputy=None, confidant=None)
    owe_handed_over(Complaint.objects.get())
    tick()
    assert owed(MailKind.UNASSIGNED_CASE).filter(user=both).count() == 2
    people.declare_conflict(complaint=case, by=both)
    while deliver_due():
        pass
    sent = owed(MailKind.UNASSIGNED_CASE).filter(dropped_reason="")
    assert {mail.user for mail in sent} == {staff.manager}


@pytest.mark.parametrize(("hour", "count"), [("06:59", 0), ("07:00", 1)])
def test_managers_are_not_mailed_in_the_night(hour, count, staff):
    with time_machine.travel(f"2026-12-08 {hour}:00+01:00", tick=False):
        late_case(route=Route.DEPUTY)
        set_handling(deputy=None)
        Complaint.objects.update(handler=None)
        OwedMail.objects.all().delete()
        tick()
        assert owed(MailKind.UNASSIGNED_CASE).count() == count
