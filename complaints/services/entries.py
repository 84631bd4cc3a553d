"""What a member of staff does in a case: the row locked first, the event appended last."""

from typing import Any

from django.utils import timezone

from complaints.models.case import Complaint, Event, EventKind
from complaints.services.handling import NotAllowed
from complaints.services.history import Entry, append_event
from complaints.services.sealing import KeyDestroyed


def locked(complaint: Complaint) -> Complaint:
    """The case as it is now, held until the transaction ends."""
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def written(text: str) -> str:
    """The text without white space around it; raises NotAllowed where there is none."""
    if not text.strip():
        raise NotAllowed("a text is needed")
    return text.strip()


def append(case: Complaint, kind: EventKind, by: Any, content: dict[str, Any]) -> Event:
    """Appends an event with its sealed content; raises NotAllowed for an erased case."""
    entry = Entry(content=content)
    try:
        return append_event(complaint=case, kind=kind, at=timezone.now(), by=by, entry=entry)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error
