"""Bewaar en ga later verder: only when asked, opened by the code alone, gone after the date."""

import secrets
import threading
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from django.core import mail
from django.db import DatabaseError, connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry, ReferenceIndex
from wagtail.search.index import class_is_indexed

from complaints.cases import drafts
from complaints.cases.contents import open_answers
from complaints.cases.drafts import NoRoom, destroy_draft, destroy_expired, open_draft, save_draft
from complaints.cases.filing import file_complaint
from complaints.cases.sealing import CodeUnknown, lookup_key
from complaints.management.commands import rotate_vault_keys
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.ways_back import Draft
from complaints.public.filing import drafts as resume
from complaints.public.filing import drafts as saving
from complaints.public.filing.state import FormState
from complaints.vault import cipher, codes
from complaints.vault.cipher import SealBroken, derive
from complaints.vault.codes import (
    CodeMistyped,
    DraftKey,
    draft_code_from_nonce,
    new_code,
    parse_code,
)
from complaints.vault.keyring import TokenBroken, keyring
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.complaints.public.form_filler import FORM, POST, Filler
from tests.desk import client_for
from tests.factories import GROUPS, make_filing, make_user, set_handling

pytestmark = pytest.mark.django_db

RESUME = "/klacht-verder/"
TUESDAY = "2026-11-24 10:00:00+01:00"
LAST_DAY = "2026-12-08 23:59:00+01:00"
DAY_AFTER = "2026-12-09 00:01:00+01:00"
CONTENT = b"wat iemand schreef"


@pytest.fixture
def filler(site):
    return Filler().start()


def code_on(filler: Filler) -> str:
    """The code as the page shows it."""
    return filler.text.partition("Je code ")[2][: codes.FULL_LENGTH + 4]


def saved(filler: Filler, **answers: str) -> str:
    """Saves the page that stands there; the code shown."""
    filler.press("save", **answers)
    assert filler.response.status_code == 200, filler.text
    return code_on(filler)


def come_back(code: str, **extra: str) -> Filler:
    """Somebody with nothing but the code, in another browser."""
    filler = Filler()
    filler._read(filler.client.post(RESUME, {"code": code, "action": "open"} | extra))
    return filler


def open_state(code: str) -> FormState:
    return FormState.unpack(open_draft(code).content)


