"""Sends what is owed. A worker claims rows with a lease, so that a killed one loses nothing.

And looks whether the world can tell that this mail is ours: what DNS says of its domain.
"""

import logging
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email.utils import formataddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from threading import Event
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, resolve

from complaints.cases import drafts
from complaints.cases.case import by_itself
from complaints.cases.mails import composed, keep_whether_it_came, open_edit, organisation
from complaints.cases.people import is_long_unassigned
from complaints.cases.sealing import open_address
from complaints.cases.todo import todo_of
from complaints.models.case import Complaint
from complaints.models.keys_and_files import FollowLink
from complaints.models.outbox import FOR_GOOD, CaseContact, MailFault, MailKind, OwedMail
from complaints.models.roster import Circle, Roster
from complaints.worker.clock import is_still_due, of_colleagues

logger = logging.getLogger(__name__)

stopping = Event()  # set when the worker is to end: it begins nothing new

LEASE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
KEPT_TRYING = timedelta(days=5)  # an address that another took the place of
DNS_SECONDS = 5
BATCH = 5  # with EMAIL_TIMEOUT 20 s, a whole batch ends before its lease does


def deliver_due(now: datetime | None = None, **which: str) -> int:
    """Sends one batch of owed mail, all or of one kind; returns how many rows it dealt with.

    A mail that is refused for now waits longer each time, up to an hour, and is never given up.
    """
    now, number = now or timezone.now(), 0
    waiting = _claim(now, **which)
    try:
        while waiting and not stopping.is_set():
            _deliver(waiting[0])
            waiting, number = waiting[1:], number + 1
    finally:
        if waiting:  # whoever comes next need not wait for the lease to end
            OwedMail.objects.filter(pk__in=[row.pk for row in waiting]).update(leased_until=None)
    return number


def _claim(now: datetime, **which: str) -> list[OwedMail]:
    """Marks a batch as ours until the lease ends, so that two workers never take the same row."""
    with transaction.atomic():
        due = OwedMail.objects.due(now).filter(**which)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        rows = list(due[:BATCH])
        OwedMail.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now + LEASE)
    return rows


def _deliver(owed: OwedMail) -> None:
    reference = owed.complaint.reference if owed.complaint else "-"
    try:
        dropped = _send(owed)
    except Exception as error:  # whatever a mail server does, the mail stays owed
        logger.warning("mail.waits kind=%s case=%s", owed.kind, reference, exc_info=True)
        wait = min(timedelta(seconds=15) * 2 ** min(owed.attempts, 10), LONGEST_WAIT)
        OwedMail.objects.filter(pk=owed.pk).update(
            attempts=owed.attempts + 1,
            not_before=timezone.now() + wait,
            leased_until=None,
            last_fault=fault_of(error),
        )
    else:
        logger.info("mail.done kind=%s case=%s dropped=%s", owed.kind, reference, dropped)


def _send(owed: OwedMail) -> str:
    """Sends it, or returns why it is not sent, ever; raises what it has to wait for."""
    address = _address(owed)
    dropped = _not_wanted(owed) if address else "no_address"
    if not dropped:
        try:
            _message(owed, address).send()
        except SMTPException as error:
            dropped = fault_of(error)
            if not _is_over(owed, dropped):
                raise
            logger.warning("mail.refused kind=%s", owed.kind, exc_info=True)
    with transaction.atomic():
        OwedMail.objects.filter(pk=owed.pk).update(
            sent_at=timezone.now(),
            leased_until=None,
            dropped_reason=dropped,
            sealed_text=None,
            sealed_address=None,
        )
        if owed.draft is not None:
            drafts.forget_address(owed.draft)
        if owed.user is None and owed.complaint is not None and owed.sealed_address is None:
            with by_itself(owed.complaint.reference):
                keep_whether_it_came(owed.complaint, dropped)
    return dropped


def _is_over(owed: OwedMail, fault: str) -> bool:
    """Whether to try no more. To one of us we go on: they mend the address of their account."""
    is_replaced = owed.sealed_address is not None
    is_old = is_replaced and timezone.now() - owed.created_at > KEPT_TRYING
    return is_old or (owed.user is None and fault in FOR_GOOD)


