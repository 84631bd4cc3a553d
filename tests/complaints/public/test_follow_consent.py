"""What the complainant decides about their data: consent, and all of it to take along."""

import io
import json

import pytest
from pypdf import PdfReader

from complaints.cases import moves
from complaints.models.privacy import ConsentPurpose
from tests.factories import has_consent
from tests.follow import FOLLOW, SCHEMA, act, fits, says

pytestmark = pytest.mark.django_db


def test_r31_what_a_choice_does_stands_beside_its_button(me):
    says(
        me.get(FOLLOW),
        "De kunstcoach mag mijn klacht lezen : nee",
        "Ik krijg berichten per e-mail : ja",
        "We wissen je e-mailadres voor berichten en mailen je niet meer.",
    )


@pytest.mark.parametrize("purpose", [ConsentPurpose.COACH, ConsentPurpose.COMMITTEE])
def test_sharing_is_given_and_taken_back_and_both_are_told(me, case, purpose):
    act(me, f"toestemming:{purpose.value}:ja")
    assert has_consent(case, purpose)
    act(me, f"toestemming:{purpose.value}:nee")
    assert not has_consent(case, purpose)
    says(me.get(FOLLOW), "Je gaf toestemming.", "Je trok toestemming in.")


@pytest.mark.parametrize("choice", ["filing:nee", "mail:ja", "coach:nee", ""])
def test_what_is_not_offered_changes_nothing(me, case, choice):
    before = case.consents.count()
    assert act(me, f"toestemming:{choice}").status_code == 409
    assert case.consents.count() == before


class TestTakingItAlong:
    @pytest.fixture
    def whole(self, me, case, confidant):
        act(me, "write", "Er kwam iets bij.")
        moves.add_note(complaint=case, by=confidant, note="Alleen voor ons.")
        return me

    def test_r35_the_data_hold_all_that_is_theirs_and_nothing_of_staff(self, whole, case):
        answer = act(whole, "json")
        assert answer["Content-Type"] == "application/json"
        assert answer["Content-Disposition"] == f'attachment; filename="{case.reference}.json"'
        text = answer.content.decode()
        for words in ("Mijn coach belde", "Er kwam iets bij.", case.reference, "noor@example.com"):
            assert words in text
        assert "Alleen voor ons." not in text
        fits(json.loads(text), json.loads(SCHEMA.read_text()))

    def test_on_paper_it_holds_the_same(self, whole, case):
        answer = act(whole, "pdf")
        assert answer["Content-Type"] == "application/pdf"
        reader = PdfReader(io.BytesIO(answer.content))
        text = " ".join("".join(page.extract_text() for page in reader.pages).split())
        for words in ("Mijn coach belde", "Er kwam iets bij.", case.reference):
            assert words in text
        assert "Alleen voor ons." not in text
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
