"""The path of a coachee through the form, without JavaScript and without cookies."""

import re
from datetime import timedelta
from unittest.mock import Mock

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.outbox import OwedMail
from complaints.models.privacy import ConsentPurpose
from complaints.public.filing import send, views
from complaints.stages import Route
from tests.complaints.public.form_filler import FORM, POST, Filler

pytestmark = pytest.mark.django_db

MINE = {"naam": "Fien Verzonnen", "email": "fien@example.org"}


@pytest.fixture
def filler(site):
    return Filler().start()


def answers():
    return {answer.name: answer.text for answer in open_answers(Complaint.objects.get())}


class TestFirstPage:
    def test_it_is_the_same_for_everyone_and_sets_no_cookie(self, site):
        first, second = Client().get(FORM), Client().get(FORM)
        assert first.content == second.content
        assert not first.cookies
        assert first["Cache-Control"] == "public, max-age=60"

    def test_a_page_with_a_form_lets_its_own_posts_be_known(self, site):
        assert Client().get(FORM)["Referrer-Policy"] == "same-origin"


class TestTheWholePath:
    def test_a_complaint_is_filed_with_only_the_problem_and_consent(self, filler):
        """R-11"""
        filler.to_check().send()
        assert filler.response.status_code == 200
        assert answers()["probleem"] == "De coach kwam niet."

    def test_r63_the_answer_to_the_post_is_the_confirmation(self, filler):
        filler.to_check(**MINE).send(consent_mail="on")
        case = Complaint.objects.get()
        assert "Je klacht is ontvangen" in filler.text
        assert f"Kenmerk {case.reference}" in filler.text
        assert "alleen bij afwezigheid de plaatsvervanger. Verder niemand" in filler.text

    @time_machine.travel("2026-12-09 12:00:00+01:00")
    def test_r10_it_says_what_happens_next_and_by_which_date(self, filler):
        filler.to_check().send()
        assert "woensdag 16 december 2026" in filler.text
        assert "woensdag 20 januari 2027" in filler.text

    def test_later_pages_are_never_stored_by_a_browser(self, filler):
        filler.next(probleem="x")
        assert "no-store" in filler.response["Cache-Control"]

    def test_r62_the_check_page_shows_each_answer_and_what_is_not_filled_in(self, filler):
        filler.to_check(probleem="Hij kwam niet.")
        assert "Hij kwam niet." in filler.text
        assert "Niet ingevuld" in filler.text
        assert "Klacht versturen" in filler.text
        assert any(action.startswith("change:") for action in filler.page.actions)

    def test_an_answer_is_changed_from_the_check_page_and_the_rest_stays(self, filler):
        filler.to_check(probleem="Eerst.", **MINE)
        change = next(a for a in filler.page.actions if a.endswith(":probleem"))
        filler.press(change)
        assert filler.page.values["q-probleem"] == ["Eerst."]
        filler.next(probleem="Daarna.")
        assert "send" in filler.page.actions
        filler.send()
        assert answers()["probleem"] == "Daarna."
        assert answers()["naam"] == "Fien Verzonnen"

    def test_going_back_keeps_what_was_typed_even_when_it_is_not_right_yet(self, filler):
        filler.next(probleem="x")
        filler.press("back", voor_wie="Voor iemand anders")
        filler.next()
        assert filler.page.values["q-voor_wie"] == ["Voor iemand anders"]

    def test_a_question_that_follows_from_an_answer_comes_without_scripts(self, filler):
        filler.next(probleem="x")
        filler.next(voor_wie="Voor iemand anders")
        assert "vragen bij gekomen" in filler.text
        assert "q-wie_en_relatie" in filler.page.names

    def test_the_answer_to_a_question_hidden_later_is_not_kept(self, filler):
        filler.next(probleem="x")
        filler.next(voor_wie="Voor iemand anders")
        filler.to_check(voor_wie="Voor iemand anders", wie_en_relatie="mijn zus")
        filler.press(next(a for a in filler.page.actions if a.endswith(":voor_wie")))
        filler.next(voor_wie="Voor mezelf").to_check().send()
        assert "wie_en_relatie" not in answers()

    def test_advice_stands_in_place_of_the_next_step_with_a_way_past(self, filler):
        filler.next(probleem="x")
        filler.next(besproken="Nee")
        assert "Ik kan dit niet met mijn coach bespreken" in filler.text
        filler.to_check().send()
        assert answers()["besproken"] == "Nee"


