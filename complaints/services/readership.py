"""Who reads one case now, by role: what the complainant is told of it, without names (R-10)."""

from dataclasses import dataclass
from typing import Any

from complaints import notifications
from complaints.models.case import Complaint
from complaints.models.settings import HandlingSettings
from complaints.services.succession import shared_with, who_may_have
from complaints.stages import Route


@dataclass(frozen=True)
class Readership:
    """`is_past_confidant`: the case is kept from them. `others`: handlers without a role."""

    is_past_confidant: bool
    is_past_deputy: bool
    is_confidant_away: bool
    confidant: bool
    deputy: bool
    others: int


def readership(complaint: Complaint) -> Readership:
    """Asks what every view of the desk asks, so that the promise is what is done."""
    people = HandlingSettings.current()
    case = Complaint.objects.filter(pk=complaint.pk)

    def is_barred(person: Any) -> bool:
        return person is not None and not case.not_barred_to(person).exists()

    return Readership(
        is_past_confidant=complaint.route == Route.DEPUTY or is_barred(people.confidant),
        is_past_deputy=is_barred(people.deputy),
        is_confidant_away=people.is_confidant_absent(),
        confidant=case.visible_to(people.confidant).exists(),
        deputy=case.visible_to(people.deputy).exists(),
        others=_others(complaint, people),
    )


def is_open_to_readers_of(other: Complaint, complaint: Complaint) -> bool:
    """Whether everybody who reads `complaint` may read `other` too.

    Where not, nothing in the one may speak of the other: it would tell that there is one.
    """
    both = Complaint.objects.filter(pk__in=(complaint.pk, other.pk))
    for person in notifications.handlers():
        seen = set(both.visible_to(person).values_list("pk", flat=True))
        if complaint.pk in seen and other.pk not in seen:
            return False
    return True


def _others(complaint: Complaint, people: HandlingSettings) -> int:
    given = {complaint.handler_id, *shared_with(complaint).values_list("pk", flat=True)}
    given -= {None, people.confidant_id, people.deputy_id}
    return who_may_have(complaint).filter(pk__in=given).count() if given else 0
