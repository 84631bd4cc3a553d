"""Opens what is sealed in a case, for staff or for the complainant, and keeps who of us opened it.

Callers ask the permission first. The complainant comes with a key of their own and reads of their
history what is for them, and all of it as data (R-35); of each reading by us a line is kept (R-39).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from complaints.cases.attachments import open_files
from complaints.cases.case import COMPLAINANT, event_content, key_of
from complaints.cases.filing import ANSWERS
from complaints.cases.sealing import case_key, open_part, seal_part
from complaints.events import SHOWN
from complaints.models.case import Complaint, Event
from complaints.models.handling import Advice, Ruling
from complaints.models.pages import ProcedureText
from complaints.models.privacy import Access, AccessKind, Consent, ConsentPurpose
from complaints.questions import Answer
from complaints.terms import TermKind

Decision = TypeVar("Decision", Advice, Ruling)
BATCH = 1000  # lines of the access log in one statement
VERSION = 1


def record_access(*, complaint: Complaint, user: User, kind: AccessKind) -> None:
    """Keeps that one person read one case, or took a file or the whole of it away.

    Call it once the answer is certain: a refused request and a HEAD read nothing.
    """
    Access.objects.create(complaint=complaint, **_reading(user, kind))


@transaction.atomic
def record_accesses(*, complaint_ids: Iterable[UUID], user: User, kind: AccessKind) -> int:
    """Keeps that one person read many cases, in batches: all or none. Returns how many."""
    ids, count, reading = iter(complaint_ids), 0, _reading(user, kind)
    while batch := [Access(complaint_id=pk, **reading) for pk in islice(ids, BATCH)]:
        Access.objects.bulk_create(batch)
        count += len(batch)
    return count


def _reading(user: User, kind: AccessKind) -> dict[str, Any]:
    return {"user": user, "user_label": f"user:{user.pk}", "kind": kind, "at": timezone.now()}


@dataclass(frozen=True)
class OpenDecision(Generic[Decision]):
    """An advice, which binds nobody, or a ruling, which binds both; with its words."""

    row: Decision
    text: str


def seal_decision(row: Decision, text: str) -> Decision:
    """Stores a new advice or ruling with its text sealed; raises NotAllowed for an erased case."""
    key = key_of(row.complaint)
    row.save()
    row.sealed = seal_part(key, row.complaint_id, _part(row), text)
    row.save(update_fields=["sealed"])
    return row


def open_advices(complaint: Complaint, key: bytes | None = None) -> list[OpenDecision[Advice]]:
    """Returns what was advised, oldest first."""
    return _opened(list(complaint.advices.all()), key)


def open_rulings(complaint: Complaint, key: bytes | None = None) -> list[OpenDecision[Ruling]]:
    """Returns what the committee ruled, oldest first."""
    return _opened(list(complaint.rulings.all()), key)


def _opened(rows: list[Decision], key: bytes | None) -> list[OpenDecision[Decision]]:
    """Raises KeyDestroyed where there is no key to open them, SealBroken for another's."""
    key = key or (case_key(rows[0].complaint_id) if rows else b"")
    return [
        OpenDecision(row, open_part(key, row.complaint_id, _part(row), bytes(row.sealed or b"")))
        for row in rows
    ]


def _part(row: Advice | Ruling) -> str:
    return f"{row._meta.model_name}-{row.pk}"


def open_answers(complaint: Complaint, key: bytes | None = None) -> list[Answer]:
    """Returns the questions as they were asked with the answers given, in order."""
    content = open_part(
        key or case_key(complaint.pk), complaint.pk, ANSWERS, bytes(complaint.sealed)
    )
    return [Answer(**answer) for answer in content["answers"]]


@dataclass(frozen=True)
class HistoryLine:
    """An event with what was written at it."""

    event: Event
    content: dict[str, Any]


def open_history(complaint: Complaint, key: bytes | None = None) -> list[HistoryLine]:
    """Returns every event of the case, oldest first, opened."""
    key = key or case_key(complaint.pk)
    return [HistoryLine(event, event_content(event, key)) for event in events_of(complaint)]


def events_of(complaint: Complaint) -> QuerySet[Event]:
    """Returns every event, oldest first, with who did it and when it was first read."""
    return complaint.events.select_related("actor", "read_receipt").order_by("number")


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
    """Returns what happened, said to the one it happened to; for a kind that they see."""
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
