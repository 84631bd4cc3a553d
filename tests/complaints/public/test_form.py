"""The path of a coachee through the form, without JavaScript and without cookies."""

import re
from unittest.mock import patch

import pytest
import time_machine
from django.db import DatabaseError
from django.test import Client
from django.utils.html import strip_tags

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.public.filing import send, views
from complaints.stages import ConsentPurpose
from tests.complaints.public.form_filler import FORM, POST, Filler, come_back, filed_answers
from tests.factories import ledger, set_handling
from tests.follow import FOLLOW, later

pytestmark = pytest.mark.django_db

MINE = {"naam": "Fien Verzonnen", "email": "fien@example.org"}


def change(filler, name):
    """Presses the button on the check page that changes this answer."""
    return filler.press(next(a for a in filler.page.actions if a.endswith(f":{name}")))


def test_the_first_page_is_the_same_for_everyone_and_sets_no_cookie(site):
    first, second = Client().get(FORM), Client().get(FORM)
    assert first.content == second.content
    assert not first.cookies
    assert first["Cache-Control"] == "no-cache"
    assert first["Referrer-Policy"] == "same-origin", "lets its own posts be known"


class TestTheWholePath:
    @time_machine.travel("2026-12-09 12:00:00+01:00")
    def test_r10_r63_the_answer_to_the_post_says_what_happens_next_by_when(self, filler):
        set_handling(coach_told_days=12)
        mine = MINE | {"telefoon": "06 1234 5678"}
        for page in (filler.start(), filler.next(probleem="x"), filler.to_check(**mine)):
            page.says("Hoort mijn coach hiervan?", told := "Je kunstcoach hoort binnen 12 dagen")
        filler.send().says(
            "Je klacht is ontvangen",
            f"Kenmerk {Complaint.objects.get().reference}",
            "alleen bij afwezigheid de plaatsvervanger. Verder niemand",
            "Iemand neemt persoonlijk contact met je op",
            f"Hoort mijn coach hiervan? {told}",
            *("woensdag 16 december 2026", "woensdag 20 januari 2027"),
        )

    def test_r62_the_check_page_shows_each_answer_and_changes_one(self, filler):
        filler.to_check(probleem="Eerst.", **MINE)
        filler.says("Eerst.", "Klacht versturen")
        assert filler.response["Cache-Control"] == "private, no-cache"
        assert change(filler, "probleem").page.values["q-probleem"] == ["Eerst."]
        assert "send" in filler.next(probleem="Daarna.").page.actions
        filler.send()
        assert filed_answers()["probleem"] == "Daarna."
        assert filed_answers()["naam"] == "Fien Verzonnen"

    def test_r62_what_is_empty_is_a_line_per_step_with_each_name_a_way_back(self, filler):
        """The way back lands at the question, and going on from there lands at the answer."""
        lines = re.findall(r'(?s)<ul class="answer-empty">(.*?)</ul>', filler.to_check().html)
        assert len(lines) == len(filler.state.definition.steps)
        named = re.findall(r'value="change:\d+:(\w+)" formaction="([^"]+)"', "".join(lines))
        empty = {
            question.clean_name
            for _step, questions in filler.state.visible_steps
            for question in questions
        }
        assert {name for name, _way in named} == empty - {"probleem"}
        for name, way in [*named, ("probleem", f"{POST}#vraag-probleem")]:
            there = Filler(filler.client)._read(filler.response)
            assert way == f"{POST}#vraag-{name}"
            assert f'id="vraag-{name}"' in change(there, name).html
            assert f'formaction="{POST}#antwoord-{name}"' in there.html, name
            there.next()
            while "send" not in there.page.actions:  # a question that follows from this one
                there.next()
            assert f'id="antwoord-{name}"' in there.html, name
        change(filler, "email").next(email="geen adres").says(status=422)
        assert f'formaction="{POST}#antwoord-email"' in filler.html, "after a mistake too"
        assert "send" in filler.next(email="noor@example.org").page.actions
        assert "changing" not in filler.html

    def test_a_question_that_follows_from_an_answer_comes_and_goes_with_it(self, filler):
        filler.next(probleem="x").next(voor_wie="Voor iemand anders").says("vragen bij gekomen")
        assert "q-wie_en_relatie" in filler.page.names
        filler.press("back", voor_wie="Voor mezelf")
        assert filler.page.values["q-probleem"] == ["x"], "of the step before too"
        filler.next()
        assert filler.page.values["q-voor_wie"] == ["Voor mezelf"], "also when gone back"
        filler.to_check(voor_wie="Voor iemand anders", wie_en_relatie="mijn zus")
        change(filler, "voor_wie").next(voor_wie="Voor mezelf").to_check().send()
        assert "wie_en_relatie" not in filed_answers()

    def test_advice_stands_in_place_of_the_next_step_with_a_way_past(self, filler):
        filler.next(probleem="x").next(besproken="Nee")
        filler.says("Toch verder", "Bewaar en ga later verder")
        assert filler.response["Cache-Control"] == "private, no-cache", "kept for Back, as each"
        come_back(filler.save()).press("stay").next().says("Toch verder")
        filler.press("stay").to_check().send()
        assert filed_answers()["besproken"] == "Nee"
        page = Client().get("/klachtenprocedure/praat-eerst-met-je-coach/").content.decode()
        ways = re.findall(r'<a class="button button-plain" href="([^"]+)"', page)
        assert {FORM, "/klachtenprocedure/"} <= set(ways), "as a page of its own"
        assert "button-plain" not in Client().get("/privacy/").content.decode()


