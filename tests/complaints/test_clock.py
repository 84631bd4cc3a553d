"""What time brings happens once, to the right person, without content."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from complaints.models.case import EventKind
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.rights import Right, RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.services import clock as clockwork
from complaints.services import rights
from complaints.services.clock import tick
from complaints.services.handling import (
    NotAllowed,
    clear_suspicion,
    close_complaint,
    move_complaint,
)
from complaints.stages import Outcome, Route, Stage
from tests.complaints.two_workers import WORKERS, all_at_once, overlapping
from tests.factories import make_complaint, make_user, set_handling

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

two_workers = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@two_workers
def test_two_workers_give_a_waiting_case_away_once(monkeypatch):
    case = make_complaint()
    confidant, people = make_user("confidant"), HandlingSettings.current()
    came = overlapping(monkeypatch, clockwork, "waiting_cases", after=True)
    all_at_once(lambda _number: clockwork.hand_over_waiting(people, timezone.now()))
    assert len(came) == WORKERS
    case.refresh_from_db()
    assert case.handler == confidant
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 1
    assert [mail.user for mail in owed(MailKind.NEW_CASE)] == [confidant]


@two_workers
def test_two_workers_announce_what_looks_like_misuse_once(monkeypatch):
    """Also where their clocks differ by a second, or by the end of a quarter of an hour."""
    confidant, people = make_user("confidant"), HandlingSettings.current()
    moments = [timezone.now() + timedelta(seconds=seconds) for seconds in (0, 1, 2, 900)]
    for round_ in range(2):
        make_complaint(is_suspect=True)
        came = overlapping(monkeypatch, clockwork, "owe")
        all_at_once(lambda number: clockwork.announce_suspects(people, moments[number]))
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
    all_at_once(lambda number: clockwork.remind_of_waiting(now + timedelta(seconds=number)))
    assert len(came) == WORKERS
    assert [mail.user for mail in owed(MailKind.UNASSIGNED_CASE)] == [manager]


@two_workers
def test_two_workers_erase_what_was_granted_once(monkeypatch):
    case, confidant = make_complaint(), make_user("confidant")
    close_complaint(complaint=case, outcome=Outcome.WITHDRAWN, by=confidant, reason="Op verzoek.")
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
