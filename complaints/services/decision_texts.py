"""Keeps and opens the texts of advice and ruling, each sealed under its case's key (R-06)."""

from dataclasses import dataclass
from datetime import date

from complaints.models.case import Complaint
from complaints.models.decision import Advice, Ruling
from complaints.services.sealing import case_key, open_part, seal_part


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
