"""What a complainant does after closing: say how it was handled, and ask to open it again."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint, EventKind
from complaints.models.settings import HandlingSettings
from complaints.services.bounds import check_not_too_much
from complaints.services.handling import NotAllowed
from complaints.services.history import COMPLAINANT, Entry, append_event
from complaints.services.unread import mark_unread
from complaints.services.wishes import has_asked
from complaints.services.wording import checked_text

SATISFIED, NOT_SATISFIED = "yes", "no"


def may_rate(case: Complaint) -> bool:
    """Whether it is closed, shortly enough ago, and was not judged since."""
    if case.closed_at is None or has_asked(case, EventKind.RATED):
        return False
    days = timedelta(days=HandlingSettings.current().satisfaction_days)
    return timezone.localdate() <= timezone.localdate(case.closed_at) + days


def may_ask_reopening(case: Complaint) -> bool:
    """Whether it is closed, and this was not asked since; one can ask as long as it is kept."""
    return not case.is_open and not has_asked(case, EventKind.ASKED_REOPENING)


@transaction.atomic
def rate_handling(
    *, complaint: Complaint, choice: str, text: str = "", code: str = ""
) -> Complaint:
    """Keeps whether they are satisfied with how it was handled, SATISFIED or NOT_SATISFIED.

    About the handling, not the outcome: that can be against them. Raises NotAllowed too late, a
    second time, or for an open case, and MessageRefused.
    """
    case = _locked(complaint)
    if not may_rate(case) or choice not in (SATISFIED, NOT_SATISFIED):
        raise NotAllowed("no judgement now")
    return _append(case, EventKind.RATED, text, code, {"satisfied": choice})


@transaction.atomic
def ask_reopening(*, complaint: Complaint, text: str, code: str = "") -> Complaint:
    """Asks the handler to open it again, with a reason; a person decides.

    Raises NotAllowed, and MessageRefused without a reason.
    """
    case = _locked(complaint)
    if not may_ask_reopening(case):
        raise NotAllowed("open, or asked before")
    checked_text(text)
    return _append(case, EventKind.ASKED_REOPENING, text, code, {})


def _locked(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def _append(
    case: Complaint, kind: EventKind, text: str, code: str, content: dict[str, str]
) -> Complaint:
    check_not_too_much(case)
    text = checked_text(text, code=code, may_be_empty=True)
    event = append_event(
        complaint=case,
        kind=kind,
        at=timezone.now(),
        label=COMPLAINANT,
        entry=Entry(content=content | ({"message": text} if text else {})),
    )
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number))
    return case
