"""Bewaar en ga later verder, as somebody at the form: saved when asked, opened by the code.

And the page that asks for the code: what may be typed, how often, and what it says.
"""

from datetime import date, timedelta
from unittest.mock import patch

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from complaints.cases import drafts
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Draft
from complaints.public.filing import drafts as saving
from complaints.public.filing.state import FormState
from complaints.public.suspicion import wrong_codes
from complaints.vault.codes import find_code_in, new_code, parse_code
from tests.complaints.public.form_filler import FORM, POST, RESUME, Filler, come_back, filed_answers
from tests.follow import FOLLOW, later

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TUESDAY = "2026-11-24 10:00:00+01:00"


@pytest.fixture
def code(filler):
    """The code of a draft."""
    return filler.save(probleem="x")


def saved_answers(code: str) -> dict:
    return FormState.unpack(drafts.open_draft(code).content).answers


def counts() -> tuple[int, int]:
    return Complaint.objects.count(), Draft.objects.count()


class TestSaving:
    def test_nothing_is_kept_until_asked_and_one_can_ask_on_every_page(self, filler):
        assert f'href="{RESUME}"' in filler.html, "leads who has a code to where it is asked"
        for _ in range(5):
            assert "save" in filler.page.actions, filler.text
            filler.next(**({"probleem": "x"} if "q-probleem" in filler.page.names else {}))
            assert filler.page.actions[0] in ("next", "send"), "the one that Enter presses"
        assert {"send", "save"} <= set(filler.page.actions)
        assert not Draft.objects.exists()

    def test_what_is_not_in_order_is_kept_as_it_was_typed(self, filler):
        code = filler.save(probleem="", ontstaan="Half getypt")
        assert saved_answers(code) == {"ontstaan": "Half getypt"}
        filler.press("stay").next(probleem="x").save(naam="Fien", email="geen adres")
        values = come_back(code).press("stay").page.values
        assert (values["q-email"], values["q-naam"]) == (["geen adres"], ["Fien"])

    def test_the_page_shows_code_date_and_way_back_and_saving_again_moves_only_the_date(
        self, filler, caplog
    ):
        with time_machine.travel(TUESDAY, tick=False) as clock, caplog.at_level("INFO"):
            code = filler.save(probleem="Eerst")
            assert [len(group) for group in code.split("-")] == [4, 4, 4, 4, 1]
            assert parse_code(code)
            until = "tot en met dinsdag 8 december 2026"
            way_back = "http://testserver/klacht-verder/"
            filler.says(until, way_back, "niemand je concept openen, ook wij niet")
            for words in ("data-print", 'name="robots" content="noindex"'):
                assert words in filler.html
            clock.shift(timedelta(days=3))
            back = come_back(code).says("op dinsdag 24 november 2026 om 10:00", until)
            assert back.press("stay").next(probleem="Daarna").save(besproken="Ja") == code
        assert Draft.objects.get().expires_on == date(2026, 12, 11)
        assert saved_answers(code) == {"probleem": "Daarna", "besproken": "Ja"}
        state = filler.state.with_draft_code()
        assert state.with_new_nonce().with_draft_code().draft_code == state.draft_code
        drafts.destroy_draft(code)
        for said in ("draft.saved new=True", "draft.destroyed number=1"):
            assert said in caplog.text
        assert not find_code_in(caplog.text, code)

    def test_the_same_post_again_even_a_day_later_shows_the_same_code_and_keeps_one_draft(
        self, filler
    ):
        data = filler.next(probleem="x").data("save", besproken="Ja")
        with later(hours=25):
            assert filler.post(data).code == Filler().post(data).code != ""
            assert saved_answers(filler.code) == {"probleem": "x", "besproken": "Ja"}
        assert Draft.objects.count() == 1

    @pytest.mark.every_database
    def test_where_it_cannot_be_kept_the_text_stays(self, filler, monkeypatch):
        filler.next(probleem="Staat er nog.")
        with patch.object(saving, "save_draft", side_effect=DatabaseError("disk full")):
            failed = Filler().post(filler.data("save", wie_en_relatie="Niet kwijtraken."))
        assert "Niet kwijtraken." in failed.says(status=503).html
        assert failed.page.actions == ["save"]
        drafts.save_draft(code=new_code(), content=b"x")
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
        filler.press("save", besproken="Nee").says("er is geen plaats meer voor", status=503)
        assert filler.page.values["q-besproken"] == ["Nee"]
        filler.to_check().press("save", consent_filing="on")
        filler.says("Staat er nog.", status=503).press("send")
        assert counts() == (1, 1)


