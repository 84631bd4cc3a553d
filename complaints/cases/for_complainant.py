"""What the complainant is shown of their case: what happened, what of it is new, and all as data.

What was written comes opened, and of each kind of event only what is for them (`events.SHOWN`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases.attachments import FiledFile, open_files
from complaints.cases.contents import (
    HistoryLine,
    consent_lines,
    is_own,
    open_answers,
    own_history,
    with_texts,
)
from complaints.events import CONVERSATION, PARTS, SHOWN, EventKind, Labelled, parts_for_complainant
from complaints.models.case import Complaint, Event
from complaints.models.pages import ProcedureText
from complaints.stages import CoachTold
from complaints.terms import TermKind, TermState, day_in_words, term_state

VERSION = 1
# What one comes back to reread, by its name.
DECISIONS: dict[str, Any] = {EventKind.ADVISED: _("Het advies"), EventKind.RULED: _("De uitspraak")}
DECIDED_ON = ("given_on", "ruled_on")


def words_for_complainant(event: Event) -> str:
    """Returns what happened, said to the one it happened to; for a kind that they see."""
    shown = SHOWN[event.kind]
    words = shown.by_us if shown.by_us and not is_own(event) else shown.words
    return str(words) % event.facts


def is_for_complainant(event: Event) -> bool:
    """Whether they are told of it and did not do it: new to them until they read it.

    Not that it was filed: who reads that is the handler, whatever way it came in.
    """
    return event.kind in SHOWN and event.kind != EventKind.FILED and not is_own(event)


@dataclass(frozen=True)
class Line(HistoryLine):
    """One event as its complainant reads it; `content` is what was written, by name."""

    files: list[FiledFile]
    is_new: bool
    is_ending: bool  # the case is closed, and this closed it

    @property
    def what(self) -> str:
        return words_for_complainant(self.event)

    @property
    def texts(self) -> list[Labelled]:
        """(label, text) of what was written, the label empty for a message.

        What the page says beside it is not said once more: files that came along, and of a
        decision its day, where that is the day it was told.
        """
        said = {"files"} if self.files else set()
        today = timezone.localdate(self.event.at).isoformat()
        said |= {name for name in DECIDED_ON if self.content.get(name) == today}
        written = {name: text for name, text in self.content.items() if name not in said}
        return parts_for_complainant(written)

    @property
    def is_own(self) -> bool:
        return is_own(self.event)

    @property
    def heard_at(self) -> datetime | None:
        """When the handler first read it, of what came from the complainant."""
        return None if is_for_complainant(self.event) else self.event.read_at

    @property
    def place(self) -> str:
        """In which part of the page it stands, for each stands there once."""
        if self.is_new:
            return "sent" if self.is_own else "news"
        if self.is_ending:
            return "outcome"
        if self.event.kind in DECISIONS:
            return "decisions"
        return "messages" if self.event.kind in CONVERSATION else "lines"

    @property
    def title(self) -> str:
        """Of a decision, what it is called."""
        return str(DECISIONS[self.event.kind])

    @property
    def on_paper(self) -> tuple[date, str, str]:
        """The day, what happened, and all that was written, as a document takes it."""
        texts = [f"{label}: {text}" if label else text for label, text in self.texts]
        return timezone.localdate(self.event.at), self.what, "\n".join(texts)


def lines_of(
    case: Complaint, key: bytes, files: Iterable[FiledFile] = (), began: datetime | None = None
) -> list[Line]:
    """Returns what happened, oldest first, for a visit that `began` then; without, nothing is new.

    New is what they had not read before it, and what they wrote since.
    """
    lines = []
    history = own_history(case, key)
    closings = [found.event.pk for found in history if found.event.kind == EventKind.CLOSED]
    for found in history:
        event, is_new = found.event, _is_new(found.event, began)
        came = [file for file in files if file.event_id == event.pk]
        is_ending = not case.is_open and [event.pk] == closings[-1:]
        lines.append(Line(event, found.content, came, is_new, is_ending))
    return lines


def _is_new(event: Event, began: datetime | None) -> bool:
    is_written = event.kind in CONVERSATION and is_own(event)
    if began is None or not (is_written or is_for_complainant(event)):
        return False
    seen_at = event.at if is_written else event.read_at
    return seen_at is None or seen_at >= began


def coach_in_words(case: Complaint, lines: Iterable[Line]) -> str:
    """Returns whether the coach hears of it, from what happened (R-34); "" where that is new."""
    told = [line for line in lines if line.event.kind == EventKind.COACH_TOLD]
    if told:
        answers = {
            CoachTold.TOLD: gettext("Ja, op %(told_on)s."),
            CoachTold.DEFEATS: gettext("Nu niet: dat zou het onderzoek in de weg staan."),
            CoachTold.NO_COACH: gettext("Nee: je klacht gaat niet over een kunstcoach."),
        }
        told_on = PARTS["told_on"].in_words(told[-1].content.get("told_on", ""))
        answer = str(answers.get(told[-1].content.get("coach_told", ""), ""))
        return "" if told[-1].is_new else answer % {"told_on": told_on}
    due = [term.due_on for term in case.terms.all() if term.kind == TermKind.COACH_TOLD]
    if not due:
        return ""
    not_yet = gettext(
        "Nog niet. Uiterlijk %(day)s hoort je kunstcoach wat er over hem of haar is vastgelegd, "
        "behalve als dat het onderzoek in de weg staat."
    )
    return not_yet % {"day": day_in_words(due[0])} + own_up(due[0])


def own_up(due_on: date | None) -> str:
    """Returns what is said after a promise whose date has passed; "" where it has not."""
    if term_state(due_on, timezone.localdate()) is not TermState.LATE:
        return ""
    return " " + gettext("Dat is niet op tijd gelukt. Vraag er gerust naar in een bericht.")


def dossier_of(complaint: Complaint, key: bytes) -> dict[str, Any]:
    """Returns the case as JSON can hold it, in the shape of `static/schema/dossier-1.json`.

    Moments and days are in ISO 8601, values are English words.
    """
    text: ProcedureText | None = complaint.procedure_text
    history = own_history(complaint, key)
    sent_at = {line.event.pk: line.event.at for line in history}
    return {
        "version": VERSION,
        "reference": complaint.reference,
        "filed_at": complaint.filed_at.isoformat(),
        "received_on": complaint.received_on.isoformat(),
        "stage": complaint.stage,
        "is_open": complaint.is_open,
        "outcome": complaint.outcome or None,
        "closed_at": complaint.closed_at.isoformat() if complaint.closed_at else None,
        "procedure": {"title": text.title, "sha256": text.sha256} if text else None,
        "terms": [
            {
                "kind": term.kind,
                "due_on": term.due_on.isoformat(),
                "met_at": term.met_at.isoformat() if term.met_at else None,
            }
            for term in complaint.terms.all()
            if TermKind(term.kind).is_promised
        ],
        "answers": [
            {"step": answer.step, "question": answer.label, "answer": answer.value}
            for answer in open_answers(complaint, key)
        ],
        "files": [
            {
                "name": file.name,
                "kind": file.kind,
                "bytes": file.size,
                "by": "organisation" if file.is_from_us else "complainant",
                "sent_at": sent_at[file.event_id].isoformat(),
            }
            for file in open_files(complaint, key, is_own=True)
        ],
        "history": [_as_data(line) for line in history],
        "consents": [
            {
                "purpose": line.purpose,
                "is_given": line.is_given,
                "at": line.at.isoformat(),
                "text": line.text.html if line.text else "",
            }
            for line in with_texts(consent_lines(complaint, key))
        ],
    }


def _as_data(line: HistoryLine) -> dict[str, Any]:
    event = line.event
    return {
        "at": event.at.isoformat(),
        "kind": event.kind,
        "by": "complainant" if is_own(event) else "organisation",
        "stage": event.stage_to or None,
        "outcome": event.outcome or None,
        "texts": line.content,
        "read_at": event.read_at.isoformat() if event.read_at else None,
    }
