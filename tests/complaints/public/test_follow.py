"""The coachee follows the case: in with the receipt code, reads, writes, withdraws, and leaves."""

import re
from unittest.mock import Mock

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.cases import case as bounds
from complaints.cases import conversation, moves, rights
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.following import views
from complaints.public.suspicion import wrong_codes
from complaints.stages import Outcome, Stage, Status
from complaints.vault.codes import new_code, show_code
from tests.desk import LIST, client_for, post, url
from tests.factories import make_answers, make_complaint, move, set_handling
from tests.follow import FOLLOW, act, entered, filed, later, read, says, text_of
from tests.services import tick

pytestmark = pytest.mark.django_db

STRANGER = "Dit schreef een ander."


class TestGettingIn:
    def test_the_code_is_taken_in_any_spelling(self, case, code):
        for spelled in (code, show_code(code).lower().replace("-", " ").replace("0", "o")):
            assert case.reference in read(entered(spelled))

    def test_a_typing_error_is_caught_before_anything_is_looked_up(self, case, code):
        wrong = ("1" if code[0] != "1" else "2") + code[1:]
        answer = act(Client(), "enter", code=wrong)
        says(answer, "Er zit een typefout in de code.", status=422)
        assert wrong in answer.content.decode()

    def test_a_code_of_nobody_opens_nothing(self, case):
        answer = act(Client(), "enter", code=new_code())
        says(answer, "Bij deze code hoort geen klacht.", status=422)
        assert not answer.cookies

    def test_a_known_and_an_unknown_code_ask_the_same(self, case, code):
        asked = []
        for tried in (code, new_code()):
            with CaptureQueriesContext(connection) as captured:
                act(Client(), "enter", code=tried)
            looked_up = [q["sql"] for q in captured if "keystore" in q["sql"]]
            asked.append([sql.split(" WHERE ")[0] for sql in looked_up])
        assert asked[0] == asked[1] != []

    def test_guesses_are_braked_and_the_right_code_always_passes(self, code):
        client = Client()
        guesses = [act(client, "enter", code=new_code()) for _ in range(wrong_codes.most + 1)]
        assert {answer.status_code for answer in guesses} == {422, 429}
        assert act(client, "enter", code=code).status_code == 303

    def test_the_session_is_no_login_of_the_cms_and_gives_nothing_away(self, me, case, code):
        (cookie,) = me.cookies.values()
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"]) == ("Strict", FOLLOW)
        assert SESSION_KEY not in me.session
        assert me.get("/cms/").status_code == 302
        for secret in (code, str(case.pk), case.reference):
            assert secret not in cookie.value

    def test_it_is_never_stored_nor_indexed_and_its_title_is_neutral(self, me):
        page = me.get(FOLLOW)
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin"
        html = page.content.decode()
        assert '<meta name="robots" content="noindex">' in html
        assert "lacht" not in re.search(r"<title>(.*?)</title>", html, re.S)[1].split("–")[0]


class TestStaying:
    def test_half_an_hour_of_nothing_ends_it(self, me, case):
        with later(minutes=31):
            shown = read(me)
        assert case.reference not in shown
        assert "Volgcode" in shown

    def test_each_page_starts_the_half_hour_anew(self, me, case):
        for minutes in (20, 40, 60):
            with later(minutes=minutes):
                assert case.reference in read(me)

    def test_what_was_typed_survives_its_end(self, me, code, case):
        with later(minutes=31):
            page = act(me, "write", "Dit wil ik kwijt.")
            assert page.status_code == 401
            assert 'value="Dit wil ik kwijt."' in page.content.decode()
            again = act(me, "enter", "Dit wil ik kwijt.", code=code)
        assert "Dit wil ik kwijt.</textarea>" in again.content.decode()
        assert not case.events.filter(kind=EventKind.WROTE).exists()

    def test_leaving_forgets_the_browser(self, me):
        act(me, "leave")
        assert "Je bent uitgelogd." in read(me, "?uit=1")

    def test_who_comes_without_the_cookie_keeps_it(self, case):
        """A link in webmail is another site's: it brings no cookie, and must not end the one kept.

        Each mail about a case links here.
        """
        for answer in (
            Client().get(FOLLOW),
            act(Client(), "write", "Dag."),
            Client().get(f"{FOLLOW}weg/"),
        ):
            assert not answer.cookies

    def test_an_erased_case_ends_the_session(self, me, case):
        rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
        assert case.reference not in read(me)

    @pytest.mark.parametrize("cookie", ["", "x", "AAAA", "=" * 40, "é"])
    def test_a_cookie_that_is_not_ours_asks_for_the_code(self, case, cookie):
        client = Client()
        client.cookies["volgen"] = cookie
        assert "Volgcode" in read(client)


