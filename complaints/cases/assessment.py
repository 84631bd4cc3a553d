"""What a handler records of a case: assessment, agreement, duties done outside the site, steps."""

from dataclasses import dataclass
from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints.cases import due_dates
from complaints.cases.case import NotAllowed, done_on, locked, locked_open, noon, record, written
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
    Stage,
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

    Theme and severity stand in clear, for lists; the rest is sealed in the event.
    """
    case = locked_open(complaint)
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
    case = locked_open(complaint)
    if case.current_stage is Stage.COMMITTEE or not reason.strip():
        raise NotAllowed("not at the committee, and how is needed")
    content = {
        "by_complainant": by_complainant.value,
        "by_coach": by_coach.value,
        "agreed_on": agreed_on.isoformat(),
        "reason": reason.strip(),
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
    if due_dates.open_term(case, TermKind.COACH_TOLD) is None:
        raise NotAllowed("settled before")
    content, at = {"coach_told": answer.value, "reason": note}, timezone.now()
    if answer is CoachTold.TOLD:
        day = done_on(case, told_on)
        content["told_on"], at = day.isoformat(), noon(day)
    due_dates.meet(case, TermKind.COACH_TOLD, at=at)
    record(case, EventKind.COACH_TOLD, by, content)
    return case


@transaction.atomic
def record_acknowledgement(
    *, complaint: Complaint, by: User, sent_on: date, note: str
) -> Complaint:
    """Records that receipt was acknowledged by the channel the complaint came by (R-22)."""
    case, note = locked(complaint), written(note)
    if not case.is_open or due_dates.open_term(case, TermKind.ACKNOWLEDGEMENT) is None:
        raise NotAllowed("acknowledged before, or closed")
    day = done_on(case, sent_on)
    due_dates.meet(case, TermKind.ACKNOWLEDGEMENT, at=noon(day))
    due_dates.message_sent(case, on=day)
    record(case, EventKind.ACKNOWLEDGED, by, {"reason": note, "sent_on": day.isoformat()})
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
def tick_step(*, complaint: Complaint, item: ChecklistItem, by: User) -> ChecklistTick:
    """Records that a step of the case's stage was done. Done again, nothing changes."""
    case = locked_open(complaint)
    if item.stage != case.stage:
        raise NotAllowed(f"a step of {item.stage} in {case.stage}")
    tick, is_new = ChecklistTick.objects.get_or_create(
        complaint=case,
        item=item,
        defaults={"stage": case.stage, "text": item.text, "at": timezone.now(), "by": by},
    )
    if is_new:
        record(case, EventKind.TICKED, by, {"step": item.text})
    return tick


@transaction.atomic
def untick_step(*, complaint: Complaint, item: ChecklistItem, by: User) -> None:
    """Takes a tick back; that it was there stays in the history."""
    case = locked_open(complaint)
    tick = case.ticks.filter(item=item).first()
    if tick is not None:
        record(case, EventKind.TICKED, by, {"step_undone": tick.text})
        tick.delete()