class TestPromises:
    def test_nobody_without_an_address_is_promised_a_call(self, filler):
        filler.to_check().send()
        assert "neemt persoonlijk contact" not in filler.text
        assert "We kunnen je die niet sturen" in filler.text

    def test_who_can_be_reached_is_promised_contact(self, filler):
        filler.to_check(telefoon="06 1234 5678").send()
        assert "Iemand neemt persoonlijk contact met je op" in filler.text


class TestConsent:
    def test_r31_nothing_is_ticked_beforehand(self, filler):
        filler.to_check(**MINE)
        assert not filler.page.values.get("consent_filing")
        assert not filler.page.values.get("consent_mail")

    def test_without_consent_nothing_is_stored_and_nothing_lost(self, filler):
        filler.to_check(probleem="Bewaar mij.").press("send")
        assert filler.response.status_code == 422
        assert not Complaint.objects.exists()
        assert "Bewaar mij." in filler.text
        assert filler.html.count("Kruis dit vak aan") == 2

    def test_mail_is_asked_only_of_who_gave_an_address_and_may_be_refused(self, filler):
        filler.to_check()
        assert "consent_mail" not in filler.page.names
        filler = Filler().start().to_check(**MINE)
        assert "consent_mail" in filler.page.names
        filler.send()
        given = Complaint.objects.get().consents.values_list("purpose", flat=True)
        assert list(given) == [ConsentPurpose.FILING]

    def test_the_text_agreed_to_is_kept_after_the_editor_changed_it(self, filler):
        page = ComplaintFormPage.objects.get()
        before = str(page.consent_text)
        filler.to_check().send()
        page.consent_text = "<p>Andere woorden</p>"
        page.save_revision().publish()
        kept = Complaint.objects.get().consents.get().text.html
        assert strip_tags(before) in strip_tags(kept)
        assert "Ik geef toestemming om mijn klacht te verwerken" in kept
        assert 'href="/privacy/"' in kept


class TestMistakes:
    def test_r60_the_errors_stand_above_the_title_with_a_link_to_the_field(self, filler):
        filler.next(probleem="")
        assert filler.response.status_code == 422
        assert "<title>Fout: " in re.sub(r"\s+", " ", filler.html).replace("<title> ", "<title>")
        assert filler.html.index("data-error-summary") < filler.html.index("<h1")
        assert 'href="#id_q-probleem"' in filler.html
        assert filler.text.count("Vul 'Wat is het probleem?' in.") == 2
        assert 'aria-invalid="true"' in filler.html

    def test_r61_an_address_is_mended_with_an_example(self, filler):
        filler.next(probleem="x").next().next().next(email="geen adres", naam="Fien")
        assert "naam@voorbeeld.nl" in filler.text
        assert filler.page.values["q-naam"] == ["Fien"]
        assert filler.page.values["q-email"] == ["geen adres"]

    def test_r61_no_blame_and_no_apology(self, filler):
        filler.next(probleem="")
        for word in ("ongeldig", "sorry", "oeps"):
            assert word not in filler.text.lower()

    def test_r67_too_long_is_told_and_nothing_is_cut(self, filler):
        story = "a" * 50_001
        filler.next(probleem=story)
        assert filler.response.status_code == 422
        assert "50.000" in filler.text
        assert filler.page.values["q-probleem"] == [story]
        assert "maxlength" not in filler.html

    def test_r67_no_placeholder_stands_in_for_a_label(self, filler):
        assert "placeholder" not in filler.html

    def test_r71_what_may_stay_empty_says_so(self, filler):
        assert "(niet verplicht)" in filler.text

    def test_r73_own_name_mail_and_phone_are_filled_in_by_the_browser(self, filler):
        filler.next(probleem="x").next().next()
        for value in ("name", "email", "tel"):
            assert f'autocomplete="{value}"' in filler.html


