"""What every service that adds to a case does: take its lock, append what happened."""

from typing import Any

from django.utils import timezone

from complaints.models.case import Complaint, Event, EventKind
from complaints.services.handling import NotAllowed
from complaints.services.history import Entry, append_event
from complaints.services.sealing import KeyDestroyed, case_key


def locked(complaint: Complaint) -> Complaint:
    """The case as it is now, held until the transaction ends."""
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def locked_open(complaint: Complaint) -> Complaint:
    """As `locked`; raises NotAllowed for a closed case."""
    case = locked(complaint)
    if not case.is_open:
        raise NotAllowed("closed")
    return case


def written(text: str) -> str:
    """The text without white space around it; raises NotAllowed where there is none."""
    if not text.strip():
        raise NotAllowed("a text is needed")
    return text.strip()


def key_of(case: Complaint) -> bytes:
    """The key of a case; raises NotAllowed where its content was erased."""
    try:
        return case_key(case.pk)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def record(case: Complaint, kind: EventKind, by: Any, content: dict[str, Any]) -> Event:
    """Appends an event to a case that the caller holds locked; empty content is left out."""
    given = {name: value for name, value in content.items() if value}
    return append_event(
        complaint=case,
        kind=kind,
        at=timezone.now(),
        by=by,
        key=key_of(case),
        entry=Entry(content=given),
    )
