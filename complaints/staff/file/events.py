"""Events in plain words: what happened, who did it, and what was written with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from complaints.cases.contents import HistoryLine
from complaints.cases.following import SHOWN, in_words
from complaints.cases.history import COMPLAINANT
from complaints.models.case import Event, EventKind
from complaints.models.decision import Acceptance, Compliance
from complaints.models.handlers import name_of
from complaints.stages import (
    Agreement,
    CoachTold,
    Complexity,
    Impact,
    Party,
    Referral,
    Safety,
    Severity,
    Source,
    Urgency,
)

CHOICES: dict[str, type[TextChoices]] = {
    "severity": Severity,
    "safety": Safety,
    "complexity": Complexity,
    "impact": Impact,
    "urgency": Urgency,
    "compliance": Compliance,
    "source": Source,
    "coach_told": CoachTold,
    "ground": Referral,
    "party": Party,
}


def label_of(name: str) -> str:
    """The word for what was written with an event; what it does not know stays as it is."""
    words = {
        "reason": _("Toelichting"),
        "finding": _("Bevinding"),
        "decisions": _("Besluiten"),
        "measures": _("Maatregelen"),
        "elsewhere": _("Waar de klager wel terechtkan"),
        "ruled_on": _("Datum van de uitspraak"),
        "duplicate_of": _("Andere zaak"),
        "explanation": _("Uitleg aan de klager"),
        "was_due_on": _("Was uiterlijk"),
        "now_due_on": _("Nu uiterlijk"),
        "extension_agreed_on": _("De klager ging akkoord op"),
        "contacted_on": _("Contact op"),
        "ground": _("Op welke grond"),
        "party": _("Wacht op"),
        "coach_told": _("Geïnformeerd"),
        "told_on": _("Geïnformeerd op"),
        "sent_on": _("Verstuurd op"),
        "consent": _("Over welke toestemming"),
        "message": _("Bericht"),
        "files": _("Bestanden"),
        "right": _("Verzoek"),
        "granted": _("Toegewezen"),
        "answer": _("Aan de klager geschreven"),
        "satisfied": _("Tevreden over de behandeling"),
        "handler": _("Behandelaar vanaf nu"),
        "before": _("Behandelaar tot nu"),
        "shared_with": _("Wie"),
        "theme": _("Thema"),
        "severity": _("Ernst"),
        "safety": _("Veiligheid"),
        "complexity": _("Hoe ingewikkeld"),
        "impact": _("Gevolg voor de klager"),
        "urgency": _("Meteen iets doen"),
        "by_complainant": _("De klager"),
        "by_coach": _("De kunstcoach"),
        "agreed_on": _("Op"),
        "given_on": _("Datum van het advies"),
        "advice": _("Advies (bindt niet)"),
        "ruling": _("Uitspraak (bindt beide partijen)"),
        "comply_by": _("Na te komen uiterlijk"),
        "compliance": _("Nakoming"),
        "compliance_on": _("Vastgesteld op"),
        "source": _("Binnengekomen via"),
        "consent_how": _("Hoe de klager toestemming gaf"),
        "step": _("Stap"),
        "step_undone": _("Toch niet gedaan"),
        "other": _("Verband met"),
        "other_undone": _("Geen verband meer met"),
    }
    return words.get(name, name)


def value_in_words(kind: str, name: str, value: Any) -> str:
    """A stored value as people read it; what it does not know stays as it is."""
    try:
        return _value(kind, name, value)
    except ValueError:
        return str(value)


def _value(kind: str, name: str, value: Any) -> str:
    if name.endswith("_on") or name == "comply_by":
        return date_format(date.fromisoformat(value), "l j F Y")
    if name in ("by_complainant", "by_coach"):
        answers = Agreement if kind == EventKind.AGREED else Acceptance
        return str(answers(value).label).capitalize()
    return str(CHOICES[name](value).label) if name in CHOICES else in_words(name, value)


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