class TestTwice:
    def test_a_page_from_before_can_be_posted_again(self, filler):
        """The back button, or another tab: each page holds all it needs."""
        earlier = filler.data("next", probleem="Eerste versie")
        filler.next(probleem="Eerste versie").next()
        earlier["q-probleem"] = "Tweede versie"
        filler._read(filler.client.post(POST, earlier))
        filler.to_check().send()
        assert answers()["probleem"] == "Tweede versie"

    def test_the_same_token_sent_again_is_the_same_complaint(self, filler):
        filler.to_check(**MINE)
        data = filler.data("send", consent_filing="on", consent_mail="on")
        first, second = (Client().post(POST, data).content.decode() for _ in range(2))
        reference = Complaint.objects.get().reference
        assert reference in first
        assert reference in second
        assert OwedMail.objects.filter(user=None).count() == 1

    def test_what_is_typed_after_sending_is_given_back_and_not_called_sent(self, filler):
        earlier = filler.data("next", probleem="Eerste versie")
        filler.to_check(probleem="Eerste versie").send()
        filler._read(filler.client.post(POST, earlier | {"q-probleem": "Nieuw stuk"}))
        assert filler.response.status_code == 200  # before its nonce: a new complaint under way
        filler.to_check()
        late = filler.data("send", consent_filing="on")
        filler.send()
        filler._read(filler.client.post(POST, late))
        assert "Je klacht is ontvangen" in filler.text

    def test_a_page_from_halfway_posted_after_sending_says_so(self, filler):
        filler.next(probleem="Verstuurd")
        halfway = filler.data("next", besproken="Ja")
        filler.to_check().send()
        filler._read(filler.client.post(POST, halfway | {"q-behandelaar": ""}))
        assert filler.response.status_code == 409
        assert "al verstuurd" in filler.text
        assert Complaint.objects.get().reference in filler.text

    def test_no_copy_is_made_of_answers_that_were_not_filed(self, filler):
        filler.next(probleem="Verstuurd")
        halfway = filler.data("copy", besproken="Ja")
        filler.to_check().send()
        response = filler.client.post(POST, halfway)
        assert response.status_code == 409
        assert not response.content.startswith(b"%PDF")

    def test_a_day_after_sending_the_token_opens_no_answers(self, filler):
        filler.to_check(probleem="Geheim verhaal")
        data = filler.data("send", consent_filing="on")
        filler.send()
        with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
            filler._read(filler.client.post(POST, data))
        assert "Geheim verhaal" not in filler.html
        assert Complaint.objects.get().reference in filler.text

    def test_a_day_later_the_answers_still_stand_and_can_be_sent(self, filler):
        filler.next(probleem="Gisteren begonnen.").next().next()
        with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
            filler.next(naam="Fien")
            assert filler.response.status_code == 200
            assert "Gisteren begonnen." in filler.text
            assert "meer dan een dag geleden" in filler.text
            filler.send()
        assert answers()["naam"] == "Fien"

    def test_a_day_later_at_the_check_page_the_ticked_consent_still_stands(self, filler):
        filler.to_check()
        with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
            filler.press("send", consent_filing="on")
            assert not Complaint.objects.exists()
            assert "meer dan een dag geleden" in filler.text
            filler.press("send")
        assert Complaint.objects.count() == 1


class TestTheFormChangesHalfWay:
    def test_they_finish_the_form_they_began(self, filler):
        filler.next(probleem="Mijn verhaal")
        page = ComplaintFormPage.objects.get()
        page.form_fields = [row for row in page.form_fields.all() if row.clean_name == "probleem"]
        page.save_revision().publish()
        filler.to_check(**MINE).send()
        assert answers()["naam"] == "Fien Verzonnen"

    def test_a_complaint_is_taken_when_the_form_was_deleted(self, filler):
        filler.to_check()
        ComplaintFormPage.objects.get().delete()
        filler.send()
        assert filler.response.status_code == 200
        assert Complaint.objects.get().form_page is None
        assert answers()["probleem"] == "De coach kwam niet."


