"""The case file on paper: whole or without our notes, for print and for screen readers."""

import io
import re

import pytest
from django.urls import reverse
from pypdf import PdfReader

from complaints.cases import conversation, moves
from complaints.cases.rights import ErasureReason, erase_content
from complaints.models.privacy import Access, AccessKind
from complaints.stages import Severity, Stage
from tests.factories import PROBLEM, advise, assess, make_complaint, make_staged_file, move

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(confidant):
    case = make_complaint(files=[make_staged_file()])
    moves.add_note(complaint=case, by=confidant, note="Alleen voor ons.")
    conversation.write_to_complainant(complaint=case, text="Dag Noor.", by=confidant)
    assess(case, confidant, severity=Severity.SERIOUS, reason="Onze blik.")
    move(case, Stage.MEDIATION, confidant, "Onze reden.")
    advise(case, confidant)
    return case


def url(case, notes: bool) -> str:
    name = "complaints_complaint_modeladmin_dossier-pdf"
    return reverse(name, args=[case.pk]) + ("?notities=1" if notes else "")


def reader_of(answer) -> PdfReader:
    assert answer["Content-Type"] == "application/pdf"
    return PdfReader(io.BytesIO(answer.content))


def text_of(answer) -> str:
    pages = "\n".join(page.extract_text() for page in reader_of(answer).pages)
    return re.sub(r"\s+", " ", pages)


OURS = ("Alleen voor ons.", "Onze blik.", "Onze reden.", "Ernstig")
THEIRS = (PROBLEM, "Dag Noor.", "Praat samen.", "Bindt niet", "foto.png")


@pytest.mark.parametrize("notes", [True, False])
def test_it_is_the_whole_file_told_once_and_without_notes_nothing_of_ours(desk, case, notes):
    text = text_of(desk.get(url(case, notes=notes)))
    for words in (*OURS, *THEIRS):
        assert text.count(words) == (words in THEIRS or notes), words


def test_an_earlier_assessment_stays_in_the_history(desk, case, confidant):
    assess(case, confidant, reason="Bij nader inzien.")
    text = text_of(desk.get(url(case, notes=True)))
    assert text.count("Onze blik.") == text.count("Bij nader inzien.") == 1


def test_a_handler_without_a_full_name_is_named_too(desk, case, confidant):
    confidant.first_name = confidant.last_name = ""
    confidant.save()
    assert f"Behandelaar: {confidant.username}" in text_of(desk.get(url(case, notes=False)))


def test_it_is_tagged_says_its_language_and_title_and_is_kept_nowhere(desk, case):
    answer = desk.get(url(case, notes=True))
    assert answer["Content-Disposition"] == f'attachment; filename="dossier-{case.reference}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    catalogue = reader_of(answer).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "nl-NL"
    metadata = catalogue["/Metadata"].get_data().decode()
    for said in ("pdfaid:part>2<", "pdfaid:conformance>A<", "pdfuaid:part>1<"):
        assert said in metadata
    assert f"Dossier {case.reference}" in metadata


def test_each_print_is_logged_and_a_look_at_the_headers_is_not(desk, case, confidant):
    printed = Access.objects.filter(complaint=case, user=confidant, kind=AccessKind.PRINT)
    desk.head(url(case, notes=False))
    assert not printed.exists()
    desk.get(url(case, notes=False))
    assert printed.count() == 1


def test_an_erased_case_still_prints_what_is_left(desk, case):
    erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    text = text_of(desk.get(url(case, notes=True)))
    assert case.reference in text
    assert PROBLEM not in text


def test_any_text_at_all_is_printed(desk, confidant):
    case = make_complaint()
    hostile = '#read("/etc/passwd") $x$ \u202e\U0001f600 ' + "x" * 5000
    moves.add_note(complaint=case, by=confidant, note=hostile)
    assert '#read("/etc/passwd")' in text_of(desk.get(url(case, notes=True)))