class TestSaving:
    def test_nothing_is_kept_until_somebody_asks(self, filler):
        filler.to_check()
        assert not Draft.objects.exists()

    def test_the_button_stands_on_every_step_and_on_the_check_page(self, filler):
        for _ in range(5):
            assert "save" in filler.page.actions, filler.text
            filler.next(**({"probleem": "x"} if "q-probleem" in filler.page.names else {}))
        assert "send" in filler.page.actions
        assert "save" in filler.page.actions

    def test_the_button_comes_after_the_one_that_goes_on(self, filler):
        """Enter presses the first button of a form."""
        filler.next(probleem="x")
        assert filler.page.actions[0] == "next"

    def test_on_the_first_page_too_and_also_when_it_is_not_in_order(self, filler):
        code = saved(filler, probleem="", ontstaan="Half getypt")
        assert open_state(code).answers == {"ontstaan": "Half getypt"}

    def test_all_that_was_typed_on_this_page_is_kept_as_it_was_typed(self, filler):
        filler.next(probleem="x").next().next()
        code = saved(filler, naam="Fien", email="geen adres")
        back = come_back(code).press("stay")
        assert back.page.values["q-email"] == ["geen adres"]
        assert back.page.values["q-naam"] == ["Fien"]

    def test_the_page_shows_the_code_in_groups_the_date_and_the_way_back(self, filler):
        with time_machine.travel(TUESDAY, tick=False):
            code = saved(filler, probleem="x")
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4, 1]
        assert parse_code(code)
        assert "tot en met dinsdag 8 december 2026" in filler.text
        assert "http://testserver/klacht-verder/" in filler.text
        assert "niemand je concept openen, ook wij niet" in filler.text
        assert "data-print" in filler.html
        assert 'name="robots" content="noindex"' in filler.html
        assert "no-store" in filler.response["Cache-Control"]

    def test_the_same_post_again_shows_the_same_code_and_keeps_one_draft(self, filler):
        filler.next(probleem="x")
        data = filler.data("save", besproken="Ja")
        shown = []
        for _ in range(2):
            filler._read(Client().post(POST, data))
            shown.append(code_on(filler))
        assert shown[0] == shown[1]
        assert Draft.objects.count() == 1

    def test_saving_again_later_keeps_the_code_and_moves_the_date(self, filler):
        with time_machine.travel(TUESDAY, tick=False):
            first = saved(filler, probleem="Eerst")
        with time_machine.travel("2026-11-27 10:00:00+01:00", tick=False):
            back = come_back(first).press("stay").next(probleem="Daarna")
            again = saved(back, besproken="Ja")
        assert again == first
        assert Draft.objects.get().expires_on == date(2026, 12, 11)
        assert open_state(first).answers == {"probleem": "Daarna", "besproken": "Ja"}

    def test_the_code_stays_also_after_the_nonce_was_renewed(self, filler):
        state = FormState.open(filler.page.values["token"][0]).with_draft_code()
        renewed = state.with_new_nonce().with_draft_code()
        assert renewed.draft_code == state.draft_code
        assert FormState.open(renewed.seal()).draft_code == state.draft_code

    def test_a_page_that_stood_open_for_a_day_is_still_kept_when_asked(self, filler):
        filler.next(probleem="Gisteren")
        with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
            code = saved(filler, besproken="Ja")
            assert open_state(code).answers == {"probleem": "Gisteren", "besproken": "Ja"}

    def test_one_can_go_on_at_once(self, filler):
        filler.next(probleem="x")
        saved(filler, besproken="Ja")
        filler.press("stay")
        assert filler.page.values["q-besproken"] == ["Ja"]
        filler.to_check().send()
        assert Complaint.objects.count() == 1

    def test_a_store_that_fails_gives_the_text_back(self, filler, monkeypatch):
        filler.next(probleem="x")

        with monkeypatch.context() as patch:
            patch.setattr(saving, "save_draft", Mock(side_effect=DatabaseError("disk full")))
            filler.press("save", wie_en_relatie="Niet kwijtraken.")
        assert filler.response.status_code == 503
        assert "Niet kwijtraken." in filler.html
        assert filler.page.actions == ["save"]
        filler.press("save")
        assert "Je concept is bewaard" in filler.text

    def test_the_first_page_is_still_the_same_for_everyone(self, site):
        assert Client().get(FORM).content == Client().get(FORM).content

    def test_the_first_page_leads_who_has_a_code_to_where_it_is_asked(self, filler):
        assert f'href="{RESUME}"' in filler.html