class TestReading:
    def test_it_says_where_the_case_stands_and_what_comes_by_when(self, me):
        says(
            me.get(FOLLOW),
            "Hier is je klacht nu",
            "Je krijgt een uitkomst met uitleg.",
            "Je diende je klacht in.",
            "Mijn coach belde drie afspraken achter elkaar af.",
            "De vertrouwenspersoon, en alleen bij afwezigheid",
        )

    def test_what_was_done_is_promised_no_longer(self, me, case, confidant):
        promised = "Iemand neemt persoonlijk contact met je op."
        assert promised in read(me)
        moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
        shown = says(me.get(FOLLOW), "Er was persoonlijk contact met je.")
        assert promised not in shown
        assert "Gebeld." not in shown

    def test_nobody_without_an_address_is_promised_a_call(self, site, staff):
        shown = read(entered(filed(answers=make_answers(name="", email=""))[1]))
        assert "je leest hem met je volgcode." in shown
        assert "persoonlijk contact" not in shown

    def test_a_move_is_told_without_what_staff_wrote_for_themselves(self, me, case, confidant):
        move(case, Stage.MEDIATION, confidant, "Voor collega's.")
        moves.add_note(complaint=case, by=confidant, note="Notitie voor mijzelf.")
        shown = says(me.get(FOLLOW), "Je klacht ging naar fase 2: Bemiddeling.")
        assert "Voor collega's." not in shown
        assert "Notitie voor mijzelf." not in shown

    def test_reading_by_the_handler_shows_with_its_moment(self, me, case, desk):
        assert "Gelezen op" not in read(me)
        desk.get(url("inspect", case))
        assert "Gelezen op" in read(me)

    def test_sixty_events_ask_as_many_queries_as_five(self, me, case, confidant):
        def queries_after(messages: int) -> int:
            for number in range(messages):
                conversation.write_to_complainant(complaint=case, text=f"{number}", by=confidant)
            me.get(FOLLOW)
            with CaptureQueriesContext(connection) as captured:
                me.get(FOLLOW)
            of_events = [q for q in captured if 'FROM "complaints_event"' in q["sql"]]
            assert len(of_events) == 2  # what is shown, and what all the rules ask
            return len(captured)

        assert queries_after(5) == queries_after(55)

    def test_a_code_shows_nothing_of_another_case(self, me):
        other = make_complaint()
        conversation.write_to_handler(complaint=other, text=STRANGER, code=new_code())
        shown = read(me)
        assert STRANGER not in shown
        assert other.reference not in shown


class TestTalking:
    def test_a_message_reaches_the_handler_sealed_and_by_a_mail_without_content(
        self, me, case, desk, confidant
    ):
        says(
            act(me, "write", "Er kwam nog iets bij."),
            "Je bericht is verstuurd.",
            "Er kwam nog iets bij.",
        )
        says(desk.get(url("inspect", case)), "Er kwam nog iets bij.")
        assert OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED).user == confidant
        assert is_intact(Complaint.objects.get(pk=case.pk))

    def test_an_answer_is_read_on_the_page_and_announced_by_mail(self, me, case, desk):
        post(desk, "message", case, reason="Ik bel je dinsdag.")
        assert "Ik bel je dinsdag." in read(me)
        assert OwedMail.objects.filter(kind=MailKind.MESSAGE_WAITS, complaint=case).count() == 1

    def test_who_agreed_to_no_mail_gets_none(self, site, staff):
        case, _code = filed(consents=())
        conversation.write_to_complainant(complaint=case, text="Dag.", by=staff.confidant)
        assert not OwedMail.objects.filter(kind=MailKind.MESSAGE_WAITS).exists()

    @pytest.mark.parametrize(
        ("message", "words"),
        [
            ("  \n ", "Schrijf eerst een bericht."),
            ("a" * 50_001, "er passen 50.000 tekens in"),
            ("a" * 400_000, "er passen 50.000 tekens in"),
            ("Mijn code is {}.", "Haal je volgcode uit het bericht."),
        ],
    )
    def test_a_message_that_cannot_be_is_given_back(self, me, case, code, message, words):
        page = act(me, "write", message.format(show_code(code).lower()))
        says(page, words, status=422)
        assert message.strip().partition("{")[0] in page.content.decode()
        assert not case.events.filter(kind=EventKind.WROTE).exists()

    def test_a_fault_gives_the_text_back_without_a_query(
        self, me, monkeypatch, django_assert_num_queries
    ):
        monkeypatch.setattr(views, "_answer", Mock(side_effect=DatabaseError("gone")))
        with django_assert_num_queries(0):
            page = act(me, "write", "Niet kwijtraken.")
        assert page.status_code == 503
        assert "Niet kwijtraken.</textarea>" in page.content.decode()


