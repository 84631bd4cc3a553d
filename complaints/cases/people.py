"""Who handles a case, with whom it is shared, who stepped back, who takes over (R-07, R-38).

And which cases wait for somebody to take them up.
"""

from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import rules
from complaints.cases.case import locked, record
from complaints.cases.rules import refuse_if
from complaints.cases.sealing import case_keys
from complaints.events import EventKind
from complaints.models.case import Complaint, ComplaintQuerySet, Event
from complaints.models.outbox import MailKind
from complaints.models.roster import Circle, Roster
from complaints.models.settings import name_of
from complaints.stages import Route


@transaction.atomic
def assign_case(*, complaint: Complaint, to: User, by: User, reason: str = "") -> Complaint:
    """Gives a case to another handler, for whom it is unread, or to oneself."""
    case = locked(complaint)
    refuse_if(rules.why_not_assign(case, Circle(case, Roster.read()), to))
    event = _give(case, to, by, reason)
    if to.pk != by.pk:
        notifications.owe_handed_over(case, occasion=f"assigned-{event.number}")
    return case


@transaction.atomic
def share_case(*, complaint: Complaint, to: User, by: User, reason: str = "") -> Complaint:
    """Lets one more handler read this one case and write in it, until it is stopped."""
    case = locked(complaint)
    refuse_if(rules.why_not_share(case, Circle(case, Roster.read()), to))
    case.shares.create(user=to, at=timezone.now())
    event = _record(case, EventKind.SHARED, by, {"shared_with": name_of(to), "reason": reason})
    if not case.is_suspect:
        notifications.owe(MailKind.CASE_SHARED, to, case, occasion=str(event.number))
    return case


@transaction.atomic
def stop_sharing(*, complaint: Complaint, user: User, by: User, reason: str = "") -> Complaint:
    """Ends a share at once: from here on the case does not exist for them."""
    case = locked(complaint)
    refuse_if(rules.why_not_stop_sharing(case, Circle(case, Roster.read()), user))
    _end_shares(case, user)
    _record(case, EventKind.UNSHARED, by, {"shared_with": name_of(user), "reason": reason})
    return case


@transaction.atomic
def declare_conflict(*, complaint: Complaint, by: User, reason: str = "") -> Complaint:
    """A handler steps back: they lose the case for good, and it goes to whoever may have it.

    With nobody it waits, and the managers hear that a case does.
    """
    case, roster = locked(complaint), Roster.read()
    refuse_if(rules.why_not_step_back(case, Circle(case, roster), by))
    case.exclusions.create(user=by, at=timezone.now())
    _end_shares(case, by)
    _record(case, EventKind.CONFLICTED, by, {"reason": reason})
    if case.handler_id == by.pk:
        pass_on(case, roster)
    return case


def pass_on(case: Complaint, roster: Roster) -> None:
    """Gives a case that the caller holds locked to the next in line, in the site's name."""
    event = _give(case, Circle(case, roster).next_handler, None)
    notifications.owe_handed_over(case, occasion=f"passed-on-{event.number}")


class HandedOver(NamedTuple):
    """How many cases went to the successor, and how many stayed: not for them."""

    moved: int
    stayed: int


def running_cases_of(handler: User, *, by: User) -> ComplaintQuerySet:
    """Returns the open cases of a handler that `by` may decide on."""
    return Complaint.objects.in_charge_of(by).open().filter(handler=handler)


@transaction.atomic
def hand_over_all(*, handler: User, to: User, by: User) -> HandedOver:
    """Gives every running case of `handler` to `to`, each logged in its own history.

    A case the successor was passed over for or is excluded from stays where it is. One mail tells
    it all.
    """
    running = running_cases_of(handler, by=by)
    theirs = running.may_go_to(to).select_related("handler").order_by("pk")
    cases = list(theirs.select_for_update(of=("self",)))
    for case in cases:
        _give(case, to, by)
    if to.pk != by.pk and any(not case.is_suspect for case in cases):
        occasion = f"handed-over-{timezone.now().isoformat()}"
        notifications.owe(MailKind.NEW_CASE, to, occasion=occasion)
    return HandedOver(len(cases), running.count())


def _give(case: Complaint, to: User | None, by: User | None, reason: str = "") -> Event:
    """Changes whose case it is, which the caller holds locked: unread, unless they take it."""
    names = {"handler": name_of(to), "before": name_of(case.handler)}
    case.change(handler=to, is_unread=case.is_unread or to is None or to != by)
    if to is not None:
        _end_shares(case, to)
    return _record(case, EventKind.ASSIGNED, by, names | {"reason": reason})


def _end_shares(case: Complaint, user: User) -> None:
    case.shares.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def _record(case: Complaint, kind: EventKind, by: User | None, content: dict[str, str]) -> Event:
    """Records with names and words, and without them where the content of the case was erased."""
    key = case_keys([case.pk]).get(case.pk)
    return record(case, kind, by, content if key else {}, key=key)


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
