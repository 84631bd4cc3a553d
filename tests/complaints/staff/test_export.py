"""The list as a file: the cases asked for and no other, inert, logged, and given piece by piece."""

import csv
import io
import re
import secrets
import tempfile
import unicodedata
import zipfile
from dataclasses import replace
from unittest.mock import Mock
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from complaints.cases.rights import ErasureReason, erase_content
from complaints.models.handling import Theme
from complaints.models.privacy import Access, AccessKind
from complaints.models.roster import Exclusion
from complaints.staff.list import export
from complaints.staff.list.export import csv_of, inert, xlsx_of
from complaints.stages import Route, Stage
from tests.desk import changed, client_for, says
from tests.factories import PROBLEM, make_answers, make_complaint, make_many_complaints

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

EXPORT = "/cms/complaints/complaint/export/"


def taken(desk, kind: str = "csv", query: str = "", **fields) -> list[list]:
    """The rows of the file, as a spreadsheet reads them; its name is neutral, nobody keeps it."""
    answer = desk.post(f"{EXPORT}?{query}", {"format": kind, **fields})
    assert answer.status_code == 200
    named = rf'attachment; filename="klachten-\d{{4}}-\d\d-\d\d\.{kind}"'
    assert re.fullmatch(named, answer["Content-Disposition"])
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    return rows_of(kind, b"".join(answer.streaming_content))


def rows_of(kind: str, content: bytes) -> list[list]:
    if kind == "csv":
        text = content.decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
    sheet = load_workbook(io.BytesIO(content)).active
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def references(rows: list[list]) -> list[str]:
    return [row[0] for row in rows[1:]]


KINDS = pytest.mark.parametrize("kind", ["csv", "xlsx"])


@KINDS
@pytest.mark.every_database
def test_the_file_has_the_cases_of_the_list_in_its_order_each_logged(desk, confidant, kind):
    first, second = make_complaint(), make_complaint()
    changed(make_complaint(), stage=Stage.MEDIATION)
    rows = taken(desk, kind, "stage=filing&ordering=-due")
    assert references(rows) == [second.reference, first.reference]  # one date: newest first
    assert rows[0][:4] == ["Kenmerk", "Fase", "Status", "Uitkomst"]
    assert {len(row) for row in rows} == {18}
    assert rows[0][10:12] == ["Termijn", "Soort termijn"]
    assert {row[11] for row in rows[1:]} == {"Persoonlijk contact"}
    days = {row[7] if kind == "csv" else row[7].date().isoformat() for row in rows[1:]}
    assert days == {first.received_on.isoformat()}
    logged = Access.objects.filter(kind=AccessKind.EXPORT, user=confidant)
    assert {row.complaint for row in logged} == {first, second}
    assert logged.count() == Access.objects.count() == 2


@KINDS
def test_what_people_wrote_goes_along_only_when_chosen(desk, confidant, kind, caplog):
    """What was erased or no longer opens is said to be. The log names no case and no person."""
    case, erased, broken = (make_complaint() for _ in range(3))
    erase_content(complaint=erased, by=confidant, reason=next(iter(ErasureReason)))
    changed(broken, sealed=case.sealed)
    assert not re.search(f"{PROBLEM}|Noor|Antwoorden", str(taken(desk, kind, "status=all")))
    caplog.clear()
    with caplog.at_level("INFO", logger="complaints"):
        heading, *rows = taken(desk, kind, "status=all", answers="on")
    assert heading[-1] == "Antwoorden"
    written = {row[0]: row[-1] for row in rows}
    assert f"Vraag: problem\n{PROBLEM}" in written[case.reference]
    assert "Noor Verzonnen" in written[case.reference]
    assert written[erased.reference] == "(gewist)"
    assert written[broken.reference] == "(kan niet worden geopend)"
    lines = [r.getMessage() for r in caplog.records if r.name == "complaints.staff.list.export"]
    assert lines == [f"cases.exported kind={kind} with_answers=True"]


