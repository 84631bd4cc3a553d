"""Owed mail against a real mail server: it arrives once, holds no answer, and is never given up."""

import re
import socket
from contextlib import ExitStack
from datetime import timedelta
from email import message_from_bytes, policy
from email.utils import parseaddr

import pytest
import time_machine
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from complaints.cases import records, sealing
from complaints.cases.contact import change_contact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact, MailFault, MailKind, OwedMail
from complaints.stages import Outcome, Stage
from complaints.worker import delivery
from complaints.worker.delivery import BATCH, LEASE, LONGEST_WAIT, deliver_due
from home.models import OrganisationSettings
from tests.complaints.worker.two_workers import all_at_once
from tests.desk import LIST, client_for, says, url
from tests.factories import close, make_answers, make_complaint, move
from tests.follow import FOLLOW, entered, filed
from tests.services import forget_mail

pytestmark = pytest.mark.django_db

CANARY = "kanarie-Pq4"
ADDRESS = "noor@example.com"
BEFORE = "Ontvangen|Nieuws over|Er wacht een bericht|Er is een nieuwe zaak"
NEUTRAL = re.compile(rf"(?:(?:{BEFORE}):? )?KM-\w{{4}}-\w{{4}}")
TELLING = re.compile(r"klacht|complaint|coach|vertrouwenspersoon", re.IGNORECASE)


class Mailbox:
    """A mail server's handler: keeps what it takes; says at each step what it is told to say."""

    def __init__(self) -> None:
        self.says = {}
        self.mails, self.senders = [], []

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        self.senders.append(address)
        envelope.mail_from = address
        return self.says.get("MAIL", "250 OK")

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        envelope.rcpt_tos.append(address)
        return self.says.get("RCPT", "250 OK")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        if "DATA" not in self.says:
            mail = message_from_bytes(envelope.content, policy=policy.default)
            self.mails.append((envelope.rcpt_tos, mail))
        return self.says.get("DATA", "250 OK")

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
            server = Controller(
                Mailbox(),
                settings.EMAIL_HOST,
                settings.EMAIL_PORT,
                authenticator=lambda *_given: AuthResult(success=False, handled=False),
                auth_require_tls=False,
            )
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


def change_address(case):
    given = {"name": "", "phone": "", "may_mail": True, "words": ["Ja"], "email": "n@example.org"}
    change_contact(complaint=case, **given)


def text_of(mail):
    return f"{mail['Subject']}\n{mail.get_content()}"


class TestWhatArrives:
    def test_r09_r10_the_acknowledgement_and_the_handlers_mail(self, people, mailbox):
        """To the complainant who reads it and by when; to the handler a link to the case."""
        case = make_complaint()
        assert owed().count() == 2
        assert not [row for row in owed().values() if "@" in str(row)], "an address in the outbox"
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
        records.give_advice(complaint=case, by=by, given_on=case.received_on, text=CANARY)
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

    def test_who_left_gets_nothing_and_the_row_is_dropped_with_its_reason(self, people, mailbox):
        make_complaint()
        people.confidant.is_active = False
        people.confidant.save()
        deliver_due()
        mails = mailbox.to(people.confidant.email)
        assert all("Dit deed" in mail.get_content() for mail in mails)
        row = owed(user=people.confidant, kind=MailKind.NEW_CASE).get()
        assert row.dropped_reason == "no_address"


class TestATroubledServer:
    def test_while_it_is_away_the_mail_stays_owed_and_arrives_when_it_is_back(self, start, site):
        """After a quarter of an hour it is late: people should know."""
        make_complaint()
        deliver_due()
        row = acknowledgement()
        assert (row.sent_at, row.attempts, row.leased_until) == (None, 1, None)
        for minutes, is_late in (14, False), (15, True):
            late = OwedMail.objects.late(row.created_at + timedelta(minutes=minutes))
            assert late.filter(pk=row.pk).exists() is is_late
        CaseContact.objects.update(fault=MailFault.REFUSED)
        mailbox = start()
        assert deliver_due() == 0  # not yet: it waits
        deliver_due(row.not_before)
        assert len(mailbox.to(ADDRESS)) == 1
        assert acknowledgement().sent_at is not None
        assert CaseContact.objects.get().fault == ""  # what arrives takes the fault away

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
        owed().update(attempts=500)  # after weeks: 15 s doubled as often is no timedelta
        deliver_due(acknowledgement().not_before)
        assert acknowledgement().attempts == 501

    @pytest.mark.parametrize("reply", ["451 later", "550 5.7.1 no", "421 closing"])
    def test_a_mail_refused_for_now_or_for_our_fault_stays_owed(self, mailbox, site, reply):
        make_complaint()
        mailbox.says = {"DATA": reply}
        deliver_due()
        row = acknowledgement()
        assert (row.sent_at, row.attempts) == (None, 1)
        mailbox.says = {}
        deliver_due(row.not_before)
        assert len(mailbox.to(ADDRESS)) == 1

    def test_the_same_row_carries_the_same_message_id_another_row_another(self, people, mailbox):
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

    def test_one_mail_that_cannot_be_made_holds_up_no_other(self, people, mailbox, monkeypatch):
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


