"""Takes the list away as a file: the cases this person may see, as filtered, and logged.

What people wrote goes along only when that is chosen. Cases are read, logged and written a batch
at a time, each batch anew through `visible_to`, with no cursor left open while the log is written:
SQLite would refuse to write beside one. In the file, CSV or XLSX, nothing that was written can act.
The workbook is as little as Excel asks for (ECMA-376 part 1), streamed: nothing plain on disk.
"""

import csv
import logging
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from io import RawIOBase
from types import SimpleNamespace
from typing import Any
from xml.sax.saxutils import escape, quoteattr
from zipfile import ZIP_DEFLATED, ZipFile

from django import forms
from django.contrib.auth.models import User
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases.contents import open_answers, record_accesses
from complaints.cases.sealing import case_keys
from complaints.files.store import HEADERS, attachment
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind
from complaints.models.settings import name_of
from complaints.staff.actions.forms import DeskForm
from complaints.staff.list.filters import Selection
from complaints.staff.pages import DeskPage
from complaints.staff.permissions import StaffRequest, visible_cases
from complaints.vault.cipher import SealBroken

logger = logging.getLogger(__name__)

BATCH = 500
CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportForm(DeskForm):
    """Which kind of file, and whether what people wrote goes along."""

    format = forms.ChoiceField(
        label=_("Soort bestand"),
        choices=[(XLSX, _("Excel (XLSX)")), (CSV, _("CSV, met puntkomma's"))],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Kies Excel of CSV.")),
    )
    answers = forms.BooleanField(
        label=_("Ook de antwoorden"),
        required=False,
        help_text=_(
            "Dan staat in het bestand alles wat de klagers schreven, met hun naam en hoe je ze "
            "bereikt. Het bestand is niet versleuteld. Bewaar het waar alleen jij bij kunt, en "
            "gooi het weg zodra je het niet meer nodig hebt."
        ),
    )


class ExportView(DeskPage):
    """GET asks which file, POST gives it. 422 where the kind of file is missing."""

    template_name = "desk/pages/export.html"
    title = _("Exporteren")

    @cached_property
    def selection(self) -> Selection:
        return Selection(self.request.user, self.request.GET)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or ExportForm(initial={"format": XLSX})
        return dict(super().get_context_data(form=form, selection=self.selection, **kwargs))

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = ExportForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        kind, with_answers = form.cleaned_data["format"], form.cleaned_data["answers"]
        logger.info("cases.exported kind=%s with_answers=%s", kind, with_answers)
        rows = export_rows(request.user, self.selection, with_answers=with_answers)
        body = csv_of(rows) if kind == CSV else xlsx_of(rows, gettext("Klachten"))
        name = f"klachten-{timezone.localdate():%Y-%m-%d}.{kind}"
        ours = {"Content-Type": TYPES[kind], "Content-Disposition": attachment(name)}
        return StreamingHttpResponse(body, headers=HEADERS | ours)


def export_rows(user: User, selection: Selection, *, with_answers: bool) -> Iterator[list[Any]]:
    """Gives the heading and a row for each case, in the order of the list, each logged before."""
    answers = [gettext("Antwoorden")] if with_answers else []
    yield [*(str(heading) for heading, _value in COLUMNS), *answers]
    ids = list(selection.ordered().values_list("pk", flat=True))
    for batch in (ids[start : start + BATCH] for start in range(0, len(ids), BATCH)):
        cases = visible_cases(user).select_related("handler", "theme")
        found = (cases if with_answers else cases.defer("sealed")).in_bulk(batch)
        record_accesses(complaint_ids=found, user=user, kind=AccessKind.EXPORT)
        keys = case_keys(found) if with_answers else {}
        for case in (found[pk] for pk in batch if pk in found):
            answers = [_answers(case, keys.get(case.pk))] if with_answers else []
            yield [*(value(case) for _heading, value in COLUMNS), *answers]


def _yes_or_no(is_so: bool) -> str:
    return gettext("ja") if is_so else gettext("nee")


COLUMNS: tuple[tuple[Any, Callable[[Complaint], Any]], ...] = (
    (_("Kenmerk"), lambda case: case.reference),
    (_("Fase"), lambda case: case.get_stage_display()),
    (_("Status"), lambda case: case.get_status_display()),
    (_("Uitkomst"), lambda case: case.get_outcome_display()),
    (_("Thema"), lambda case: case.theme.name if case.theme else ""),
    (_("Ernst"), lambda case: case.get_severity_display()),
    (_("Behandelaar"), lambda case: name_of(case.handler)),
    (_("Ontvangen op"), lambda case: case.received_on),
    (_("Afgesloten op"), lambda case: case.closed_at and timezone.localdate(case.closed_at)),
    (_("Dagen open"), lambda case: case.days_open),
    (_("Termijn"), lambda case: case.next_due_on or ""),
    (_("Soort termijn"), lambda case: case.get_next_due_kind_display()),
    (_("Stand van de termijn"), lambda case: case.term_state.label),
    (_("Wacht op"), lambda case: case.get_waiting_on_display() if case.is_open else ""),
    (_("Ongelezen"), lambda case: _yes_or_no(case.is_unread)),
    (_("Bestemd voor"), lambda case: case.get_route_display()),
    (_("Binnengekomen via"), lambda case: case.get_source_display()),
    (_("Te controleren"), lambda case: _yes_or_no(case.is_suspect)),
)


