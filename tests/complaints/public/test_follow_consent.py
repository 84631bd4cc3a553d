"""What the complainant decides about their data: consent, and all of it to take along."""

import io
import json
import re
from html import unescape

import pytest
from pypdf import PdfReader

from complaints.cases import filing, moves, rules
from complaints.cases.case import is_intact
from complaints.stages import ConsentPurpose, Outcome
from tests.factories import has_consent, ledger, make_answers
from tests.follow import FOLLOW, SCHEMA, act, entered, filed, fits, says
from tests.services import fresh

pytestmark = pytest.mark.django_db


def offered(me) -> dict[str, str]:
    """Each consent on the follow page, with yes or no and the address of its one link."""
    html = me.get(FOLLOW).content.decode().partition('class="consent-list"')[2]
    rows = re.findall(r"<li>(.*?)</li>", html.partition("</ul>")[0], re.S)
    links = [re.search(r'href="([^"]*)"', row)[1] for row in rows]
    words = [" ".join(re.sub("<[^>]+>", " ", row).split()).partition(":")[0] for row in rows]
    return dict(zip(words, links, strict=True))


@pytest.mark.parametrize("purpose", ConsentPurpose)
def test_r31_each_asks_once_more_says_what_it_changes_and_which_it_was(purpose, site, staff):
    """Given at filing, taken back, given again: two clicks each, in the words that are kept."""
    given = tuple(filing.GivenConsent(each, f"<p>{each}</p>") for each in ConsentPurpose)
    case, code = filed(consents=given)
    me, name = entered(code), str(purpose.label)
    for is_given, verb in ((False, "Trek toestemming in"), (True, "Geef toestemming")):
        link = offered(me)[name.capitalize()]
        page = me.get(link)
        shown = says(page, f"{verb}: {name}", "Wat er dan gebeurt", "Terug, ik doe dit niet")
        assert has_consent(case, purpose) != is_given
        more = {}
        if (purpose, is_given) == (ConsentPurpose.MAIL, True):
            more = {"q-name": "Noor", "q-email": "noor@example.com", "q-may_mail": "Ja"}
        done = act(me, link.partition("doe=")[2], **more)
        told = f"Je gaf toestemming: {name}." if is_given else f"Je trok toestemming in: {name}."
        says(done, "Wat je hebt gewijzigd is bewaard." if more else told)
        now = fresh(case)
        for each in ConsentPurpose:
            assert has_consent(now, each) == (is_given if each is purpose else True), each
            assert rules.is_agreed(now, each) == has_consent(now, each)
        proof = [line for line in ledger(case) if line.purpose == purpose][-1].text.html
        words = [unescape(text) for text in re.findall(r"<p>(.*?)</p>", proof)]
        assert len(words) > 1
        assert all(text in shown for text in words)
        assert act(me, link.partition("doe=")[2]).status_code == 409
    assert is_intact(fresh(case))


def test_r32_taking_back_the_filing_consent_withdraws_and_leads_on_to_erasing(me, case):
    before = case.consents.count()
    for choice in ("filing:ja", "mail:ja", "coach:nee", "health:ja", ""):  # is not offered
        assert act(me, f"toestemming:{choice}").status_code == 409
    assert case.consents.count() == before
    effects = ("de behandeling stopt meteen", "niet gewist")
    says(me.get(FOLLOW + "?doe=toestemming:filing:nee"), *effects)
    act(me, "toestemming:filing:nee")
    assert fresh(case).outcome == Outcome.WITHDRAWN
    page = me.get(FOLLOW).content.decode()
    assert "?doe=wissen" in page
    assert "?doe=heropenen" not in page
    act(me, "toestemming:filing:ja")
    assert "?doe=heropenen" in me.get(FOLLOW).content.decode()


def test_mail_is_agreed_to_together_with_an_address_and_never_ticked_beforehand(site, staff):
    _case, code = filed(answers=make_answers(email=""), consents=())
    me = entered(code)
    page = me.get(offered(me)["Berichten per e-mail"])
    assert " checked" not in page.content.decode()
    says(page, "Mogen we je hierop mailen?", "nooit wat iemand schreef")


def test_r35_data_and_paper_hold_all_that_is_theirs_and_nothing_of_staff(me, case, confidant):
    act(me, "write", "Er kwam iets bij.")
    moves.add_note(complaint=case, by=confidant, reason="Alleen voor ons.")
    answer = act(me, "json")
    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == f'attachment; filename="{case.reference}.json"'
    data = answer.content.decode()
    assert "noor@example.com" in data
    fits(json.loads(data), json.loads(SCHEMA.read_text()))
    answer = act(me, "pdf")
    assert answer["Content-Type"] == "application/pdf"
    reader = PdfReader(io.BytesIO(answer.content))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    paper = " ".join("".join(page.extract_text() for page in reader.pages).split())
    for text in (data, paper):
        for words in ("Mijn coach belde", "Er kwam iets bij.", case.reference):
            assert words in text
        assert "Alleen voor ons." not in text
