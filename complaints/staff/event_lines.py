"""Events in plain words: what happened, who did it, and what was written with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.models.case import Event, EventKind
from complaints.models.handlers import name_of
from complaints.services.following import SHOWN
from complaints.services.history import COMPLAINANT
from complaints.services.reading import HistoryLine
from complaints.staff.written import label_of, value_in_words

CONVERSATION = (EventKind.WROTE, EventKind.ANSWERED)
NOTES = (EventKind.NOTED, EventKind.CONTACTED)
ELSEWHERE = (*CONVERSATION, *NOTES, EventKind.ADVISED, EventKind.RULED)


@dataclass(frozen=True)
class EventLine:
    """One event in plain words; `texts` are (label, text) of what was written with it."""

    kind: str
    at: datetime
    who: str
    what: str
    texts: list[tuple[str, str]]
    is_elsewhere: bool = False  # the case file shows its texts in a part of their own


def line_of(opened: HistoryLine) -> EventLine:
    """One event with what was written with it."""
    return _line(opened.event, opened)


def lines_for_complainant(history: Iterable[HistoryLine]) -> list[EventLine]:
    """The events that the complainant sees too, each with what they read of it."""
    return [
        line_of(HistoryLine(line.event, _shown(line)))
        for line in history
        if line.event.kind in SHOWN
    ]


def _shown(line: HistoryLine) -> dict[str, Any]:
    names = SHOWN[EventKind(line.event.kind)]
    return {name: line.content[name] for name in names if name in line.content}


def event_lines(events: Iterable[Event]) -> list[EventLine]:
    """Events without what was written with them."""
    return [_line(event, None) for event in events]


def _line(event: Event, opened: HistoryLine | None) -> EventLine:
    content = opened.content if opened else {}
    texts = [
        (label_of(name), value_in_words(event.kind, name, text))
        for name, text in content.items()
        if text
    ]
    is_elsewhere = bool(texts) and event.kind in ELSEWHERE
    return EventLine(event.kind, event.at, _who(event), _what(event), texts, is_elsewhere)


def _who(event: Event) -> str:
    if event.actor is not None:
        return name_of(event.actor)
    if event.actor_label == COMPLAINANT:
        return _("de klager")
    if event.actor_label.startswith("user:"):
        return _("iemand die geen account meer heeft")
    return _("de site")


def _what(event: Event) -> str:
    """What happened; takes any stored value, for an event tampered with must still show."""
    if event.kind == EventKind.MOVED:
        return _("Van %(before)s naar %(after)s") % {
            "before": event.get_stage_from_display(),
            "after": event.get_stage_to_display(),
        }
    if event.kind == EventKind.CLOSED:
        return _("Afgesloten: %(outcome)s") % {"outcome": event.get_outcome_display().lower()}
    return event.get_kind_display()
