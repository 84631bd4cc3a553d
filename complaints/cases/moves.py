"""Takes a case through the procedure: contact, moves, closing, reopening. One writer for each."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import due_dates
from complaints.cases.case import NotAllowed, done_on, locked, locked_open, noon, record
from complaints.cases.contents import keep_ruling
from complaints.cases.history import Entry, append_event
from complaints.cases.people import is_open_to_readers_of
from complaints.cases.sealing import KeyDestroyed, case_key
from complaints.models.case import Complaint, Event, EventKind
from complaints.models.outbox import CaseContact, MailKind
from complaints.models.privacy import Right
from complaints.stages import Outcome, Party, Referral, Stage, Status
from complaints.terms import TermKind


@transaction.atomic
def move_complaint(
    *,
    complaint: Complaint,
    to: Stage,
    by: User,
    reason: str,
    ground: Referral | None = None,
    sealed_mail: bytes | None = None,
) -> Complaint:
    """Moves an open case to a stage that follows from where it stands; raises NotAllowed.

    To the committee only on a `ground` that `stages` knows for this move. `sealed_mail` is the
    complainant's mail as the handler changed it (`mail_text.seal_edit`).
    """
    case = _locked(complaint.pk)
    _require_reason(reason)
    if not case.is_open or not case.current_stage.may_move_to(to):
        raise NotAllowed(f"{case.status} {case.stage} -> {to}")
    grounds = case.current_stage.grounds_for(to)
    if (ground not in grounds) if grounds else (ground is not None):
        raise NotAllowed(f"{case.stage} -> {to} on {ground}")
    stage_from, case.stage = case.stage, to
    case.waiting_on = Party.COMMITTEE if to is Stage.COMMITTEE else Party.HANDLER
    case.save(update_fields=["stage", "waiting_on"])
    content = {"reason": reason.strip()} | ({"ground": ground.value} if ground else {})
    event = _append(case, EventKind.MOVED, by, Entry(stage_from, to, content=content))
    due_dates.message_sent(case, on=timezone.localdate())
    notifications.owe_to_complainant(
        case, MailKind.STAGE_CHANGED, occasion=str(event.number), sealed_text=sealed_mail
    )
    return case


@transaction.atomic
def record_contact(
    *, complaint: Complaint, by: User, note: str, contacted_on: date | None = None
) -> Complaint:
    """Records personal contact with the complainant, today or on an earlier day of the case.

    The first contact meets its term on the day it was made (R-09).
    """
    case = _locked(complaint.pk)
    _require_reason(note)
    if not case.is_open:
        raise NotAllowed("closed")
    today, content = timezone.localdate(), {"reason": note.strip()}
    day = done_on(case, contacted_on or today)
    due_dates.meet(case, TermKind.CONTACT, at=timezone.now() if day == today else noon(day))
    due_dates.message_sent(case, on=day)
    if day != today:
        content["contacted_on"] = day.isoformat()
    _append(case, EventKind.CONTACTED, by, Entry(content=content))
    return case


@transaction.atomic
def add_note(*, complaint: Complaint, by: User, note: str) -> Complaint:
    """Adds an internal note, which only handlers of the case read."""
    case = _locked(complaint.pk)
    _require_reason(note)
    _append(case, EventKind.NOTED, by, Entry(content={"reason": note.strip()}))
    return case


@transaction.atomic
def close_complaint(
    *,
    complaint: Complaint,
    outcome: Outcome,
    by: User,
    reason: str = "",
    finding: str = "",
    decisions: str = "",
    measures: str = "",
    explanation: str = "",
    elsewhere: str = "",
    ruled_on: date | None = None,
    duplicate_of: Complaint | None = None,
    sealed_mail: bytes | None = None,
) -> Complaint:
    """Closes an open case with an outcome its stage allows and all that outcome needs (R-02).

    Raises NotAllowed where the outcome does not follow from the stage or something is missing.
    """
    case = _locked(complaint.pk)
    given = {
        "finding": finding.strip(),
        "decisions": decisions.strip(),
        "measures": measures.strip(),
        "explanation": explanation.strip(),
        "elsewhere": elsewhere.strip(),
        "ruled_on": ruled_on.isoformat() if ruled_on else "",
        "duplicate_of": duplicate_of.reference if duplicate_of else "",
    }
    _require_reason(reason)
    if not case.is_open or outcome not in case.current_stage.outcomes:
        raise NotAllowed(f"{case.status} {case.stage} -> {outcome}")
    if outcome is Outcome.ADVISED and not case.advices.exists():
        raise NotAllowed("no advice was given")
    missing = [name for name in outcome.needs if not given[name]]
    if missing or (duplicate_of is not None and duplicate_of.pk == case.pk):
        raise NotAllowed(f"{outcome} needs {', '.join(missing) or 'another case'}")
    if duplicate_of is not None and not is_open_to_readers_of(duplicate_of, case):
        raise NotAllowed("would tell of a case that is hidden")
    content = {name: given[name] for name in outcome.needs} | {"reason": reason.strip()}
    if ruled_on is not None and outcome is Outcome.RULED:
        _ensure_ruling(case, ruled_on, given["decisions"])
    event = _close(case, outcome, by, content, duplicate_of)
    notifications.owe_to_complainant(
        case, MailKind.CASE_CLOSED, occasion=str(event.number), sealed_text=sealed_mail
    )
    return case


def _ensure_ruling(case: Complaint, ruled_on: date, decisions: str) -> None:
    """A case that ends in a ruling has a record of it: where nobody made one, closing does."""
    if case.rulings.exists():
        return
    try:
        key = case_key(case.pk)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error
    keep_ruling(case, key, ruled_on=ruled_on, comply_by=None, text=decisions)


def _close(
    case: Complaint,
    outcome: Outcome,
    by: User,
    content: dict[str, Any],
    duplicate_of: Complaint | None,
) -> Event:
    now = timezone.now()
    case.status, case.outcome, case.closed_at = Status.CLOSED, outcome, now
    case.duplicate_of = duplicate_of if outcome is Outcome.DUPLICATE else None
    case.save(update_fields=["status", "outcome", "closed_at", "duplicate_of"])
    due_dates.end(case, at=now)
    return _append(
        case,
        EventKind.CLOSED,
        by,
        Entry(stage_from=case.stage, outcome=outcome, content=content),
    )


@transaction.atomic
def reopen_complaint(*, complaint: Complaint, by: User, reason: str) -> Complaint:
    """Opens a closed case again, in the stage it was closed in; its old due date stands."""
    case = _locked(complaint.pk)
    _require_reason(reason)
    if case.is_open or case.rights_requests.filter(right=Right.ERASURE, is_granted=True).exists():
        raise NotAllowed("open, or to be erased")
    case.status, case.outcome, case.closed_at = Status.OPEN, "", None
    case.duplicate_of = None
    case.waiting_on = Party.HANDLER
    case.save(update_fields=["status", "outcome", "closed_at", "duplicate_of", "waiting_on"])
    due_dates.begin_again(case, on=timezone.localdate())
    _append(
        case,
        EventKind.REOPENED,
        by,
        Entry(stage_to=case.stage, content={"reason": reason.strip()}),
    )
    return case


@transaction.atomic
def clear_suspicion(
    *, complaint: Complaint, by: User, reason: str, sealed_mail: bytes | None = None
) -> Complaint:
    """Records that a person looked and saw no misuse; the mail it was filed with is owed now."""
    case = _locked(complaint.pk)
    _require_reason(reason)
    if not (case.is_suspect and case.is_open):
        raise NotAllowed("not suspect, or closed")
    case.is_suspect = False
    case.save(update_fields=["is_suspect"])
    _append(case, EventKind.CHECKED, by, Entry(content={"reason": reason.strip()}))
    notifications.owe_filed(
        complaint=case,
        manager_needed=case.handler_id is None,
        to_complainant=CaseContact.objects.filter(complaint=case).exists(),
        sealed_text=sealed_mail,
    )
    return case


def _locked(pk: UUID) -> Complaint:
    return Complaint.objects.select_for_update(of=("self",)).get(pk=pk)


def _append(case: Complaint, kind: EventKind, by: User, entry: Entry) -> Event:
    try:
        return append_event(complaint=case, kind=kind, at=timezone.now(), by=by, entry=entry)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def _require_reason(text: str) -> None:
    if not text.strip():
        raise NotAllowed("a reason is needed")


@transaction.atomic
def wait_on(*, complaint: Complaint, party: Party, by: User, note: str = "") -> Complaint:
    """The case waits on this party from now; raises NotAllowed where it does so already."""
    case = locked_open(complaint)
    if case.waiting_on == party:
        raise NotAllowed(f"waits on {party}")
    case.waiting_on = party
    case.save(update_fields=["waiting_on"])
    record(case, EventKind.WAITS, by, {"party": party.value, "reason": note.strip()})
    return case


@transaction.atomic
def relate(*, complaint: Complaint, other: Complaint, by: User, reason: str) -> Complaint:
    """Relates two cases. The caller saw to it that this person may see both.

    Raises NotAllowed where not everybody who reads this case may read the other.
    """
    case = _locked_with_reason(complaint, other, reason)
    if not is_open_to_readers_of(other, case):
        raise NotAllowed("would tell of a case that is hidden")
    case.related.add(other)
    record(case, EventKind.LINKED, by, {"other": other.reference, "reason": reason.strip()})
    return case


@transaction.atomic
def unrelate(*, complaint: Complaint, other: Complaint, by: User, reason: str) -> Complaint:
    """Takes that back, both ways; the history keeps that it was said."""
    case = _locked_with_reason(complaint, other, reason)
    if not case.related.filter(pk=other.pk).exists():
        raise NotAllowed("not related")
    case.related.remove(other)
    record(case, EventKind.LINKED, by, {"other_undone": other.reference, "reason": reason.strip()})
    return case


def _locked_with_reason(complaint: Complaint, other: Complaint, reason: str) -> Complaint:
    case = locked(complaint)
    if not reason.strip() or other.pk == case.pk:
        raise NotAllowed("a reason and another case are needed")
    return case
