"""A case file on paper, for whoever handles the case: a PDF/A-2a, also PDF/UA-1 (R-52).

A plain document of parts; what each part holds is decided by `staff.paper`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import override

from complaints.paper.receipt import is_right_to_left, typeset

Labelled = tuple[str, str]


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
    with override("nl"):
        day = date_format(paper.printed_on, "l j F Y")
    parts = [_part(part) for part in paper.parts if part.facts or part.entries]
    return typeset("case_file.typ", vars(paper) | {"printed_on": day, "parts": parts})


def _part(part: Part) -> dict[str, Any]:
    return {
        "title": part.title,
        "note": part.note,
        "facts": [_written(*fact) for fact in part.facts],
        "entries": [
            {"head": entry.head, "texts": [_written(*text) for text in entry.texts]}
            for entry in part.entries
        ],
    }


def _written(label: str, text: str) -> dict[str, Any]:
    return {"label": label, "text": text.strip(), "rtl": is_right_to_left(text)}
