"""What a complainant does with their own case: withdraw, ask for stage 3 or the deputy, rate it."""

from datetime import timedelta
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import due_dates
from complaints.cases.case import NotAllowed, check_not_too_much, mark_unread
from complaints.cases.codes_and_links import is_given_by_us, replace_and_record
from complaints.cases.conversation import checked_text
from complaints.cases.history import COMPLAINANT, Entry, append_event
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint, Event, EventKind
from complaints.models.circle import Circle
from complaints.models.outbox import MailKind
from complaints.models.roster import Roster
from complaints.models.settings import HandlingSettings
from complaints.stages import Outcome, Party, Route, Stage, Status


class Recoded(NamedTuple):
    """A case with its new receipt code, to be shown once; "" where the one they have stays."""

    case: Complaint
    code: str


@transaction.atomic
def withdraw_complaint(*, complaint: Complaint, text: str = "", code: str = "") -> Complaint:
    """Closes an open case at the complainant's word; no reason is needed (R-13)."""
    case = _open_and_locked(complaint)
    text = checked_text(text, code=code, may_be_empty=True)
    now = timezone.now()
    case.status, case.outcome, case.closed_at = Status.CLOSED, Outcome.WITHDRAWN, now
    case.save(update_fields=["status", "outcome", "closed_at"])
    due_dates.end(case, at=now)
    event = _append(case, EventKind.CLOSED, text, stage_from=case.stage, outcome=Outcome.WITHDRAWN)
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number))
    notifications.owe_to_complainant(case, MailKind.CASE_CLOSED, occasion=str(event.number))
    return case


@transaction.atomic
def say_solved(*, complaint: Complaint, text: str = "", code: str = "") -> Complaint:
    """Tells the handler that for the complainant it is solved; the handler closes it (R-02)."""
    return _wish(_open_and_locked(complaint), EventKind.SAID_SOLVED, text, code)


@transaction.atomic
def ask_for_committee(*, complaint: Complaint, text: str = "", code: str = "") -> Complaint:
    """Asks for the external committee; raises NotAllowed where the case cannot go there."""
    case = _open_and_locked(complaint)
    if not case.current_stage.may_move_to(Stage.COMMITTEE):
        raise NotAllowed(f"{case.stage} -> {Stage.COMMITTEE}")
    return _wish(case, EventKind.ASKED_COMMITTEE, text, code)


@transaction.atomic
def ask_for_deputy(*, complaint: Complaint, text: str = "", code: str = "") -> Recoded:
    """Takes the case away from the confidant, for good, and to the deputy (R-07).

    With no deputy it waits, and the managers hear that a case does; it never falls back. With
    whom the case was shared is for the deputy to decide anew. A receipt code that we gave is
    replaced, so that nobody of us reads along with it. Raises NotAllowed for a case that is the
    deputy's already.
    """
    case, roster = _open_and_locked(complaint), Roster.read()
    text = checked_text(text, code=code, may_be_empty=True)
    if case.route == Route.DEPUTY:
        raise NotAllowed("is the deputy's")
    case.route, case.passed_over = Route.DEPUTY, roster.confidant
    case.handler = Circle(case, roster).next_handler
    case.waiting_on = Party.HANDLER
    case.save(update_fields=["route", "passed_over", "handler", "waiting_on"])
    _append(case, EventKind.ASKED_DEPUTY, text)
    case.shares.filter(revoked_at=None).update(revoked_at=timezone.now())
    mark_unread(case)
    notifications.owe_handed_over(case)
    return Recoded(case, replace_and_record(case) if is_given_by_us(case) else "")


@transaction.atomic
def take_new_code(*, complaint: Complaint, text: str = "", code: str = "") -> Recoded:
    """Replaces a receipt code that we gave; raises NotAllowed for one that only they know."""
    case = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    if not is_given_by_us(case):
        raise NotAllowed("is theirs alone")
    check_not_too_much(case)
    return Recoded(case, replace_and_record(case))


@transaction.atomic
def give_new_code(*, complaint: Complaint, by: User | None = None, reason: str = "") -> str:
    """Gives the case a new receipt code, which is returned once; the old one opens nothing now.

    Neither does a link that was mailed, nor a page that one opened. `by` is the handler who gives
    it, with the reason to trust who asks. Raises NotAllowed for a case whose content was erased,
    and TooMuchToday.
    """
    case = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    if by is None:
        check_not_too_much(case)
    try:
        return replace_and_record(case, by=by, reason=reason.strip())
    except KeyDestroyed as error:
        raise NotAllowed("erased") from error


def has_asked(complaint: Complaint, kind: EventKind) -> bool:
    """Whether the complainant asked this since the case last moved or opened again."""
    turns = (EventKind.MOVED, EventKind.REOPENED)
    last = complaint.events.filter(kind__in=(kind, *turns)).order_by("-number").first()
    return last is not None and last.kind == kind


def _wish(case: Complaint, kind: EventKind, text: str, code: str) -> Complaint:
    """Appends it once; the caller holds the case locked."""
    if has_asked(case, kind):
        return case
    check_not_too_much(case)
    event = _append(case, kind, checked_text(text, code=code, may_be_empty=True))
    if case.current_stage is not Stage.COMMITTEE:
        case.waiting_on = Party.HANDLER
        case.save(update_fields=["waiting_on"])
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number))
    return case


def _append(
    case: Complaint, kind: EventKind, text: str, *, stage_from: str = "", outcome: str = ""
) -> Event:
    content = {"message": text} if text else None
    return append_event(
        complaint=case,
        kind=kind,
        at=timezone.now(),
        label=COMPLAINANT,
        entry=Entry(stage_from=stage_from, outcome=outcome, content=content),
    )


def _open_and_locked(complaint: Complaint) -> Complaint:
    case = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    if not case.is_open:
        raise NotAllowed("closed")
    return case


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
    return _append_afterwards(case, EventKind.RATED, text, code, {"satisfied": choice})


@transaction.atomic
def ask_reopening(*, complaint: Complaint, text: str, code: str = "") -> Complaint:
    """Asks the handler to open it again, with a reason; a person decides.

    Raises NotAllowed, and MessageRefused without a reason.
    """
    case = _locked(complaint)
    if not may_ask_reopening(case):
        raise NotAllowed("open, or asked before")
    checked_text(text)
    return _append_afterwards(case, EventKind.ASKED_REOPENING, text, code, {})


def _locked(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def _append_afterwards(
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
