"""Takes a case through the procedure: contact, moves, closing, reopening. One writer for each.

Each locks the case, asks `rules`, writes, records an event and owes the mail, in one transaction;
each raises NotAllowed where a rule refuses or a text is missing. `sealed_mail` is the complainant's
mail as the handler changed it (`mails.seal_edit`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import due_dates, rules
from complaints.cases.attachments import StoredFile
from complaints.cases.case import (
    SYSTEM,
    NotAllowed,
    locked,
    moment_of,
    record,
    required,
    stored,
)
from complaints.cases.contents import seal_decision
from complaints.cases.conversation import record_with_files
from complaints.cases.rights import erase_content
from complaints.cases.rules import locked_unless, refuse_if
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.handling import Ruling
from complaints.models.outbox import MailKind
from complaints.models.privacy import ErasureReason
from complaints.stages import NO_COMPLAINT, Outcome, Party, Referral, Stage, Status
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
    """Moves an open case to a stage that follows from where it stands.

    To the committee only on a `ground` that `stages` knows for this move, with the consent on
    record or stating a ground in law.
    """
    case = locked_unless(rules.why_not_move, complaint, to, ground=ground)
    if ground not in (case.current_stage.grounds_for(to) or (None,)):
        raise NotAllowed(f"{case.stage} -> {to} on {ground}")
    content = {"reason": required(reason), "ground": ground}
    event = _to_stage(case, to, EventKind.MOVED, by, content)
    due_dates.tell_complainant(case, MailKind.STAGE_CHANGED, str(event.number), sealed_mail)
    return case


def _to_stage(
    case: Complaint, to: Stage, kind: EventKind, by: User, content: Mapping[str, Any]
) -> Event:
    stage_from, at_committee = case.stage, to is Stage.COMMITTEE
    case.change(stage=to, waiting_on=Party.COMMITTEE if at_committee else Party.HANDLER)
    return record(case, kind, by, content, stage_from=stage_from, stage_to=to)


@transaction.atomic
def put_back(
    *, complaint: Complaint, by: User, reason: str, sealed_mail: bytes | None = None
) -> Complaint:
    """Puts a case that was moved by mistake back where it was; the complainant reads why."""
    case = locked_unless(rules.why_not_put_back, complaint)
    before, content = Stage(rules.last_move(case)[0].stage_from), {"explanation": required(reason)}
    event = _to_stage(case, before, EventKind.PUT_BACK, by, content)
    occasion = f"putback-{event.number}"
    due_dates.tell_complainant(case, MailKind.STAGE_CHANGED, occasion, sealed_mail)
    return case


@transaction.atomic
def record_contact(
    *, complaint: Complaint, by: User, reason: str, contacted_on: date | None = None
) -> Complaint:
    """Records personal contact with the complainant, today or on an earlier day of the case.

    The first contact meets its term on the day it was made (R-09).
    """
    case = locked_unless(rules.why_not_contact, complaint, contacted_on=contacted_on)
    today = timezone.localdate()
    day = contacted_on or today
    due_dates.meet(case, TermKind.CONTACT, at=moment_of(day))
    due_dates.message_sent(case, on=day)
    content = {"reason": required(reason), "contacted_on": day if day != today else None}
    record(case, EventKind.CONTACTED, by, content)
    return case


@transaction.atomic
def add_note(
    *, complaint: Complaint, by: User, reason: str, files: Sequence[StoredFile] = ()
) -> Complaint:
    """Adds an internal note, which only handlers of the case read, as they do its `files`."""
    case = locked_unless(rules.why_not_write, complaint)
    record_with_files(case, EventKind.NOTED, by, {"reason": required(reason)}, files)
    return case


@transaction.atomic
def close_complaint(
    *,
    complaint: Complaint,
    outcome: Outcome,
    by: User,
    reason: str = "",
    ruled_on: date | None = None,
    duplicate_of: Complaint | None = None,
    sealed_mail: bytes | None = None,
    **texts: str,
) -> Complaint:
    """Closes an open case with an outcome its stage allows and all that the outcome needs (R-02).

    `texts` are its finding and whatever else is written, as `Outcome.needs` names it. A case that
    ends in a ruling has a record of it: where nobody made one, this does.
    """
    case = locked_unless(rules.why_not_close, complaint, outcome, duplicate_of=duplicate_of)
    other = duplicate_of.reference if duplicate_of else ""
    given = {"ruled_on": ruled_on, "duplicate_of": other, **texts}
    content = {name: stored(given.get(name)) for name in outcome.needs}
    content["reason"] = required(reason)
    if not all(content.values()):
        raise NotAllowed(f"{outcome} needs {', '.join(outcome.needs)}")
    if outcome is Outcome.RULED and ruled_on and not case.rulings.exists():
        seal_decision(Ruling(complaint=case, ruled_on=ruled_on), content["decisions"])
    case.duplicate_of = duplicate_of if outcome is Outcome.DUPLICATE else None
    event = end_case(case, outcome, by, content)
    occasion = str(event.number)
    notifications.owe_to_complainant(case, MailKind.CASE_CLOSED, occasion, sealed_mail)
    return case


def end_case(
    case: Complaint,
    outcome: Outcome,
    by: User | None,
    content: Mapping[str, Any],
    *,
    label: str = SYSTEM,
) -> Event:
    """Closes a case that the caller holds locked, whoever does it: status, terms and event.

    There is a decision, and all other terms lapse but the duty to tell the coach.
    """
    case.status, case.outcome, case.closed_at = Status.CLOSED, outcome, timezone.now()
    case.save(update_fields=["status", "outcome", "closed_at", "duplicate_of"])
    due_dates.run_again(case, on=timezone.localdate(case.closed_at))
    due_dates.meet(case, TermKind.HANDLING, at=case.closed_at)
    return record(
        case, EventKind.CLOSED, by, content, label=label, stage_from=case.stage, outcome=outcome
    )


@transaction.atomic
def erase_no_complaint(*, complaint: Complaint, by: User, reason: Outcome) -> Complaint:
    """Erases what never was a complaint, nobody being mailed; the outcome keeps the `reason`."""
    case = locked_unless(rules.why_not_erase_no_complaint, complaint)
    if reason not in NO_COMPLAINT:
        raise NotAllowed(f"{reason} is a complaint")
    end_case(case, reason, by, {})
    return erase_content(complaint=case, by=by, reason=ErasureReason.MISTAKE)


@transaction.atomic
def reopen_complaint(*, complaint: Complaint, by: User, reason: str) -> Complaint:
    """Opens a closed case again, in the stage it was closed in.

    Its old date for a decision stands; a message is due anew.
    """
    case = locked_unless(rules.why_not_reopen, complaint)
    case.change(status=Status.OPEN, outcome="", closed_at=None, duplicate_of=None)
    case.change(waiting_on=Party.HANDLER, goes_on_told=None)
    case.terms.filter(kind=TermKind.HANDLING).update(met_at=None)
    due_dates.message_sent(case, on=timezone.localdate())
    record(case, EventKind.REOPENED, by, {"reason": required(reason)}, stage_to=case.stage)
    return case


@transaction.atomic
def clear_suspicion(
    *, complaint: Complaint, by: User, reason: str, sealed_mail: bytes | None = None
) -> Complaint:
    """Records that a person looked and saw no misuse; the mail it was filed with is owed now."""
    case = locked_unless(rules.why_not_clear, complaint)
    case.change(is_suspect=False)
    record(case, EventKind.CHECKED, by, {"reason": required(reason)})
    to_complainant = notifications.has_address(case)
    notifications.owe_filed(case, to_complainant=to_complainant, sealed_text=sealed_mail)
    return case


@transaction.atomic
def wait_on(*, complaint: Complaint, party: Party, by: User, reason: str = "") -> Complaint:
    """Records that an open case waits on this party from now, which it did not."""
    case = locked_unless(rules.why_not_wait, complaint, party=party)
    case.change(waiting_on=party)
    record(case, EventKind.WAITS, by, {"party": party, "reason": reason})
    return case


@transaction.atomic
def relate(*, complaint: Complaint, other: Complaint, by: User, reason: str) -> Complaint:
    """Relates two cases. The caller saw to it that this person may see both."""
    case = locked_unless(rules.why_not_relate, complaint, other=other)
    case.related.add(other)
    record(case, EventKind.LINKED, by, {"other": other.reference, "reason": required(reason)})
    return case


@transaction.atomic
def unrelate(*, complaint: Complaint, other: Complaint, by: User, reason: str) -> Complaint:
    """Takes that back, both ways; the history keeps that it was said."""
    case, reason = locked(complaint), required(reason)
    refuse_if(rules.why_not_unrelate(case, list(case.related.filter(pk=other.pk))))
    case.related.remove(other)
    record(case, EventKind.LINKED, by, {"other_undone": other.reference, "reason": reason})
    return case
