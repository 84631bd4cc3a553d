"""A case file on paper, for whoever handles the case: a PDF/A-2a, also PDF/UA-1 (R-52).

A plain document of parts; what each part holds is decided by `staff.file.downloads`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from complaints.events import Labelled
from complaints.paper.receipt import directed, in_dutch, typeset


@dataclass(frozen=True)
class Entry:
    """Something written: who and when in `head`, the texts under it by label."""

    head: str
    texts: Sequence[Labelled]


@dataclass(frozen=True)
class Part:
    """A part of the document. Empty facts and entries are left out; a part of nothing too."""

    title: str
    facts: Sequence[Labelled] = ()
    entries: Sequence[Entry] = ()
    note: str = ""


@dataclass(frozen=True)
class CaseOnPaper:
    """Everything on the document, as plain data."""

    organisation: str
    reference: str
    printed_on: date
    printed_by: str
    readers: str
    parts: Sequence[Part]


def case_file_pdf(paper: CaseOnPaper) -> bytes:
    """The document as PDF. Safe in threads; needs no database."""
    parts = [_part(part) for part in paper.parts if part.facts or part.entries]
    given = {"printed_on": in_dutch(paper.printed_on), "parts": parts}
    return typeset("case_file.typ", vars(paper) | given)


def _part(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "note": part.note,
        "facts": _labelled(part.facts),
        "entries": [
            {"head": entry.head, "texts": _labelled(entry.texts)} for entry in part.entries
        ],
    }


def _labelled(texts: Sequence[Labelled]) -> list[dict[str, Any]]:
    return [{"label": label} | directed(text) for label, text in texts]
