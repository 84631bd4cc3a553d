"""Owed mail against a real mail server: it arrives once, holds no answer, and is never given up."""

import re
import socket
from contextlib import ExitStack
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
import time_machine
from aiosmtpd.controller import Controller
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from complaints.cases.handlers_group import HANDLERS_GROUP
from complaints.cases.records import give_advice
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.stages import Outcome, Stage
from complaints.worker import delivery
from complaints.worker.delivery import BATCH, LEASE, LONGEST_WAIT, deliver_due
from tests.complaints.worker.two_workers import all_at_once
from tests.desk import client_for, url
from tests.factories import close, make_answers, make_complaint, make_user, move
from tests.services import forget_mail, send_all

CANARY = "kanarie-Pq4"
ADDRESS = "noor@example.com"
BEFORE = "Ontvangen|Nieuws over|Er wacht een bericht|Er is een nieuwe zaak"
NEUTRAL = re.compile(rf"(?:(?:{BEFORE}):? )?KM-\w{{4}}-\w{{4}}")
TELLING = re.compile(r"klacht|complaint|coach|vertrouwenspersoon", re.IGNORECASE)


class Mailbox:
    """A mail server's handler: keeps what it takes; answers each mail with `reply`."""

    def __init__(self) -> None:
        self.reply = "250 OK"
        self.mails = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if self.reply.startswith("2"):
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append((envelope.rcpt_tos, mail))
        return self.reply

    def to(self, address):
        return [mail for addresses, mail in self.mails if addresses == [address]]


