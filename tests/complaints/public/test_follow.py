"""The coachee follows the case: in with the receipt code, reads, writes, withdraws, and leaves."""

import re
from unittest.mock import patch

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.cases import case as bounds
from complaints.cases import conversation
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.following import views
from complaints.stages import Outcome, Status
from complaints.vault.codes import new_code, show_code
from tests.desk import LIST, client_for, post, url
from tests.factories import set_handling
from tests.follow import FOLLOW, act, entered, later, read, says, text_of
from tests.services import fresh, tick

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


class TestGettingInAndStaying:
    def test_what_opens_nothing_says_why_and_is_given_back(self, case, code):
        typo = ("1" if code[0] != "1" else "2") + code[1:]
        for typed, words in (
            (typo, "Er zit een typefout in de code."),
            (new_code(), "Bij deze code hoort geen klacht."),
        ):
            answer = act(Client(), "enter", code=typed)
            says(answer, words, status=422)
            assert typed in answer.content.decode()
            assert not answer.cookies
        for cookie in ("", "x", "AAAA", "=" * 40, "é"):  # nor does a cookie that is not ours
            client = Client()
            client.cookies["volgen"] = cookie
            assert "Volgcode" in read(client)

    def test_the_session_is_no_login_of_the_cms_and_page_and_cookie_give_nothing_away(
        self, me, case, code
    ):
        (cookie,) = me.cookies.values()
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"]) == ("Strict", FOLLOW)
        assert SESSION_KEY not in me.session
        assert me.get("/cms/").status_code == 302
        for secret in (code, str(case.pk), case.reference):
            assert secret not in cookie.value
        page = me.get(FOLLOW)
        assert "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin"
        html = page.content.decode()
        assert '<meta name="robots" content="noindex">' in html
        assert "lacht" not in re.search(r"<title>(.*?)</title>", html, re.S)[1].split("–")[0]

    def test_half_an_hour_of_nothing_ends_it_and_what_was_typed_survives_that(self, me, case, code):
        for minutes in (20, 40, 60):  # each page starts it anew
            with later(minutes=minutes):
                assert case.reference in read(me)
        with later(minutes=91):
            page = act(me, "write", "Dit wil ik kwijt.")
            shown = says(page, "Volgcode", status=401)
            assert case.reference not in shown
            assert 'value="Dit wil ik kwijt."' in page.content.decode()
            assert "Volgcode" in read(me)
            again = act(me, "enter", "Dit wil ik kwijt.", code=code)
        assert "Dit wil ik kwijt.</textarea>" in again.content.decode()
        assert not case.events.filter(kind=EventKind.WROTE).exists()

    def test_leaving_forgets_the_browser_and_who_comes_without_the_cookie_keeps_it(self, me):
        """A link in webmail is another site's: it brings no cookie, and must not end the one kept.

        Each mail about a case links here.
        """
        act(me, "leave")
        assert "Je bent uitgelogd." in read(me, "?uit=1")
        for way in (FOLLOW, f"{FOLLOW}weg/"):
            assert not Client().get(way).cookies
        assert not act(Client(), "write", "Dag.").cookies


class TestReading:
    def test_it_says_where_the_case_stands_what_was_sent_who_reads_it_and_when_it_was_read(
        self, me, case, desk
    ):
        shown = says(
            me.get(FOLLOW),
            *("Hier is je klacht nu", "Je diende je klacht in.", "Mijn coach belde drie"),
            "De vertrouwenspersoon, en alleen bij afwezigheid",
        )
        assert "Gelezen op" not in shown
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


