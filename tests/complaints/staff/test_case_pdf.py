"""The case file on paper: whole or without our notes, for print and for screen readers."""

import io
import re

import pytest
from django.urls import reverse
from pypdf import PdfReader

from complaints.cases import conversation, moves, records
from complaints.cases.rights import ErasureReason, erase_content
from complaints.models.privacy import Access, AccessKind
from complaints.stages import Complexity, Impact, Safety, Severity, Stage, Urgency
from tests.factories import PROBLEM, make_complaint, make_staged_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(confidant):
    case = make_complaint(files=[make_staged_file()])
    moves.add_note(complaint=case, by=confidant, note="Alleen voor ons.")
    conversation.write_to_complainant(complaint=case, text="Dag Noor.", by=confidant)
    records.assess(
        complaint=case,
        by=confidant,
        severity=Severity.SERIOUS,
        safety=Safety.SAFE,
        complexity=Complexity.SIMPLE,
        impact=Impact.LARGE,
        urgency=Urgency.NO,
        reason="Onze blik.",
    )
    moves.move_complaint(complaint=case, to=Stage.MEDIATION, by=confidant, reason="Onze reden.")
    records.give_advice(
        complaint=case, by=confidant, given_on=case.received_on, text="Praat samen."
    )
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


def test_with_notes_it_is_the_whole_file(desk, case):
    text = text_of(desk.get(url(case, notes=True)))
    for words in (*OURS, *THEIRS):
        assert words in text


@pytest.mark.parametrize("notes", [True, False])
def test_nothing_is_told_twice(desk, case, notes):
    text = text_of(desk.get(url(case, notes=notes)))
    for words in (*(OURS if notes else ()), *THEIRS):
        assert text.count(words) == 1, words


def test_an_earlier_assessment_stays_in_the_history(desk, case, confidant):
    records.assess(
        complaint=case,
        by=confidant,
        severity=Severity.LIGHT,
        safety=Safety.SAFE,
        complexity=Complexity.SIMPLE,
        impact=Impact.LARGE,
        urgency=Urgency.NO,
        reason="Bij nader inzien.",
    )
    text = text_of(desk.get(url(case, notes=True)))
    assert text.count("Onze blik.") == 1
    assert text.count("Bij nader inzien.") == 1


def test_a_handler_without_a_full_name_is_named_too(desk, case, confidant):
    confidant.first_name = confidant.last_name = ""
    confidant.save()
    assert f"Behandelaar: {confidant.username}" in text_of(desk.get(url(case, notes=False)))


def test_without_notes_nothing_of_ours_is_in_it(desk, case):
    text = text_of(desk.get(url(case, notes=False)))
    for words in THEIRS:
        assert words in text
    for words in OURS:
        assert words not in text


def test_it_is_tagged_and_says_its_language_and_title(desk, case):
    catalogue = reader_of(desk.get(url(case, notes=True))).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "nl-NL"
    metadata = catalogue["/Metadata"].get_data().decode()
    assert re.search(r"pdfaid:part>2<", metadata)
    assert re.search(r"pdfaid:conformance>A<", metadata)
    assert re.search(r"pdfuaid:part>1<", metadata)
    assert f"Dossier {case.reference}" in metadata


def test_it_is_downloaded_and_kept_nowhere(desk, case):
    answer = desk.get(url(case, notes=True))
    assert answer["Content-Disposition"] == f'attachment; filename="dossier-{case.reference}.pdf"'
    assert "no-store" in answer["Cache-Control"]


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
