"""The steps of a stage: what was done in a case, by whom; a tick can be taken back."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from complaints.models.case import Complaint, EventKind
from complaints.models.checklist import ChecklistItem, ChecklistTick
from complaints.services.casework import locked_open, record
from complaints.services.handling import NotAllowed


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
def tick_step(*, complaint: Complaint, item: ChecklistItem, by: Any) -> ChecklistTick:
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
def untick_step(*, complaint: Complaint, item: ChecklistItem, by: Any) -> None:
    """Takes a tick back; that it was there stays in the history."""
    case = locked_open(complaint)
    tick = case.ticks.filter(item=item).first()
    if tick is not None:
        record(case, EventKind.TICKED, by, {"step_undone": tick.text})
        tick.delete()
