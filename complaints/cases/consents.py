"""The ledger of consent: what was agreed to or taken back, when and in which words (R-31).

A line is sealed, all purposes alike, in one length: that somebody agreed to our keeping what they
tell of their health says what they tell (GDPR art. 9). So the database says only when.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from complaints.cases.sealing import KeyDestroyed, key_to_read, open_part, seal_part
from complaints.models.case import Complaint
from complaints.models.privacy import Consent, ConsentPurpose, ConsentText

PART = "consent"
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
    return Consent(complaint_id=case_id, at=at, sealed=seal_part(key, case_id, PART, words))


def consent_lines(case: Complaint, key: bytes | None = None) -> list[ConsentLine]:
    """Returns the ledger, oldest first; empty for an erased case. Prefetch `consents` to ask often.

    Each row is opened once, however often it is asked for.
    """
    rows = list(case.consents.all())
    try:
        for row in rows:
            if row.opened is None:
                key = key or key_to_read(case)
                row.opened = open_part(key, case.pk, PART, bytes(row.sealed))
    except KeyDestroyed:
        return []
    return [
        ConsentLine(ConsentPurpose(purpose), said[0] == "+", row.at, said[1:])
        for row in rows
        for purpose, said in (row.opened or {}).items()
        if said != NOT_SAID
    ]


def last_consent(case: Complaint, purpose: ConsentPurpose) -> ConsentLine | None:
    """Returns the line that counts now; None where it was never asked."""
    lines = [line for line in consent_lines(case) if line.purpose is purpose]
    return lines[-1] if lines else None


def with_texts(lines: Iterable[ConsentLine]) -> list[ConsentLine]:
    """Returns them with the words that were shown, in one query."""
    lines = list(lines)
    texts = ConsentText.objects.in_bulk({line.sha256 for line in lines}, field_name="sha256")
    return [replace(line, text=texts.get(line.sha256)) for line in lines]
