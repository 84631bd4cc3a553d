"""Rows as CSV and as XLSX, in which nothing a person wrote can act.

A cell that a spreadsheet could take for a formula is made text, and what hides or turns letters
round is left out, in headings too.
"""

import csv
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import date
from tempfile import TemporaryFile
from typing import IO, Any

from openpyxl import Workbook

Row = Iterable[Any]

# What Excel, LibreOffice and Google Sheets start a formula with; the wide ones in Japanese Excel.
_FORMULA = tuple("=+-@\t\r＝＋－＠")
_JOINERS = "\u200c\u200d"  # words of several scripts, and emoji, are spelled with these
_MOST_IN_CELL = 32_000  # Excel holds 32,767
_PIECE = 64 * 1024


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
    """One sheet. Written to a file without a name first, for a ZIP ends with its own index."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(inert(title))
    for row in rows:
        sheet.append([piece for cell in row for piece in _pieces(inert(cell))])
    file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - `_read` closes it
    book.save(file)
    return _read(file)


def _pieces(value: Any) -> Iterator[Any]:
    """A text too long for one cell goes on in the next; no piece of it starts a formula."""
    if not isinstance(value, str) or len(value) <= _MOST_IN_CELL:
        yield value
        return
    for start in range(0, len(value), _MOST_IN_CELL):
        yield inert(value[start : start + _MOST_IN_CELL])


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_PIECE):
            yield piece
