"""What every service stands on: `NotAllowed`, the lock of a case, its record, limits.

A service locks the case, asks the rules, changes it, records what happened and owes the mail.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from complaints.cases.history import COMPLAINANT, Entry, append_event
from complaints.cases.sealing import KeyDestroyed, case_key
from complaints.events import EventKind
from complaints.models.case import Complaint, Event


class NotAllowed(Exception):
    """The procedure does not allow this now, or something it needs is missing."""


def locked(complaint: Complaint) -> Complaint:
    """Returns the case as it is now, held until the transaction ends."""
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def record(
    case: Complaint,
    kind: EventKind,
    by: User | None,
    content: Mapping[str, Any],
    *,
    label: str = "",
    stage_from: str = "",
    stage_to: str = "",
    outcome: str = "",
    key: bytes | None = None,
) -> Event:
    """Appends what happened to the history of a case that the caller holds locked.

    `by` is the member of staff; without one, `label` says whose act it was (`COMPLAINANT`), or it
    was the site's. Of `content` what is empty is left out and the rest sealed, with the case's
    `key` where the caller has it. Raises NotAllowed where there is something to seal and the
    content of the case was erased.
    """
    given = {name: value for name, value in content.items() if value}
    entry = Entry(stage_from, stage_to, outcome, content=given or None)
    now = timezone.now()
    try:
        return append_event(
            complaint=case, kind=kind, at=now, by=by, entry=entry, key=key, label=label
        )
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def key_of(case: Complaint) -> bytes:
    """Returns the key of a case; raises NotAllowed where its content was erased."""
    try:
        return case_key(case.pk)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def written(text: str) -> str:
    """Returns the text without white space around it; raises NotAllowed where there is none."""
    if not text.strip():
        raise NotAllowed("a text is needed")
    return text.strip()


def moment_of(day: date) -> datetime:
    """Returns now for today, and else noon of that day: which hour it was nobody recorded."""
    if day == timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(12)))


MOST_A_DAY = 100  # events of one complainant in 24 hours
MOST_FILES_OF_CASE = 50


class TooMuchToday(Exception):
    """This complainant wrote and changed so much in a day that it has to wait until tomorrow."""


def check_not_too_much(case: Complaint) -> None:
    """Raises TooMuchToday. Withdrawing never asks this: one can always stop."""
    since = timezone.now() - timedelta(days=1)
    own = case.events.filter(actor_label=COMPLAINANT, at__gt=since)
    if own.count() >= MOST_A_DAY:
        raise TooMuchToday


def mark_unread(case: Complaint) -> None:
    """Marks that something came in, or that the case got another handler; the caller locked it."""
    if not case.is_unread:
        case.is_unread = True
        case.save(update_fields=["is_unread"])


def clear_unread(*, complaint: Complaint, by: User) -> None:
    """Marks a case as read, where `by` is the one whose task it is to read it.

    Call it before reading: what comes in meanwhile marks the case again. Somebody else, such as
    one with whom it is shared, changes nothing.
    """
    if complaint.is_unread:
        theirs = Complaint.objects.unread_by(by).values("pk")
        Complaint.objects.filter(pk__in=theirs.filter(pk=complaint.pk)).update(is_unread=False)
