"""Bewaar en ga later verder, as somebody at the form: saved when asked, opened by the code."""

from datetime import date, timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from complaints.cases import drafts
from complaints.cases.contents import open_answers
from complaints.cases.drafts import destroy_draft, open_draft, save_draft
from complaints.models.case import Complaint
from complaints.models.ways_back import Draft
from complaints.public.filing import drafts as saving
from complaints.public.filing.state import FormState
from complaints.vault.codes import find_code_in, new_code, parse_code
from tests.complaints.public.form_filler import FORM, POST, RESUME, Filler, come_back

pytestmark = pytest.mark.django_db

TUESDAY = "2026-11-24 10:00:00+01:00"


def saved_answers(code: str) -> dict:
    return FormState.unpack(open_draft(code).content).answers


class TestSaving:
    def test_nothing_is_kept_until_somebody_asks(self, filler):
        filler.to_check()
        assert not Draft.objects.exists()

    def test_the_button_stands_on_every_step_and_on_the_check_page(self, filler):
        for _ in range(5):
            assert "save" in filler.page.actions, filler.text
            filler.next(**({"probleem": "x"} if "q-probleem" in filler.page.names else {}))
            assert filler.page.actions[0] in ("next", "send"), "the one that Enter presses"
        assert {"send", "save"} <= set(filler.page.actions)

    def test_on_the_first_page_too_and_also_when_it_is_not_in_order(self, filler):
        code = filler.save(probleem="", ontstaan="Half getypt")
        assert saved_answers(code) == {"ontstaan": "Half getypt"}

    def test_all_that_was_typed_on_this_page_is_kept_as_it_was_typed(self, filler):
        code = filler.next(probleem="x").save(naam="Fien", email="geen adres")
        values = come_back(code).press("stay").page.values
        assert (values["q-email"], values["q-naam"]) == (["geen adres"], ["Fien"])

    def test_the_page_shows_the_code_in_groups_the_date_and_the_way_back(self, filler):
        with time_machine.travel(TUESDAY, tick=False):
            code = filler.save(probleem="x")
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4, 1]
        assert parse_code(code)
        filler.says(
            "tot en met dinsdag 8 december 2026",
            "http://testserver/klacht-verder/",
            "niemand je concept openen, ook wij niet",
        )
        assert "data-print" in filler.html
        assert 'name="robots" content="noindex"' in filler.html

    def test_the_same_post_again_shows_the_same_code_and_keeps_one_draft(self, filler):
        data = filler.next(probleem="x").data("save", besproken="Ja")
        assert filler.post(data).code == Filler().post(data).code != ""
        assert Draft.objects.count() == 1

    def test_saving_again_later_keeps_the_code_and_moves_the_date(self, filler):
        with time_machine.travel(TUESDAY, tick=False):
            first = filler.save(probleem="Eerst")
        with time_machine.travel("2026-11-27 10:00:00+01:00", tick=False):
            back = come_back(first).press("stay").next(probleem="Daarna")
            assert back.save(besproken="Ja") == first
        assert Draft.objects.get().expires_on == date(2026, 12, 11)
        assert saved_answers(first) == {"probleem": "Daarna", "besproken": "Ja"}

    def test_the_code_stays_also_after_the_nonce_was_renewed(self, filler):
        state = filler.state.with_draft_code()
        renewed = state.with_new_nonce().with_draft_code()
        assert renewed.draft_code == state.draft_code
        assert FormState.open(renewed.seal()).draft_code == state.draft_code

    def test_a_page_that_stood_open_for_a_day_is_still_kept_when_asked(self, filler):
        filler.next(probleem="Gisteren")
        with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
            code = filler.save(besproken="Ja")
            assert saved_answers(code) == {"probleem": "Gisteren", "besproken": "Ja"}

    def test_one_can_go_on_at_once(self, filler):
        filler.next(probleem="x").save(besproken="Ja")
        assert filler.press("stay").page.values["q-besproken"] == ["Ja"]
        filler.to_check().send()
        assert Complaint.objects.count() == 1

    def test_a_store_that_fails_gives_the_text_back(self, filler, monkeypatch):
        filler.next(probleem="x")
        with monkeypatch.context() as patch:
            patch.setattr(saving, "save_draft", Mock(side_effect=DatabaseError("disk full")))
            filler.press("save", wie_en_relatie="Niet kwijtraken.").says(status=503)
        assert "Niet kwijtraken." in filler.html
        assert filler.page.actions == ["save"]
        assert filler.save()

    def test_the_first_page_leads_who_has_a_code_to_where_it_is_asked(self, filler):
        assert f'href="{RESUME}"' in filler.html

    def test_the_log_says_that_it_was_saved_and_destroyed(self, filler, caplog):
        with caplog.at_level("INFO"):
            code = filler.save(probleem="Geheim verhaal")
            destroy_draft(code)
        assert "draft.saved new=True" in caplog.text
        assert "draft.destroyed number=1" in caplog.text
        assert not find_code_in(caplog.text, code)


