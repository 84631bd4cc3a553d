"""A mailed link opens the status only, once, for two hours; a code asked there waits a day."""

import re
from datetime import timedelta
from itertools import product
from unittest.mock import patch

import pytest
from django.core import mail
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases import codes_and_links, conversation, requests, rights
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.keys_and_files import EndedSession, FollowLink, KeyWrap, LinkRequest
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.following import session
from complaints.public.following.acting import BUTTONS, CONSENTS
from complaints.stages import Outcome
from complaints.terms import moment_in_words
from complaints.vault.codes import find_code_in, holds_a_code, new_code
from tests.factories import PROBLEM, make_answers
from tests.follow import FOLLOW, act, entered, filed, later, opens, read, says, text_of
from tests.services import send_all, tick

pytestmark = pytest.mark.django_db

ADDRESS = "noor@example.com"
MESSAGE = "Alleen voor wie de code heeft."


@pytest.fixture
def case(mine):
    OwedMail.objects.all().delete()
    return mine.case


def ask(address: str = ADDRESS):
    return act(Client(), "ask_link", email=address)


def links_owed() -> int:
    """How many the worker finds to mail."""
    tick()
    return OwedMail.objects.filter(kind=MailKind.FOLLOW_LINK).count()


def mailed() -> str:
    """The path of the link in the newest mail."""
    tick()
    return re.search(r"/klacht-volgen/link/[\w-]+/", send_all()[-1].body)[0]


@pytest.fixture
def me(case):
    """A browser that came by a mailed link."""
    ask()
    client = Client()
    assert client.post(mailed()).status_code == 303
    return client


VALUE = re.compile(r"'[^']*'|\"s\d+_x\d+\"")  # of a statement; the name of a savepoint too


class TestAsking:
    def test_it_says_and_asks_the_database_the_same_for_every_address(self, case):
        assert says(ask()) == says(ask("niemand@example.com"))
        assert ADDRESS.encode() not in bytes(LinkRequest.objects.first().sealed_email)
        asked = []
        for address in (ADDRESS, "niemand@example.com"):
            ask(address)
            with CaptureQueriesContext(connection) as captured:
                ask(address)
            asked.append([VALUE.sub("?", q["sql"]).split(" VALUES ")[0] for q in captured])
        assert asked[0] == asked[1]
        assert not any("casecontact" in sql for sql in asked[0])

    def test_what_is_no_address_is_given_back_with_the_way_to_mend_it(self, case):
        for typed, words in (
            ("", "Vul je e-mailadres in."),
            ("geen adres", "Er staat geen @ in. Vul een e-mailadres in zoals naam@voorbeeld.nl."),
            ("x" * 300 + "@example.com", "Het is te lang."),
        ):
            answer = ask(typed)
            says(answer, words, status=422)
            assert typed in answer.content.decode()
            assert not LinkRequest.objects.exists()

    def test_the_worker_mails_whoever_it_belongs_to_and_forgets_the_question(self, case):
        for minutes, typed in ((0, " NOOR@Example.com "), (6, f"mailto:{ADDRESS}\u200b.")):
            with later(minutes=minutes):
                ask(typed)
                mailed()
            (sent,) = mail.outbox
            assert sent.to == [ADDRESS]
            assert case.reference in sent.subject
            assert not re.search("klacht|coach", sent.subject)
            assert not LinkRequest.objects.exists()

    def test_whom_it_does_not_belong_to_is_mailed_nothing(self, site, staff):
        """Nor who agreed to no mail or gave no address, nor of a suspect complaint."""
        for given in ({"consents": ()}, {"is_suspect": True}, {"answers": make_answers(email="")}):
            filed(**given)
        ask()
        ask("niemand@example.com")
        codes_and_links.ask_for_link(address="")
        assert links_owed() == 0
        assert not LinkRequest.objects.exists()

    def test_one_gets_a_link_for_each_case_once_in_five_minutes_and_a_bounded_number_a_day(
        self, case, monkeypatch
    ):
        """Whoever only knows the address can send mail, and cannot shut the way."""
        other, _code = filed()
        for _ in range(5):
            ask()
            assert links_owed() == 2
        start = timezone.now()
        for minutes in range(9, 24 * 60, 9):
            now = start + timedelta(minutes=minutes)
            codes_and_links.ask_for_link(address=ADDRESS, now=now)
            codes_and_links.match_requests(now)
            for each in (case, other):
                assert FollowLink.objects.fresh(now).filter(complaint=each).exists()
        assert OwedMail.objects.filter(kind=MailKind.FOLLOW_LINK).count() <= 2 * 16
        monkeypatch.setattr(codes_and_links, "MOST_WAITING", 2)
        assert {ask().status_code for _ in range(4)} == {200}
        assert LinkRequest.objects.count() == 2, "the queue has a bound"


