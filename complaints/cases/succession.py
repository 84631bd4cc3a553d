"""Who may have a case, who takes it when nobody chose, and who reads it now by role (R-10).

Never who was passed over or excluded.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, QuerySet

from complaints import notifications
from complaints.models.case import Complaint
from complaints.models.handlers import may_handle
from complaints.models.settings import HandlingSettings
from complaints.models.visibility import Exclusion
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

    def is_barred(person: User) -> bool:
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


def who_may_have(complaint: Complaint) -> QuerySet[Any]:
    """The handlers that a case may be given to or shared with: `may_go_to`, asked of the people."""
    excluded = Exists(Exclusion.objects.filter(complaint=complaint, user=OuterRef("pk")))
    people = notifications.handlers().exclude(excluded)
    barred = [complaint.passed_over_id]
    if complaint.route == Route.DEPUTY:
        barred.append(HandlingSettings.current().confidant_id)
    return people.exclude(pk__in=[pk for pk in barred if pk is not None])


def who_may_be_shown(complaint: Complaint) -> QuerySet[Any]:
    """Of those, the ones who cannot read the case yet."""
    people = HandlingSettings.current()
    case = Complaint.objects.filter(pk=complaint.pk)
    by_role = [
        role.pk for role in (people.confidant, people.deputy) if case.visible_to(role).exists()
    ]
    reading = [*by_role, *shared_with(complaint).values_list("pk", flat=True)]
    if complaint.handler_id is not None:
        reading.append(complaint.handler_id)
    return who_may_have(complaint).exclude(pk__in=reading)


def shared_with(complaint: Complaint) -> QuerySet[Any]:
    """The people the case is shared with now, whether or not they still handle complaints."""
    live = complaint.shares.filter(revoked_at=None)
    return get_user_model().objects.filter(pk__in=live.values("user")).order_by("pk")


def may_have(complaint: Complaint, user: User) -> bool:
    """Whether the case may be given to this person."""
    return Complaint.objects.may_go_to(user).filter(pk=complaint.pk).exists()


def next_handler(complaint: Complaint, people: HandlingSettings) -> Any:
    """Who takes up this case now, or None: then it waits."""
    line = _in_line(Route(complaint.route), people)
    return next((person for person in line if may_have(complaint, person)), None)


def waiting_cases(people: HandlingSettings) -> set[UUID]:
    """The waiting cases for which there is somebody now."""
    waiting = Complaint.objects.waiting()
    return {
        pk
        for route in Route
        for person in _in_line(route, people)
        for pk in waiting.filter(route=route).not_barred_to(person).values_list("pk", flat=True)
    }


def waits_long(manager: Any, now: datetime) -> bool:
    """Whether a case waits for a day, of those that this manager may hear of."""
    waiting = Complaint.objects.waiting().filter(filed_at__lt=now - timedelta(days=1))
    return waiting.not_kept_from(manager).exists()


def _in_line(route: Route, people: HandlingSettings) -> Iterator[Any]:
    """Who is asked to take up a case of that route, in order; only who may handle complaints.

    One for the confidant goes to the deputy where it cannot go to them, and the other way round
    while they are away. One for the deputy goes to nobody else. With no confidant it waits for one.
    """
    line = [people.handler_for(route)]
    if route is Route.CONFIDANT and may_handle(people.confidant):
        line += [people.deputy, people.confidant]
    return (person for person in line if may_handle(person))