class TestComingBack:
    def test_days_later_a_step_opens_where_it_was_left_and_sending_destroys_the_draft(self, filler):
        """Not the check page, where a form that stood open for a day goes."""
        code = filler.next(probleem="Mijn verhaal").save(besproken="Nee")
        assert filler.press("stay").page.values["q-besproken"] == ["Nee"], "or at once"
        with time_machine.travel(timezone.now() + timedelta(days=10), tick=True):
            back = come_back(code).says("Verder of opnieuw").press("stay").says("Stap 2 van")
            assert back.page.values["q-besproken"] == ["Nee"]
            late = back.to_check().data("save")
            back.send().post(late)
        assert counts() == (1, 0)

    def test_of_two_browsers_and_a_page_from_before_it_was_kept_it_is_one_complaint(self, filler):
        """The back button: that page's token does not know of the draft."""
        before = filler.to_check().data("send", consent_filing="on")
        code = filler.save(consent_filing="on")
        first, second = come_back(code).press("stay"), come_back(code).press("stay")
        assert "send" in first.page.actions, "where it was left"
        Filler().post(before)
        assert counts() == (1, 0)
        for each in (first, second):
            each.press("send").says(Complaint.objects.get().reference)  # the tick was kept too
        assert counts() == (1, 0)

    def test_beginning_anew_says_first_that_the_draft_goes_and_its_end_stops_no_complaint(
        self, filler, code
    ):
        back = come_back(code).says("Dan wissen we dit concept meteen")
        assert "destroy" in back.page.actions
        for path in (RESUME, POST):  # a GET neither opens nor destroys
            asked = Client().get(path, {"code": code, "action": "destroy"})
            assert "Verder of opnieuw" not in asked.content.decode()
        assert Draft.objects.exists()
        gone, again = (come_back(code, action="destroy") for _ in range(2))
        assert not Draft.objects.exists()
        assert f'href="{FORM}"' in gone.says("Je concept is gewist").html
        assert again.text == gone.text
        filler.press("stay").to_check(naam="Toch verstuurd").send()
        assert filed_answers()["naam"] == "Toch verstuurd"


class TestThePageOfTheCode:
    def test_what_opens_nothing_has_own_words_and_a_typing_error_asks_nothing(
        self, site, monkeypatch
    ):
        come_back(new_code()).says("Bij deze code staat geen concept", status=422)
        monkeypatch.setattr(saving, "open_draft", None)
        for typed, words in (
            ("", "Vul de hele code in"),
            ("ABCD-EFGH", "Vul de hele code in"),
            ("UUUU-UUUU-UUUU-UUUU-U", "De letter U komt in een code niet voor"),
            ("0000-0000-0000-0000-1", "Er zit een typefout in de code"),
        ):
            back = come_back(typed).says(status=422)
            assert back.text.count(words) == 2, "above and at the field"
            assert back.page.values["code"] == [typed]

    def test_many_wrong_codes_have_to_wait_where_right_ones_and_typing_errors_do_not_count(
        self, code
    ):
        """At either page: the right one still passes, and so does another network."""
        for _ in range(wrong_codes.most + 5):
            come_back(code).says("Verder of opnieuw")
            come_back(code[:-3])
        for _ in range(wrong_codes.most // 2):
            come_back(new_code()).says(status=422)
            wrong = {"action": "enter", "code": new_code()}
            assert Client().post(FOLLOW, wrong).status_code == 422
        back = come_back(wrong := new_code()).says("Wacht tien minuten", status=429)
        assert back.response["Retry-After"] == "600"
        assert back.page.values["code"] == [wrong]
        page = Client().post(FOLLOW, {"action": "enter", "code": new_code()})
        assert (page.status_code, "Wacht tien minuten" in page.content.decode()) == (429, True)
        come_back(code).says("Verder of opnieuw")
        elsewhere = Client(REMOTE_ADDR="198.51.100.7")
        assert elsewhere.post(RESUME, {"code": new_code()}).status_code == 422

    def test_it_is_a_page_as_every_page_with_a_form_and_takes_a_post_without_a_cookie(self, code):
        response = Client().get(RESUME)
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-cache"
        assert response["Referrer-Policy"] == "same-origin"
        for words in ('name="robots" content="noindex"', "data-quick-exit"):
            assert words in response.content.decode()
        assert not response.cookies
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(RESUME, {"code": code}).status_code == 200
        kind = "multipart/form-data; boundary=\xff"
        for path in (RESUME, FOLLOW):
            assert Client().post(path, b"--x\r\nstuk", content_type=kind).status_code == 400
            for method in ("put", "patch", "delete"):
                assert getattr(Client(), method)(path).status_code == 405

    def test_a_fault_says_the_draft_is_still_there_and_asks_the_database_nothing(
        self, code, django_assert_num_queries
    ):
        failing = patch.object(saving, "open_draft", side_effect=DatabaseError("gone"))
        with failing, django_assert_num_queries(0):
            back = come_back(code).says("Er is niets gewist", status=503)
        assert back.page.values["code"] == [code]

    def test_no_blame_no_apology_no_shouting(self, filler, code):
        pages = [filler, come_back(code), come_back(new_code()), come_back("x")]
        for page in [*pages, come_back(new_code(), action="destroy")]:
            for word in ("ongeldig", "sorry", "oeps", "!"):
                assert word not in page.text.lower()
