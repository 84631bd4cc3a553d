"""The clock jumps, ahead and back: no mail twice, no reminder lost, and nothing waits for ever."""

import os
from datetime import datetime, timedelta
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from complaints.cases import forgetting, mails
from complaints.models.handling import Term
from complaints.models.outbox import MailKind, OwedMail
from complaints.vault.keyring import ERASURE
from complaints.worker import delivery
from tests.factories import make_complaint
from tests.services import tick

pytestmark = [pytest.mark.django_db, pytest.mark.faults, pytest.mark.tail]

MONDAY = datetime(2026, 6, 1, 10, 0, tzinfo=ZoneInfo("Europe/Amsterdam"))
JUMPS = [timedelta(minutes=3), timedelta(hours=5), timedelta(days=1), timedelta(days=40)]


@pytest.fixture
def clock(site, staff):
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


def work(clock, minutes: float) -> None:
    """The worker looks every half a minute for so long."""
    for _each in range(int(minutes * 2)):
        clock.shift(30)
        tick()
        while delivery.deliver_due():
            pass


def message_ids() -> list[str]:
    return [sent.extra_headers["Message-ID"] for sent in mail.outbox]


@pytest.mark.parametrize("jump", JUMPS)
def test_what_was_done_while_the_clock_ran_ahead_is_sent_once_and_soon(clock, jump):
    make_complaint()
    work(clock, 1)
    for _each in range(delivery.BATCH * 2):
        make_complaint()
    clock.shift(jump)
    delivery._claim(datetime.now(tz=ZoneInfo("UTC")))  # by a worker that is killed then
    with patch.object(EmailMessage, "send", side_effect=OSError("away")):
        delivery.deliver_due()
    make_complaint()
    clock.shift(-jump)
    make_complaint()
    work(clock, 8)
    assert not OwedMail.objects.filter(sent_at=None).exists()
    sent = OwedMail.objects.filter(dropped_reason="").count()
    assert len(message_ids()) == len(set(message_ids())) == sent


@pytest.mark.parametrize("jump", JUMPS[1::2])
def test_no_reminder_of_a_term_is_lost_or_sent_twice(clock, staff, jump):
    for _each in range(3):
        make_complaint()
    for day in range(60):
        if day % 3 == 0:
            clock.shift(jump)
            work(clock, 0.5)
            clock.shift(-jump)
        work(clock, 0.5)
        clock.shift(timedelta(days=1))
    over = Term.objects.running().filter(due_on__lt=timezone.localdate() - timedelta(days=4))
    assert over.count() >= 3
    for term in over:
        told = term.complaint.owed_mails.filter(kind=MailKind.TERM_REMINDER, dropped_reason="")
        late = told.filter(occasion=f"{term.kind} {term.due_on} {mails.LATE}")
        assert late.filter(user=staff.confidant).exclude(sent_at=None).count() == 1, term
    assert len(message_ids()) == len(set(message_ids()))


def test_an_erasure_key_of_a_day_to_come_is_forgotten_all_the_same(site, settings, tmp_path):
    settings.ERASURE_KEY_FILE = str(tmp_path / "erasure.keys")
    make_complaint()
    forgetting.note_destroyed()
    forgetting.turn_key()
    assert len(ERASURE.all()) == 2
    to_come = ERASURE.path.stat().st_mtime + 40 * 24 * 3600
    os.utime(ERASURE.path, (to_come, to_come))
    forgetting.turn_key()
    assert len(ERASURE.all()) == 1