class TestComingBack:
    def test_a_step_opens_where_it_was_left(self, filler):
        filler.next(probleem="Mijn verhaal")
        code = saved(filler, besproken="Nee")
        back = come_back(code)
        assert "Verder of opnieuw" in back.text
        back.press("stay")
        assert "Stap 2 van" in back.text
        assert back.page.values["q-besproken"] == ["Nee"]

    def test_the_check_page_opens_where_it_was_left_with_what_was_ticked(self, filler):
        filler.to_check()
        code = saved(filler, consent_filing="on")
        back = come_back(code).press("stay")
        assert "send" in back.page.actions
        back.press("send")
        assert Complaint.objects.count() == 1

    def test_it_says_when_it_was_kept_and_until_when(self, filler):
        with time_machine.travel(TUESDAY, tick=False):
            back = come_back(saved(filler, probleem="x"))
        assert "op dinsdag 24 november 2026 om 10:00" in back.text
        assert "tot en met dinsdag 8 december 2026" in back.text

    def test_days_later_it_still_opens_where_it_was_left(self, filler):
        """Not the check page, where a form that stood open for a day goes."""
        filler.next(probleem="x")
        code = saved(filler, besproken="Ja")
        with time_machine.travel(timezone.now() + timedelta(days=10), tick=True):
            back = come_back(code).press("stay")
            assert "Stap 2 van" in back.text
            back.to_check().send()
        assert Complaint.objects.count() == 1

    def test_taken_up_in_two_browsers_it_is_one_complaint(self, filler):
        filler.to_check()
        code = saved(filler)
        first, second = come_back(code).press("stay"), come_back(code).press("stay")
        first.send()
        second.send()
        assert Complaint.objects.count() == 1
        assert Complaint.objects.get().reference in second.text

    @pytest.mark.parametrize(
        "spelled",
        [
            lambda code: code.replace("-", ""),
            lambda code: code.lower().replace("-", " "),
            lambda code: f"  {code.replace('-', '–')}.",
            lambda code: code.replace("0", "O").replace("1", "I"),
            lambda code: code.replace("0", "o").replace("1", "l"),
        ],
    )
    def test_the_code_is_taken_in_any_spelling(self, site, spelled):
        nonce = next(n for n in iter(lambda: secrets.token_bytes(32), None) if _telling(n))
        state = FormState.open(Filler().start().page.values["token"][0])
        code = draft_code_from_nonce(nonce)
        save_draft(code=code, content=state.pack())
        assert "Verder of opnieuw" in come_back(spelled(codes.show_code(code))).text

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("", "Vul de hele code in"),
            ("ABCD-EFGH", "Vul de hele code in"),
            ("UUUU-UUUU-UUUU-UUUU-U", "De letter U komt in een code niet voor"),
            ("0000-0000-0000-0000-1", "Er zit een typefout in de code"),
        ],
    )
    def test_a_typing_error_has_its_own_words_and_the_typed_code_stays(self, site, typed, words):
        back = come_back(typed)
        assert back.response.status_code == 422
        assert back.text.count(words) == 2  # above and at the field
        assert back.page.values["code"] == [typed]

    def test_a_typing_error_asks_the_database_for_no_draft(self, site, monkeypatch):
        monkeypatch.setattr(resume, "open_draft", None)
        assert come_back("0000-0000-0000-0000-1").response.status_code == 422

    def test_an_unknown_code_gets_one_clear_message(self, site):
        back = come_back(new_code())
        assert back.response.status_code == 422
        assert "Bij deze code staat geen concept" in back.text

    def test_a_known_and_an_unknown_code_cost_the_same(
        self, db, django_assert_num_queries, monkeypatch
    ):
        save_draft(code=(known := new_code()), content=CONTENT)
        opened = []
        open_sealed = codes.open_sealed
        monkeypatch.setattr(
            codes, "open_sealed", lambda *a, **k: opened.append(1) or open_sealed(*a, **k)
        )
        with django_assert_num_queries(2):
            open_draft(known)
        for_known = len(opened)
        with django_assert_num_queries(2), pytest.raises(CodeUnknown):
            open_draft(new_code())
        assert len(opened) == 2 * for_known

    def test_a_receipt_code_of_the_same_form_opens_no_draft(self, db):
        nonce = secrets.token_bytes(32)
        assert codes.code_from_nonce(nonce) != draft_code_from_nonce(nonce)
        save_draft(code=draft_code_from_nonce(nonce), content=CONTENT)
        with pytest.raises(CodeUnknown):
            open_draft(codes.code_from_nonce(nonce))


def _telling(nonce: bytes) -> bool:
    return {"0", "1"} <= set(draft_code_from_nonce(nonce))