class TestComingBack:
    def test_a_step_opens_where_it_was_left(self, filler):
        back = come_back(filler.next(probleem="Mijn verhaal").save(besproken="Nee"))
        back.says("Verder of opnieuw").press("stay").says("Stap 2 van")
        assert back.page.values["q-besproken"] == ["Nee"]

    def test_the_check_page_opens_where_it_was_left_with_what_was_ticked(self, filler):
        back = come_back(filler.to_check().save(consent_filing="on")).press("stay")
        assert "send" in back.page.actions
        back.press("send")
        assert Complaint.objects.count() == 1

    def test_it_says_when_it_was_kept_and_until_when(self, filler):
        with time_machine.travel(TUESDAY, tick=False):
            back = come_back(filler.save(probleem="x"))
        back.says("op dinsdag 24 november 2026 om 10:00", "tot en met dinsdag 8 december 2026")

    def test_days_later_it_still_opens_where_it_was_left(self, filler):
        """Not the check page, where a form that stood open for a day goes."""
        code = filler.next(probleem="x").save(besproken="Ja")
        with time_machine.travel(timezone.now() + timedelta(days=10), tick=True):
            come_back(code).press("stay").says("Stap 2 van").to_check().send()
        assert Complaint.objects.count() == 1

    def test_taken_up_in_two_browsers_it_is_one_complaint(self, filler):
        code = filler.to_check().save()
        first, second = come_back(code).press("stay"), come_back(code).press("stay")
        first.send()
        second.send().says(Complaint.objects.get().reference)


class TestBeginningAnew:
    def test_it_says_first_that_the_draft_goes_then_destroys_it(self, filler):
        code = filler.save(probleem="x")
        back = come_back(code).says("Dan wissen we dit concept meteen")
        assert "destroy" in back.page.actions
        assert Draft.objects.exists()
        gone, again = (come_back(code, action="destroy") for _ in range(2))
        assert not Draft.objects.exists()
        assert f'href="{FORM}"' in gone.says("Je concept is gewist").html
        assert again.text == gone.text

    def test_a_get_never_destroys_or_opens_anything(self, filler):
        asked = {"code": filler.save(probleem="Geheim verhaal"), "action": "destroy"}
        assert "Verder of opnieuw" not in Client().get(RESUME, asked).content.decode()
        Client().get(POST, asked)
        assert Draft.objects.count() == 1


class TestFiling:
    def test_a_complaint_sent_from_a_draft_destroys_it(self, filler):
        code = filler.next(probleem="x").save(besproken="Ja")
        come_back(code).press("stay").to_check().send()
        assert (Complaint.objects.count(), Draft.objects.count()) == (1, 0)

    def test_also_when_sent_from_a_page_from_before_it_was_kept(self, filler):
        """The back button: that page's token does not know of the draft."""
        before = filler.to_check().data("send", consent_filing="on")
        filler.save()
        Filler().post(before)
        assert (Complaint.objects.count(), Draft.objects.count()) == (1, 0)

    def test_a_draft_that_is_gone_stops_no_complaint(self, filler):
        code = filler.to_check(probleem="Toch verstuurd.").save()
        filler.press("stay")
        destroy_draft(code)
        filler.send()
        answers = {a.name: a.text for a in open_answers(Complaint.objects.get())}
        assert answers["probleem"] == "Toch verstuurd."

    def test_after_sending_nothing_is_kept_any_more(self, filler):
        late = filler.to_check().data("save")
        filler.send().post(late)
        assert not Draft.objects.exists()


class TestNoRoom:
    def test_saving_is_refused_and_the_text_stays(self, filler, monkeypatch):
        save_draft(code=new_code(), content=b"x")
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 1)
        filler.next(probleem="x").press("save", besproken="Nee")
        filler.says("er is geen plaats meer voor", status=503)
        assert filler.page.values["q-besproken"] == ["Nee"]
        assert Draft.objects.count() == 1
        filler.to_check().send()
        assert Complaint.objects.count() == 1

    def test_at_the_check_page_too(self, filler, monkeypatch):
        monkeypatch.setattr(drafts, "MOST_DRAFTS", 0)
        filler.to_check(probleem="Staat er nog.").press("save", consent_filing="on")
        filler.says("Staat er nog.", status=503).press("send")
        assert Complaint.objects.count() == 1