def test_an_answer_longer_than_a_cell_is_kept_whole(desk):
    long = "a" * 31_000 + "=" * 9_000
    make_complaint(answers=make_answers(problem=long))
    row = taken(desk, "xlsx", answers="on")[1]
    cells = [cell for cell in row[18:] if cell]
    assert all(len(cell) <= 32_767 for cell in cells)
    whole = "".join(cells)
    assert whole.count("a") >= 31_000
    assert whole.count("=") == 9_000
    assert not any(cell.startswith("=") for cell in cells)
    assert long in taken(desk, "csv", answers="on")[1][-1]


HOSTILE = [
    *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1"),
    *("\u200b=1", "\ufeff=1", "\x00=1", "\u202e=1", "＝1+1", "=cmd|' /C calc'!A0"),
    '=HYPERLINK("http://example.org";"klik")',
]


def test_other_text_numbers_and_days_stay_what_they_are():
    today = timezone.localdate()
    kept = ["Gewoon", "een = twee", "a-b", "", "12", "\u00e9\u00e9n", "regel\nregel", "\u05d0"]
    kept += ["me\u200cxahem", -3, today]  # a joiner is spelling
    assert [inert(each) for each in kept] == kept
    assert inert("abc\u202edef\u202c\u200b\x07") == "abcdef", "it hides or turns letters round"


def hides(text: str) -> bool:
    """Whether a letter in it shows nothing, or turns others round."""
    return any(unicodedata.category(c).startswith("C") for c in text if c != "\n")


@KINDS
def test_hostile_cells_headings_names_and_answers_are_inert(desk, confidant, kind):
    rows = iter([HOSTILE, HOSTILE])
    body = b"".join(csv_of(rows) if kind == "csv" else xlsx_of(rows, "Blad"))
    for row in rows_of(kind, body):
        assert len(row) == len(HOSTILE)
        assert [cell for cell in row if not cell.startswith("'") or hides(cell)] == []
    if kind == "xlsx":
        sheet = load_workbook(io.BytesIO(body)).active
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} == {"s"}
    confidant.first_name, confidant.last_name = "=1+1", ""
    confidant.save()
    hostile = make_answers(problem="=1+1")
    hostile[0] = replace(hostile[0], label="=cmd|x")
    changed(make_complaint(answers=hostile), theme=Theme.objects.create(name="@SUM(A1)"))
    row = taken(desk, kind, answers="on")[1]
    assert (row[4], row[6]) == ("'@SUM(A1)", "'=1+1")
    assert row[18].startswith("'=cmd|x")


@pytest.mark.every_database
def test_what_one_may_not_see_is_in_no_file_also_once_it_went_while_that_was_made(
    desk, confidant, monkeypatch
):
    def hide(case) -> None:
        Exclusion.objects.create(complaint=case, user=confidant, at=timezone.now())

    make_complaint(route=Route.DEPUTY), hide(make_complaint())
    cases, query = [make_complaint() for _ in range(3)], "whose=all&status=all&suspect=all"
    says(desk.get(f"{EXPORT}?{query}"), "3 zaken, open en afgesloten")
    monkeypatch.setattr(export, "BATCH", 1)
    body = iter(desk.post(f"{EXPORT}?{query}", {"format": "csv"}).streaming_content)
    first = next(body) + next(body) + next(body)
    gone = [case for case in cases if case.reference.encode() not in first]
    for case in gone:
        hide(case)
    assert len(gone) == 2
    assert b"".join(body) == b""
    assert Access.objects.count() == 1


