"""A mailed link opens the status only, once, for two hours; and leads to a new code."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from complaints.cases import case as bounds
from complaints.cases import codes_and_links, conversation, requests
from complaints.cases.sealing import CodeUnknown, case_key_by_code
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import ConsentPurpose
from complaints.models.ways_back import FollowLink, LinkRequest
from complaints.public.following.acting import BUTTONS
from complaints.stages import Outcome
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.factories import PROBLEM, make_answers
from tests.follow import FOLLOW, act, entered, filed, later, read, says, text_of

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
    while deliver_due():
        pass
    return re.search(r"/klacht-volgen/link/[\w-]+/", mail.outbox[-1].body)[0]


@pytest.fixture
def me(case):
    """A browser that came by a mailed link."""
    ask()
    client = Client()
    assert client.post(mailed()).status_code == 303
    return client


class TestAsking:
    def test_the_page_says_the_same_for_every_address(self, case):
        assert says(ask()) == says(ask("niemand@example.com"))

    def test_it_asks_the_database_the_same_for_every_address(self, case):
        asked = []
        for address in (ADDRESS, "niemand@example.com"):
            ask(address)
            with CaptureQueriesContext(connection) as captured:
                ask(address)
            asked.append([re.sub(r"'[^']*'", "?", q["sql"]).split(" VALUES ")[0] for q in captured])
        assert asked[0] == asked[1]
        assert not any("casecontact" in sql for sql in asked[0])

    def test_the_address_is_not_kept_in_clear(self, case):
        ask()
        assert ADDRESS.encode() not in bytes(LinkRequest.objects.get().sealed_email)

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ("", "Vul je e-mailadres in."),
            ("geen adres", "Er staat geen @ in. Schrijf 'Je e-mailadres' als naam@voorbeeld.nl."),
            ("a@b", "Achter de @ ontbreekt een punt."),
            ("x" * 300 + "@example.com", "Het is te lang."),
        ],
    )
    def test_what_is_no_address_is_given_back_with_the_way_to_mend_it(self, case, typed, words):
        answer = ask(typed)
        says(answer, words, status=422)
        assert typed in answer.content.decode()
        assert not LinkRequest.objects.exists()

    @pytest.mark.parametrize(
        "typed", [ADDRESS, " NOOR@Example.com ", f"Noor <{ADDRESS}>", f"mailto:{ADDRESS}\u200b."]
    )
    def test_the_worker_mails_whoever_it_belongs_to_and_forgets_the_question(self, case, typed):
        ask(typed)
        mailed()
        assert mail.outbox[-1].to == [ADDRESS]
        assert case.reference in mail.outbox[-1].subject
        assert not re.search("klacht|coach", mail.outbox[-1].subject)
        assert not LinkRequest.objects.exists()

    def test_a_stranger_is_mailed_nothing(self, case):
        ask("niemand@example.com")
        assert links_owed() == 0
        assert not LinkRequest.objects.exists()

    @pytest.mark.parametrize("given", [{"consents": ()}, {"is_suspect": True}])
    def test_nor_who_agreed_to_no_mail_nor_a_suspect_complaint(self, site, staff, given):
        filed(**given)
        ask()
        assert links_owed() == 0

    def test_answers_without_an_address_are_no_match_for_an_empty_one(self, site, staff):
        filed(answers=make_answers(email=""))
        codes_and_links.ask_for_link(address="")
        assert links_owed() == 0

    def test_two_complaints_of_one_address_get_a_link_each(self, case):
        filed()
        ask()
        assert links_owed() == 2

    def test_asking_ten_times_mails_once_in_five_minutes(self, case):
        for _ in range(10):
            ask()
            assert links_owed() == 1

    def test_the_queue_has_a_bound(self, case, monkeypatch):
        monkeypatch.setattr(codes_and_links, "MOST_WAITING", 2)
        assert {ask().status_code for _ in range(4)} == {200}
        assert LinkRequest.objects.count() == 2


class TestUsing:
    def test_opening_it_uses_nothing_up_and_pressing_does(self, case):
        ask()
        path, client = mailed(), Client()
        for _scanner in range(3):
            says(Client().get(path), "Laat de stand zien")
        assert client.post(path).status_code == 303
        assert case.reference in read(client)
        says(Client().post(path), "Deze link werkt niet meer", status=410)

    def test_r65_after_two_hours_it_explains_itself(self, case):
        ask()
        path = mailed()
        with later(hours=2, minutes=1):
            says(Client().get(path), "Mail mij een link", status=410)

    def test_a_newer_one_takes_its_place_and_ends_its_session(self, me, case):
        with later(minutes=10):
            ask()
            mailed()
            assert case.reference not in read(me)
        assert FollowLink.objects.count() == 1

    @pytest.mark.parametrize("token", ["x", "AAAA", "é", "a" * 200])
    def test_a_token_that_is_not_ours_opens_nothing(self, case, token):
        assert Client().get(f"{FOLLOW}link/{token}/").status_code == 410

    def test_a_token_in_the_mail_is_in_no_row(self, case):
        ask()
        token = mailed().split("/")[-2]
        assert token not in str([*OwedMail.objects.values(), *FollowLink.objects.values()])


class TestTheStatus:
    @pytest.fixture
    def message(self, case, confidant):
        conversation.write_to_complainant(complaint=case, text=MESSAGE, by=confidant)

    def test_it_says_where_it_stands_and_nothing_anybody_wrote(self, me, message):
        for _looked in range(2):
            shown = says(me.get(FOLLOW), "Hier is je klacht nu", "Er wacht een bericht.")
            for words in (MESSAGE, PROBLEM, "Noor Verzonnen", ADDRESS):
                assert words not in shown

    def test_no_address_and_no_button_opens_content_or_does_more(self, me, message):
        before = Complaint.objects.get().event_count
        names = {offer.name for offer in BUTTONS} - {"intrekken"}
        consents = {f"toestemming:{p}:{a}" for p in ConsentPurpose.values for a in ("ja", "nee")}
        for action in sorted(names | consents | {"write", "pdf", "json", "bestand:x"}):
            answer = act(me, action, "x")
            says(answer, "Daarvoor heb je je volgcode nodig.", status=403)
            for page in (answer, *(me.get(f"{FOLLOW}?{q}={action}") for q in ("doe", "action"))):
                assert "Content-Disposition" not in page
                assert MESSAGE not in page.content.decode()
                assert PROBLEM not in page.content.decode()
        assert Complaint.objects.get().event_count == before

    def test_r13_it_can_be_withdrawn(self, me):
        says(act(me, "intrekken"), "Je klacht is ingetrokken.")
        assert Complaint.objects.get().outcome == Outcome.WITHDRAWN

    def test_half_an_hour_of_nothing_ends_it(self, me, case):
        with later(minutes=31):
            assert case.reference not in read(me)

    def test_leaving_forgets_it(self, me, case):
        act(me, "leave")
        assert case.reference not in read(me)


class TestANewCode:
    def test_it_opens_everything_and_the_old_one_dies(self, me, case, code):
        theirs = entered(code)
        shown = text_of(act(me, "newcode"))
        new = next(word for word in shown.split() if word.count("-") == 4)
        assert case_key_by_code(new)[0] == case.pk
        with pytest.raises(CodeUnknown):
            case_key_by_code(code)
        assert case.reference not in read(theirs)
        assert PROBLEM in read(entered(new))
        assert case.events.filter(kind=EventKind.CODE_REPLACED).count() == 1
        assert new not in read(me)

    def test_it_ends_the_link_and_the_page_it_opened(self, me, case):
        page = act(me, "newcode")
        says(page, "De oude werkt niet meer, en de link ook niet.")
        assert 'value="intrekken"' not in page.content.decode()
        assert case.reference not in read(me)
        assert act(me, "intrekken").status_code == 401
        assert Complaint.objects.get().is_open

    @pytest.mark.parametrize("by_staff", [True, False])
    def test_so_does_one_that_staff_give(self, me, case, confidant, by_staff):
        assert case.reference in read(me)
        by = confidant if by_staff else None
        requests.give_new_code(complaint=case, by=by, reason="Belde ons.")
        assert case.reference not in read(me)

    def test_a_link_that_works_no_more_is_not_mailed(self, case):
        ask()
        tick()
        requests.give_new_code(complaint=case)
        while deliver_due():
            pass
        assert not mail.outbox
        assert OwedMail.objects.get(kind=MailKind.FOLLOW_LINK).dropped_reason == "link_over"

    def test_so_many_in_a_day_and_no_more(self, me, case, monkeypatch):
        monkeypatch.setattr(bounds, "MOST_A_DAY", 3)
        requests.say_solved(complaint=case)
        requests.ask_for_committee(complaint=case)
        says(act(me, "newcode"), "Ga morgen verder, of bel of mail ons.", status=429)


class TestTakingBackTheMail:
    def test_it_ends_the_page(self, me, case, code):
        assert case.reference in read(me)
        act(entered(code), "toestemming:mail:nee")
        assert not FollowLink.objects.exists()
        assert case.reference not in read(me)

    def test_a_link_not_used_yet_opens_nothing_then(self, case, code):
        ask()
        path = mailed()
        act(entered(code), "toestemming:mail:nee")
        assert Client().post(path).status_code == 410
