"""The receipt code of a filed case: replacing it, and who of us saw the one there is now.

A code that we gave, on paper or by telephone, was on the screen of the one who gave it. Whoever is
kept from the case afterwards must not read along with it (R-38).
"""

from typing import Any

from django.utils import timezone

from complaints.models.case import Complaint, Event, EventKind
from complaints.services.history import COMPLAINANT, Entry, append_event
from complaints.services.links import end_links
from complaints.services.sealing import replace_code
from complaints.vault.codes import new_code


def is_given_by_us(case: Complaint) -> bool:
    """Whether the code there is now was seen by a member of staff."""
    given = _given_at(case)
    return given is not None and given.actor_label != COMPLAINANT


def is_known_outside(case: Complaint) -> bool:
    """Whether the one of us who gave the code there is now may not read the case (any more)."""
    given = _given_at(case)
    if given is None or given.actor_label == COMPLAINANT:
        return False
    seen = Complaint.objects.visible_to(given.actor).filter(pk=case.pk)
    return given.actor is None or not seen.exists()


def replace_and_record(case: Complaint, *, by: Any = None, reason: str = "") -> str:
    """A new code, which is returned once; the old one opens nothing now, nor does a mailed link.

    The caller holds the case locked. Raises KeyDestroyed where the content was erased.
    """
    code = new_code()
    replace_code(case.pk, code)
    end_links(case)
    append_event(
        complaint=case,
        kind=EventKind.CODE_REPLACED,
        at=timezone.now(),
        by=by,
        label=COMPLAINANT,
        entry=Entry(content={"reason": reason} if reason else None),
    )
    return code


def _given_at(case: Complaint) -> Event | None:
    """The event at which the code there is now was given."""
    given = case.events.filter(kind__in=(EventKind.FILED, EventKind.CODE_REPLACED))
    return given.select_related("actor").order_by("-number").first()
