"""What every service stands on: the lock of a case, its history, `NotAllowed`, limits.

A service locks the case, asks the rules, changes it, records what happened and owes the mail.
The history is appended under that lock and hash-chained: each event covers the one before it.
"""

import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from time import sleep
from typing import Any

from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from complaints.cases.sealing import KeyDestroyed, case_key, open_part, seal_part
from complaints.events import EventKind
from complaints.models.case import Complaint, Event

logger = logging.getLogger(__name__)

GENESIS = bytes(32)
SYSTEM, COMPLAINANT = "system", "complainant"


class NotAllowed(Exception):
    """The procedure does not allow this now, or something it needs is missing."""


def locked(complaint: Complaint) -> Complaint:
    """Returns the case as it is now, held until the transaction ends."""
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


LET_IN = 0.002  # seconds
FAILED: list[str] = []  # what did since the worker's job began


@contextmanager
def by_itself(what: str) -> Iterator[None]:
    """Reports what fails in here by `what` it is of, a reference mostly; it stops nothing else.

    After it others can write, unless a transaction goes on around it. SQLite serves whoever comes
    by first: a row of small transactions kept those who were filing waiting as long as it lasted.
    """
    try:
        yield
    except Exception:
        logger.exception("failed.by_itself of=%s", what)
        FAILED.append(what)
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        sleep(LET_IN)


def key_of(case: Complaint) -> bytes:
    """Returns the key of a case; raises NotAllowed where its content was erased."""
    try:
        return case_key(case.pk)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def required(text: str) -> str:
    """Returns the text without white space around it; raises NotAllowed where there is none."""
    if not text.strip():
        raise NotAllowed("a text is needed")
    return text.strip()


def moment_of(day: date) -> datetime:
    """Returns now for today, and else noon of that day: which hour it was nobody recorded."""
    if day == timezone.localdate():
        return timezone.now()
    return timezone.make_aware(datetime.combine(day, time(12)))


def begin_history(
    *, complaint: Complaint, at: datetime, key: bytes, by: User | None, content: Mapping[str, Any]
) -> Event:
    """Stores a new complaint together with the event that it was filed, as its history's start.

    `by` is who registered it for the complainant (R-12), `content` how it came in.
    """
    given = _given(content)
    sealed = seal_part(key, complaint.pk, "event-1", given) if given else None
    event = _chained(complaint, by, COMPLAINANT, sealed, kind=EventKind.FILED, at=at)
    complaint.save(force_insert=True)
    event.save(force_insert=True)
    return event


def record(
    case: Complaint,
    kind: EventKind,
    by: User | None,
    content: Mapping[str, Any],
    *,
    label: str = SYSTEM,
    key: bytes | None = None,
    **clear: str,
) -> Event:
    """Appends what happened to the history of a case that the caller holds locked.

    `by` is the member of staff; without one, `label` says whose act it was. Of `content` what is
    empty is left out and the rest sealed as `stored`, with the case's `key` where the caller has
    it; `clear` are the stages it went from and to, and its outcome. Raises NotAllowed where there
    is something to seal and the content of the case was erased.
    """
    given = _given(content)
    part = f"event-{case.event_count + 1}"
    sealed = seal_part(key or key_of(case), case.pk, part, given) if given else None
    event = _chained(case, by, label, sealed, kind=kind, at=timezone.now(), **clear)
    event.save(force_insert=True)
    case.save(update_fields=["event_count", "event_head"])
    return event


def _given(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: text for name, value in content.items() if (text := stored(value))}


def stored(value: Any) -> Any:
    """Returns a value as the content of an event holds it: a day in ISO 8601, a text stripped."""
    if isinstance(value, date):
        return value.isoformat()
    return value.strip() if isinstance(value, str) else value


def _chained(
    case: Complaint, by: User | None, label: str, sealed: bytes | None, **fields: Any
) -> Event:
    """Returns the next event of a case, as the head of whose history it counts; both unsaved."""
    event = Event(
        complaint=case,
        number=case.event_count + 1,
        actor=by,
        actor_label=f"user:{by.pk}" if by else label,
        sealed=sealed,
        sealed_sha256=hashlib.sha256(sealed).hexdigest() if sealed else "",
        **fields,
    )
    event.hash = chain_hash(bytes(case.event_head), event)
    case.event_count, case.event_head = event.number, event.hash
    return event


def chain_hash(previous: bytes, event: Event) -> bytes:
    """Returns the SHA-256 over the hash before it and the event's clear fields, 32 bytes."""
    fields = json.dumps([previous.hex(), *event.chained()], separators=(",", ":"))
    return hashlib.sha256(fields.encode()).digest()


def is_intact(complaint: Complaint, events: Iterable[Event] | None = None) -> bool:
    """Whether the history is as it was written: nothing changed, removed, added or reordered.

    `events` are all of them, in order, for a caller that has read them already. Erased content
    does not count: the chain covers the hash of each ciphertext, not the text. Something may have
    come in since `complaint` was read, which is no fault: where the chain does not hold, it is
    looked at once more with the head as it is now.
    """
    read = complaint.events.order_by("number") if events is None else events
    if _is_chained(complaint, read):
        return True
    now = Complaint.objects.get(pk=complaint.pk)
    return _is_chained(now, now.events.order_by("number"))


def _is_chained(complaint: Complaint, events: Iterable[Event]) -> bool:
    head, count = GENESIS, 0
    for event in events:
        count += 1
        sealed = bytes(event.sealed) if event.sealed is not None else b""
        if event.number != count or bytes(event.hash) != chain_hash(head, event):
            return False
        if sealed and hashlib.sha256(sealed).hexdigest() != event.sealed_sha256:
            return False
        head = bytes(event.hash)
    return count == complaint.event_count and head == bytes(complaint.event_head)


def event_content(event: Event, key: bytes) -> dict[str, Any]:
    """Returns what was written with the event; raises SealBroken for what is not its own."""
    if event.sealed is None:
        return {}
    part = f"event-{event.number}"
    content: dict[str, Any] = open_part(key, event.complaint_id, part, bytes(event.sealed))
    return content


MOST_A_DAY = 100  # events of one complainant in 24 hours
MOST_FILES_OF_CASE = 50


class TooMuchToday(Exception):
    """This complainant wrote and changed so much in a day that it has to wait until tomorrow."""


def check_not_too_much(case: Complaint, most: int = 0, **which: Any) -> None:
    """Raises TooMuchToday where there are so many, of `which` events or in all.

    Withdrawing never asks this: one can always stop.
    """
    since = timezone.now() - timedelta(days=1)
    own = case.events.filter(actor_label=COMPLAINANT, at__gt=since, **which)
    if own.count() >= (most or MOST_A_DAY):
        raise TooMuchToday


def mark_unread(case: Complaint) -> None:
    """Marks that something came in, or that the case got another handler; the caller locked it."""
    if not case.is_unread:
        case.change(is_unread=True)


def clear_unread(*, complaint: Complaint, by: User) -> None:
    """Marks a case as read where it is up to `by` to read it; for anybody else nothing changes.

    Call it before reading: what comes in meanwhile marks the case again.
    """
    if complaint.is_unread:
        theirs = Complaint.objects.unread_by(by).values("pk")
        Complaint.objects.filter(pk__in=theirs.filter(pk=complaint.pk)).update(is_unread=False)
