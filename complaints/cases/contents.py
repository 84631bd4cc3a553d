"""Opens what is sealed in a case, and keeps who opened it when (R-39).

Callers ask the permission first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from complaints.cases.filing import ANSWERS
from complaints.cases.history import event_content
from complaints.cases.sealing import case_key, open_part, seal_part
from complaints.models.case import Complaint, Event
from complaints.models.handling import Advice, Ruling
from complaints.models.privacy import Access, AccessKind
from complaints.questions import Answer

BATCH = 1000


def record_access(*, complaint: Complaint, user: User, kind: AccessKind) -> None:
    """One person read one case, or took a file or the whole of it away.

    Call it once the answer is certain: a refused request and a HEAD read nothing.
    """
    _access(complaint.pk, user, kind, timezone.now()).save(force_insert=True)


@transaction.atomic
def record_accesses(*, complaint_ids: Iterable[UUID], user: User, kind: AccessKind) -> int:
    """As above for many cases at once, in batches; returns how many. All of them or none."""
    now, ids, count = timezone.now(), iter(complaint_ids), 0
    while batch := [_access(pk, user, kind, now) for pk in islice(ids, BATCH)]:
        Access.objects.bulk_create(batch)
        count += len(batch)
    return count


def _access(complaint_id: UUID, user: User, kind: AccessKind, at: datetime) -> Access:
    return Access(
        complaint_id=complaint_id, user=user, user_label=f"user:{user.pk}", kind=kind, at=at
    )


@dataclass(frozen=True)
class OpenAdvice:
    """An advice with its words; it binds nobody."""

    row: Advice
    text: str


@dataclass(frozen=True)
class OpenRuling:
    """A ruling with its words; it binds both parties."""

    row: Ruling
    text: str


def keep_advice(case: Complaint, key: bytes, *, given_on: date, text: str) -> Advice:
    """Stores an advice; in the transaction of the event that gives it."""
    row = Advice.objects.create(complaint=case, given_on=given_on)
    row.sealed = seal_part(key, case.pk, _part(row), text)
    row.save(update_fields=["sealed"])
    return row


def keep_ruling(
    case: Complaint, key: bytes, *, ruled_on: date, comply_by: date | None, text: str
) -> Ruling:
    """Stores a ruling; in the transaction of the event that records it."""
    row = Ruling.objects.create(complaint=case, ruled_on=ruled_on, comply_by=comply_by)
    row.sealed = seal_part(key, case.pk, _part(row), text)
    row.save(update_fields=["sealed"])
    return row


def open_advices(complaint: Complaint, key: bytes | None = None) -> list[OpenAdvice]:
    """What was advised, oldest first. The caller asks the permission first."""
    rows = list(complaint.advices.all())
    key = key or (case_key(complaint.pk) if rows else b"")
    return [OpenAdvice(row, _opened(row, key)) for row in rows]


def open_rulings(complaint: Complaint, key: bytes | None = None) -> list[OpenRuling]:
    """What the committee ruled, oldest first. The caller asks the permission first."""
    rows = list(complaint.rulings.all())
    key = key or (case_key(complaint.pk) if rows else b"")
    return [OpenRuling(row, _opened(row, key)) for row in rows]


def _opened(row: Advice | Ruling, key: bytes) -> str:
    if row.sealed is None:
        return ""
    return str(open_part(key, row.complaint_id, _part(row), bytes(row.sealed)))


def _part(row: Advice | Ruling) -> str:
    return f"{row._meta.model_name}-{row.pk}"


@dataclass(frozen=True)
class HistoryLine:
    """An event with what was written at it."""

    event: Event
    content: dict[str, Any]


def open_answers(complaint: Complaint, key: bytes | None = None) -> list[Answer]:
    """The questions as they were asked with the answers given, in order."""
    content = open_part(
        key or case_key(complaint.pk), complaint.pk, ANSWERS, bytes(complaint.sealed)
    )
    return [Answer(**answer) for answer in content["answers"]]


def open_history(complaint: Complaint, key: bytes | None = None) -> list[HistoryLine]:
    """Every event of the case, oldest first, opened."""
    key = key or case_key(complaint.pk)
    return [HistoryLine(event, event_content(event, key)) for event in events_of(complaint)]


def events_of(complaint: Complaint) -> QuerySet[Event]:
    """Every event of the case, oldest first, with who did it and when it was first read."""
    return complaint.events.select_related("actor", "read_receipt").order_by("number")
