"""What every service stands on: `NotAllowed`, the lock of a case, what happened, limits."""

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


def done_on(case: Complaint, day: date | None) -> date:
    """The day something was done outside the site: since receipt, and not later than today."""
    if day is None or not case.received_on <= day <= timezone.localdate():
        raise NotAllowed(f"done on {day}")
    return day


def noon(day: date) -> datetime:
    """A moment of that day: which hour it was nobody recorded."""
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


def locked(complaint: Complaint) -> Complaint:
    """The case as it is now, held until the transaction ends."""
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def locked_open(complaint: Complaint) -> Complaint:
    """As `locked`; raises NotAllowed for a closed case."""
    case = locked(complaint)
    if not case.is_open:
        raise NotAllowed("closed")
    return case


def written(text: str) -> str:
    """The text without white space around it; raises NotAllowed where there is none."""
    if not text.strip():
        raise NotAllowed("a text is needed")
    return text.strip()


def key_of(case: Complaint) -> bytes:
    """The key of a case; raises NotAllowed where its content was erased."""
    try:
        return case_key(case.pk)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def record(case: Complaint, kind: EventKind, by: User, content: dict[str, Any]) -> Event:
    """Appends an event to a case that the caller holds locked; empty content is left out."""
    given = {name: value for name, value in content.items() if value}
    return append_event(
        complaint=case,
        kind=kind,
        at=timezone.now(),
        by=by,
        key=key_of(case),
        entry=Entry(content=given),
    )


def mark_unread(case: Complaint) -> None:
    """Something came in: at filing, from the complainant, or the case got another handler.

    The caller holds the case locked.
    """
    if not case.is_unread:
        case.is_unread = True
        case.save(update_fields=["is_unread"])


def clear_unread(*, complaint: Complaint, by: User) -> None:
    """Somebody opens the case file; read it is only by the one whose task that is.

    Call it before reading: what comes in meanwhile marks the case again. Somebody else, such as
    one it is shared with, changes nothing.
    """
    if complaint.is_unread:
        theirs = Complaint.objects.unread_by(by).values("pk")
        Complaint.objects.filter(pk__in=theirs.filter(pk=complaint.pk)).update(is_unread=False)