class TestConsent:
    def test_without_it_nothing_is_stored_or_lost_and_each_that_misses_is_named(self, filler):
        filler.to_check(probleem="Bewaar mij.", gezondheid="Ja").press("send")
        filler.says("Bewaar mij.", status=422)
        assert filler.client.post(POST, filler.data("copy"))["Content-Type"] != "application/pdf"
        assert not Complaint.objects.exists()
        assert filler.html.count("Kruis aan dat we je klacht mogen verwerken.") == 2
        said = re.findall(r'(?s)<a href="#consent_\w+">(.*?)</a>', filler.html)
        assert len(set(said)) == 2
        assert "je klacht mogen verwerken" in said[0]
        assert "over je gezondheid" in said[1]
        filler.press("send", consent_filing="on").says(status=422)
        assert re.findall(r'(?s)<a href="#consent_\w+">(.*?)</a>', filler.html) == said[1:]

    def test_r31_mail_is_asked_at_the_address_unticked_with_its_text_as_proof(self, filler):
        assert "consent_mail" not in filler.page.names
        filler.next(probleem="x").says("Mogen we je hierop mailen?")
        assert not filler.page.values.get("consent_mail")
        filler.next(**MINE, consent_mail="on").says("Mogen we je hierop mailen? Ja")
        assert not {"consent_mail", "consent_health"} & filler.page.names
        assert not filler.page.values.get("consent_filing")
        assert change(filler, "email").page.values["consent_mail"] == ["on"]
        filler.next().send()
        given = {row.purpose: row.text.html for row in ledger(Complaint.objects.get())}
        assert set(given) == {ConsentPurpose.FILING, ConsentPurpose.MAIL}
        asked = str(ComplaintFormPage.objects.get().mail_consent_text)
        for words in ("Mogen we je hierop mailen?", asked, "Ja, mail mij over mijn klacht"):
            assert words in given[ConsentPurpose.MAIL]

    @pytest.mark.parametrize("when", ["never", "taken back", "no address"])
    def test_r31_without_the_tick_or_the_address_there_is_no_consent_to_mail(self, filler, when):
        ticked = {} if when == "never" else {"consent_mail": "on"}
        filler.to_check(**({"naam": "Fien"} if when == "no address" else MINE), **ticked)
        if when == "taken back":
            change(filler, "email")
            filler.post({k: v for k, v in filler.data("next").items() if k != "consent_mail"})
        assert ("Mogen we je hierop mailen? Nee" in filler.text) is (when != "no address")
        filler.send()
        (given,) = ledger(Complaint.objects.get())
        assert given.purpose == ConsentPurpose.FILING

    def test_the_text_agreed_to_is_kept_after_the_editor_changed_it(self, filler):
        page = ComplaintFormPage.objects.get()
        before = str(page.consent_text)
        filler.to_check().send()
        page.consent_text = "<p>Andere woorden</p>"
        page.save_revision().publish()
        agreed = ledger(Complaint.objects.get())[0].text.html
        assert strip_tags(before) in strip_tags(agreed)
        assert "Ik geef toestemming om mijn klacht te verwerken" in agreed
        assert 'href="/privacy/"' in agreed


