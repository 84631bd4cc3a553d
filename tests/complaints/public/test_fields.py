"""What is typed at a field arrives as it was meant, and a code opens at whichever page it is typed.

How each kind of answer is read: tests/complaints/test_meant.py.
"""

from contextlib import suppress

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.cases import sealing
from complaints.models.case import Complaint
from complaints.public.filing import drafts, fields, state
from complaints.questions import ConsentTexts, FormDefinition, Question, Step
from complaints.vault.codes import new_code, show_code
from tests.complaints.public.form_filler import RESUME, Filler, come_back, filed_answers
from tests.follow import FOLLOW, act, filed, read, says

pytestmark = pytest.mark.django_db

KINDS = ("email", "url", "number", "date", "datetime", "plain_date")
MEANT = {  # what was typed, what is kept
    "email": ("Fien <fien@Voorbeeld.nl>\u200b", "fien@voorbeeld.nl"),
    "url": ("mijn site: www.voorbeeld.nl.", "https://www.voorbeeld.nl"),
    "number": (" € 1.250,50\u00a0", "€ 1.250,50"),
    "date": ("woensdag 9 dec. '26", "woensdag 9 dec. '26"),
    "datetime": ("25-10-2026 02.30 uur", "25-10-2026 02.30 uur"),
    "plain_date": ("ergens in december", "ergens in december"),
}
WRONG = {
    "email": ("naam@voorbeeld,nl", "Er staat een komma waar een punt hoort."),
    "url": ("naam@voorbeeld.nl", "Dit is een e-mailadres."),
    "number": ("twaalf", "Er staat geen getal."),
    "date": ("31 februari", "31 februari bestaat niet."),
    "datetime": ("9-12-2026 25:70", "25:70 is geen tijd."),
}


@pytest.fixture
def filler(site):
    """Somebody at a form that asks for one of each kind."""
    questions = tuple(Question(kind, f"Vraag {kind}", kind) for kind in KINDS)
    form = FormDefinition(None, "Formulier", (Step("Stap", "", questions),), ConsentTexts("Ja"))
    filler = Filler()
    filler.page.values = {"token": [state.FormState(form, shown=KINDS).seal()]}
    filler.page.names = {f"q-{kind}" for kind in KINDS}
    return filler


def test_what_was_meant_is_shown_to_check_and_kept(filler):
    typed = {kind: given for kind, (given, _kept) in MEANT.items()}
    filler.next(**typed).says(*(kept for _given, kept in MEANT.values()))
    filler.press("change:0")
    for kind, (_given, kept) in MEANT.items():
        assert filler.page.values[f"q-{kind}"] == [kept]
    assert "inputmode" not in filler.html, "a keyboard of digits has no dash, point or letters"
    filler.next().send()
    assert filed_answers() == {kind: kept for kind, (_given, kept) in MEANT.items()}


def test_what_was_not_understood_stays_as_it_was_typed_beside_the_reason(filler):
    typed = {kind: given for kind, (given, _words) in WRONG.items()}
    filler.next(**typed).says(*(words for _given, words in WRONG.values()), status=422)
    for kind, given in typed.items():
        assert filler.page.values[f"q-{kind}"] == [given]
    assert filler.text.count("Vul een ") == 2 * len(WRONG), "above and at the field"
    assert "‘Vraag" not in filler.text, "its kind says which; of two of a kind it is named"
    questions = [Question(name, f"Vraag {name}", "date") for name in ("begin", "eind")]
    page = fields.step_form(questions, answers={}, data={"q-begin": "9-12", "q-eind": "x"})
    assert page.errors["eind"][0].startswith("‘Vraag eind’: We lezen hier niet één datum in. Vul")


@pytest.fixture
def codes(site, staff):
    """The code of a draft and that of a complaint."""
    return Filler().start().save(probleem="Mijn concept."), filed()[1]


def test_a_code_opens_what_it_is_of_at_either_page_and_with_words_around_it(codes):
    draft, case = codes
    for typed in (draft, f"Je code {draft.lower()}, bewaar hem"):
        come_back(typed).says("Verder of opnieuw")
        found = Filler()
        found._read(act(Client(), "enter", code=typed)).says("Verder of opnieuw")
        found.press("stay")
        assert found.page.values["q-probleem"] == ["Mijn concept."]
    for typed in (show_code(case), f"Volgcode: {show_code(case)} (bewaren)"):
        for path, action in ((FOLLOW, "enter"), (RESUME, "open")):
            client = Client()
            answer = client.post(path, {"code": typed, "action": action})
            assert (answer.status_code, answer["Location"]) == (303, FOLLOW)
            assert Complaint.objects.get().reference in read(client)


def test_at_the_wrong_page_nobody_is_sent_on_and_nothing_typed_is_lost(codes):
    answer = Client().post(RESUME, {"code": codes[1]}, headers={"Origin": "https://evil.example"})
    says(answer, "Bij deze code staat geen concept", status=422)
    assert not answer.cookies
    answer = act(Client(), "enter", "Dit wil ik kwijt.", code=codes[0])
    says(answer, "Bij deze code hoort geen klacht.", status=422)
    assert 'value="Dit wil ik kwijt."' in answer.content.decode()


def test_every_code_costs_the_same_wherever_it_is_typed(codes):
    asked = []
    for code in (*codes, new_code()):
        with CaptureQueriesContext(connection) as captured, suppress(sealing.CodeUnknown):
            drafts.opened_by(code)
        asked.append([query["sql"].split(" WHERE ")[0] for query in captured])
    assert asked[0] == asked[1] == asked[2] != []
