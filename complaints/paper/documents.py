"""The copy of a complaint its complainant keeps, and the case file of whoever handles it.

Each a PDF/A-2a, also PDF/UA-1 (R-52, R-63), made of plain data: safe in threads, without database.
What a person wrote reaches Typst as JSON in `sys.inputs`, never as markup, and Typst can open no
file outside this folder. Every text gives a PDF: what no font can show becomes □.
"""

import json
import logging
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import override

from complaints.events import Labelled
from complaints.questions import Answer
from complaints.terms import day_in_words

logger = logging.getLogger(__name__)

FOLDER = Path(__file__).parent

UNSHOWABLE = "□"
# No look of their own: zero-width space, word joiner, soft hyphen, direction marks.
_DROPPED = set("\u200b\u2060\ufeff\u00ad\u200e\u200f\u061c\u180e")
_JOINERS = set("\u200c\u200d")
_NOT_MISSED = _JOINERS | set("\ufe0e\ufe0f")  # where a font lacks these, nothing is lost
_BREAK, _CARRIER = "\u200b", "\u25cc"
# PDF/A holds no string above 32,767 bytes, so a line must be able to break. In characters.
_LONGEST_RUN, _PIECE, _MOST_MARKS = 30, 15, 8
_NAMED_BY_TYPST = re.compile(r'error: .*(?:the text|the codepoint) `"(.*?)"`')
_OUTSIDE_EVERY_FONT = re.compile(r"[^\x00-\u017f\u2013-\u2022\u2026\u20ac□\u200b]")


@dataclass(frozen=True)
class Receipt:
    """Everything on the copy, as plain data. Texts are plain, with newlines; empty is left out."""

    organisation: str
    reference: str
    filed_on: date
    promises: Sequence[tuple[str, date]]  # what happens, and the latest day
    readers: str
    answers: Sequence[Answer]
    contact: str = ""
    receipt_code: str = ""
    coach: str = ""  # whether the coach hears of it
    history: Sequence[tuple[date, str, str]] = ()  # the day, what happened, what was written


def receipt_pdf(receipt: Receipt) -> bytes:
    """The copy as PDF, always in Dutch."""
    return typeset("receipt.typ", _data(receipt))


def _data(receipt: Receipt) -> dict[str, Any]:
    return vars(receipt) | {
        "filed_on": in_dutch(receipt.filed_on),
        "promises": [{"text": text, "date": in_dutch(day)} for text, day in receipt.promises],
        "history": [
            {"day": in_dutch(day), "what": what} | directed(text)
            for day, what, text in receipt.history
        ],
        "answers": [
            {
                "title": title,
                "questions": [
                    {"label": answer.label} | directed(answer.text) for answer in answers
                ],
            }
            for title, answers in groupby(receipt.answers, key=lambda answer: answer.step)
        ],
    }


@dataclass(frozen=True)
class Passage:
    """Something written: who and when in `head`, the texts under it by label."""

    head: str
    texts: Sequence[Labelled]


@dataclass(frozen=True)
class Section:
    """A part of the case file. Empty facts and entries are left out; a part of nothing too."""

    title: str
    facts: Sequence[Labelled] = ()
    entries: Sequence[Passage] = ()
    note: str = ""


def case_file_pdf(parts: Sequence[Section], *, printed_on: date, **head: str) -> bytes:
    """Returns the document as PDF; `head` are organisation, reference, printed_by and readers."""

    def labelled(texts: Sequence[Labelled]) -> list[dict[str, Any]]:
        return [{"label": label} | directed(text) for label, text in texts]

    shown = [
        vars(part)
        | {"facts": labelled(part.facts)}
        | {"entries": [vars(e) | {"texts": labelled(e.texts)} for e in part.entries]}
        for part in parts
        if part.facts or part.entries
    ]
    given = {"printed_on": in_dutch(printed_on), "parts": shown}
    return typeset("case_file.typ", head | given)


def typeset(template: str, content: dict[str, Any]) -> bytes:
    """A PDF/A-2a of `content` by a template of this folder; whatever text is in it, it comes."""
    data = json.dumps(_legible_all(content), ensure_ascii=False)
    for _try in range(3):
        try:
            return _compile(data, template)
        except typst.TypstError as failure:
            data = _without_missing(data, getattr(failure, "diagnostic", ""))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a panic in Typst is no Exception
            logger.warning("paper.set_again", exc_info=True)
            break
    return _compile(_OUTSIDE_EVERY_FONT.sub(UNSHOWABLE, data), template)


def _compile(data: str, template: str = "receipt.typ") -> bytes:
    return typst.compile(
        FOLDER / template,
        root=FOLDER,
        font_paths=_fonts(),
        sys_inputs={"data": data},
        pdf_standards=["a-2a", "ua-1"],
    )


@cache
def _fonts() -> typst.Fonts:
    """Typst's own fonts, then the machine's for scripts they lack. Searched once per process."""
    return typst.Fonts()


def in_dutch(day: date) -> str:
    """Returns the day as a document says it, whoever asks for the document."""
    with override("nl"):
        return day_in_words(day)


def directed(text: str) -> dict[str, Any]:
    """Returns a text as the templates take it: stripped, with the direction it is read in."""
    return {"text": text.strip(), "rtl": is_right_to_left(text)}


def is_right_to_left(text: str) -> bool:
    """By the first letter that has a direction (Unicode bidi rule P2)."""
    directions = (unicodedata.bidirectional(character) for character in text)
    return next((d != "L" for d in directions if d in {"L", "R", "AL"}), False)


def _legible_all(value: Any) -> Any:
    if isinstance(value, str):
        return _legible(value)
    if isinstance(value, dict):
        return {key: _legible_all(item) for key, item in value.items()}
    return [_legible_all(item) for item in value] if isinstance(value, list) else value


def _legible(text: str) -> str:
    """`text` with nothing hidden or overriding in it, and a place to break in each long run."""
    shown: list[str] = []
    run = marks = 0
    for character in "\n".join(text.splitlines()).replace("\t", "    "):
        clings = character in _JOINERS or unicodedata.category(character).startswith("M")
        run = 0 if character in " \n" else run + 1
        marks = marks + 1 if clings else 0
        if marks > _MOST_MARKS:
            shown.append(_BREAK + _CARRIER)
            marks = 1
        elif (
            run > _LONGEST_RUN and not clings and (shown[-1] != "\u200d" or run > 2 * _LONGEST_RUN)
        ):
            shown.append(_BREAK)
            run = _LONGEST_RUN - _PIECE
        shown.append(_visible(character))
    return "".join(shown)


def _visible(character: str) -> str:
    if character in _DROPPED:
        return ""
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Co", "Cs"}
    return UNSHOWABLE if hidden and character not in _JOINERS | {"\n"} else character


def _without_missing(data: str, diagnostic: str) -> str:
    """`data` without the characters Typst says it cannot show; it writes some as `\\u{200d}`."""
    named = "".join(_NAMED_BY_TYPST.findall(diagnostic))
    missing = set(re.sub(r"\\u\{([0-9a-f]+)\}", lambda match: chr(int(match[1], 16)), named))
    shown = {ord(c): "" if c in _NOT_MISSED else UNSHOWABLE for c in missing if not c.isascii()}
    return data.translate(shown)
