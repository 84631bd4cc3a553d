"""What the law lets a complainant ask about their data, and the erasure that may follow (R-35).

Asked here, decided by a person; what stays of an erased case says that it was there.
"""

import logging
from datetime import date, datetime, timedelta
from enum import StrEnum

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import due_dates
from complaints.cases.attachments import let_go
from complaints.cases.case import NotAllowed, check_not_too_much, key_of, mark_unread
from complaints.cases.conversation import checked_text
from complaints.cases.history import COMPLAINANT, Entry, append_event, event_content
from complaints.cases.sealing import KeyDestroyed, case_key
from complaints.models.case import Complaint, EventKind
from complaints.models.keystore import KeyWrap
from complaints.models.outbox import CaseContact, MailKind
from complaints.models.privacy import Right, RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.stages import Status
from complaints.terms import add_days
from complaints.vault.cipher import SealBroken

logger = logging.getLogger(__name__)


class ErasureReason(StrEnum):
    """Why a case's content is erased. No prose: there is no key left to seal it with."""

    REQUEST = "request"  # the person asked
    CONSENT = "consent"  # consent was withdrawn
    RETENTION = "retention"  # the term for keeping it is over
    MISTAKE = "mistake"  # it never was a complaint


@transaction.atomic
def erase_content(*, complaint: Complaint, by: User | None, reason: ErasureReason) -> Complaint:
    """Destroys keys, address, files and every sealed text of a case; its history still verifies.

    `by` is a member of staff, or None for the clock. From here on opening it raises KeyDestroyed.
    What was asked about its data is settled: it is erased, and there is nothing left to show.
    Erasing twice changes nothing more.
    """
    case = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    destroyed, _ = KeyWrap.objects.filter(complaint_id=case.pk).delete()
    if not destroyed and not case.sealed:
        return case
    CaseContact.objects.filter(complaint=case).delete()
    let_go(case)
    for texts in (case.events, case.advices, case.rulings):
        texts.update(sealed=None)
    case.owed_mails.update(sealed_text=None)
    case.sealed = b""
    case.save(update_fields=["sealed"])
    _settle_requests(case)
    kind = _erased_kind()
    if kind is not None:
        append_event(complaint=case, kind=kind, at=timezone.now(), by=by)
    logger.info("case.erased reference=%s reason=%s", case.reference, reason.value)
    transaction.on_commit(empty_write_ahead_log)
    return case


def _settle_requests(case: Complaint) -> None:
    """Else they would be late for ever: no reason of a decision could be sealed any more."""
    waiting, now = case.rights_requests.filter(decided_at=None), timezone.now()
    for right in Right:
        asked = waiting.filter(right=right)
        asked.update(decided_at=now, is_granted=right is Right.ERASURE)
    due_dates.refresh_due(case)


def _erased_kind() -> EventKind | None:
    """The event kind for it, where the models have one."""
    known: dict[str, EventKind] = dict(EventKind.__members__)
    return known.get("ERASED")


def empty_write_ahead_log() -> None:
    """On SQLite the log still holds the pages as they were; PostgreSQL recycles its own."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


ASKED = {Right.ERASURE: EventKind.ASKED_ERASURE, Right.ACCESS: EventKind.ASKED_ACCESS}
READ_UNTIL = timedelta(days=3)  # from the decision to erasing: to read it, to take a copy


@transaction.atomic
def ask_right(*, complaint: Complaint, right: Right, text: str = "", code: str = "") -> Complaint:
    """Keeps the request with the day by which it is decided; raises NotAllowed while one waits."""
    case = _locked(complaint)
    if not may_ask(case, right):
        raise NotAllowed("asked already")
    check_not_too_much(case)
    text = checked_text(text, code=code, may_be_empty=True)
    now = timezone.now()
    due = add_days(timezone.localdate(now), HandlingSettings.current().rights_days)
    RightsRequest.objects.create(complaint=case, right=right, asked_at=now, due_on=due)
    due_dates.refresh_due(case)
    event = append_event(
        complaint=case,
        kind=ASKED[right],
        at=now,
        label=COMPLAINANT,
        entry=Entry(content={"message": text} if text else None),
    )
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number), is_by_law=True)
    return case


def may_ask(case: Complaint, right: Right) -> bool:
    """Not while the same waits for a decision, nor once erasing was granted or done."""
    is_waiting = any(request.right == right for request in open_requests(case))
    return bool(case.sealed) and not is_to_be_erased(case) and not is_waiting


def is_to_be_erased(case: Complaint) -> bool:
    """Whether erasing was granted and is still to be done."""
    requests = case.rights_requests.all()
    return any(request.right == Right.ERASURE and request.is_granted for request in requests)


def open_requests(case: Complaint) -> list[RightsRequest]:
    """What waits for a decision."""
    return [request for request in case.rights_requests.all() if request.decided_at is None]


def words_of(request: RightsRequest) -> str:
    """What the complainant wrote with it; "" for nothing, or where it no longer opens."""
    case = request.complaint
    asked = case.events.filter(kind=ASKED[Right(request.right)]).order_by("number").last()
    try:
        content = event_content(asked, case_key(case.pk)) if asked else {}
    except (KeyDestroyed, SealBroken):
        return ""
    return str(content.get("message", ""))


@transaction.atomic
def decide_right(
    *,
    complaint: Complaint,
    right: Right,
    is_granted: bool,
    by: User,
    reason: str,
    sealed_mail: bytes | None = None,
) -> Complaint:
    """Decides what was asked; the reason is for the complainant. Never undone.

    Raises NotAllowed without a request or a reason, for erasing a case that is still open, and
    for one whose content was erased.
    """
    case = _locked(complaint)
    request = case.rights_requests.filter(right=right, decided_at=None).first()
    if request is None or not reason.strip():
        raise NotAllowed("nothing was asked, or no reason")
    if is_granted and right is Right.ERASURE and case.is_open:
        raise NotAllowed("close it first")
    now = timezone.now()
    request.decided_at, request.is_granted = now, is_granted
    request.save(update_fields=["decided_at", "is_granted"])
    due_dates.refresh_due(case)
    due_dates.message_sent(case, on=timezone.localdate(now))
    content = {"right": right.value, "granted": "yes" if is_granted else "no"}
    event = append_event(
        complaint=case,
        kind=EventKind.RIGHTS_DECIDED,
        at=now,
        by=by,
        key=key_of(case),
        entry=Entry(content=content | {"answer": reason.strip()}),
    )
    notifications.owe_to_complainant(
        case, MailKind.RIGHTS_DECIDED, occasion=str(event.number), sealed_text=sealed_mail
    )
    return case


def erased_on(request: RightsRequest) -> date:
    """The day on which what was granted is erased."""
    return timezone.localdate((request.decided_at or request.asked_at) + READ_UNTIL)


def erase_granted(now: datetime) -> None:
    """Erases what was granted, once there was time to read it; for the clock."""
    granted = RightsRequest.objects.filter(
        right=Right.ERASURE, is_granted=True, decided_at__lte=now - READ_UNTIL
    ).filter(complaint__status=Status.CLOSED)
    for request in granted.exclude(complaint__sealed=b"").select_related("complaint"):
        erase_content(complaint=request.complaint, by=None, reason=ErasureReason.REQUEST)


def _locked(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
