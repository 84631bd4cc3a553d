"""Who handles a case, with whom it is shared, who stepped back, who takes over (R-07, R-38).

And which cases wait for somebody to take them up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from complaints import notifications
from complaints.cases import rules
from complaints.cases.case import locked, mark_unread, record
from complaints.cases.rules import refuse_if
from complaints.cases.sealing import case_keys
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.outbox import MailKind
from complaints.models.roster import Circle, Roster, Share
from complaints.models.settings import name_of
from complaints.stages import Route


@transaction.atomic
def assign_case(*, complaint: Complaint, to: User, by: User, reason: str = "") -> Complaint:
    """Gives a case to another handler, for whom it is unread, or to oneself."""
    case = locked(complaint)
    refuse_if(rules.why_not_assign(case, Circle(case, Roster.read()), to))
    names = {"handler": name_of(to), "before": name_of(case.handler)}
    case.change(handler=to)
    _end_shares(case, to)
    event = _record(case, EventKind.ASSIGNED, by, names | {"reason": reason})
    if to.pk != by.pk:
        mark_unread(case)
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
    before = case.handler
    case.change(handler=Circle(case, roster).next_handler)
    names = {"handler": name_of(case.handler), "before": name_of(before)}
    event = _record(case, EventKind.ASSIGNED, None, names)
    mark_unread(case)
    if case.handler is not None:
        _end_shares(case, case.handler)
    notifications.owe_handed_over(case, occasion=f"passed-on-{event.number}")


def _end_shares(case: Complaint, user: User) -> None:
    case.shares.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())


def _record(case: Complaint, kind: EventKind, by: User | None, content: dict[str, str]) -> Event:
    """Records with names and words, and without them where the content of the case was erased."""
    return record(case, kind, by, content if case_keys([case.pk]) else {})


BATCH = 200


@dataclass(frozen=True)
class HandedOver:
    """How many cases went to the successor, and how many stayed: not for them."""

    moved: int
    stayed: int


def running_cases_of(handler: User, *, by: User) -> QuerySet[Complaint]:
    """Returns the open cases of a handler that `by` may decide on."""
    return Complaint.objects.in_charge_of(by).open().filter(handler=handler)


def hand_over_all(*, handler: User, to: User, by: User) -> HandedOver:
    """Gives every running case of `handler` to `to`, each logged in its own history.

    A case the successor was passed over for or is excluded from stays where it is. In batches,
    each whole in itself: broken off half-way, doing it again does the rest. One mail tells it all.
    """
    ids = list(running_cases_of(handler, by=by).order_by("pk").values_list("pk", flat=True))
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    moved = sum(_hand_over(batch, handler, to, by) for batch in batches)
    return HandedOver(moved, running_cases_of(handler, by=by).count())


@transaction.atomic
def _hand_over(ids: Sequence[UUID], handler: User, to: User, by: User) -> int:
    """One batch: rows locked in one order, and left alone where somebody else was first."""
    theirs = Complaint.objects.filter(pk__in=ids, handler=handler).may_go_to(to)
    cases = list(theirs.select_for_update(of=("self",)).order_by("pk"))
    pks = [case.pk for case in cases]
    keys, now = case_keys(pks), timezone.now()
    names = {"handler": name_of(to), "before": name_of(handler)}
    for case in cases:
        key = keys.get(case.pk)
        record(case, EventKind.ASSIGNED, by, names if key else {}, key=key)
    Share.objects.filter(complaint__in=pks, user=to, revoked_at=None).update(revoked_at=now)
    Complaint.objects.filter(pk__in=pks).update(handler=to)
    if to.pk != by.pk:
        Complaint.objects.filter(pk__in=pks).update(is_unread=True)
    if to.pk != by.pk and any(not case.is_suspect for case in cases):
        occasion = f"handed-over-{now.isoformat()}"
        notifications.owe(MailKind.NEW_CASE, to, occasion=occasion)
    return len(cases)


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
