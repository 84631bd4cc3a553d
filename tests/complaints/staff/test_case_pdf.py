"""The case file on paper: whole or without our notes, for print and for screen readers."""

import io

import pytest
from pypdf import PdfReader

from complaints.cases import conversation, moves
from complaints.cases.rights import ErasureReason, erase_content
from complaints.models.privacy import Access, AccessKind
from complaints.stages import Severity, Stage
from tests.desk import url
from tests.evidence import words_of_pdf
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


def words(desk, case, *, notes: bool = True) -> str:
    """What stands on the paper."""
    return words_of_pdf(desk.get(paper(case, notes=notes)).content)


def paper(case, *, notes: bool = True) -> str:
    return url("dossier-pdf", case, **({"notities": 1} if notes else {}))


OURS = ("Alleen voor ons.", "Onze blik.", "Onze reden.", "Ernstig")
THEIRS = (PROBLEM, "Dag Noor.", "Praat samen.", "Bindt niet", "foto.png")


@pytest.mark.parametrize("notes", [True, False])
def test_it_is_the_whole_file_told_once_and_without_notes_nothing_of_ours(desk, case, notes):
    text = words(desk, case, notes=notes)
    for said in (*OURS, *THEIRS):
        assert text.count(said) == (said in THEIRS or notes), said


def test_an_earlier_assessment_stays_in_the_history(desk, case, confidant):
    assess(case, confidant, reason="Bij nader inzien.")
    text = words(desk, case)
    assert text.count("Onze blik.") == text.count("Bij nader inzien.") == 1


def test_a_handler_without_a_full_name_is_named_too(desk, case, confidant):
    confidant.first_name = confidant.last_name = ""
    confidant.save()
    assert f"Behandelaar: {confidant.username}" in words(desk, case)


def test_it_is_tagged_says_its_language_and_title_and_is_kept_nowhere(desk, case):
    answer = desk.get(paper(case))
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'attachment; filename="dossier-{case.reference}.pdf"'
    assert "no-store" in answer["Cache-Control"]
    catalogue = PdfReader(io.BytesIO(answer.content)).trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "nl-NL"
    metadata = catalogue["/Metadata"].get_data().decode()
    for said in ("pdfaid:part>2<", "pdfaid:conformance>A<", "pdfuaid:part>1<"):
        assert said in metadata
    assert f"Dossier {case.reference}" in metadata


def test_each_print_is_logged_and_a_look_at_the_headers_is_not(desk, case, confidant):
    printed = Access.objects.filter(complaint=case, user=confidant, kind=AccessKind.PRINT)
    desk.head(paper(case))
    assert not printed.exists()
    desk.get(paper(case))
    assert printed.count() == 1


def test_an_erased_case_still_prints_what_is_left(desk, case):
    erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    text = words(desk, case)
    assert case.reference in text
    assert PROBLEM not in text


def test_any_text_at_all_is_printed(desk, confidant):
    case = make_complaint()
    hostile = '#read("/etc/passwd") $x$ \u202e\U0001f600 ' + "x" * 5000
    moves.add_note(complaint=case, by=confidant, note=hostile)
    assert '#read("/etc/passwd")' in words(desk, case)