@pytest.mark.every_database
def test_looking_at_the_page_takes_nothing_and_it_says_what_goes_along(desk, confidant):
    make_complaint()
    says(
        desk.get(f"{EXPORT}?stage=filing&term=on_time&format=csv"),
        *("1 zaak, open of afgesloten", "Fase: Ingediend", "Termijn: op tijd", "Ook de antwoorden"),
        "Het bestand is niet versleuteld.",
    )
    assert desk.post(EXPORT, {"format": "pdf"}).status_code == 422
    answer = desk.post(EXPORT, {"answers": "on"})
    says(answer, "Kies Excel of CSV.", status=422)
    assert "checked" in answer.content.decode()
    without_token = client_for(confidant, enforce_csrf_checks=True)
    assert without_token.post(EXPORT, {"format": "csv"}).status_code == 403
    assert not Access.objects.exists()


def test_csv_is_read_and_logged_only_as_far_as_it_was_taken_at_one_cost_a_batch(
    desk, confidant, monkeypatch
):
    monkeypatch.setattr(export, "BATCH", 10)
    make_many_complaints(40, handler=confidant)
    body = iter(desk.post(EXPORT, {"format": "csv"}).streaming_content)
    next(body), next(body)  # the mark, the heading
    costs = []
    for number in range(1, 5):
        with CaptureQueriesContext(connection) as captured:
            for _line in range(10):
                next(body)
        costs.append(len(captured))
        assert Access.objects.count() == 10 * number
    assert list(body) == []
    assert costs[1] == costs[2] == costs[3] > 0


@pytest.mark.every_database
def test_xlsx_is_given_piece_by_piece_and_touches_no_disk(desk, monkeypatch):
    """However long it is, little of it is held; what people wrote lies nowhere in clear."""
    names = ("TemporaryFile", "NamedTemporaryFile", "SpooledTemporaryFile", "mkstemp", "mkdtemp")
    for name in names:
        monkeypatch.setattr(tempfile, name, Mock(side_effect=AssertionError("a file on the disk")))
    make_complaint()
    assert PROBLEM in taken(desk, "xlsx", answers="on")[1][-1]
    read = []

    def rows():
        for number in range(2000):
            read.append(number)
            yield [secrets.token_hex(400), number]

    pieces = [(piece, len(read)) for piece in xlsx_of(rows(), "Blad")]
    assert pieces[0][1] < 1000
    assert max(len(piece) for piece, _read in pieces) < 256 * 1024
    assert len(rows_of("xlsx", b"".join(piece for piece, _read in pieces))) == 2000


ODD = [
    *("<b>&amp;</b>", "]]>", "regel\nregel", "  twee  ", "\ufffe\ud800", "\U0001f600"),
    *("_x003D_1", "_x202E_om"),
]


def test_xlsx_is_whole_its_heading_bold_and_in_sight_and_a_cell_holds_just_the_text():
    """Also where it looks like XML, or like Excel's way to write a letter by its number."""
    rows = [["Kop", "Dag"], *([text, timezone.localdate()] for text in ODD)]
    body = b"".join(xlsx_of(rows, "Blad & bad"))
    sheet = load_workbook(io.BytesIO(body)).active
    assert (sheet.title, sheet.freeze_panes) == ("Blad & bad", "A2")
    assert [cell.font.b for cell in sheet["A"][:2]] == [True, False]
    assert sheet["B2"].number_format == "yyyy-mm-dd"
    for text, cell in zip(ODD, sheet["A"][1:], strict=True):
        shown = "".join(c for c in text if not hides(c))
        assert cell.value is None if not shown else unescaped(cell.value) == shown, text
    with zipfile.ZipFile(io.BytesIO(body)) as book:
        assert book.testzip() is None
        for name in book.namelist():
            ElementTree.fromstring(book.read(name))  # noqa: S314 - our own
        raw = book.read("xl/worksheets/sheet1.xml").decode()
    assert not re.search(r"(?<!_x005F)_x[0-9A-F]{4}_", raw.replace("_x005F_", "_x005F"))


def unescaped(text: str) -> str:
    """As Excel reads it; openpyxl leaves it as it is."""
    return text.replace("_x005F_", "_")