class TestUsing:
    def test_opening_it_uses_nothing_up_and_pressing_does(self, case):
        for token in ("x", "AAAA", "é", "a" * 200):
            assert Client().get(f"{FOLLOW}link/{token}/").status_code == 410
        ask()
        path, client = mailed(), Client()
        stored = str([*OwedMail.objects.values(), *FollowLink.objects.values()])
        assert path.split("/")[-2] not in stored, "the token is in the mail alone"
        for _scanner in range(3):
            says(Client().get(path), "Laat de stand zien")
        assert client.post(path).status_code == 303
        assert case.reference in read(client)
        says(Client().post(path), "Deze link werkt niet meer", status=410)

    def test_whoever_only_knows_the_address_ends_nothing_by_asking(self, me, case):
        """Not a page that is open, nor a link that waits in the mailbox."""
        paths = []
        for minutes in (10, 25):
            with later(minutes=minutes):
                ask()
                paths.append(mailed())
                assert case.reference in read(me)
        assert len(set(paths)) == 2
        with later(hours=2, minutes=26):  # the later one too is over by then
            says(Client().get(paths[1]), "Mail mij een link", status=410)
        with later(minutes=30):
            for path in paths:
                assert Client().post(path).status_code == 303
                assert Client().post(path).status_code == 410


class TestTheStatus:
    @pytest.fixture
    def message(self, case, confidant):
        conversation.write_to_complainant(complaint=case, text=MESSAGE, by=confidant)

    def test_it_says_where_it_stands_and_opens_or_does_nothing_more_but_withdraw(self, me, message):
        for _looked in range(2):
            page = me.get(FOLLOW)
            main = page.content.decode().partition("<main")[2].partition("</main>")[0]
            assert "mailto:" not in main, "a lost code does not lead to the mailbox that is shared"
            assert "mail ons" not in main
            shown = says(page, "Hier is je klacht nu", "Er wacht een bericht.", "Volgcode kwijt?")
            for words in (MESSAGE, PROBLEM, "Noor Verzonnen", ADDRESS):
                assert words not in shown
        before = Complaint.objects.get().event_count
        names = {offer.name for offer in BUTTONS + CONSENTS} - {"intrekken"}
        for action in sorted(names | {"write", "pdf", "json", "bestand:x"}):
            answer = act(me, action, "x")
            says(answer, "Daarvoor heb je je volgcode nodig.", status=403)
            self.tells_nothing(answer)
        for action, query in product(("bereiken", "pdf", "json"), ("doe", "action")):
            self.tells_nothing(me.get(f"{FOLLOW}?{query}={action}"))
        assert Complaint.objects.get().event_count == before
        says(act(me, "intrekken"), "Je klacht is ingetrokken.")
        assert Complaint.objects.get().outcome == Outcome.WITHDRAWN

    def tells_nothing(self, page):
        assert "Content-Disposition" not in page
        for words in (MESSAGE, PROBLEM):
            assert words not in page.content.decode()


def code_on(page) -> str:
    return next(word for word in text_of(page).split() if word.count("-") == 4)


