"""Rows as CSV and as XLSX, in which nothing a person wrote can act.

A cell that a spreadsheet could take for a formula is made text, and what hides or turns letters
round is left out, in headings too.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from complaints.staff.workbook import BOLD, DAY, PLAIN, SHEET, SHEET_BEGINS, SHEET_ENDS, parts

Row = Iterable[Any]

# What Excel, LibreOffice and Google Sheets start a formula with; the wide ones in Japanese Excel.
_FORMULA = tuple("=+-@\t\r＝＋－＠")
_JOINERS = "\u200c\u200d"  # words of several scripts, and emoji, are spelled with these
_MOST_IN_CELL = 32_000  # Excel holds 32,767
_PIECE = 64 * 1024
_DAY_NOUGHT = date(1899, 12, 30).toordinal()
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # which Excel would read as one letter


def inert(value: Any) -> Any:
    """The value as a cell may hold it: text that starts no formula and hides nothing."""
    if value is None or isinstance(value, (int, date)):
        return value
    text = str(value)
    starts_formula = text.startswith(_FORMULA) or _shown(text).lstrip().startswith(_FORMULA)
    return f"'{_shown(text)}" if starts_formula else _shown(text)


def _shown(text: str) -> str:
    """Without controls, direction marks and what has no look; lines and joiners stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    if lines.isascii() and lines.isprintable():
        return lines
    return "".join(
        c
        for c in lines
        if c in _JOINERS or c == "\n" or not unicodedata.category(c).startswith("C")
    )


class _Line:
    """What `csv.writer` writes to: it gives each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_of(rows: Iterable[Row]) -> Iterator[bytes]:
    """UTF-8 with semicolons and a byte order mark, as Dutch Excel opens it; line by line."""
    writer = csv.writer(_Line(), delimiter=";", quoting=csv.QUOTE_ALL)
    yield b"\xef\xbb\xbf"
    for row in rows:
        line: Any = writer.writerow([inert(cell) for cell in row])
        yield line.encode()


def xlsx_of(rows: Iterable[Row], title: str) -> Iterator[bytes]:
    """One sheet, its first row bold and kept in sight; piece by piece, never on the disk.

    What people wrote is on the server sealed: not even for a moment does it lie there in clear.
    """
    out = _Passing()
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        for name, xml in parts(inert(title)):
            book.writestr(name, xml)
        with book.open(SHEET, "w") as sheet:
            sheet.write(SHEET_BEGINS.encode())
            for number, row in enumerate(rows):
                sheet.write(_row(row, BOLD if number == 0 else PLAIN).encode())
                if out.held >= _PIECE:
                    yield out.taken()
            sheet.write(SHEET_ENDS.encode())
    yield out.taken()


class _Passing:
    """What the ZIP is written to: nobody can go back in it, so it is given away as it comes."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.held = 0

    def write(self, piece: bytes) -> int:
        self.pieces.append(bytes(piece))
        self.held += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing to do, as in `close`: whoever reads takes what there is."""

    def close(self) -> None:
        """See `flush`."""

    def taken(self) -> bytes:
        """What was written since the last time."""
        found, self.pieces, self.held = b"".join(self.pieces), [], 0
        return found


def _row(row: Row, style: int) -> str:
    cells = (_cell(piece, style) for value in row for piece in _pieces(inert(value)))
    return f"<row>{''.join(cells)}</row>"


def _cell(value: Any, style: int) -> str:
    """One cell: a number, a day, or text that stands as it is; never a formula."""
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="{DAY}"><v>{value.toordinal() - _DAY_NOUGHT}</v></c>'
    if isinstance(value, int):
        return f'<c s="{style}"><v>{int(value)}</v></c>'
    text = escape(_ESCAPE.sub("_x005F_", value))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _pieces(value: Any) -> Iterator[Any]:
    """A text too long for one cell goes on in the next; no piece of it starts a formula."""
    if not isinstance(value, str) or len(value) <= _MOST_IN_CELL:
        yield value
        return
    for start in range(0, len(value), _MOST_IN_CELL):
        yield inert(value[start : start + _MOST_IN_CELL])
