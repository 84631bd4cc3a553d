"""Every button of the follow page, in every state; an advice answered; how one is reached."""

import re

import pytest

from complaints.cases import contact, moves, records, requests
from complaints.events import EventKind
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.following.acting import BUTTONS, CONSENTS
from complaints.stages import Acceptance, Outcome, Party, Stage
from tests.desk import post, url
from tests.factories import advise, close, make_answers, move
from tests.follow import FOLLOW, act, entered, filed, read, says
from tests.services import fresh, refused, undone

pytestmark = pytest.mark.django_db

REASONS = dict.fromkeys(("reason", "finding", "decisions", "measures"), "Geen.")


def advised(case, by):
    move(case, Stage.MEDIATION, by)
    advise(case, by)


def closed_with_advice(case, by):
    advised(case, by)
    close(case, by, Outcome.ADVISED, **REASONS)


def given_by_us(case, by):
    return requests.give_new_code(complaint=case, by=by, reason="Kwijt.")


STATES = {
    "filed": lambda case, by: None,
    "its code was given by us": given_by_us,
    "advised": advised,
    "closed with advice": closed_with_advice,
    "at the committee": lambda case, by: move(case, Stage.COMMITTEE, by),
    "without the link by mail": lambda case, by: act_on(case, "link-uit"),
    "withdrawn": lambda case, by: requests.withdraw_complaint(complaint=case),
    "without consent to handle": lambda case, by: act_on(case, "toestemming:filing:nee"),
    "shared, and not mailed": lambda case, by: act_on(
        case, "toestemming:coach:ja", "toestemming:committee:ja", "toestemming:mail:nee"
    ),
}


ALWAYS = {"bereiken", "inzage", "wissen", "bezwaar"}  # about their data, until it is erased


def act_on(case, *names):
    for button in BUTTONS + CONSENTS:
        if button.name in names:
            button.perform(complaint=case, text="", code="")


def posted(button):
    fields = {f"q-{question.clean_name}": "a@b.nl" for question in button.asks}
    return fields | ({"choice": button.choices[0][0]} if button.choices else {})


@pytest.mark.any_database
def test_each_button_says_first_what_it_does_and_does_it_only_where_it_is_offered(site, staff):
    offered, refused_once = set(), set()
    for state, bring in STATES.items():
        case, code = filed()
        code = bring(case, staff.confidant) if bring is given_by_us else code
        if bring is not given_by_us:
            bring(case, staff.confidant)
        me = entered(code)
        for button in BUTTONS + CONSENTS:
            where, given = (state, button.name), posted(button)
            count = fresh(case).event_count
            if not button.is_open_to(fresh(case)):
                if button.name not in refused_once:
                    assert act(me, button.name, "x", **given).status_code == 409, where
                    assert fresh(case).event_count == count, where
                refused_once.add(button.name)
            elif button.name not in offered:
                says(me.get(f"{FOLLOW}?doe={button.name}"), *map(str, button.effects))
                foreign = {"Origin": "https://evil.example"}
                assert act(me, button.name, headers=foreign, **given).status_code == 403, where
                assert fresh(case).event_count == count, where
                is_asked = "niet verplicht" in str(button.text_label)
                for text in ("Zo wil ik het.", "")[: 1 + is_asked]:
                    with undone():
                        says(act(entered(code), button.name, text, **given), str(button.done))
                        assert fresh(case).event_count > count, where
                offered.add(button.name)
    of_health = {"toestemming:health:nee", "toestemming:health:ja"}  # see test_follow_consent
    assert refused_once == {button.name for button in BUTTONS + CONSENTS} - ALWAYS
    assert offered == {button.name for button in BUTTONS + CONSENTS} - of_health