class TestTheBrake:
    def test_after_many_wrong_codes_it_says_to_wait_and_keeps_what_was_typed(self, site):
        for _ in range(resume.WRONG_CODES):
            assert come_back(new_code()).response.status_code == 422
        code = new_code()
        back = come_back(code)
        assert back.response.status_code == 429
        assert back.response["Retry-After"] == "600"
        assert "Wacht tien minuten" in back.text
        assert back.page.values["code"] == [code]

    def test_the_right_code_always_passes(self, filler):
        code = saved(filler, probleem="x")
        for _ in range(resume.WRONG_CODES + 5):
            come_back(new_code())
        assert "Verder of opnieuw" in come_back(code).text

    def test_right_codes_and_typing_errors_do_not_count(self, filler):
        code = saved(filler, probleem="x")
        for _ in range(resume.WRONG_CODES + 5):
            come_back(code)
            come_back(code[:-3])
        assert come_back(new_code()).response.status_code == 422

    def test_ten_minutes_later_it_is_forgotten(self, site):
        with time_machine.travel(TUESDAY, tick=False) as clock:
            for _ in range(resume.WRONG_CODES + 5):
                come_back(new_code())
            clock.shift(timedelta(seconds=601))
            assert come_back(new_code()).response.status_code == 422

    def test_another_network_is_not_held_up(self, site):
        for _ in range(resume.WRONG_CODES + 5):
            come_back(new_code())
        elsewhere = Client(REMOTE_ADDR="198.51.100.7")
        assert elsewhere.post(RESUME, {"code": new_code()}).status_code == 422


class TestThePage:
    def test_it_is_a_page_as_every_page_with_a_form(self, site):
        response = Client().get(RESUME)
        html = response.content.decode()
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert response["Referrer-Policy"] == "same-origin"
        assert 'name="robots" content="noindex"' in html
        assert "data-quick-exit" in html
        assert not response.cookies

    @pytest.mark.parametrize("role", [None, *GROUPS])
    def test_it_asks_everyone_the_same_whatever_their_role(self, site, role):
        client = Client()
        if role:
            client.force_login(make_user(role))
        assert 'name="code"' in client.get(RESUME).content.decode()
        assert client.post(RESUME, {"code": new_code()}).status_code == 422

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, site, method):
        assert getattr(Client(), method)(RESUME).status_code == 405

    def test_it_takes_a_post_without_a_csrf_cookie(self, filler):
        code = saved(filler, probleem="x")
        strict = Client(enforce_csrf_checks=True)
        assert strict.post(RESUME, {"code": code}).status_code == 200

    def test_a_broken_post_shows_the_page_again(self, site):
        response = Client().post(
            RESUME, b"--x\r\nstuk", content_type="multipart/form-data; boundary=\xff"
        )
        assert response.status_code == 400

    def test_a_fault_says_the_draft_is_still_there_and_asks_the_database_nothing(
        self, filler, monkeypatch, django_assert_num_queries
    ):
        code = saved(filler, probleem="x")

        with monkeypatch.context() as patch, django_assert_num_queries(0):
            patch.setattr(resume, "open_draft", Mock(side_effect=DatabaseError("gone")))
            back = come_back(code)
        assert back.response.status_code == 503
        assert "Er is niets gewist" in back.text
        assert back.page.values["code"] == [code]

    @pytest.mark.parametrize("word", ["ongeldig", "sorry", "oeps", "!"])
    def test_no_blame_no_apology_no_shouting(self, filler, word):
        pages = [filler, come_back(saved(filler, probleem="x")), come_back(new_code())]
        pages += [come_back("x"), come_back(new_code(), action="destroy")]
        for page in pages:
            main = page.html.partition("<main")[2].partition("</main")[0]
            assert word not in main.replace("<!", "").lower()


class TestBeginningAnew:
    def test_it_says_first_that_the_draft_goes_then_destroys_it(self, filler):
        code = saved(filler, probleem="x")
        back = come_back(code)
        assert "Dan wissen we dit concept meteen" in back.text
        assert "destroy" in back.page.actions
        assert Draft.objects.exists()
        gone = come_back(code, action="destroy")
        assert not Draft.objects.exists()
        assert "Je concept is gewist" in gone.text
        assert f'href="{FORM}"' in gone.html

    def test_a_get_never_destroys_or_opens_anything(self, filler):
        code = saved(filler, probleem="Geheim verhaal")
        response = Client().get(RESUME, {"code": code, "action": "destroy"})
        assert "Verder of opnieuw" not in response.content.decode()
        Client().get(POST, {"code": code, "action": "destroy"})
        assert Draft.objects.count() == 1

    def test_destroying_twice_says_the_same(self, filler):
        code = saved(filler, probleem="x")
        first, second = (come_back(code, action="destroy") for _ in range(2))
        assert first.text == second.text