def _answers(case: Complaint, key: bytes | None) -> str:
    """All questions with their answers, as one text; words in their place where it was erased."""
    if key is None:
        return gettext("(gewist)")
    try:
        answers = open_answers(case, key)
    except SealBroken:
        return gettext("(kan niet worden geopend)")
    return "\n\n".join(f"{answer.label}\n{answer.text}" for answer in answers if answer.text)


PLAIN, DAY, BOLD = 0, 1, 2  # the places in `cellXfs`
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEET = "xl/worksheets/sheet1.xml"
SHEET_BEGINS = (
    f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>"
)
SHEET_ENDS = "</sheetData></worksheet>"
_RELATIONS = f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">%s</Relationships>'
_RELATION = f'<Relationship Id="%s" Type="{_OFFICE}/%s" Target="%s"/>'
BOOK = {  # everything but the sheet, by its name in the ZIP; %s is the title
    "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels"'
    ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/{SHEET}" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": _RELATIONS % _RELATION % ("rId1", "officeDocument", "xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": _RELATIONS
    % (_RELATION * 2)
    % ("rId1", "worksheet", "worksheets/sheet1.xml", "rId2", "styles", "styles.xml"),
    "xl/workbook.xml": f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name=%s sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/styles.xml": f'{_XML}<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy-mm-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>",
}

# What Excel, LibreOffice and Google Sheets start a formula with; the wide ones in Japanese Excel.
_FORMULA = tuple("=+-@\t\r＝＋－＠")
_JOINERS = "\u200c\u200d"  # words of several scripts, and emoji, are spelled with these
_MOST_IN_CELL = 32_000  # Excel holds 32,767
_PIECE = 64 * 1024
_DAY_ZERO = date(1899, 12, 30).toordinal()
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


def csv_of(rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    """UTF-8 with semicolons and a byte order mark, as Dutch Excel opens it; line by line."""
    given_back: Any = SimpleNamespace(write=str)  # each line, instead of keeping it
    writer = csv.writer(given_back, delimiter=";", quoting=csv.QUOTE_ALL)
    yield b"\xef\xbb\xbf"
    for row in rows:
        line: Any = writer.writerow([inert(cell) for cell in row])
        yield line.encode()


def xlsx_of(rows: Iterable[Iterable[Any]], title: str) -> Iterator[bytes]:
    """One sheet, its first row bold and kept in sight; piece by piece, never on the disk.

    What people wrote is on the server sealed: not even for a moment does it lie there in clear.
    """
    out = _Passing()
    with ZipFile(out, "w", ZIP_DEFLATED) as book:
        for name, xml in BOOK.items():
            book.writestr(name, xml.replace("%s", quoteattr(title)))
        with book.open(SHEET, "w") as sheet:
            sheet.write(SHEET_BEGINS.encode())
            for number, row in enumerate(rows):
                style = PLAIN if number else BOLD
                cells = (_cell(piece, style) for value in row for piece in _pieces(inert(value)))
                sheet.write(f"<row>{''.join(cells)}</row>".encode())
                if len(out.held) >= _PIECE:
                    yield out.taken()
            sheet.write(SHEET_ENDS.encode())
    yield out.taken()


class _Passing(RawIOBase):
    """What the ZIP is written to: nobody can go back in it, so it is given away as it comes."""

    def __init__(self) -> None:
        self.held = bytearray()

    def write(self, piece: Any) -> int:
        self.held += piece
        return len(piece)

    def taken(self) -> bytes:
        """Returns what was written since the last time."""
        found = bytes(self.held)
        self.held.clear()
        return found


def _cell(value: Any, style: int) -> str:
    """One cell: a number, a day, or text that stands as it is; never a formula."""
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, date):
        return f'<c s="{DAY}"><v>{value.toordinal() - _DAY_ZERO}</v></c>'
    if isinstance(value, int):
        return f'<c s="{style}"><v>{int(value)}</v></c>'
    text = escape(_ESCAPE.sub("_x005F_", value))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _pieces(value: Any) -> list[Any]:
    """A text too long for one cell goes on in the next; no piece of it starts a formula."""
    if not isinstance(value, str) or len(value) <= _MOST_IN_CELL:
        return [value]
    return [inert(value[at : at + _MOST_IN_CELL]) for at in range(0, len(value), _MOST_IN_CELL)]
