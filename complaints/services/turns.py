"""Whose turn it is, as the handler says it: what no move or message tells the site."""

from typing import Any

from django.db import transaction

from complaints.models.case import Complaint, EventKind
from complaints.services.casework import locked_open, record
from complaints.services.handling import NotAllowed
from complaints.stages import Party


@transaction.atomic
def wait_on(*, complaint: Complaint, party: Party, by: Any, note: str = "") -> Complaint:
    """The case waits on this party from now; raises NotAllowed where it does so already."""
    case = locked_open(complaint)
    if case.waiting_on == party:
        raise NotAllowed(f"waits on {party}")
    case.waiting_on = party
    case.save(update_fields=["waiting_on"])
    record(case, EventKind.WAITS, by, {"party": party.value, "reason": note.strip()})
    return case
