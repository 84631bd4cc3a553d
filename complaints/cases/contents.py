"""Opens what is sealed in a case, its ledger of consent too, and keeps who of us opened it.

Callers ask the permission first. The complainant comes with a key of their own and reads of their
history what is for them; of each reading by us a line is kept (R-39).
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet

from complaints.cases.audit import note, signed
from complaints.cases.case import COMPLAINANT, event_content, key_of
from complaints.cases.sealing import KeyDestroyed, case_key, key_to_read, open_part, seal_part
from complaints.events import SHOWN
from complaints.models.case import Complaint, Event
from complaints.models.handling import Advice, Ruling
from complaints.models.privacy import AccessKind, AuditLine, Consent, ConsentText
from complaints.models.tables import compiled_once
from complaints.questions import Answer
from complaints.stages import ConsentPurpose

ANSWERS = "answers"
Decision = TypeVar("Decision", Advice, Ruling)


def record_access(
    *, complaint: Complaint | None, user: User, kind: AccessKind, case_count: int | None = None
) -> None:
    """Keeps that one person read one case, or took a file or the whole of it away.

    Without a case: that they saw a page of the list, or searched in what is sealed; of so many.

    Call it once the answer is certain: a refused request and a HEAD read nothing.
    """
    note(kind, user, complaint=complaint, case_count=case_count)


def record_accesses(*, complaint_ids: Iterable[UUID], user: User, kind: AccessKind) -> None:
    """Keeps that one person read many cases: all or none."""
    AuditLine.objects.bulk_create([signed(kind, user, complaint_id=pk) for pk in complaint_ids])


@dataclass(frozen=True)
class OpenDecision(Generic[Decision]):
    """An advice, which binds nobody, or a ruling, which binds both; with its words."""

    row: Decision
    text: str


def seal_decision(row: Decision, text: str) -> Decision:
    """Stores a new advice or ruling with its text sealed; raises NotAllowed for an erased case."""
    key = key_of(row.complaint)
    row.save()
    row.change(sealed=seal_part(key, row.complaint_id, _part(row), text))
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
    key = key or key_to_read(complaint)
    content = open_part(key, complaint.pk, ANSWERS, bytes(complaint.sealed))
    return [Answer(**answer) for answer in content["answers"]]


@dataclass(frozen=True)
class HistoryLine:
    """An event with what was written at it."""

    event: Event
    content: dict[str, Any]


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


# The ledger of consent: what was agreed to or taken back, when and in which words. A line is
# sealed, all purposes alike, in one length: that somebody agreed to our keeping what they tell of
# their health says what they tell (GDPR art. 9). So the database says only when.

CONSENT = "consent"
NOT_SAID = " " * 65  # as long as what was said: given or not, and the hash of the words


@dataclass(frozen=True)
class ConsentLine:
    """One purpose at one moment. `text` is what `with_texts` adds."""

    purpose: ConsentPurpose
    is_given: bool
    at: datetime
    sha256: str
    text: ConsentText | None = None


def new_consent(
    case_id: UUID,
    key: bytes,
    said: Mapping[ConsentPurpose, ConsentText],
    *,
    at: datetime,
    is_given: bool = True,
) -> Consent:
    """Returns the row, to be stored, of what was agreed to (or taken back) at one moment."""
    sign = "+" if is_given else "-"
    words = {
        purpose: sign + said[purpose].sha256 if purpose in said else NOT_SAID
        for purpose in ConsentPurpose
    }
    return Consent(complaint_id=case_id, at=at, sealed=seal_part(key, case_id, CONSENT, words))


def consent_lines(case: Complaint, key: bytes | None = None) -> list[ConsentLine]:
    """Returns the ledger, oldest first; empty for an erased case. Prefetch `consents` to ask often.

    Each row is opened once, however often it is asked for.
    """
    rows = list(case.consents.all())
    try:
        for row in rows:
            if row.opened is None:
                key = key or key_to_read(case)
                row.opened = open_part(key, case.pk, CONSENT, bytes(row.sealed))
    except KeyDestroyed:
        return []
    return [
        ConsentLine(ConsentPurpose(purpose), said[0] == "+", row.at, said[1:])
        for row in rows
        for purpose, said in (row.opened or {}).items()
        if said != NOT_SAID
    ]


_texts: dict[str, ConsentText] = {}  # those read in this process: what has a hash never changes


def with_texts(lines: Iterable[ConsentLine]) -> list[ConsentLine]:
    """Returns them with the words that were shown, read in one query where they are new here."""
    lines = list(lines)
    if unread := {line.sha256 for line in lines} - _texts.keys():
        _texts.update(ConsentText.objects.in_bulk(unread, field_name="sha256"))
    return [replace(line, text=_texts.get(line.sha256)) for line in lines]


def consents_now(complaint: Complaint) -> dict[ConsentPurpose, ConsentLine]:
    """Returns the last line of the ledger for each purpose that was ever asked."""
    return {line.purpose: line for line in consent_lines(complaint)}


def consent_texts(htmls: Iterable[str]) -> dict[str, ConsentText]:
    """Returns the kept text of each of these words (HTML), stored where it is new."""
    return {html: _kept_text(hashlib.sha256(html.encode()).hexdigest(), html) for html in htmls}


def _kept_text(sha256: str, html: str) -> ConsentText:
    for text in _texts_with(sha256):
        return text
    return ConsentText.objects.get_or_create(sha256=sha256, defaults={"html": html})[0]


@compiled_once
def _texts_with(sha256: str) -> QuerySet[ConsentText]:
    return ConsentText.objects.filter(sha256=sha256)