class TestANewCode:
    """Whoever reads the mailbox cannot come in unseen: it is told, and it takes a day."""

    def test_it_works_after_a_day_and_the_old_one_until_then(self, me, case, code):
        theirs, told, asked = entered(code), [], []
        page = act(me, "newcode")
        says(page, "Je ziet hem alleen nu.", "Tot dan werkt de oude.")
        new = code_on(page)
        assert new not in read(me)
        with later(hours=23, minutes=59):
            send_all()
            tick()
            for tried in (new_code(), new, new_code()):  # costs what an unknown one costs
                with CaptureQueriesContext(connection) as captured:
                    told.append(says(act(Client(), "enter", code=tried), status=422))
                asked.append([VALUE.sub("?", query["sql"]) for query in captured])
            assert (told[0], asked[1]) == (told[1], asked[2])
            assert PROBLEM in read(entered(code))
        with later(hours=24, minutes=1):
            assert not opens(new), "nothing changes while the worker stands still"
            tick()
            assert PROBLEM in read(entered(new))
            assert not opens(code)
            assert case.reference not in read(theirs)
            assert case.reference not in read(me)
        kinds = (EventKind.CODE_ASKED, EventKind.CODE_REPLACED)
        kept = list(case.events.filter(kind__in=kinds).values_list("kind", flat=True))
        assert kept == list(kinds)

    def test_it_is_told_at_the_address_without_the_code_three_times_in_a_day(self, me, case):
        new = code_on(act(me, "newcode"))
        works_from = moment_in_words(timezone.now() + timedelta(days=1))
        (told,) = send_all()
        assert told.to == [ADDRESS]
        assert f"Hij werkt vanaf {works_from}." in told.body
        assert "Houd mijn oude volgcode" in told.body
        assert not holds_a_code(told.body)
        assert not find_code_in(told.subject + told.body, new)
        for status in (200, 200, 429):
            page = act(me, "newcode")
            assert page.status_code == status
        says(page, "Ga morgen verder, of bel of mail ons.", status=429)
        assert len(send_all()) == 2

    def test_whoever_has_the_old_code_sees_it_and_stops_it(self, me, case, code):
        new, theirs = code_on(act(me, "newcode")), entered(code)
        assert "Er is een nieuwe volgcode gevraagd" in read(theirs)
        says(act(me, "houdcode"), "De nieuwe gaat niet werken.")  # by a link one can too
        new = code_on(act(me, "newcode"))
        says(act(theirs, "houdcode"), "Je houdt je volgcode. De nieuwe gaat niet werken.")
        assert "Er is een nieuwe volgcode gevraagd" not in read(theirs)
        assert act(theirs, "houdcode").status_code == 409
        with later(days=2):
            send_all()
            tick()
            assert (opens(new), opens(code)) == (False, True)
        assert case.events.filter(kind=EventKind.CODE_KEPT).count() == 2

    @pytest.mark.parametrize("how", ["desk", "deputy", "off", "no mail", "erased"])
    def test_what_ends_one_that_waits(self, me, case, code, confidant, how):
        """And the page by which it was asked, and a link that was not used yet."""
        new = code_on(act(me, "newcode"))
        now = timezone.now()
        given = {"made_at": now, "expires_at": now + timedelta(hours=1)}
        unused = FollowLink.objects.create(complaint=case, **given)
        if how == "desk":
            given = requests.give_new_code(complaint=case, by=confidant, reason="Belde ons.")
            assert opens(given), "at once"
        elif how == "erased":
            rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
        else:
            names = {"deputy": "plaatsvervanger", "off": "link-uit"}
            act(entered(code), names.get(how, "toestemming:mail:nee"))
        assert case.reference not in read(me)
        path = f"{FOLLOW}link/{codes_and_links.token_of(unused.pk)}/"
        assert Client().post(path).status_code == 410
        with later(days=2):
            send_all()
            tick()
            assert not opens(new)
        assert not KeyWrap.objects.filter(holder="code-next").exists()

    def test_a_link_that_works_no_more_is_not_mailed(self, case, confidant):
        ask()
        tick()
        requests.give_new_code(complaint=case, by=confidant)
        assert not send_all()
        assert OwedMail.objects.get(kind=MailKind.FOLLOW_LINK).dropped_reason == "link_over"


def test_switched_off_no_link_comes_any_more_and_the_page_says_the_same(me, case, code):
    theirs = entered(code)
    says(act(theirs, "link-uit"), "De link per mail staat uit.")
    assert case.reference not in read(me)
    with later(hours=3):
        assert says(ask()) == says(ask("niemand@example.com"))
        assert links_owed() == 1, "the one from before"
    says(act(entered(code), "link-aan"), "De link per mail staat aan.")
    with later(hours=3):
        ask()
        assert links_owed() == 2
    kinds = case.events.filter(kind__startswith="links_").values_list("kind", flat=True)
    assert sorted(kinds) == ["links_off", "links_on"]


class TestACopyOfTheCookie:
    """Somebody else at this computer took it: it is worth nothing once one has left."""

    @pytest.fixture
    def inside(self, code):
        return entered(code)

    @pytest.mark.parametrize("way", ["inside", "me"])
    def test_it_opens_nothing_after_leaving(self, request, way, case):
        inside = request.getfixturevalue(way)
        thief = Client()
        thief.cookies["volgen"] = taken = inside.cookies["volgen"].value
        with later(minutes=1):
            assert case.reference in read(thief), "until then it does"
        renewed = thief.cookies["volgen"].value
        says(act(inside, "leave").client.get(f"{FOLLOW}?uit=1"), "Je bent uitgelogd.")
        assert taken != renewed
        for minutes in (0, 20, 29, 61):
            with later(minutes=minutes):
                tick()
                for copy in (taken, renewed):
                    thief.cookies["volgen"] = copy
                    assert case.reference not in read(thief)
                    assert act(thief, "json").status_code == 401
        assert case.is_open

    def test_nor_where_one_came_back_only_after_it_was_over_here(self, inside, case, code):
        thief = Client()
        thief.cookies["volgen"] = inside.cookies["volgen"].value
        other = entered(code)
        for minutes in (20, 40):
            with later(minutes=minutes):
                assert case.reference in read(thief), "kept alive by its thief"
                assert case.reference in read(other)
        with later(minutes=41):
            assert case.reference not in read(inside)
            assert case.reference not in read(thief)
            assert case.reference in read(other), "another browser stays in"

    def test_what_is_kept_of_it_tells_nobody_and_without_a_database_it_is_forgotten_here(
        self, code
    ):
        with patch.object(session, "end_session", side_effect=DatabaseError("locked")):
            answer = act(entered(code), "leave")
        assert (answer.status_code, answer.cookies["volgen"].value) == (302, "")
        act(entered(code), "leave")
        (kept,) = EndedSession.objects.values()
        assert set(kept) == {"id", "until"}
        with later(minutes=61):
            tick()
        assert not EndedSession.objects.exists()
