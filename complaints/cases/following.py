"""What a complainant sees of their own case: followed, and as data to take along (R-35)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from complaints.cases.attachments import StoredFile, open_files
from complaints.cases.contents import open_answers
from complaints.cases.history import COMPLAINANT, event_content
from complaints.models.case import Complaint, Event, EventKind
from complaints.models.pages import ProcedureText
from complaints.models.privacy import Consent, ConsentPurpose, Right
from complaints.questions import Answer
from complaints.stages import Outcome, Stage
from complaints.terms import TermKind

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


VERSION = 1


def dossier_of(complaint: Complaint, key: bytes) -> dict[str, Any]:
    """The case as JSON can hold it; moments and days in ISO 8601, values as English words."""
    text: ProcedureText | None = complaint.procedure_text
    return {
        "version": VERSION,
        "reference": complaint.reference,
        "filed_at": complaint.filed_at.isoformat(),
        "received_on": complaint.received_on.isoformat(),
        "stage": Stage(complaint.stage).value,
        "is_open": complaint.is_open,
        "outcome": Outcome(complaint.outcome).value if complaint.outcome else None,
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
        "answers": [_answer(answer) for answer in open_answers(complaint, key)],
        "files": [_file(file) for file in open_files(complaint, key)],
        "history": [_happening_as_data(found) for found in happenings(complaint, key)],
        "consents": [_consent(line) for line in complaint.consents.select_related("text")],
    }


def _answer(answer: Answer) -> dict[str, Any]:
    return {"step": answer.step, "question": answer.label, "answer": answer.value}


def _file(file: StoredFile) -> dict[str, Any]:
    return {"name": file.name, "kind": file.kind, "bytes": file.size}


def _happening_as_data(found: Happening) -> dict[str, Any]:
    event = found.event
    return {
        "at": event.at.isoformat(),
        "kind": event.kind,
        "by": "complainant" if found.is_own else "organisation",
        "stage": event.stage_to or None,
        "outcome": event.outcome or None,
        "texts": found.texts,
        "read_at": found.read_at.isoformat() if found.read_at else None,
    }


def _consent(line: Consent) -> dict[str, Any]:
    return {
        "purpose": line.purpose,
        "is_given": line.is_given,
        "at": line.at.isoformat(),
        "text": line.text.html,
    }
