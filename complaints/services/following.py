"""What a complainant sees of their own case: which events, and what of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.models.case import Complaint, Event, EventKind
from complaints.models.consent import Consent, ConsentPurpose
from complaints.models.rights import Right
from complaints.services.history import COMPLAINANT, event_content

# Each kind of event they see, with the names of the texts they read. Notes, checks and who was
# assigned are not theirs; neither is the reason a handler wrote for colleagues.
SHOWN: dict[EventKind, tuple[str, ...]] = {
    EventKind.FILED: (),
    EventKind.CONTACTED: ("contacted_on",),
    EventKind.MOVED: (),
    EventKind.CLOSED: (
        "finding",
        "decisions",
        "measures",
        "explanation",
        "elsewhere",
        "ruled_on",
        "message",
    ),
    EventKind.REOPENED: (),
    EventKind.ADVISED: ("given_on", "advice"),
    EventKind.ADVICE_ANSWERED: ("by_complainant", "by_coach"),
    EventKind.RULED: ("ruled_on", "comply_by", "ruling"),
    EventKind.COMPLIED: ("compliance", "compliance_on"),
    EventKind.WROTE: ("message", "files"),
    EventKind.ANSWERED: ("message",),
    EventKind.SAID_SOLVED: ("message",),
    EventKind.ASKED_COMMITTEE: ("message",),
    EventKind.ASKED_DEPUTY: ("message",),
    EventKind.ASKED_REOPENING: ("message",),
    EventKind.ASKED_ERASURE: ("message",),
    EventKind.ASKED_ACCESS: ("message",),
    EventKind.RIGHTS_DECIDED: ("right", "granted", "answer"),
    EventKind.RATED: ("satisfied", "message"),
    EventKind.ACKNOWLEDGED: (),
    EventKind.EXTENDED: ("explanation", "now_due_on"),
    EventKind.PAUSED: ("explanation",),
    EventKind.RESUMED: ("now_due_on",),
    EventKind.CODE_REPLACED: (),
    EventKind.CONSENTED: ("consent",),
    EventKind.WITHDREW: ("consent",),
    EventKind.ERASED: (),
}


@dataclass(frozen=True)
class Happening:
    """One event as the complainant may know it: `texts` by name, and when it was first read."""

    event: Event
    texts: dict[str, Any]
    read_at: datetime | None

    @property
    def is_own(self) -> bool:
        return self.event.actor_label == COMPLAINANT


def happenings(complaint: Complaint, key: bytes) -> list[Happening]:
    """What happened in the case, oldest first, in three queries however much it is."""
    events = complaint.events.filter(kind__in=SHOWN).select_related("reading").order_by("number")
    return [_happening(event, key) for event in events]


def consents_now(complaint: Complaint) -> dict[ConsentPurpose, Consent]:
    """The last line of the ledger for each purpose that was ever asked."""
    lines = complaint.consents.select_related("text").order_by("at", "pk")
    return {ConsentPurpose(line.purpose): line for line in lines}


def _happening(event: Event, key: bytes) -> Happening:
    names = SHOWN[EventKind(event.kind)]
    content = event_content(event, key) if names else {}
    reading = getattr(event, "reading", None)
    return Happening(
        event=event,
        texts={name: content[name] for name in names if content.get(name)},
        read_at=reading.at if reading is not None else None,
    )


def in_words(name: str, value: Any) -> str:
    """A text of an event as people read it: a word for a stored value, file names in a row."""
    if name == "files":
        return ", ".join(value)
    if name == "right":
        return str(Right(value).label)
    if name in ("granted", "satisfied"):
        return _("ja") if value == "yes" else _("nee")
    return str(value)