class TestTheTerm:
    def test_it_opens_on_its_last_day_and_not_after(self, db):
        code = new_code()
        with time_machine.travel(TUESDAY, tick=False):
            save_draft(code=code, content=CONTENT)
        with time_machine.travel(LAST_DAY, tick=False):
            assert open_draft(code).content == CONTENT
        with time_machine.travel(DAY_AFTER, tick=False), pytest.raises(CodeUnknown):
            open_draft(code)

    def test_the_clock_destroys_what_is_over_and_nothing_else(self, db):
        with time_machine.travel(TUESDAY, tick=False):
            save_draft(code=(old := new_code()), content=CONTENT)
        with time_machine.travel("2026-11-25 10:00:00+01:00", tick=False):
            save_draft(code=(newer := new_code()), content=CONTENT)
        with time_machine.travel(LAST_DAY, tick=False):
            tick()
            assert Draft.objects.count() == 2
        with time_machine.travel(DAY_AFTER, tick=False):
            tick()
            assert open_draft(newer)
            assert not destroy_draft(old)

    def test_a_changed_term_touches_new_drafts_only(self, site):
        with time_machine.travel(TUESDAY, tick=False):
            save_draft(code=new_code(), content=CONTENT)
            set_handling(draft_days=3)
            save_draft(code=new_code(), content=CONTENT)
        ends = Draft.objects.order_by("expires_on").values_list("expires_on", flat=True)
        assert list(ends) == [date(2026, 11, 27), date(2026, 12, 8)]

    def test_a_manager_finds_the_term_among_the_settings(self, site):
        client = client_for(make_user("manager"))
        url = reverse("wagtailsettings:edit", args=["complaints", "handlingsettings"])
        page = client.get(url, follow=True).content.decode()
        assert 'name="draft_days"' in page


class TestFiling:
    def test_a_complaint_sent_from_a_draft_destroys_it(self, filler):
        filler.next(probleem="x")
        code = saved(filler, besproken="Ja")
        come_back(code).press("stay").to_check().send()
        assert Complaint.objects.count() == 1
        assert not Draft.objects.exists()

    def test_also_when_sent_from_a_page_from_before_it_was_kept(self, filler):
        """The back button: that page's token does not know of the draft."""
        filler.to_check()
        before = filler.data("send", consent_filing="on")
        saved(filler)
        Client().post(POST, before)
        assert Complaint.objects.count() == 1
        assert not Draft.objects.exists()

    def test_a_draft_that_is_gone_stops_no_complaint(self, filler):
        filler.to_check(probleem="Toch verstuurd.")
        code = saved(filler)
        filler.press("stay")
        destroy_draft(code)
        filler.send()
        answers = {a.name: a.text for a in open_answers(Complaint.objects.get())}
        assert answers["probleem"] == "Toch verstuurd."

    def test_a_filing_that_fails_leaves_the_draft(self, db, monkeypatch):
        save_draft(code=(code := new_code()), content=CONTENT)

        monkeypatch.setattr("complaints.notifications.owe_filed", Mock(side_effect=RuntimeError))
        with pytest.raises(RuntimeError):
            file_complaint(filing=make_filing(draft_code=code))
        assert open_draft(code).content == CONTENT

    def test_after_sending_nothing_is_kept_any_more(self, filler):
        filler.to_check()
        late = filler.data("save")
        filler.send()
        Client().post(POST, late)
        assert not Draft.objects.exists()


