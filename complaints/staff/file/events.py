"""Events as the case file shows them: what happened, who did it, and what was written with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from complaints.cases.contents import HistoryLine, is_own
from complaints.events import CONVERSATION, NOTES, EventKind, Labelled, parts_for_staff
from complaints.models.case import Event
from complaints.models.settings import name_of

IN_A_PART_OF_ITS_OWN = (*CONVERSATION, *NOTES, EventKind.ADVISED, EventKind.RULED)


@dataclass(frozen=True)
class EventLine:
    """One event in plain words; `texts` are (label, text) of what was written with it."""

    kind: str
    at: datetime
    who: str
    what: str
    texts: list[Labelled]
    is_elsewhere: bool = False  # the case file shows its texts in a part of their own


def line_of(opened: HistoryLine) -> EventLine:
    """Returns one event with what was written with it."""
    event, texts = opened.event, parts_for_staff(opened.content)
    is_elsewhere = bool(texts) and event.kind in IN_A_PART_OF_ITS_OWN
    what = event.words_for_staff
    return EventLine(event.kind, event.at, _who(event), what, texts, is_elsewhere)


def event_lines(events: Iterable[Event]) -> list[EventLine]:
    """Returns events without what was written with them."""
    return [line_of(HistoryLine(event, {})) for event in events]


def _who(event: Event) -> str:
    if event.actor is not None:
        return name_of(event.actor)
    if is_own(event):
        return _("de klager")
    if event.actor_label.startswith("user:"):
        return _("iemand die geen account meer heeft")
    return _("de site")