class TestRoute:
    def test_r07_the_deputy_can_be_chosen(self, filler, staff):
        filler.next(probleem="x")
        deputy = filler.page.options["q-behandelaar"][1]
        filler.to_check(behandelaar=deputy).send()
        case = Complaint.objects.get()
        assert (case.route, case.handler) == (Route.DEPUTY, staff.deputy)
        assert "De vertrouwenspersoon kan je klacht niet openen" in filler.text

    def test_r07_without_a_deputy_the_page_says_what_happens(self, filler):
        filler.next(probleem="x")
        deputy = filler.page.options["q-behandelaar"][1]
        filler.to_check(behandelaar=deputy).send()
        assert Complaint.objects.get().handler is None
        assert "Nu nog niemand" in filler.text


class TestSuspicion:
    """Nothing is dropped: a suspect complaint is stored and marked, and mails nobody."""

    def test_a_filled_honeypot_marks(self, filler):
        filler.to_check(**MINE).press("send", consent_filing="on", consent_mail="on", website="x")
        assert "Je klacht is ontvangen" in filler.text
        assert Complaint.objects.get().is_suspect
        assert not OwedMail.objects.exists()

    def test_a_post_from_elsewhere_marks(self, filler):
        filler.headers = {"Origin": "https://elders.example"}
        filler.to_check().send()
        assert Complaint.objects.get().is_suspect

    def test_someone_quick_with_autofill_is_no_suspect(self, filler):
        filler.headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
        filler.to_check(**MINE).send()
        assert not Complaint.objects.get().is_suspect


class TestFaults:
    def test_a_store_that_fails_gives_the_text_back_and_can_be_sent_again(
        self, filler, monkeypatch
    ):
        filler.to_check(probleem="Niet kwijtraken.")
        data = filler.data("send", consent_filing="on")

        with monkeypatch.context() as patch:
            patch.setattr(send, "file", Mock(side_effect=DatabaseError("disk full")))
            filler.press("send", consent_filing="on")
        assert filler.response.status_code == 503
        assert "Niet kwijtraken." in filler.html
        assert filler.page.actions == ["send"]
        assert filler.page.values["token"] == data["token"]
        filler.press("send")
        assert "Je klacht is ontvangen" in filler.text

    def test_the_page_of_a_fault_asks_the_database_nothing(
        self, filler, monkeypatch, django_assert_num_queries
    ):

        monkeypatch.setattr(views, "answer", Mock(side_effect=DatabaseError("gone")))
        with django_assert_num_queries(0):
            filler.next(probleem="Terug graag.")
        assert filler.response.status_code == 503
        assert "Terug graag." in filler.html


class TestCopy:
    def test_r63_a_copy_is_fetched_by_a_post_with_the_same_token(self, filler):
        filler.to_check(probleem="Bewaar dit.").send()
        response = filler.client.post(POST, filler.data("copy"))
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"].startswith("attachment")
        assert "no-store" in response["Cache-Control"]
        assert response.content.startswith(b"%PDF")

    def test_no_copy_before_it_is_sent(self, filler):
        filler.to_check()
        response = filler.client.post(POST, filler.data("copy"))
        assert response["Content-Type"].startswith("text/html")
        assert not Complaint.objects.exists()


def test_a_stored_complaint_is_never_called_not_stored(site, monkeypatch):
    filler = Filler().start().to_check()

    monkeypatch.setattr(
        send, "answer_with_confirmation", Mock(side_effect=DatabaseError("gone after the commit"))
    )
    filler.send()
    assert filler.response.status_code == 200
    assert "Je klacht is ontvangen" in filler.text
    assert Complaint.objects.get().reference in filler.text