class TestMistakes:
    def test_r60_the_errors_stand_above_the_title_with_a_link_to_the_field(self, filler):
        filler.says("(niet verplicht)")
        assert "placeholder" not in filler.html, "R-67"
        filler.next(probleem="").says(status=422)
        assert re.search(r"<title>\s*Fout: (?!.*Fout: .*</title>)", filler.html)
        assert filler.html.index("data-error-summary") < filler.html.index("<h1")
        assert 'href="#id_q-probleem"' in filler.html
        assert filler.text.count("Vul ‘Wat is het probleem?’ in.") == 2
        assert 'aria-invalid="true"' in filler.html
        for word in ("ongeldig", "sorry", "oeps"):
            assert word not in filler.text.lower(), "R-61: no blame and no apology"
        page = Client().post(FOLLOW, {"code": "x", "action": "enter"}).content.decode()
        assert re.search(r"(?s)<title>(.*?)</title>", page)[1].count("Fout") == 1

    def test_r61_r67_what_is_wrong_is_told_with_an_example_and_nothing_is_cut(self, filler):
        story = "a" * 50_001
        filler.next(probleem=story).says("50.000", status=422)
        assert filler.page.values["q-probleem"] == [story]
        assert "maxlength" not in filler.html
        filler.next(probleem="x")
        for value in ("name", "email", "tel"):
            assert f'autocomplete="{value}"' in filler.html, "R-73: the browser fills it in"
        filler.next(email="geen adres", naam="Fien").says("naam@voorbeeld.nl", status=422)
        assert filler.page.values["q-naam"] == ["Fien"]
        assert filler.page.values["q-email"] == ["geen adres"]


class TestTwice:
    def test_a_page_from_before_can_be_posted_again_and_after_sending_begins_anew(self, filler):
        """The back button, or another tab: each page holds all it needs."""
        earlier = filler.data("next", probleem="Eerste versie")
        filler.next(probleem="Eerste versie").next()
        filler.post(earlier | {"q-probleem": "Tweede versie"}).to_check().send()
        assert filed_answers()["probleem"] == "Tweede versie"
        filler.post(earlier | {"q-probleem": "Nieuw stuk"}).says(status=200)
        late = filler.to_check().data("send", consent_filing="on")
        filler.send().post(late).says("Je klacht is ontvangen")
        assert Complaint.objects.count() == 2

    def test_a_day_later_the_answers_and_the_tick_still_stand_and_can_be_sent(self, filler):
        filler.next(probleem="Gisteren begonnen.")
        with later(hours=25):
            filler.next(naam="Fien").says("Gisteren begonnen.", "meer dan een dag geleden")
        with later(hours=51):
            filler.send().says("meer dan een dag geleden")
            assert not Complaint.objects.exists()
            filler.press("send")
        assert filed_answers()["naam"] == "Fien"

    def test_two_tabs_are_two_complaints(self, site, client):
        tabs = {story: Filler(client).start() for story in ("Het eerste.", "Het tweede.")}
        for story, tab in tabs.items():
            tab.next(probleem=story)
        for story, tab in tabs.items():
            tab.to_check(naam=f"Wie schreef: {story}").says(story)
        for tab in tabs.values():
            tab.send()
        stored = [open_answers(case) for case in Complaint.objects.all()]
        told = [{answer.name: answer.text for answer in given} for given in stored]
        wanted = {story: f"Wie schreef: {story}" for story in tabs}
        assert {each["probleem"]: each["naam"] for each in told} == wanted


class TestTheFormChangesHalfWay:
    def test_they_finish_the_form_they_began(self, filler):
        filler.next(probleem="Mijn verhaal")
        page = ComplaintFormPage.objects.get()
        page.title = "Nieuw formulier"
        page.questions = [row for row in page.questions.raw_data if row["id"] == "probleem"]
        page.save_revision().publish()
        somebody_else = Filler().start().says("Nieuw formulier")
        assert not {"q-naam", "q-voor_wie"} & {*somebody_else.next(probleem="x").page.names}
        wanted = {"voor_wie": "Voor iemand anders", "wie_en_relatie": "mijn zus"} | MINE
        filler.to_check(**wanted).send()
        assert filed_answers().items() >= (wanted | {"probleem": "Mijn verhaal"}).items()

    def test_r11_one_with_only_the_problem_is_taken_also_when_the_form_was_deleted(self, filler):
        filler.to_check()
        ComplaintFormPage.objects.get().delete()
        filler.send().says("Sturen kunnen we die niet")
        assert "neemt persoonlijk contact" not in filler.text
        assert Complaint.objects.get().form_page is None
        assert filed_answers()["probleem"] == "De coach kwam niet."


def test_a_store_that_fails_gives_the_text_back_and_can_be_sent_again(
    filler, django_assert_num_queries
):
    token = filler.to_check(probleem="Niet kwijtraken.").token
    failing = patch.object(views, "answer", side_effect=DatabaseError("gone"))
    with failing, django_assert_num_queries(0):
        filler.press("stay").says(status=503)
    assert "Niet kwijtraken." in filler.html
    with patch.object(send, "file", side_effect=DatabaseError("disk full")):
        filler.send().says(status=503)
    assert "Niet kwijtraken." in filler.html
    assert filler.page.actions == ["send"]
    assert filler.token == token
    filler.press("send").says("Je klacht is ontvangen")