class TestAnAdvice:
    @pytest.fixture(autouse=True)
    def advice(self, case, confidant):
        advised(case, confidant)
        OwedMail.objects.all().delete()

    def test_it_is_taken_over_or_not_and_why_and_we_are_told(self, me, case, desk, confidant):
        for choice in ({}, {"choice": ""}, {"choice": "unknown"}):  # says so, the text is kept
            page = act(me, "advies", "Omdat.", **choice)
            says(page, "Kies een antwoord.", status=422)
            assert "Omdat.</textarea>" in page.content.decode()
        page = act(me, "advies", "Het lost niets op.", choice="refused")
        says(page, "Je antwoord op het advies is bewaard.", "Je antwoordde op het advies.")
        assert case.advices.get().by_complainant == Acceptance.REFUSED
        assert OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED).user == confidant
        assert fresh(case).waiting_on == Party.HANDLER
        told = ("De klager Neemt het advies niet over", "Het lost niets op.")
        says(desk.get(url("inspect", case)), *told)
        assert "?doe=commissie" in me.get(FOLLOW).content.decode()

    def test_their_own_answer_wins_from_ours_and_the_last_of_it(self, me, case, desk, confidant):
        record = {"complaint": case, "by": confidant, "by_coach": Acceptance.ACCEPTED}
        records.answer_advice(**record, by_complainant=Acceptance.ACCEPTED)
        act(me, "advies", choice="refused")
        refused(records.answer_advice, **record, by_complainant=Acceptance.ACCEPTED)
        refused(records.answer_advice, **record, by_complainant=Acceptance.UNKNOWN)
        says(desk.get(url("advice-answer", case)), "De klager antwoordde zelf op de volgpagina.")
        given = {"by_complainant": "accepted", "by_coach": "accepted"}
        assert post(desk, "advice-answer", case, **given).status_code == 302
        row = case.advices.get()
        assert (row.by_complainant, row.by_coach) == (Acceptance.REFUSED, Acceptance.ACCEPTED)
        act(me, "advies", choice="accepted")
        assert case.advices.get().by_complainant == Acceptance.ACCEPTED
        assert case.events.filter(kind=EventKind.ADVICE_ANSWERED).count() == 4

    def test_a_new_advice_is_answered_anew(self, me, case, confidant):
        act(me, "advies", choice="refused")
        advise(case, confidant, "Praat nog eens.")
        both = {"by_complainant": Acceptance.ACCEPTED, "by_coach": Acceptance.UNKNOWN}
        records.answer_advice(complaint=case, by=confidant, **both)
        assert case.advices.last().by_complainant == Acceptance.ACCEPTED
        assert case.advices.first().by_complainant == Acceptance.REFUSED


class TestTheCommitteeAfterAdvice:
    def test_asking_once_closed_is_asking_to_open_it_for_that(self, me, case, desk, confidant):
        advised(case, confidant)
        act(me, "commissie")
        assert act(me, "commissie").status_code == 409
        close(case, confidant, Outcome.ADVISED, **REASONS)
        says(me.get(f"{FOLLOW}?doe=commissie"), "dan vraag je zo ook om hem weer te openen.")
        assert act(me, "commissie", "Ik wil een uitspraak.").status_code == 200
        assert not fresh(case).is_open
        page = me.get(FOLLOW).content.decode()
        assert "?doe=commissie" not in page
        assert "?doe=heropenen" not in page
        told = ("Ik wil een uitspraak.", "De klager vraagt om de klacht")
        says(desk.get(url("inspect", case)), *told)
        moves.reopen_complaint(complaint=case, by=confidant, reason="Ze wil een uitspraak.")
        assert "?doe=commissie" not in me.get(FOLLOW).content.decode()
        move(case, Stage.COMMITTEE, confidant)
        assert fresh(case).current_stage is Stage.COMMITTEE

    def test_not_after_another_end(self, me, case, confidant):
        advised(case, confidant)
        for outcome in (Outcome.SOLVED, Outcome.WITHDRAWN):
            with undone():
                close(fresh(case), confidant, outcome, **REASONS)
                assert act(me, "commissie").status_code == 409


class TestBeingReached:
    def test_what_is_known_stands_in_the_form_and_all_of_it_changes_at_once(self, me, case):
        html = me.get(f"{FOLLOW}?doe=bereiken").content.decode()
        (field,) = re.findall(r'<input[^>]*name="q-email"[^>]*>', html)
        assert 'value="noor@example.com"' in field
        assert " checked" in html
        given = {"q-name": "Noor", "q-email": "nieuw@example.org", "q-phone": "06 12345678"}
        page = act(me, "bereiken", **given)
        says(page, "Wat je hebt gewijzigd is bewaard.", "Berichten per e-mail: nee")
        reached = {"name": "Noor", "email": "nieuw@example.org", "phone": "06 12345678"}
        assert vars(contact.contact_of(fresh(case))) == reached | {"may_mail": False}

    def test_what_cannot_be_is_given_back(self, me, case, code):
        for given, words in (
            ({"q-email": "", "q-may_mail": "Ja"}, "Vul je e-mailadres in, of haal het vinkje"),
            ({"q-email": "geen adres"}, "naam@voorbeeld.nl"),
            ({"q-phone": code}, "Haal je volgcode"),
            ({"q-name": "n" * 501}, "korter"),
            ({"q-name": "nul\x00"}, "onzichtbare teken"),
        ):
            whole = {"q-phone": "06 12345678"} | given
            page = act(me, "bereiken", **whole)
            says(page, words, status=422)
            assert whole["q-phone"] in page.content.decode()
            assert fresh(case).event_count == case.event_count

    def test_who_gave_nothing_can_give_it_later(self, site, staff):
        case, code = filed(answers=make_answers(name="", email=""), consents=())
        assert not contact.contact_of(case).is_reachable
        me = entered(code)
        act(me, "bereiken", **{"q-email": "noor@example.com", "q-may_mail": "Ja"})
        assert contact.contact_of(fresh(case)).is_reachable
        requests.withdraw_complaint(complaint=case)
        assert act(me, "bereiken", **{"q-email": ""}).status_code == 200
        assert "E-mailadres" in read(me)
