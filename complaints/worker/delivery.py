"""Sends what is owed. A worker claims rows with a lease, so that a killed one loses nothing."""

import logging
from datetime import datetime, timedelta
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from complaints.cases import drafts
from complaints.cases.mails import composed, open_edit, organisation
from complaints.cases.people import is_long_unassigned
from complaints.cases.sealing import open_address
from complaints.cases.todo import todo_of
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.circle import Circle
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.models.roster import Roster
from complaints.models.ways_back import FollowLink
from complaints.worker.clock import is_still_due, of_colleagues

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
LONGEST_WAIT = timedelta(hours=1)
BATCH = 5  # with EMAIL_TIMEOUT 20 s, a whole batch ends before its lease does


def deliver_due(now: datetime | None = None) -> int:
    """Sends one batch of owed mail; returns how many rows it dealt with.

    A refused mail waits longer each time, up to an hour, and is never given up.
    """
    now = now or timezone.now()
    claimed = _claim(now)
    for owed in claimed:
        _deliver(owed)
    return len(claimed)


def _claim(now: datetime) -> list[OwedMail]:
    """Marks a batch as ours until the lease ends, so that two workers never take the same row."""
    with transaction.atomic():
        due = OwedMail.objects.due(now)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True, of=("self",))
        rows = list(due[:BATCH])
        OwedMail.objects.filter(pk__in=[row.pk for row in rows]).update(leased_until=now + LEASE)
    return rows


def _deliver(owed: OwedMail) -> None:
    try:
        address = _address(owed)
        dropped = _not_wanted(owed) if address else "no_address"
        if dropped:
            _finish(owed, dropped=dropped)
            return
        _message(owed, address).send()
    except Exception:  # whatever a mail server does, the mail stays owed
        logger.warning("mail.waits kind=%s", owed.kind, exc_info=True)
        _postpone(owed)
    else:
        _finish(owed)
        if owed.draft is not None:
            drafts.forget_address(owed.draft)
        logger.info("mail.sent kind=%s", owed.kind)


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


def _not_wanted(owed: OwedMail) -> str:
    """Returns why a mail that was owed is not sent after all, "" where it is.

    Whoever lost sight of a case hears no more of it. A manager hears that a case waits, and never
    sees one. A link that works no more, and a reminder of what was done, are sent to nobody.
    """
    if owed.kind == MailKind.FOLLOW_LINK:
        is_there = FollowLink.objects.filter(pk=UUID(owed.occasion)).exists()
        return "" if is_there else "link_over"
    if owed.user is None:
        return ""
    if owed.kind == MailKind.INVITED:
        return "link_over" if owed.user.has_usable_password() else ""
    roster = Roster.read()
    if owed.kind == MailKind.DAILY_DIGEST:
        return "" if todo_of(owed.user, roster).is_pressing else "nothing_waits"
    if owed.kind == MailKind.UNASSIGNED_CASE:
        return _not_for_manager(owed.user, owed.complaint, roster)
    if owed.complaint is None:
        return ""
    if not _concerned(owed.user, owed.kind, roster).filter(pk=owed.complaint.pk).exists():
        return "not_theirs"
    is_reminder = owed.kind in (MailKind.TERM_REMINDER, MailKind.COLLEAGUE_LATE)
    is_done = is_reminder and not is_still_due(owed.complaint, owed.occasion)
    return "nothing_waits" if is_done else ""


def _concerned(user: User, kind: str, roster: Roster) -> ComplaintQuerySet:
    """Returns the cases that a mail of this kind to this member of staff may be about."""
    if kind != MailKind.COLLEAGUE_LATE:
        return Complaint.objects.visible_to(user, roster)
    is_deputy = roster.is_deputy(user)
    return of_colleagues(user, roster) if is_deputy else Complaint.objects.none()


def _not_for_manager(user: User, complaint: Complaint | None, roster: Roster) -> str:
    """Returns why a manager, who sees no case, is not told that one waits; "" where they are."""
    if complaint is None:
        return "" if is_long_unassigned(user, timezone.now(), roster) else "nothing_waits"
    return "not_theirs" if Circle(complaint, roster).is_kept_from(user) else ""


def _message(owed: OwedMail, address: str) -> EmailMessage:
    """Returns the mail as a handler changed it, or composed. Its Message-ID comes from the row."""
    if owed.sealed_text is not None and owed.complaint_id is not None:
        text = open_edit(owed.complaint_id, bytes(owed.sealed_text))
    else:
        text = composed(owed)
    sender = _sender(owed)
    domain = parseaddr(sender)[1].rpartition("@")[2]
    headers = {
        "Message-ID": f"<{message_name(owed)}@{domain}>",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(text.subject, text.body, sender, [address], headers=headers)


def _sender(owed: OwedMail) -> str:
    """The mailbox that the site names; not of a case that passes the confidant by."""
    is_past = (
        owed.user is None
        and owed.complaint is not None
        and Circle(owed.complaint, Roster.read()).is_past_confidant
    )
    return ("" if is_past else organisation().email) or settings.DEFAULT_FROM_EMAIL


def message_name(owed: OwedMail) -> str:
    """Returns the same for each sending of a row; it says not how many rows there are (R-20)."""
    return salted_hmac("owed-mail", f"{owed.pk} {owed.once}", algorithm="sha256").hexdigest()[:32]


def _finish(owed: OwedMail, dropped: str = "") -> None:
    OwedMail.objects.filter(pk=owed.pk).update(
        sent_at=timezone.now(),
        leased_until=None,
        dropped_reason=dropped,
        sealed_text=None,
        sealed_address=None,
    )


def _postpone(owed: OwedMail) -> None:
    wait = min(timedelta(seconds=15) * 2 ** min(owed.attempts, 10), LONGEST_WAIT)
    OwedMail.objects.filter(pk=owed.pk).update(
        attempts=owed.attempts + 1, not_before=timezone.now() + wait, leased_until=None
    )
