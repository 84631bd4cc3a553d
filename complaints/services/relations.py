"""Cases that hang together: related both ways, recorded in the case where it was said."""

from typing import Any

from django.db import transaction

from complaints.models.case import Complaint, EventKind
from complaints.services.casework import locked, record
from complaints.services.handling import NotAllowed
from complaints.services.readership import is_open_to_readers_of


@transaction.atomic
def relate(*, complaint: Complaint, other: Complaint, by: Any, reason: str) -> Complaint:
    """Relates two cases. The caller saw to it that this person may see both.

    Raises NotAllowed where not everybody who reads this case may read the other.
    """
    case = _locked_with_reason(complaint, other, reason)
    if not is_open_to_readers_of(other, case):
        raise NotAllowed("would tell of a case that is hidden")
    case.related.add(other)
    record(case, EventKind.LINKED, by, {"other": other.reference, "reason": reason.strip()})
    return case


@transaction.atomic
def unrelate(*, complaint: Complaint, other: Complaint, by: Any, reason: str) -> Complaint:
    """Takes that back, both ways; the history keeps that it was said."""
    case = _locked_with_reason(complaint, other, reason)
    if not case.related.filter(pk=other.pk).exists():
        raise NotAllowed("not related")
    case.related.remove(other)
    record(case, EventKind.LINKED, by, {"other_undone": other.reference, "reason": reason.strip()})
    return case


def _locked_with_reason(complaint: Complaint, other: Complaint, reason: str) -> Complaint:
    case = locked(complaint)
    if not reason.strip() or other.pk == case.pk:
        raise NotAllowed("a reason and another case are needed")
    return case