class TestTheReminder:
    @pytest.fixture
    def page(self, filler):
        with time_machine.travel(TUESDAY, tick=False):
            filler.next(probleem="Geheim verhaal")
            saved(filler, besproken="Ja")
            OwedMail.objects.all().delete()
            yield filler

    def test_it_brings_the_address_and_the_date_and_no_code_or_content(self, page):
        code = code_on(page)
        page.press("remind", email="fien@example.org")
        assert "De mail is onderweg" in page.text
        assert code_on(page) == code
        deliver_due()
        (sent,) = mail.outbox
        assert sent.to == ["fien@example.org"]
        assert "/klacht-verder/" in sent.body
        assert "dinsdag 8 december 2026" in sent.body
        whole = sent.message().as_string()
        assert not codes.find_code_in(f"{sent.subject} {sent.body}", code)
        assert "Geheim" not in whole

    def test_its_subject_gives_nothing_away_on_a_locked_screen(self, page):
        page.press("remind", email="fien@example.org")
        deliver_due()
        subject = mail.outbox[0].subject
        assert subject == "Herinnering: verder tot en met dinsdag 8 december 2026"

    def test_the_address_is_sealed_and_gone_once_the_mail_is_sent(self, page):
        page.press("remind", email="fien@example.org")
        draft = Draft.objects.get()
        assert b"fien" not in bytes(draft.sealed_email)
        assert "@" not in str(OwedMail.objects.values())
        deliver_due()
        draft.refresh_from_db()
        assert draft.sealed_email is None
        assert OwedMail.objects.get(kind=MailKind.DRAFT_SAVED).sent_at is not None

    def test_an_address_given_while_the_mail_was_under_way_is_kept_for_the_next(self, page):
        page.press("remind", email="fien@example.org")
        under_way = Draft.objects.get()
        page.press("remind", email="ander@example.org")
        drafts.forget_address(under_way)
        assert drafts.address_of(Draft.objects.get()) == "ander@example.org"

    def test_two_requests_before_the_worker_comes_are_one_mail(self, page):
        page.press("remind", email="fout@example.org")
        page.press("remind", email="goed@example.org")
        deliver_due()
        assert [sent.to for sent in mail.outbox] == [["goed@example.org"]]

    @pytest.mark.parametrize("typed", ["", "geen adres", "fien@"])
    def test_a_wrong_address_is_mended_and_the_code_still_stands(self, page, typed):
        code = code_on(page)
        page.press("remind", email=typed)
        assert page.response.status_code == 422
        assert page.text.count("Schrijf 'E-mailadres' als naam@voorbeeld.nl.") == 2
        assert page.page.values["email"] == [typed]
        assert code_on(page) == code
        assert not OwedMail.objects.exists()

    def test_nobody_uses_us_to_mail_a_stranger_over_and_over(self, page):
        code = code_on(page)
        for _ in range(drafts.MOST_REMINDERS):
            page.press("remind", email="vreemde@example.org")
            assert page.response.status_code == 200
        page.press("remind", email="vreemde@example.org")
        assert page.response.status_code == 429
        assert code_on(page) == code
        assert OwedMail.objects.count() == drafts.MOST_REMINDERS

    def test_nor_many_strangers_from_one_network(self, page, monkeypatch):
        monkeypatch.setattr(saving.reminders, "most", 1)
        page.press("remind", email="een@example.org")
        page.press("remind", email="twee@example.org")
        assert page.response.status_code == 429

    def test_what_looks_like_misuse_mails_nobody(self, page):
        page.press("remind", email="vreemde@example.org", website="x")
        assert page.response.status_code == 429
        assert not OwedMail.objects.exists()

    def test_a_draft_that_is_gone_owes_no_mail_and_is_not_kept_again_unasked(self, page):
        page.press("remind", email="fien@example.org")
        destroy_draft(code_on(page))
        assert not OwedMail.objects.exists()
        page.press("remind", email="fien@example.org")
        assert page.response.status_code == 422
        assert "Dit concept is er niet meer" in page.text
        assert page.page.values["q-besproken"] == ["Ja"]
        assert not Draft.objects.exists()


