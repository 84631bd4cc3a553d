"""The coachee follows the case: in with the receipt code, reads, writes, withdraws, and leaves."""

import re
from unittest.mock import Mock

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.cases import case as bounds
from complaints.cases import conversation
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.following import views
from complaints.stages import Outcome, Status
from complaints.vault.codes import new_code, show_code
from tests.desk import LIST, client_for, post, url
from tests.factories import set_handling
from tests.follow import FOLLOW, act, entered, later, read, says, text_of
from tests.services import tick

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


class TestGettingIn:
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

    def test_a_cookie_that_is_not_ours_asks_for_the_code(self, case):
        for cookie in ("", "x", "AAAA", "=" * 40, "é"):
            client = Client()
            client.cookies["volgen"] = cookie
            assert "Volgcode" in read(client)

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
    def test_half_an_hour_of_nothing_ends_it_and_each_page_starts_it_anew(self, me, case):
        for minutes in (20, 40, 60):
            with later(minutes=minutes):
                assert case.reference in read(me)
        with later(minutes=91):
            shown = read(me)
        assert case.reference not in shown
        assert "Volgcode" in shown

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


class TestReading:
    def test_it_says_where_the_case_stands_what_was_sent_and_who_reads_it(self, me):
        says(
            me.get(FOLLOW),
            *("Hier is je klacht nu", "Je diende je klacht in.", "Mijn coach belde drie"),
            "De vertrouwenspersoon, en alleen bij afwezigheid",
        )

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


class TestTalking:
    def test_a_message_reaches_the_handler_sealed_and_an_empty_mail(
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

    @pytest.mark.every_database
    def test_an_answer_is_read_on_the_page_and_announced_by_mail(self, me, case, desk):
        post(desk, "message", case, reason="Ik bel je dinsdag.")
        assert "Ik bel je dinsdag." in read(me)
        assert OwedMail.objects.filter(kind=MailKind.MESSAGE_WAITS, complaint=case).count() == 1

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
        case.refresh_from_db()
        assert (case.handler, case.passed_over) == (None, staff.confidant)
        assert "Nu nog niemand" in read(me)

    def test_a_wish_is_told_to_the_handler_once_and_leaves_the_case_open(self, me, case):
        wishes = {"opgelost": EventKind.SAID_SOLVED, "commissie": EventKind.ASKED_COMMITTEE}
        for name, kind in wishes.items():
            act(me, name)
            assert f"?doe={name}" not in me.get(FOLLOW).content.decode()
            assert act(me, name).status_code == 409
            case.refresh_from_db()
            assert case.is_open
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
