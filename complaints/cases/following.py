"""What a complainant sees of their own case: its history, and all of it as data (R-35)."""

from collections.abc import Iterable
from typing import Any

from complaints.cases.attachments import open_files
from complaints.cases.contents import HistoryLine, open_answers
from complaints.cases.history import COMPLAINANT, event_content
from complaints.events import SHOWN
from complaints.models.case import Complaint, Event
from complaints.models.pages import ProcedureText
from complaints.models.privacy import Consent, ConsentPurpose
from complaints.terms import TermKind

VERSION = 1


def own_history(complaint: Complaint, key: bytes) -> list[HistoryLine]:
    """Returns the events the complainant sees, with what they read of each, oldest first.

    Always in one query; what is not for them is not opened.
    """
    events = complaint.events.filter(kind__in=SHOWN).select_related("read_receipt")
    return shown_to_complainant(
        HistoryLine(event, event_content(event, key) if SHOWN[event.kind].parts else {})
        for event in events.order_by("number")
    )


def shown_to_complainant(history: Iterable[HistoryLine]) -> list[HistoryLine]:
    """Returns the lines of a history that the complainant sees, with what they read of each."""
    return [
        HistoryLine(line.event, {n: line.content[n] for n in shown.parts if line.content.get(n)})
        for line in history
        if (shown := SHOWN.get(line.event.kind))
    ]


def is_own(event: Event) -> bool:
    """Whether the complainant did it themselves."""
    return event.actor_label == COMPLAINANT


def words_for_complainant(event: Event) -> str:
    """What happened, said to the one it happened to; for a kind that they see."""
    shown = SHOWN[event.kind]
    words = shown.by_us if shown.by_us and not is_own(event) else shown.words
    return str(words) % event.facts


def consents_now(complaint: Complaint) -> dict[ConsentPurpose, Consent]:
    """Returns the last line of the ledger for each purpose that was ever asked."""
    lines = complaint.consents.select_related("text").order_by("at", "pk")
    return {ConsentPurpose(line.purpose): line for line in lines}


def dossier_of(complaint: Complaint, key: bytes) -> dict[str, Any]:
    """Returns the case as JSON can hold it, in the shape of `static/schema/dossier-1.json`.

    Moments and days are in ISO 8601, values are English words.
    """
    text: ProcedureText | None = complaint.procedure_text
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
            {"name": file.name, "kind": file.kind, "bytes": file.size}
            for file in open_files(complaint, key)
        ],
        "history": [_as_data(line) for line in own_history(complaint, key)],
        "consents": [
            {
                "purpose": line.purpose,
                "is_given": line.is_given,
                "at": line.at.isoformat(),
                "text": line.text.html,
            }
            for line in complaint.consents.select_related("text")
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