@pytest.fixture
def start(settings):
    """Until it is called the mail server is away; it gives the mailbox of the one that came."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.EMAIL_HOST, settings.EMAIL_PORT = free.getsockname()
    settings.EMAIL_TIMEOUT = 5
    with ExitStack() as running:

        def up():
            server = Controller(Mailbox(), settings.EMAIL_HOST, settings.EMAIL_PORT)
            server.start()
            running.callback(server.stop)
            return server.handler

        yield up


@pytest.fixture
def mailbox(start):
    return start()


@pytest.fixture
def people(staff):
    """The staff, with nothing owed yet for having been appointed."""
    forget_mail()
    return staff


def owed(**filters):
    return OwedMail.objects.filter(**filters)


def acknowledgement():
    return owed(kind=MailKind.ACKNOWLEDGEMENT).get()


def text_of(mail):
    return f"{mail['Subject']}\n{mail.get_content()}"


@pytest.mark.django_db
class TestWhatArrives:
    def test_r09_r10_the_acknowledgement_and_the_handlers_mail(self, people, mailbox):
        """To the complainant who reads it and by when; to the handler a link to the case."""
        case = make_complaint()
        deliver_due()
        (to_complainant,) = mailbox.to(ADDRESS)
        (to_handler,) = mailbox.to(people.confidant.email)
        assert case.reference in to_complainant["Subject"]
        text = to_complainant.get_content()
        assert case.reference in text
        assert "De vertrouwenspersoon leest je bericht" in text
        for term in case.terms.filter(kind__in=("contact", "handling")):
            assert f"{term.due_on.day} " in text
            assert str(term.due_on.year) in text
        assert case.reference in to_handler["Subject"]
        assert url("inspect", case) in to_handler.get_content()

    def test_no_mail_tells_what_was_written_nor_its_subject_what_it_is_about(self, people, mailbox):
        """A subject stands on a locked screen."""
        answers = make_answers(problem=CANARY, name=CANARY, phone=CANARY, remedy=CANARY)
        case, by = make_complaint(answers=answers), people.confidant
        move(case, Stage.MEDIATION, by, CANARY)
        give_advice(complaint=case, by=by, given_on=case.received_on, text=CANARY)
        wrote = dict.fromkeys(("reason", "finding", "decisions", "measures"), CANARY)
        close(case, by, Outcome.ADVISED, **wrote)
        deliver_due()
        assert len(mailbox.mails) == 5
        for _to, mail in mailbox.mails:
            assert CANARY not in mail.as_string() + text_of(mail)
            assert "Noor" not in text_of(mail)
            assert NEUTRAL.fullmatch(mail["Subject"])
            assert not TELLING.search(mail["Subject"])
            assert not TELLING.search(mail["From"].partition("@")[0])

    def test_no_row_of_the_outbox_holds_an_address(self, people):
        make_complaint()
        assert owed().count() == 2
        for row in owed().values():
            assert "@" not in str(row)

    def test_every_handler_hears_that_the_handlers_changed(self, people, mailbox):
        newcomer = make_user("editor")
        newcomer.groups.add(Group.objects.get(name=HANDLERS_GROUP))
        deliver_due()
        for person in (people.confidant, people.deputy, newcomer):
            mails = mailbox.to(person.email)
            assert "Editor Test behandelt voortaan klachten" in text_of(mails[-1]), person
            assert "Dit deed de server" in mails[-1].get_content()
        assert not mailbox.to(people.manager.email)

    def test_who_left_gets_nothing_and_the_row_is_dropped_with_its_reason(self, people, mailbox):
        make_complaint()
        people.confidant.is_active = False
        people.confidant.save()
        deliver_due()
        mails = mailbox.to(people.confidant.email)
        assert all("Dit deed" in mail.get_content() for mail in mails)
        row = owed(user=people.confidant, kind=MailKind.NEW_CASE).get()
        assert row.dropped_reason == "no_address"


@pytest.mark.django_db
class TestATroubledServer:
    def test_while_it_is_away_the_mail_stays_owed_and_arrives_when_it_is_back(self, start, site):
        make_complaint()
        deliver_due()
        row = acknowledgement()
        assert (row.sent_at, row.attempts, row.leased_until) == (None, 1, None)
        mailbox = start()
        assert deliver_due() == 0  # not yet: it waits
        deliver_due(row.not_before)
        assert len(mailbox.to(ADDRESS)) == 1
        assert acknowledgement().sent_at is not None

    def test_it_waits_longer_each_time_and_an_hour_at_most(self, start, site):
        make_complaint()
        waits = []
        for _ in range(12):
            deliver_due(acknowledgement().not_before)
            waits.append((acknowledgement().not_before - timezone.now()).total_seconds())
        assert waits[:4] == pytest.approx([15, 30, 60, 120], abs=4)
        assert waits[:8] == sorted(waits[:8])
        assert max(waits) <= LONGEST_WAIT.total_seconds() == 3600
        assert waits[-1] > 3590

    def test_weeks_of_refusals_do_not_break_the_sum(self, start, site):
        """An hour at a time, two days make 48 refusals: 15 s doubled as often is no timedelta."""
        make_complaint()
        owed().update(attempts=500)
        deliver_due()
        assert acknowledgement().attempts == 501

    @pytest.mark.parametrize("reply", ["451 later", "550 no", "421 closing"])
    def test_a_refused_mail_stays_owed(self, mailbox, site, reply):
        make_complaint()
        mailbox.reply = reply
        deliver_due()
        row = acknowledgement()
        assert (row.sent_at, row.attempts) == (None, 1)
        mailbox.reply = "250 OK"
        deliver_due(row.not_before)
        assert len(mailbox.to(ADDRESS)) == 1

    def test_the_same_row_carries_the_same_message_id_and_another_row_another(
        self, people, mailbox
    ):
        """Whoever gets a mail twice sees it once."""
        make_complaint()
        deliver_due()
        owed().update(sent_at=None)
        deliver_due()
        first, again = mailbox.to(ADDRESS)
        (other, _same) = mailbox.to(people.confidant.email)
        assert first["Message-ID"] == again["Message-ID"]
        assert first["Message-ID"] != other["Message-ID"]

    def test_a_lease_that_ran_out_is_taken_again_and_not_before(self, mailbox, site):
        """A worker was killed between claiming and sending."""
        make_complaint()
        now = timezone.now()
        delivery._claim(now)
        assert deliver_due(now + LEASE) == 0
        assert deliver_due(now + LEASE + timedelta(seconds=1)) == 1
        assert len(mailbox.to(ADDRESS)) == 1

    def test_one_mail_that_cannot_be_made_does_not_hold_up_the_others(
        self, people, mailbox, monkeypatch
    ):
        broken, whole = make_complaint(), make_complaint()
        make_message = delivery._message

        def fail(row, address):
            if row.complaint_id == broken.pk:
                raise ValueError("no template")
            return make_message(row, address)

        monkeypatch.setattr(delivery, "_message", fail)
        deliver_due()
        assert len(mailbox.to(ADDRESS)) == 1
        assert owed(complaint=whole, sent_at=None).count() == 0
        assert owed(complaint=broken, sent_at=None).count() == 2


def test_a_batch_against_a_silent_server_is_over_before_its_lease(settings):
    """Else a second worker sends the rows that the first one still has in hand."""
    assert settings.EMAIL_TIMEOUT
    assert timedelta(seconds=settings.EMAIL_TIMEOUT) * BATCH < LEASE


@pytest.mark.django_db
def test_the_worker_command_sends_once_all_that_is_due_and_ends(mailbox, site):
    for _ in range(BATCH + 1):
        make_complaint()
    call_command("worker", "--once")
    assert len(mailbox.to(ADDRESS)) == BATCH + 1
    assert not owed(sent_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_send_one_row_twice(mailbox):
    for _ in range(2 * BATCH + 5):
        make_complaint()

    def work(_number):
        while deliver_due():
            pass

    all_at_once(work)
    ids = [mail["Message-ID"] for _to, mail in mailbox.mails]
    assert len(ids) == len(set(ids)) == Complaint.objects.count() == 2 * BATCH + 5
    assert not owed(sent_at=None).exists()


def test_mail_that_does_not_leave_shows_at_the_case_after_a_quarter_of_an_hour(site, staff):
    case, reader = make_complaint(), client_for(staff.confidant)
    words = "2 mails zijn nog niet weg"

    def page():
        return reader.get(url("inspect", case)).content.decode()

    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
        assert words not in page()
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert words in page()
        send_all()
        assert words not in page()
