"""The case file on paper: whole or without our notes, for print and for screen readers."""

import io

import pytest
from pypdf import PdfReader

from complaints.cases import contents, conversation, moves, rights, sealing
from complaints.cases.contact import Contact, change_contact, record_consent, without_contact
from complaints.models.privacy import Access, AccessKind
from complaints.stages import ConsentPurpose, Severity, Stage
from tests.desk import post, says, url
from tests.evidence import words_of_pdf
from tests.factories import (
    PROBLEM,
    advise,
    agree,
    assess,
    make_answers,
    make_complaint,
    make_staged_file,
    move,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def case(confidant):
    case = make_complaint(files=[make_staged_file()])
    moves.add_note(complaint=case, by=confidant, reason="Alleen voor ons.")
    conversation.write_to_complainant(complaint=case, text="Dag Noor.", by=confidant)
    assess(case, confidant, severity=Severity.SERIOUS, reason="Onze blik.")
    move(case, Stage.MEDIATION, confidant, "Onze reden.")
    advise(case, confidant)
    return case


def paper(desk, case, **which):
    """The paper: with our notes, unless told which."""
    return desk.get(url("dossier-pdf", case, **(which or {"notities": 1})))


def words(desk, case, **which) -> str:
    """What stands on the paper."""
    return words_of_pdf(paper(desk, case, **which).content)


OURS = ("Alleen voor ons.", "Onze blik.", "Onze reden.", "Ernstig")
THEIRS = (PROBLEM, "Dag Noor.", "Praat samen.", "Bindt niet", "foto.png")


def test_it_is_the_whole_file_told_once_and_without_notes_nothing_of_ours(desk, case, confidant):
    """An earlier assessment stays in the history; a handler without a full name is named too."""
    for notes in (True, False):
        text = words(desk, case, notities=int(notes))
        for said in (*OURS, *THEIRS):
            assert text.count(said) == (said in THEIRS or notes), (said, notes)
    assess(case, confidant, reason="Bij nader inzien.")
    confidant.first_name = confidant.last_name = ""
    confidant.save()
    text = words(desk, case)
    assert text.count("Onze blik.") == text.count("Bij nader inzien.") == 1
    assert f"Behandelaar: {confidant.username}" in text


CANARY = "kanarie.noor@voorbeeld.example"


def test_r36_the_copy_for_the_coach_says_nowhere_how_the_complainant_is_reached(desk, confidant):
    """Not in the answers, nor where somebody wrote it, nor what it was before; if they agreed."""
    numbers = (
        *("06-12345678", "0612345678", "+31 6 1234 5678", "0031(0)6-12 34 56 78", "06 1234.5678"),
        *("06–1234–5678", "06‑12 34 56 78", "06\u200b12345678", "06_12_34_56_78", "06, 1234, 5678"),
        *("06·12·34·56·78", "06:12345678", "０６１２３４５６７８"),
    )
    ways = [CANARY.replace("@", at) for at in (" @ ", "＠", "(at)", " [at] ", " (apenstaartje) ")]
    addresses = ", ".join([CANARY, *ways])
    story = f"Het ging mis op 2026-03-01. Mail {addresses}, of bel {' of '.join(numbers)}."
    answers = make_answers(problem=story, email=CANARY, phone="+31612345678 (na 18 uur)")
    case = make_complaint(answers=answers, files=[make_staged_file(f"{CANARY}.png")])
    given = {"name": "Noor", "email": "ander@voorbeeld.example", "phone": "010 1234567"}
    change_contact(complaint=case, may_mail=False, words=("Nee.",), **given)
    conversation.write_to_complainant(complaint=case, text="Dag Noor.", by=confidant)
    move(case, Stage.MEDIATION, confidant, "Onze reden.")
    advise(case, confidant, f"Praat samen. Noor: {CANARY}, 010-123 45 67, ander@voorbeeld.example")
    assert paper(desk, case, voor="coach")["Location"] == url("inspect", case)
    agree(case, ConsentPurpose.COACH, confidant)
    text = words(desk, case, voor="coach", notities=1)
    for said in ("Het ging mis op 2026-03-01", "Praat samen.", "Noor Verzonnen"):
        assert said in text
    hidden = (*numbers, "1234", "123 45", "12 34", "１２", "kanarie", "voorbeeld.example")
    assert [word for word in (*hidden, "Dag Noor.", "Onze reden.") if word in text] == []
    change = {"complaint": case, "purpose": ConsentPurpose.COACH, "words": ("Nee.",)}
    record_consent(**change, is_given=False)
    assert paper(desk, case, voor="coach").status_code == 302
    assert desk.get(url("consent", case, choice="coach")).status_code == 409
    says(desk.get(url("inspect", case)), "trok deze toestemming zelf in")
    post(desk, "show-coach", case, reason="Artikel 6 van de AVG: het moet van de rechter.")
    assert words(desk, case, voor="coach")
    told = [line.content for line in contents.own_history(case, sealing.case_key(case.pk))]
    assert {"explanation": "Artikel 6 van de AVG: het moet van de rechter."} in told


def test_a_number_is_known_however_they_wrote_it_and_no_text_takes_long():
    for phone in ("06–1234 5678", "020 123 4567 06 12 34 56 78", "０６-12345678 / 020-1234567"):
        contact = Contact(name="", email="", phone=phone, may_mail=False)
        assert without_contact("Bel 06-12 34 56 78 snel.", [contact]) == "Bel […] snel."
        nothing = [Contact(name="", email="", phone="0 - - - 0", may_mail=False)]
        assert without_contact("Op 10-10-2026.", nothing) == "Op 10-10-2026."
        for long in ("a", "-", "(", "1", "@", "0 ", "31-"):
            without_contact(long * 50_000, [contact])


@pytest.mark.every_database
def test_it_is_tagged_titled_logged_and_kept_nowhere_and_a_look_at_the_headers_is_not(desk, case):
    printed = Access.objects.filter(complaint=case, kind=AccessKind.PRINT)
    desk.head(url("dossier-pdf", case))
    assert not printed.exists()
    answer = paper(desk, case)
    assert [row.user.username for row in printed] == ["confidant"]
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


def test_any_text_at_all_is_printed_and_of_an_erased_case_what_is_left(desk, case, confidant):
    hostile = '#read("/etc/passwd") $x$ \u202e\U0001f600 ' + "x" * 5000
    moves.add_note(complaint=case, by=confidant, reason=hostile)
    assert '#read("/etc/passwd")' in words(desk, case)
    rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
    text = words(desk, case)
    assert case.reference in text
    assert PROBLEM not in text