class TestTalking:
    @pytest.mark.every_database
    def test_a_message_and_its_answer_reach_the_other_sealed_and_an_empty_mail(
        self, me, case, desk, confidant
    ):
        page = act(me, "write", "Er kwam nog iets bij.")
        says(page, "Je bericht is verstuurd.", "Er kwam nog iets bij.")
        says(desk.get(url("inspect", case)), "Er kwam nog iets bij.")
        assert OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED).user == confidant
        assert is_intact(fresh(case))
        post(desk, "message", case, reason="Ik bel je dinsdag.")
        assert "Ik bel je dinsdag." in read(me)
        assert OwedMail.objects.filter(kind=MailKind.MESSAGE_WAITS, complaint=case).count() == 1

    def test_a_message_that_cannot_be_is_given_back(self, me, case, code):
        for message, words in (
            ("  \n ", "Schrijf eerst een bericht."),
            ("a" * 50_001, "er passen 50.000 tekens in"),
            ("a" * 400_000, "er passen 50.000 tekens in"),
            (f"Mijn code is {show_code(code).lower()}.", "Haal je volgcode uit het bericht."),
        ):
            page = act(me, "write", message)
            says(page, words, status=422)
            assert message.strip() in page.content.decode()
            assert not case.events.filter(kind=EventKind.WROTE).exists()

    def test_a_fault_gives_the_text_back_without_a_query(self, me, django_assert_num_queries):
        failing = patch.object(views, "_answer", side_effect=DatabaseError("gone"))
        with failing, django_assert_num_queries(0):
            page = act(me, "write", "Niet kwijtraken.")
        assert page.status_code == 503
        assert "Niet kwijtraken.</textarea>" in page.content.decode()


class TestDoing:
    def test_r13_withdrawing_closes_the_case_and_the_page_still_opens(self, me, case):
        says(act(me, "intrekken", "Laat maar."), "Je klacht is ingetrokken.")
        closed = fresh(case)
        assert (closed.status, closed.outcome) == (Status.CLOSED, Outcome.WITHDRAWN)
        assert "Laat maar." in read(me)
        assert OwedMail.objects.filter(kind=MailKind.COMPLAINANT_ACTED).count() == 1
        again = act(me, "intrekken", "Nog eens.")
        assert again.status_code == 409
        assert "Nog eens.</textarea>" in again.content.decode()
        assert fresh(case).event_count == 2

    def test_r07_the_case_goes_to_the_deputy_unseen_by_the_confidant(self, me, case, desk, staff):
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
        assert (fresh(case).handler, fresh(case).passed_over) == (None, staff.confidant)
        assert "Nu nog niemand" in read(me)

    def test_a_wish_is_told_to_the_handler_once_and_leaves_the_case_open(self, me, case):
        wishes = {"opgelost": EventKind.SAID_SOLVED, "commissie": EventKind.ASKED_COMMITTEE}
        for name, kind in wishes.items():
            act(me, name)
            assert f"?doe={name}" not in me.get(FOLLOW).content.decode()
            assert act(me, name).status_code == 409
            assert fresh(case).is_open
            assert case.events.filter(kind=kind).count() == 1


def test_one_code_fills_no_disk_but_can_always_stop_and_what_staff_do_does_not_count(
    me, case, code, confidant, monkeypatch
):
    """So many things a day, of whatever one does; the rest is given back to send tomorrow."""
    monkeypatch.setattr(bounds, "MOST_A_DAY", 3)
    for number in range(5):
        conversation.write_to_complainant(complaint=case, text=f"{number}", by=confidant)
    for number in range(2):  # with the filing itself, three
        assert act(me, "write", f"{number}").status_code == 200
    page = act(me, "write", "Nog iets.")
    says(page, "Ga morgen verder, of bel of mail ons.", status=429)
    assert "Nog iets.</textarea>" in page.content.decode()
    for action in ("opgelost", "commissie", "inzage", "toestemming:coach:ja"):
        assert act(me, action).status_code == 429
    for action in ("toestemming:mail:nee", "plaatsvervanger", "intrekken"):
        assert act(me, action).status_code == 200
    with later(days=1, minutes=1):
        assert act(entered(code), "write", "Nog iets.").status_code == 200