def _address(owed: OwedMail) -> str:
    if owed.user is not None:
        is_wanted = owed.user.is_active or owed.kind == MailKind.HANDLERS_CHANGED
        return owed.user.email if is_wanted else ""
    if owed.draft is not None:
        return drafts.draft_address(owed.draft)
    if owed.sealed_address is not None and owed.complaint_id is not None:
        return open_address(owed.complaint_id, bytes(owed.sealed_address))
    contact = CaseContact.objects.filter(complaint=owed.complaint).first()
    return open_address(contact.complaint_id, bytes(contact.sealed_email)) if contact else ""


# Whether what a mail about no one case tells a person is still so.
WAITS: dict[str, Callable[[User, Roster], Any]] = {
    MailKind.DAILY_DIGEST: lambda user, roster: todo_of(user, roster).is_pressing,
    MailKind.CASES_GO: lambda user, roster: todo_of(user, roster).going,
    MailKind.UNASSIGNED_CASE: lambda user, roster: is_long_unassigned(user, timezone.now(), roster),
}


def _not_wanted(owed: OwedMail) -> str:
    """Returns why a mail that was owed is not sent after all, "" where it is.

    Whoever lost sight of a case hears no more of it. A manager hears that a case waits, and never
    sees one. A link that works no more, and a reminder of what was done, are sent to nobody.
    """
    kind, user, case = owed.kind, owed.user, owed.complaint
    if kind == MailKind.FOLLOW_LINK:
        is_there = FollowLink.objects.filter(pk=UUID(owed.occasion)).exists()
        return "" if is_there else "link_over"
    if user is None:
        return ""
    if kind == MailKind.INVITED:
        return "link_over" if user.has_usable_password() else ""
    roster = Roster.read()
    if case is None:
        return "" if kind not in WAITS or WAITS[kind](user, roster) else "nothing_waits"
    if kind == MailKind.UNASSIGNED_CASE:
        return "not_theirs" if Circle(case, roster).is_kept_from(user) else ""
    theirs = Complaint.objects.visible_to(user, roster)
    if kind == MailKind.COLLEAGUE_LATE:
        theirs = of_colleagues(user, roster) if roster.is_deputy(user) else theirs.none()
    if not theirs.filter(pk=case.pk).exists():
        return "not_theirs"
    is_reminder = kind in (MailKind.TERM_REMINDER, MailKind.COLLEAGUE_LATE)
    is_done = is_reminder and not is_still_due(case, owed.occasion)
    return "nothing_waits" if is_done else ""