class TestWhoCanOpenIt:
    def test_the_server_with_all_its_keys_and_the_row_opens_nothing(self, db):
        """Every key the server holds, for every use there is, on the row of the draft."""
        draft = save_draft(code=(code := new_code()), content=CONTENT)
        secrets_held = [lookup_key(), *(key.secret for key in keyring())]
        uses = ["wrap", "contact", "form-token", "code-wrap", "draft-content", "draft-lookup"]
        salts = [None, lookup_key(), draft.lookup, draft.pk.bytes]
        keys = [*secrets_held, draft.lookup]
        keys += [derive(s, u, salt=salt) for s in secrets_held for u in uses for salt in salts]
        place = f"draft|{draft.lookup.hex()}|content"
        for key in keys:
            with pytest.raises(SealBroken):
                cipher.open_sealed(key, draft.sealed, place=place)
        assert DraftKey.of(code, lookup_key()).open(draft.sealed) == CONTENT  # the control

    def test_a_stolen_database_alone_has_nothing_to_test_guesses_against(self, db):
        """Even the right code finds and opens nothing without the server's secret."""
        draft = save_draft(code=(code := new_code()), content=CONTENT)
        thief = DraftKey.of(code, secrets.token_bytes(32))
        assert thief.lookup != draft.lookup
        with pytest.raises(SealBroken):
            thief.open(draft.sealed)

    def test_another_code_opens_nothing_even_on_the_right_row(self, db):
        draft = save_draft(code=new_code(), content=CONTENT)
        with pytest.raises(SealBroken):
            DraftKey.of(new_code(), lookup_key()).open(draft.sealed)

    def test_a_changed_draft_does_not_open(self, db):
        draft = save_draft(code=(code := new_code()), content=CONTENT)
        *rest, last = bytes(draft.sealed)
        Draft.objects.update(sealed=bytes([*rest, last ^ 1]))
        with pytest.raises(SealBroken):
            open_draft(code)

    def test_the_code_is_stored_nowhere(self, db):
        code = new_code()
        save_draft(code=code, content=CONTENT)
        for row in Draft.objects.values():
            assert code.encode() not in b"".join(v for v in row.values() if isinstance(v, bytes))

    def test_nothing_of_it_enters_wagtails_own_stores(self, filler):
        before = ModelLogEntry.objects.count()
        saved(filler, probleem="x")
        assert ModelLogEntry.objects.count() == before
        assert not ReferenceIndex.model_is_indexable(Draft)
        assert not class_is_indexed(Draft)
        assert not Draft._meta.default_permissions

    def test_its_name_says_nothing(self, db):
        draft = save_draft(code=new_code(), content=CONTENT)
        assert str(draft) == "concept"

    @pytest.mark.parametrize("role", GROUPS)
    def test_nobody_of_the_staff_finds_drafts_in_the_cms(self, filler, role):
        code = saved(filler, probleem="x")
        draft = Draft.objects.get()
        client = client_for(make_user(role))
        for url in ("/cms/", "/cms/reports/site-history/", "/cms/complaints/complaint/"):
            page = client.get(url, follow=True).content.decode()
            assert str(draft.pk) not in page
            assert not codes.find_code_in(page, code)
        assert client.get("/cms/complaints/draft/").status_code == 404

    def test_a_reminders_address_goes_under_a_new_key_with_the_rest(self, db, tmp_path, settings):
        settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
        save_draft(code=(code := new_code()), content=CONTENT)
        drafts.remind(code=code, address="fien@example.org")
        rotate_vault_keys.Command().rotate(is_new=True, is_continuing=False)
        assert rotate_vault_keys.keys_in_use() == {keyring()[0].key_id}
        rotate_vault_keys.Command().forget_old(is_urgent=True)
        assert len(keyring()) == 1
        assert drafts.address_of(Draft.objects.get()) == "fien@example.org"
        assert open_draft(code).content == CONTENT


