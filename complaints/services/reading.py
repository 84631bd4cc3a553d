"""Opens a case for somebody who may read it. Callers ask the permission first."""

from dataclasses import dataclass
from typing import Any

from complaints.models.case import Complaint, Event
from complaints.questions import Answer
from complaints.services.history import event_content
from complaints.services.intake import ANSWERS
from complaints.services.sealing import case_key, open_part


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
    events = complaint.events.select_related("actor").order_by("number")
    return [HistoryLine(event, event_content(event, key)) for event in events]
