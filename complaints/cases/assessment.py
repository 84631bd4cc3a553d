"""What a handler records of a case: assessment, agreement, duties done outside the site, steps."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints.cases import due_dates, rules
from complaints.cases.case import NotAllowed, locked, moment_of, record, written
from complaints.cases.rules import refuse_if
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.lists import ChecklistItem, ChecklistTick, Theme
from complaints.stages import (
    Agreement,
    CoachTold,
    Complexity,
    Impact,
    Safety,
    Severity,
    Urgency,
)
from complaints.terms import TermKind


@transaction.atomic
def assess(
    *,
    complaint: Complaint,
    by: User,
    severity: Severity,
    safety: Safety,
    complexity: Complexity,
    impact: Impact,
    urgency: Urgency,
    theme: Theme | None = None,
    reason: str = "",
) -> Complaint:
    """Records how a case looks at first sight; done again, the last one counts.

    Theme and severity stand in clear, for lists; the rest is sealed in the event. Raises NotAllowed
    for a closed case, and for something urgent without a word about what.
    """
    case = locked(complaint)
    refuse_if(rules.why_not_assess(case, urgency=urgency, reason=reason.strip()))
    case.theme, case.severity = theme, severity
    case.save(update_fields=["theme", "severity"])
    content = {
        "theme": theme.name if theme else "",
        "severity": severity.value,
        "safety": safety.value,
        "complexity": complexity.value,
        "impact": impact.value,
        "urgency": urgency.value,
        "reason": reason.strip(),
    }
    record(case, EventKind.ASSESSED, by, content)
    return case


@transaction.atomic
def record_agreement(
    *,
    complaint: Complaint,
    by: User,
    by_complainant: Agreement,
    by_coach: Agreement,
    agreed_on: date,
    reason: str,
) -> Complaint:
    """Records what each party said to mediation, when and how. Raises NotAllowed at the committee.

    It may be recorded before the mediation begins: the answers decide whether it does.
    """
    case, reason = locked(complaint), written(reason)
    refuse_if(rules.why_not_agree(case))
    content = {
        "by_complainant": by_complainant.value,
        "by_coach": by_coach.value,
        "agreed_on": agreed_on.isoformat(),
        "reason": reason,
    }
    record(case, EventKind.AGREED, by, content)
    return case


@transaction.atomic
def record_coach_told(
    *, complaint: Complaint, by: User, answer: CoachTold, note: str, told_on: date | None = None
) -> Complaint:
    """Records how and when the coach was told, or why not; either settles the term (R-34).

    Closing a case does not end this duty, so a closed case takes it too.
    """
    case, note = locked(complaint), written(note)
    day = told_on if answer is CoachTold.TOLD else None
    refuse_if(rules.why_not_tell_coach(case, answer=answer, told_on=day))
    due_dates.meet(case, TermKind.COACH_TOLD, at=moment_of(day or timezone.localdate()))
    content = {"coach_told": answer.value, "told_on": day.isoformat() if day else ""}
    record(case, EventKind.COACH_TOLD, by, content | {"reason": note})
    return case


@transaction.atomic
def record_acknowledgement(
    *, complaint: Complaint, by: User, sent_on: date, note: str
) -> Complaint:
    """Records that receipt was acknowledged by the channel the complaint came by (R-22)."""
    case, note = locked(complaint), written(note)
    refuse_if(rules.why_not_acknowledge(case, sent_on=sent_on))
    due_dates.meet(case, TermKind.ACKNOWLEDGEMENT, at=moment_of(sent_on))
    due_dates.message_sent(case, on=sent_on)
    record(case, EventKind.ACKNOWLEDGED, by, {"reason": note, "sent_on": sent_on.isoformat()})
    return case


@dataclass(frozen=True)
class Step:
    """A step as it stands in a case: `tick` says that it was done; `item` is None once removed."""

    text: str
    item: ChecklistItem | None
    tick: ChecklistTick | None


def steps_of(complaint: Complaint) -> list[Step]:
    """The steps of the case's stage, then what was done of other stages or of removed steps."""
    ticks = list(complaint.ticks.select_related("by", "item"))
    by_item = {tick.item_id: tick for tick in ticks if tick.item_id is not None}
    items = list(ChecklistItem.objects.filter(stage=complaint.stage))
    shown = {item.pk for item in items}
    here = [
        Step(tick.text if tick else item.text, item, tick)
        for item in items
        for tick in [by_item.get(item.pk)]
    ]
    return here + [Step(tick.text, tick.item, tick) for tick in ticks if tick.item_id not in shown]


@transaction.atomic
def set_step(*, complaint: Complaint, item: ChecklistItem, is_done: bool, by: User) -> Complaint:
    """Records that a step of the case's stage was done, or takes that back.

    Done again, nothing changes; the history keeps what was taken back. Raises NotAllowed for a
    closed case, and for a step of another stage.
    """
    case = locked(complaint)
    refuse_if(rules.why_not_handle(case))
    tick = case.ticks.filter(item=item).first()
    if not is_done and tick is not None:
        record(case, EventKind.TICKED, by, {"step_undone": tick.text})
        tick.delete()
    if is_done and tick is None:
        if item.stage != case.stage:
            raise NotAllowed(f"a step of {item.stage} in {case.stage}")
        now = timezone.now()
        case.ticks.create(item=item, stage=case.stage, text=item.text, at=now, by=by)
        record(case, EventKind.TICKED, by, {"step": item.text})
    return case
