"""Which cases wait for somebody to take them up, and which case may be told of in which."""

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User

from complaints.models.case import Complaint
from complaints.models.circle import Circle
from complaints.models.roster import Roster
from complaints.stages import Route


def cases_to_take_up(roster: Roster) -> set[UUID]:
    """Returns the unassigned cases for which there is somebody now."""
    unassigned = Complaint.objects.unassigned(roster)
    return {
        pk
        for route in Route
        for person in roster.in_line(route)
        for pk in unassigned.filter(route=route)
        .may_go_to(person, roster)
        .values_list("pk", flat=True)
    }


def is_long_unassigned(manager: User, now: datetime, roster: Roster) -> bool:
    """Whether a case waits for a day, of those that this manager may hear of."""
    unassigned = Complaint.objects.unassigned(roster)
    long = unassigned.filter(filed_at__lt=now - timedelta(days=1))
    return long.not_kept_from(manager, roster).exists()


def is_open_to_readers_of(other: Complaint, complaint: Complaint) -> bool:
    """Whether everybody who reads `complaint` may read `other` too.

    Where not, nothing in the one may speak of the other: it would tell that there is one.
    """
    roster = Roster.read()
    readers, others = Circle(complaint, roster).readers, Circle(other, roster)
    return all(others.sees(person) for person in readers)