def _message(owed: OwedMail, address: str) -> EmailMessage:
    """Returns the mail as a handler changed it, or composed. Its Message-ID comes from the row."""
    if owed.sealed_text is not None and owed.complaint_id is not None:
        text = open_edit(owed.complaint_id, bytes(owed.sealed_text))
    else:
        text = composed(owed)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    mailbox = _mailbox(owed)
    return EmailMessage(
        text.subject,
        text.body,
        settings.BOUNCES_TO,  # of the envelope: what a mail server sends back comes there
        [address],
        reply_to=[mailbox] if mailbox else None,
        headers={
            "From": formataddr((organisation().name, settings.DEFAULT_FROM_EMAIL)),
            "Message-ID": f"<{message_name(owed)}@{domain}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def _mailbox(owed: OwedMail) -> str:
    """Where an answer goes, if anywhere; of a case that passes the confidant by nowhere."""
    case = owed.complaint if owed.user is None else None
    is_past = case is not None and Circle(case, Roster.read()).is_past_confidant
    return "" if is_past else organisation().email


def message_name(owed: OwedMail) -> str:
    """Returns the same for each sending of a row; it says not how many rows there are (R-20)."""
    return salted_hmac("owed-mail", f"{owed.pk} {owed.once}", algorithm="sha256").hexdigest()[:32]


# RFC 3463: what is wrong with an address (4.1 is how one large provider says it), or with its
# mailbox and the way there; all else is about us. Many servers give a code alone.
STATUS = re.compile(r"\b5\.\d+\.\d+\b")
OF_ADDRESS = re.compile(r"5\.(1\.(0|1|2|3|4|6|10)|2\.1|4\.1)")
OF_MAILBOX = re.compile(r"5\.([024]\.\d+|1\.9)")
ABOUT_US = re.compile(r"relay|auth|sender|spf|dkim|dmarc|policy|spam|block|list|size|large", re.I)
NO_MAILBOX = dict.fromkeys((550, 551, 553), "5.1.1")
SAYS = {True: NO_MAILBOX | {552: "5.2.2", 554: "5.0.0"}, False: {550: "5.0.0", 554: "5.0.0"}}


def fault_of(error: Exception) -> MailFault:
    """Returns whose fault it is. Of an address only what surely is about the address is told."""
    if isinstance(error, SMTPRecipientsRefused):
        (address, (code, said)), *_others = error.recipients.items()
        return _refusal(code, said, address)
    if isinstance(error, SMTPDataError):
        return _refusal(error.smtp_code, error.smtp_error)
    if isinstance(error, SMTPResponseException):  # at logging in, or to our own address
        return MailFault.OURS if error.smtp_code >= 500 else MailFault.LATER
    return MailFault.UNREACHABLE if isinstance(error, OSError) else MailFault.OTHER


def _refusal(code: int, answer: bytes | str, address: str = "") -> MailFault:
    """Reads the answer to an address, or without one to the mail itself."""
    said = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    said = said.replace(address, "")
    if code < 500:
        return MailFault.LATER
    found, says = STATUS.search(said), {} if ABOUT_US.search(said) else SAYS[bool(address)]
    status = found[0] if found else says.get(code, "")
    if OF_ADDRESS.fullmatch(status):
        return MailFault.ADDRESS
    return MailFault.REFUSED if OF_MAILBOX.fullmatch(status) else MailFault.OURS


class Finding(NamedTuple):
    """One thing that should be so: True, False, or None where it is not to be seen from here."""

    name: str
    is_so: bool | None
    help: str


def texts_at(name: str) -> list[str] | None:
    """Returns the TXT records there; None where DNS does not answer."""
    try:
        answer = resolve(name, "TXT", lifetime=DNS_SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except (DNSException, OSError):
        return None
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def holds(names: list[str], pattern: str) -> bool | None:
    """Whether at one of these names just one such record stands: of two, nobody believes any."""
    found = [texts_at(name) for name in names if "." in name]
    right = [sum(bool(re.match(pattern, text)) for text in texts or ()) == 1 for texts in found]
    return True if any(right) else None if None in found or not found else False


def is_of(one: str, other: str) -> bool:
    """Whether one is the other, or lies below it, either way round."""
    return f".{one}".endswith(f".{other}") or f".{other}".endswith(f".{one}")


def findings() -> Iterator[Finding]:
    """Looks at the settings, and at DNS where the domain is one that others can see."""
    addresses = settings.DEFAULT_FROM_EMAIL, settings.BOUNCES_TO
    ours, bounces = (address.rpartition("@")[2].lower() for address in addresses)
    host, selector = urlsplit(settings.WAGTAILADMIN_BASE_URL).hostname or "", settings.DKIM_SELECTOR
    key = f"{selector or '(DKIM_SELECTOR)'}._domainkey.{ours}"
    policies = [f"_dmarc.{ours.split('.', above)[-1]}" for above in range(ours.count("."))]
    spf, dmarc = holds([bounces], "v=spf1"), holds(policies, "v=DMARC1")
    dkim = holds([key] if selector else [], r".*\bp=\s*[^;\s]")
    yield Finding("domain", is_of(host, ours), f"MAIL_FROM: an address of {host}")
    yield Finding("bounces", is_of(bounces, ours), f"BOUNCES_TO: an address of {ours}")
    yield Finding("spf", spf, f"TXT {bounces}: one v=spf1, with the server that sends")
    yield Finding("dkim", dkim, f"TXT {key}: the key your mail server signs with")
    yield Finding("dmarc", dmarc, f"TXT _dmarc.{ours}: v=DMARC1; p=quarantine")


def check_sender(_now: datetime) -> None:
    """Raises RuntimeError by the names of what is not so; what cannot be seen is no fault."""
    if names := " ".join(found.name for found in findings() if found.is_so is False):
        logger.error("sender.not_ours lacks=%s", names)
        raise RuntimeError("see manage.py selfcheck")