class TestTheBound:
    def test_beyond_the_most_drafts_saving_is_refused_and_the_text_stays(self, filler, monkeypatch):
        save_draft(code=new_code(), content=CONTENT)
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
        filler.next(probleem="x")
        filler.press("save", besproken="Nee")
        assert filler.response.status_code == 503
        assert "er is geen plaats meer voor" in filler.text
        assert filler.page.values["q-besproken"] == ["Nee"]
        assert Draft.objects.count() == 1
        filler.to_check().send()
        assert Complaint.objects.count() == 1

    def test_at_the_check_page_too(self, filler, monkeypatch):
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 0)
        filler.to_check(probleem="Staat er nog.").press("save", consent_filing="on")
        assert filler.response.status_code == 503
        assert "Staat er nog." in filler.text
        filler.press("send")
        assert Complaint.objects.count() == 1

    def test_who_has_one_already_may_save_again(self, db, monkeypatch):
        save_draft(code=(code := new_code()), content=CONTENT)
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
        save_draft(code=code, content=b"nieuw")
        assert open_draft(code).content == b"nieuw"

    @pytest.mark.parametrize("bound", ["LARGEST_BYTES", "MOST_BYTES"])
    def test_so_many_bytes_and_no_more(self, db, monkeypatch, bound):
        monkeypatch.setattr(drafts, bound, len(CONTENT))
        save_draft(code=(code := new_code()), content=CONTENT)
        for other in (code, new_code()):
            with pytest.raises(NoRoom):
                save_draft(code=other, content=CONTENT + b"x")
        assert open_draft(code).content == CONTENT

    def test_what_cannot_be_a_code_is_refused(self, db):
        with pytest.raises(CodeMistyped):
            save_draft(code="x", content=CONTENT)


def test_a_draft_from_before_a_new_field_still_opens(filler):
    """What is kept for two weeks outlives a deployment."""
    import json
    import zlib

    packed = FormState.open(filler.page.values["token"][0]).pack()
    data = json.loads(zlib.decompress(packed))
    del data["draft_code"]
    assert FormState.unpack(zlib.compress(json.dumps(data).encode())).draft_code == ""


def test_a_drafts_content_is_no_token(filler):
    """It is packed the same way, but only a token opens as one."""
    with pytest.raises(TokenBroken):
        FormState.open(FormState.open(filler.page.values["token"][0]).pack().hex())


def test_the_log_says_that_and_not_what(filler, caplog):
    with caplog.at_level("INFO"):
        code = saved(filler, probleem="Geheim verhaal")
        destroy_draft(code)
    assert "draft.saved new=True" in caplog.text
    assert "draft.destroyed number=1" in caplog.text
    assert not codes.find_code_in(caplog.text, code)


@pytest.mark.django_db(transaction=True)
def test_saved_at_the_same_moment_under_one_code_it_is_one_draft():
    code, failed, start = new_code(), [], threading.Barrier(4)

    def save() -> None:
        try:
            start.wait()
            save_draft(code=code, content=CONTENT)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=save) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Draft.objects.count() == 1
    assert open_draft(code).content == CONTENT


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="reads SQLite's own files")
@pytest.mark.parametrize("way", ["code", "clock", "filing"])
def test_a_destroyed_draft_is_in_no_byte_of_the_database(site, way):
    draft = save_draft(code=(code := new_code()), content=CONTENT)
    drafts.remind(code=code, address="fien@example.org")
    draft.refresh_from_db()
    parts = [bytes(draft.sealed), bytes(draft.sealed_email), bytes(draft.lookup)]
    assert all(any(part in file for file in database_files()) for part in parts)
    if way == "code":
        destroy_draft(code)
    elif way == "clock":
        destroy_expired(timezone.now() + timedelta(days=15))
    else:
        file_complaint(filing=make_filing(draft_code=code))
    assert not any(part in file for part in parts for file in database_files())


def database_files() -> list[bytes]:
    name = Path(connection.settings_dict["NAME"])
    return [file.read_bytes() for file in name.parent.glob(f"{name.name}*")]
