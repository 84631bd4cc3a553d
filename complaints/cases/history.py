"""A case's history: appended under the case's lock, hash-chained, and checked."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from complaints.cases.sealing import case_key, open_part, seal_part
from complaints.events import EventKind
from complaints.models.case import Complaint, Event

GENESIS = bytes(32)
SYSTEM, COMPLAINANT = "system", "complainant"


@dataclass(frozen=True)
class Entry:
    """What an event says in clear beside its kind; `content` is sealed."""

    stage_from: str = ""
    stage_to: str = ""
    outcome: str = ""
    content: dict[str, Any] | None = None


def begin_history(
    *,
    complaint: Complaint,
    at: datetime,
    key: bytes,
    by: User | None = None,
    entry: Entry | None = None,
) -> Event:
    """Stores a new complaint together with the event that it was filed, as its history's start.

    `by` is who registered it for the complainant (R-12), with in `entry` how it came in.
    """
    content = entry.content if entry is not None else None
    sealed = seal_part(key, complaint.pk, "event-1", content) if content else None
    event = Event(
        complaint=complaint,
        number=1,
        kind=EventKind.FILED,
        at=at,
        actor=by,
        actor_label=f"user:{by.pk}" if by else COMPLAINANT,
        sealed=sealed,
        sealed_sha256=hashlib.sha256(sealed).hexdigest() if sealed else "",
    )
    event.hash = chain_hash(GENESIS, event)
    complaint.event_count, complaint.event_head = 1, event.hash
    complaint.save(force_insert=True)
    event.save(force_insert=True)
    return event


def append_event(
    *,
    complaint: Complaint,
    kind: EventKind,
    at: datetime,
    by: User | None = None,
    entry: Entry | None = None,
    key: bytes | None = None,
    label: str = "",
) -> Event:
    """Appends to the history of a complaint that the caller holds locked, and saves its head.

    `by` is the member of staff; without one, `label` says who it was ("complainant", "system").
    """
    entry = entry or Entry()
    number = complaint.event_count + 1
    sealed = None
    if entry.content is not None:
        content_key = key or case_key(complaint.pk)
        sealed = seal_part(content_key, complaint.pk, f"event-{number}", entry.content)
    event = Event(
        complaint=complaint,
        number=number,
        kind=kind,
        at=at,
        actor=by,
        actor_label=f"user:{by.pk}" if by else label or SYSTEM,
        stage_from=entry.stage_from,
        stage_to=entry.stage_to,
        outcome=entry.outcome,
        sealed=sealed,
        sealed_sha256=hashlib.sha256(sealed).hexdigest() if sealed else "",
    )
    event.hash = chain_hash(bytes(complaint.event_head), event)
    event.save(force_insert=True)
    complaint.event_count = number
    complaint.event_head = event.hash
    complaint.save(update_fields=["event_count", "event_head"])
    return event


def chain_hash(previous: bytes, event: Event) -> bytes:
    """SHA-256 over the hash before it and the event's clear fields, 32 bytes."""
    fields = json.dumps([previous.hex(), *event.chained()], separators=(",", ":"))
    return hashlib.sha256(fields.encode()).digest()


def is_intact(complaint: Complaint, events: Iterable[Event] | None = None) -> bool:
    """Whether the history is as it was written: nothing changed, removed, added or reordered.

    `events` are all of them, in order, for who has read them already.

    Erased content does not count: the chain covers the hash of each ciphertext, not the text.
    Something may have come in since `complaint` was read, which is no fault: it is looked at once
    more, with the head as it is now.
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
    """What staff wrote with the event, or nothing."""
    if event.sealed is None:
        return {}
    content: dict[str, Any] = open_part(
        key, event.complaint_id, f"event-{event.number}", bytes(event.sealed)
    )
    return content
