"""Hands all running cases of one handler to a successor, in one go (R-21)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint, EventKind
from complaints.models.handlers import name_of
from complaints.models.reader import Share
from complaints.services.history import Entry, append_event
from complaints.services.sealing import case_keys

BATCH = 200


@dataclass(frozen=True)
class HandedOver:
    """How many cases went to the successor, and how many stayed: not for them."""

    moved: int
    stayed: int


def running_cases_of(handler: Any, *, by: Any) -> QuerySet[Complaint]:
    """The open cases of a handler that `by` may decide on."""
    return Complaint.objects.in_charge_of(by).open().filter(handler=handler)


def hand_over_all(*, handler: Any, to: Any, by: Any) -> HandedOver:
    """Gives every running case of `handler` to `to`, each logged in its own history.

    A case the successor was passed over for or is excluded from stays where it is. In batches,
    each whole in itself: broken off half-way, doing it again does the rest. One mail tells it all.
    """
    ids = list(running_cases_of(handler, by=by).order_by("pk").values_list("pk", flat=True))
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    moved = sum(_hand_over(batch, handler, to, by) for batch in batches)
    return HandedOver(moved, running_cases_of(handler, by=by).count())


@transaction.atomic
def _hand_over(ids: Sequence[UUID], handler: Any, to: Any, by: Any) -> int:
    """One batch: rows locked in one order, and left alone where somebody else was first."""
    theirs = Complaint.objects.filter(pk__in=ids, handler=handler).may_go_to(to)
    cases = list(theirs.select_for_update(of=("self",)).order_by("pk"))
    pks = [case.pk for case in cases]
    keys, now = case_keys(pks), timezone.now()
    entry = Entry(content={"handler": name_of(to), "before": name_of(handler)})
    for case in cases:
        append_event(
            complaint=case,
            kind=EventKind.ASSIGNED,
            at=now,
            by=by,
            entry=entry if case.pk in keys else None,
            key=keys.get(case.pk),
        )
    Share.objects.filter(complaint__in=pks, user=to, revoked_at=None).update(revoked_at=now)
    Complaint.objects.filter(pk__in=pks).update(handler=to)
    if to.pk != by.pk:
        Complaint.objects.filter(pk__in=pks).update(is_unread=True)
    if to.pk != by.pk and any(not case.is_suspect for case in cases):
        notifications.owe_many_handed_over(to, occasion=f"handed-over-{now.isoformat()}")
    return len(cases)