class TestDoing:
    @pytest.mark.parametrize("name", ["intrekken", "opgelost", "commissie", "plaatsvervanger"])
    def test_what_a_button_does_is_said_before_it_is_pressed(self, me, case, name):
        assert "Wat er dan gebeurt" in read(me, f"?doe={name}")
        case.refresh_from_db()
        assert (case.is_open, case.event_count) == (True, 1)

    def test_r13_withdrawing_closes_the_case_and_the_page_still_opens(self, me, case):
        says(act(me, "intrekken", "Laat maar."), "Je klacht is ingetrokken.")
        case.refresh_from_db()
        assert (case.status, case.outcome) == (Status.CLOSED, Outcome.WITHDRAWN)
        assert "Laat maar." in read(me)
        assert OwedMail.objects.filter(kind=MailKind.COMPLAINANT_ACTED).count() == 1
        again = act(me, "intrekken", "Nog eens.")
        assert again.status_code == 409
        assert "Nog eens.</textarea>" in again.content.decode()
        case.refresh_from_db()
        assert case.event_count == 2

    @pytest.mark.parametrize(
        ("name", "kind"),
        [("opgelost", EventKind.SAID_SOLVED), ("commissie", EventKind.ASKED_COMMITTEE)],
    )
    def test_a_wish_is_told_to_the_handler_once_and_leaves_the_case_open(
        self, me, case, name, kind
    ):
        act(me, name)
        assert f"?doe={name}" not in me.get(FOLLOW).content.decode()
        assert act(me, name).status_code == 409
        case.refresh_from_db()
        assert case.is_open
        assert case.events.filter(kind=kind).count() == 1

    def test_the_committee_is_not_offered_at_the_committee(self, me, case, confidant):
        assert "?doe=commissie" in me.get(FOLLOW).content.decode()
        move(case, Stage.COMMITTEE, confidant, "Op verzoek.")
        assert "?doe=commissie" not in me.get(FOLLOW).content.decode()

    def test_r07_the_case_goes_to_the_deputy_and_the_confidant_cannot_see_it_exists(
        self, me, case, desk, staff
    ):
        OwedMail.objects.all().delete()
        act(me, "plaatsvervanger", "Zij kent mijn coach.")
        assert desk.get(url("inspect", case)).status_code == 404
        assert case.reference not in text_of(desk.get(LIST))
        says(client_for(staff.deputy).get(url("inspect", case)), "Zij kent mijn coach.")
        assert [owed.user for owed in OwedMail.objects.all()] == [staff.deputy]
        assert "De plaatsvervanger." in read(me)

    def test_r07_without_a_deputy_it_waits_and_never_falls_back(self, me, case, staff):
        set_handling(deputy=None)
        act(me, "plaatsvervanger")
        tick()
        case.refresh_from_db()
        assert (case.handler, case.passed_over) == (None, staff.confidant)
        assert "Nu nog niemand" in read(me)

    def test_an_unknown_action_changes_nothing(self, me, case):
        assert act(me, "toveren").status_code == 409
        case.refresh_from_db()
        assert case.event_count == 1

    def test_a_post_from_elsewhere_does_nothing(self, me, case):
        answer = act(me, "intrekken", headers={"Origin": "https://evil.example"})
        assert answer.status_code == 403
        case.refresh_from_db()
        assert case.is_open

    @pytest.mark.parametrize("method", ["put", "patch", "delete"])
    def test_other_methods_are_refused(self, me, method):
        assert getattr(me, method)(FOLLOW).status_code == 405


class TestBounds:
    """One code fills no disk: a hundred things a day, and one can always stop."""

    @pytest.fixture
    def busy(self, me, monkeypatch):
        """One who did all they may today: filed, and wrote twice."""
        monkeypatch.setattr(bounds, "MOST_A_DAY", 3)
        for number in range(2):
            assert act(me, "write", f"{number}").status_code == 200
        return me

    def test_after_so_many_in_a_day_it_is_given_back_to_send_tomorrow(self, busy, code):
        page = act(busy, "write", "Nog iets.")
        says(page, "Ga morgen verder, of bel of mail ons.", status=429)
        assert "Nog iets.</textarea>" in page.content.decode()
        with later(days=1, minutes=1):
            assert act(entered(code), "write", "Nog iets.").status_code == 200

    @pytest.mark.parametrize("action", ["opgelost", "commissie", "inzage", "toestemming:coach:ja"])
    def test_it_bounds_whatever_one_does(self, busy, action):
        assert act(busy, action).status_code == 429

    @pytest.mark.parametrize("action", ["intrekken", "plaatsvervanger", "toestemming:mail:nee"])
    def test_stopping_is_never_refused(self, busy, action):
        assert act(busy, action).status_code == 200

    def test_what_staff_do_does_not_count(self, me, case, confidant, monkeypatch):
        monkeypatch.setattr(bounds, "MOST_A_DAY", 3)
        for number in range(5):
            conversation.write_to_complainant(complaint=case, text=f"{number}", by=confidant)
        assert act(me, "write", "Dank.").status_code == 200
