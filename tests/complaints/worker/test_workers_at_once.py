"""Workers that tick at once: each has read what there is to do before any of them has done it."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import connection, transaction
from django.utils import timezone

from complaints.cases import rights
from complaints.cases.case import by_itself
from complaints.events import EventKind
from complaints.models.handling import Theme
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.models.roster import Roster
from complaints.models.settings import DeskPreference
from complaints.stages import Right, Source
from complaints.worker import clock as clockwork
from tests.complaints.worker.two_workers import WORKERS, all_at_once, overlapping
from tests.factories import close, make_complaint, make_user, request_due
from tests.services import forget_mail, fresh, tick, told

pytestmark = pytest.mark.django_db(transaction=True)

TUESDAY = "2026-12-08 10:00:00+01:00"


def test_they_give_a_waiting_case_away_once(monkeypatch):
    case = make_complaint()
    confidant, roster = make_user("confidant"), Roster.read()
    came = overlapping(monkeypatch, clockwork, "cases_to_take_up", after=True)
    all_at_once(lambda _number: clockwork.hand_over_unassigned(roster))
    assert len(came) == WORKERS
    assert fresh(case).handler == confidant
    assert case.events.filter(kind=EventKind.ASSIGNED).count() == 1
    assert told(MailKind.NEW_CASE) == [confidant]


def test_they_announce_what_looks_like_misuse_once(monkeypatch):
    """Also where their clocks differ by a second, or by the end of a quarter of an hour."""
    confidant, roster = make_user("confidant"), Roster.read()
    moments = [timezone.now() + timedelta(seconds=seconds) for seconds in (0, 1, 2, 900)]
    for round_ in range(2):
        make_complaint(is_suspect=True)
        came = overlapping(monkeypatch, clockwork, "owe")
        all_at_once(lambda number: clockwork.announce_suspects(roster, moments[number]))
        monkeypatch.undo()
        assert len(came) == WORKERS
        assert told(MailKind.SUSPECT_DIGEST) == [confidant] * (round_ + 1)
        an_hour_ago = timezone.now() - timedelta(hours=1)
        OwedMail.objects.filter(kind=MailKind.SUSPECT_DIGEST).update(created_at=an_hour_ago)


def test_they_remind_each_manager_once(monkeypatch):
    manager = make_user("manager")
    with time_machine.travel(TUESDAY, tick=False):
        now = timezone.now()
        make_complaint(at=now - timedelta(days=2))
    forget_mail()
    came = overlapping(monkeypatch, clockwork, "owe")
    roster, moments = Roster.read(), [now + timedelta(seconds=second) for second in range(WORKERS)]
    all_at_once(lambda number: clockwork.remind_of_unassigned(roster, moments[number]))
    assert len(came) == WORKERS
    assert told(MailKind.UNASSIGNED_CASE) == [manager]


def test_they_erase_what_was_granted_once(monkeypatch):
    case, now = close(make_complaint(), make_user("confidant")), timezone.now()
    request_due(case, Right.ERASURE, timezone.localdate())
    RightsRequest.objects.update(decided_at=now, is_granted=True)
    came = overlapping(monkeypatch, rights, "erase_content")
    all_at_once(lambda _number: rights.erase_granted(now + rights.READ_UNTIL))
    assert len(came) == WORKERS
    assert not fresh(case).sealed
    assert case.events.filter(kind=EventKind.ERASED).count() == 1


def test_they_owe_each_reminder_and_digest_once():
    confidant, deputy = make_user("confidant"), make_user("deputy")
    DeskPreference.objects.create(user=confidant, wants_digest=True)
    with time_machine.travel(TUESDAY, tick=False):
        for _ in range(3):
            make_complaint(source=Source.LETTER)
        now = timezone.now() + timedelta(days=2)
    forget_mail()
    all_at_once(lambda _number: tick(now))
    owed = OwedMail.objects.filter(kind=MailKind.TERM_REMINDER)
    assert sorted(owed.values_list("occasion", flat=True)) == [
        *["acknowledgement 2026-12-10 soon"] * 3,
        *["contact 2026-12-15 soon"] * 3,
    ]
    assert told(MailKind.DAILY_DIGEST) == [confidant]
    all_at_once(lambda _number: tick(now + timedelta(days=4)))  # two working days late
    late = {"kind": MailKind.COLLEAGUE_LATE, "occasion": "acknowledgement 2026-12-10 late"}
    assert told(**late) == told(MailKind.COLLEAGUE_LATE) == [deputy] * 3


def test_whoever_files_gets_in_between_what_a_worker_does(site):
    """SQLite serves who comes by first, and a worker with much to do comes by all the time."""
    much, begun, filed, done = 300, threading.Event(), threading.Event(), []

    def work():
        while len(done) < much and not filed.is_set():
            with by_itself("case"), transaction.atomic():
                Theme.objects.create(name=f"Thema {len(done)}")
                time.sleep(0.01)
            done.append("case")
            begun.set()
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    begun.wait(timeout=30)
    make_complaint()
    filed.set()
    worker.join()
    assert len(done) < much