GONE, NO, OURS, LATER = MailFault.ADDRESS, MailFault.REFUSED, MailFault.OURS, MailFault.LATER
# What a mail server may say, at which step, and whose fault that is.
ANSWERS = [
    *(("RCPT", answer, GONE) for answer in ("550 5.1.1 no", "551 gone", "553 5.1.3 bad")),
    ("RCPT", "550 5.1.10 null MX", GONE),
    ("RCPT", "550 5.4.1 Recipient address rejected: Access denied", GONE),
    ("RCPT", "550 Unrouteable address <noor@example.com>", GONE),
    ("DATA", "550 5.1.1 no such user", GONE),
    *(("RCPT", answer, NO) for answer in ("552 5.2.2 full", "554 no", "552 mailbox full")),
    *(("DATA", answer, NO) for answer in ("550 no", "554 failed", "550 5.2.2 full")),
    *(("RCPT", answer, OURS) for answer in ("550 relay not permitted", "554 5.7.1 relay denied")),
    *(("RCPT", answer, OURS) for answer in ("530 5.7.0 log in", "550 5.7.23 SPF", "503 order")),
    *(("DATA", answer, OURS) for answer in ("552 too large", "552 5.3.4 big", "550 5.7.26 DMARC")),
    *(
        ("MAIL", answer, OURS)
        for answer in ("550 5.1.8 no", "550 no", "553 5.1.7 x", "552 5.3.4 x")
    ),
    ("AUTH", "", OURS),
    *(("RCPT", answer, LATER) for answer in ("450 4.2.1 busy", "451 greylisted", "421 closing")),
    *((step, "452 4.2.2 full", LATER) for step in ("MAIL", "DATA")),
]


def test_only_what_is_surely_about_the_address_ends_it_and_is_said(people, mailbox, settings):
    """And all else goes on: a fault of ours is mended, and then the mail arrives after all."""
    events = {GONE: EventKind.NO_SUCH_ADDRESS, NO: EventKind.MAIL_REFUSED}
    for step, answer, fault in ANSWERS:
        case = make_complaint()
        owed(user__isnull=False).delete()
        mailbox.says = {step: answer}
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = "x" if step == "AUTH" else ""
        deliver_due()
        row, said = owed(complaint=case).get(), (step, answer)
        is_over = fault in events
        assert (row.sent_at is not None, row.dropped_reason) == (is_over, fault * is_over), said
        assert row.last_fault == fault * (not is_over), said
        facts = [event.kind for event in case.events.all()][1:]
        assert facts == ([events[fault]] if is_over else []), said
        contact = CaseContact.objects.get(complaint=case)
        assert contact.fault == fault * is_over, said
        assert Complaint.objects.get(pk=case.pk).is_unread
        owed().delete()


def test_that_mail_does_not_arrive_is_told_until_the_address_is_another(people, mailbox, settings):
    """On the start page, in the list, in the file, to the complainant; and mail goes on after."""
    (case, code), other = filed(), make_complaint()
    mailbox.says = {"RCPT": "550 5.1.1 no"}
    owed().exclude(complaint=case).delete()
    deliver_due()
    mailbox.says = {}
    desk = client_for(people.confidant)
    start, shown = reverse("wagtailadmin_home"), f"{LIST}?whose=mine&mail=no"
    words = "1 zaak waarvan de mail aan de klager niet aankomt"
    says(desk.get(start), words)
    listed = desk.get(shown).content.decode()
    assert case.reference in listed
    assert other.reference not in listed
    says(desk.get(url("inspect", case)), "komt niet aan: dit adres bestaat niet", "Bel")
    says(entered(code).get(FOLLOW), "Een mail aan jou kwam niet aan: dat e-mailadres bestaat niet.")
    change_address(case)
    assert words not in desk.get(start).content.decode()
    assert not CaseContact.objects.get(complaint=case).fault


def test_to_one_of_us_we_go_on_for_their_account_is_mended(people, mailbox):
    case = make_complaint()
    mailbox.says = {"RCPT": "550 5.1.1 no"}
    deliver_due()
    row = owed(user=people.confidant, complaint=case).get()
    assert (row.sent_at, row.last_fault) == (None, MailFault.ADDRESS)
    mailbox.says = {}
    deliver_due(row.not_before)
    assert mailbox.to(people.confidant.email)


def test_to_an_address_that_was_replaced_we_go_on_for_five_days_at_most(people, mailbox):
    case = make_complaint()
    forget_mail()
    change_address(case)
    row = owed(kind=MailKind.CONTACT_CHANGED)
    mailbox.says = {"RCPT": "450 4.2.1 later"}
    deliver_due()
    assert row.get().sealed_address
    with time_machine.travel(timezone.now() + timedelta(days=6), tick=False):
        deliver_due()
    assert (row.get().dropped_reason, row.get().sealed_address) == (MailFault.LATER, None)
    again = {"sent_at": None, "dropped_reason": "", "not_before": timezone.now()}
    row.update(**again, sealed_address=sealing.seal_address(case.pk, ADDRESS))
    mailbox.says = {"RCPT": "550 5.1.1 no"}
    deliver_due()
    assert row.get().dropped_reason == MailFault.ADDRESS
    assert not case.events.filter(kind=EventKind.NO_SUCH_ADDRESS).exists(), "the address is past"


def test_it_is_from_our_own_domain_with_the_organisations_name_and_answers_go_to_its_mailbox(
    people, mailbox, settings, site
):
    settings.DEFAULT_FROM_EMAIL, settings.BOUNCES_TO = "post@kl.example.org", "terug@kl.example.org"
    set_up = OrganisationSettings.objects.update_or_create
    make_complaint()
    for name, answers in (('Kunst, "Maat" & Zoé', "info@elders.example"), ("KM", "")):
        set_up(site=site, defaults={"name": name, "email": answers})
        owed().update(sent_at=None)
        mailbox.mails.clear()
        deliver_due()
        assert len(mailbox.mails) == 2
        for _to, mail in mailbox.mails:
            assert parseaddr(str(mail["From"])) == (name, "post@kl.example.org")
            assert mail["Reply-To"] == (answers or None)
            assert mail["Message-ID"].endswith("@kl.example.org>")
        assert set(mailbox.senders) == {"terug@kl.example.org"}
