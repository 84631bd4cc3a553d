"""The page that asks for the code of a draft: what may be typed, how often, and what it says."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client

from complaints.public.filing import drafts as resume
from complaints.public.suspicion import wrong_codes
from complaints.vault.codes import new_code
from tests.complaints.public.form_filler import RESUME, come_back
from tests.desk import client_for
from tests.factories import GROUPS, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def code(filler):
    """The code of a draft."""
    return filler.save(probleem="x")


def guess(times: int = wrong_codes.most) -> None:
    for _ in range(times):
        come_back(new_code()).says(status=422)


class TestTyping:
    def test_the_code_is_taken_in_any_spelling(self, code):
        lookalikes = code.lower().replace("0", "o").replace("1", "l")
        come_back(f"  {lookalikes.replace('-', '– ')}.").says("Verder of opnieuw")

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("", "Vul de hele code in"),
            ("ABCD-EFGH", "Vul de hele code in"),
            ("UUUU-UUUU-UUUU-UUUU-U", "De letter U komt in een code niet voor"),
            ("0000-0000-0000-0000-1", "Er zit een typefout in de code"),
        ],
    )
    def test_a_typing_error_has_its_own_words_and_looks_nothing_up(
        self, site, monkeypatch, typed, words
    ):
        monkeypatch.setattr(resume, "open_draft", None)
        back = come_back(typed).says(status=422)
        assert back.text.count(words) == 2  # above and at the field
        assert back.page.values["code"] == [typed]

    def test_an_unknown_code_gets_one_clear_message(self, site):
        come_back(new_code()).says("Bij deze code staat geen concept", status=422)


class TestTheBrake:
    def test_after_many_wrong_codes_it_says_to_wait_and_keeps_what_was_typed(self, site):
        guess()
        back = come_back(code := new_code()).says("Wacht tien minuten", status=429)
        assert back.response["Retry-After"] == "600"
        assert back.page.values["code"] == [code]
        elsewhere = Client(REMOTE_ADDR="198.51.100.7")
        assert elsewhere.post(RESUME, {"code": new_code()}).status_code == 422

    def test_the_right_code_always_passes(self, code):
        guess()
        come_back(new_code()).says(status=429)
        come_back(code).says("Verder of opnieuw")

    def test_right_codes_and_typing_errors_do_not_count(self, code):
        for _ in range(wrong_codes.most + 5):
            come_back(code)
            come_back(code[:-3])
        guess(1)

    def test_ten_minutes_later_it_is_forgotten(self, site):
        with time_machine.travel("2026-11-24 10:00:00+01:00", tick=False) as clock:
            guess()
            come_back(new_code()).says(status=429)
            clock.shift(timedelta(seconds=601))
            guess(1)


class TestThePage:
    def test_it_is_a_page_as_every_page_with_a_form(self, site):
        response = Client().get(RESUME)
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-cache"
        assert response["Referrer-Policy"] == "same-origin"
        for words in ('name="robots" content="noindex"', "data-quick-exit"):
            assert words in response.content.decode()
        assert not response.cookies

    @pytest.mark.parametrize("role", [None, *GROUPS])
    def test_it_asks_everyone_the_same_whatever_their_role(self, site, role):
        client = client_for(role and make_user(role))
        assert 'name="code"' in client.get(RESUME).content.decode()
        assert client.post(RESUME, {"code": new_code()}).status_code == 422

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, site, method):
        assert getattr(Client(), method)(RESUME).status_code == 405

    def test_it_takes_a_post_without_a_csrf_cookie(self, code):
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(RESUME, {"code": code}).status_code == 200

    def test_a_broken_post_shows_the_page_again(self, site):
        kind = "multipart/form-data; boundary=\xff"
        assert Client().post(RESUME, b"--x\r\nstuk", content_type=kind).status_code == 400

    def test_a_fault_says_the_draft_is_still_there_and_asks_the_database_nothing(
        self, code, monkeypatch, django_assert_num_queries
    ):
        monkeypatch.setattr(resume, "open_draft", Mock(side_effect=DatabaseError("gone")))
        with django_assert_num_queries(0):
            back = come_back(code).says("Er is niets gewist", status=503)
        assert back.page.values["code"] == [code]

    def test_no_blame_no_apology_no_shouting(self, filler, code):
        pages = [filler, come_back(code), come_back(new_code()), come_back("x")]
        for page in [*pages, come_back(new_code(), action="destroy")]:
            main = page.html.partition("<main")[2].partition("</main")[0]
            for word in ("ongeldig", "sorry", "oeps", "!"):
                assert word not in main.replace("<!", "").lower()
