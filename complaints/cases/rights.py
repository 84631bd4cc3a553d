"""What a complainant may ask about their data (R-31, R-35), what is decided, and what follows.

Each text of the procedure that was in force is kept with its exact words. What was asked is decided
by a person. What stays of an erased case says that it was there.
"""

import hashlib
import logging
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from complaints.cases import due_dates, rules
from complaints.cases.attachments import detach_files
from complaints.cases.case import (
    SYSTEM,
    NotAllowed,
    by_itself,
    event_content,
    locked,
    record,
    required,
)
from complaints.cases.codes_and_links import end_links
from complaints.cases.conversation import hear
from complaints.cases.forgetting import note_erased
from complaints.cases.rules import refuse_if
from complaints.cases.sealing import KeyDestroyed, empty_write_ahead_log, key_to_read
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact, MailKind
from complaints.models.pages import ProcedurePage, ProcedurePublication, ProcedureText
from complaints.models.privacy import READ_UNTIL, ErasureReason, RightsRequest, Tombstone
from complaints.models.settings import HandlingSettings
from complaints.stages import Right, Status
from complaints.terms import add_days
from complaints.vault.cipher import SealBroken

logger = logging.getLogger(__name__)


@transaction.atomic
def keep_published_text(*, page: ProcedurePage) -> ProcedurePublication | None:
    """Records that the page's text is in force from now; None when the text did not change."""
    html = procedure_html(page)
    sha256 = hashlib.sha256(html.encode()).hexdigest()
    newest = page.publications.first()
    if newest is not None and newest.text.sha256 == sha256:
        return None
    text, _ = ProcedureText.objects.get_or_create(
        sha256=sha256, defaults={"title": page.title, "html": html}
    )
    return ProcedurePublication.objects.create(page=page, text=text, published_at=timezone.now())


def procedure_html(page: ProcedurePage) -> str:
    """Returns the words of the procedure as HTML, without the site around it."""
    return render_to_string("complaints/procedure_text.html", {"page": page})


ASKED = {
    Right.ERASURE: EventKind.ASKED_ERASURE,
    Right.ACCESS: EventKind.ASKED_ACCESS,
    Right.OBJECTION: EventKind.ASKED_OBJECTION,
}


@transaction.atomic
def ask_right(*, complaint: Complaint, right: Right, text: str = "", code: str = "") -> Complaint:
    """Keeps the request with the day by which it is decided, and tells the handler.

    Raises NotAllowed while one waits or the case is (to be) erased, MessageRefused, TooMuchToday.
    """
    case, now = locked(complaint), timezone.now()
    refuse_if(rules.why_not_ask_right(case, right))
    hear(case, ASKED[right], text, code, is_by_law=True)
    due = add_days(timezone.localdate(now), HandlingSettings.current().rights_days)
    RightsRequest.objects.create(complaint=case, right=right, asked_at=now, due_on=due)
    due_dates.refresh_due(case)
    return case


def words_of(request: RightsRequest) -> str:
    """Returns what the complainant wrote with it; "" for nothing, or where it no longer opens."""
    case = request.complaint
    asked = case.events.filter(kind=ASKED[Right(request.right)]).order_by("number").last()
    try:
        content = event_content(asked, key_to_read(case)) if asked else {}
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
    for one whose content was erased. `sealed_mail` is the mail as the handler changed it.
    """
    case, reason, now = locked(complaint), required(reason), timezone.now()
    refuse_if(rules.why_not_decide(case, right, is_granted))
    case.rights_requests.filter(right=right, decided_at=None).update(
        decided_at=now, is_granted=is_granted
    )
    due_dates.refresh_due(case)
    content = {"right": right, "granted": "yes" if is_granted else "no", "answer": reason}
    event = record(case, EventKind.RIGHTS_DECIDED, by, content)
    due_dates.tell_complainant(case, MailKind.RIGHTS_DECIDED, str(event.number), sealed_mail)
    return case


def erased_on(request: RightsRequest) -> date:
    """Returns the day on which what was granted is erased."""
    return timezone.localdate((request.decided_at or request.asked_at) + READ_UNTIL)


def erase_granted(now: datetime) -> None:
    """Erases what was granted, once there was time to read it; for the clock.

    In the name of who decided it. One that fails stops no other, and is tried again.
    """
    granted = RightsRequest.objects.filter(
        right=Right.ERASURE, is_granted=True, decided_at__lte=now - READ_UNTIL
    ).filter(complaint__status=Status.CLOSED, complaint__is_held=False)
    for request in granted.exclude(complaint__sealed=b"").select_related("complaint"):
        case = request.complaint
        with by_itself(case.reference):
            decided = case.events.filter(kind=EventKind.RIGHTS_DECIDED).order_by("number").last()
            by = decided.actor if decided else None
            erase_content(complaint=case, by=by, reason=ErasureReason.REQUEST)


def bury(case: Complaint, rule: ErasureReason, by: User | None) -> None:
    """Keeps that something of a case is erased: when, by which rule and by whom (R-37)."""
    label = f"user:{by.pk}" if by else SYSTEM
    given = {"reference": case.reference, "rule": rule, "at": timezone.now()}
    Tombstone.objects.create(by_label=label, **given)


@transaction.atomic
def erase_content(*, complaint: Complaint, by: User | None, reason: ErasureReason) -> Complaint:
    """Destroys keys, address, links, files and sealed texts of a case; its history still verifies.

    `by` is a member of staff, or None for the clock. From here on opening it raises KeyDestroyed.
    What was asked about its data is settled: it is erased, and there is nothing left to show.
    Erasing twice changes nothing more. Raises NotAllowed for a case that is held.
    """
    case = locked(complaint)
    if case.is_held:
        raise NotAllowed("held")
    destroyed, _ = KeyWrap.objects.filter(complaint_id=case.pk).delete()
    if not destroyed and not case.sealed:
        return case
    CaseContact.objects.filter(complaint=case).delete()
    end_links(case)
    detach_files(case.attachments.all())
    for texts in (case.events, case.advices, case.rulings):
        texts.update(sealed=None)
    case.owed_mails.update(sealed_text=None, sealed_address=None)
    case.change(sealed=b"", coach_mark="", goes_on_told=None)
    _settle_requests(case)
    record(case, EventKind.ERASED, by, {})
    bury(case, reason, by)
    logger.info("case.erased reference=%s reason=%s", case.reference, reason.value)
    note_erased(case, reason)
    transaction.on_commit(empty_write_ahead_log)
    return case


def _settle_requests(case: Complaint) -> None:
    """Decides what was asked: no reason could be sealed any more, and it would be late for ever."""
    waiting, now = case.rights_requests.filter(decided_at=None), timezone.now()
    for right in Right:
        asked = waiting.filter(right=right)
        asked.update(decided_at=now, is_granted=right is not Right.ACCESS)
    due_dates.refresh_due(case)
