"""A mailed link opens the status only, once, for two hours; and leads to a new code."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases import case as bounds
from complaints.cases import codes_and_links, conversation, requests
from complaints.cases.filing import file_complaint
from complaints.cases.sealing import CodeUnknown, case_key_by_code
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.ways_back import FollowLink, LinkRequest
from complaints.stages import Outcome
from complaints.vault.codes import code_from_nonce
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.factories import PROBLEM, make_answers, make_filing
from tests.follow import FOLLOW, entered, text_of

pytestmark = pytest.mark.django_db

ADDRESS = "noor@example.com"
MESSAGE = "Alleen voor wie de code heeft."


@pytest.fixture
def filing():
    return make_filing()


@pytest.fixture
def case(site, staff, filing):
    case = file_complaint(filing=filing)
    OwedMail.objects.all().delete()
    return case


def ask(address: str = ADDRESS):
    return Client().post(FOLLOW, {"action": "ask_link", "email": address})


def mailed() -> str:
    """The path of the link in the newest mail."""
    tick()
    while deliver_due():
        pass
    return re.search(r"/klacht-volgen/link/[\w-]+/", mail.outbox[-1].body)[0]


@pytest.fixture
def me(case):
    ask()
    client = Client()
    assert client.post(mailed()).status_code == 303
    return client


class TestAsking:
    def test_the_page_says_the_same_for_every_address(self, case):
        known, unknown = ask(), ask("niemand@example.com")
        assert (known.status_code, text_of(known)) == (unknown.status_code, text_of(unknown))

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

    @pytest.mark.parametrize("typed", ["", "geen adres", "a@b", "x" * 300 + "@example.com"])
    def test_what_is_no_address_is_given_back_with_the_way_to_mend_it(self, case, typed):
        answer = ask(typed)
        assert answer.status_code == 422
        assert "Schrijf je e-mailadres als naam@voorbeeld.nl." in text_of(answer)
        assert typed in answer.content.decode()
        assert not LinkRequest.objects.exists()

    @pytest.mark.parametrize("typed", [ADDRESS, " NOOR@Example.com "])
    def test_the_worker_mails_whoever_it_belongs_to_and_forgets_the_question(self, case, typed):
        ask(typed)
        mailed()
        assert mail.outbox[-1].to == [ADDRESS]
        assert case.reference in mail.outbox[-1].subject
        assert not re.search("klacht|coach", mail.outbox[-1].subject)
        assert not LinkRequest.objects.exists()

    def test_a_stranger_is_mailed_nothing(self, case):
        ask("niemand@example.com")
        tick()
        assert not OwedMail.objects.exists()
        assert not LinkRequest.objects.exists()

    def test_who_agreed_to_no_mail_is_mailed_nothing(self, site, staff):
        file_complaint(filing=make_filing(consents=()))
        OwedMail.objects.all().delete()
        ask()
        tick()
        assert not OwedMail.objects.exists()

    def test_nothing_goes_to_an_address_of_a_suspect_complaint(self, site, staff):
        file_complaint(filing=make_filing(is_suspect=True))
        ask()
        tick()
        assert not OwedMail.objects.filter(kind=MailKind.FOLLOW_LINK).exists()

    def test_two_complaints_of_one_address_get_a_link_each(self, case):
        file_complaint(filing=make_filing())
        ask()
        tick()
        assert OwedMail.objects.filter(kind=MailKind.FOLLOW_LINK).count() == 2

    def test_asking_ten_times_mails_once_in_five_minutes(self, case):
        for _ in range(10):
            ask()
            tick()
        assert OwedMail.objects.filter(kind=MailKind.FOLLOW_LINK).count() == 1

    def test_the_queue_has_a_bound(self, case, monkeypatch):
        monkeypatch.setattr(codes_and_links, "MOST_WAITING", 2)
        assert {ask().status_code for _ in range(4)} == {200}
        assert LinkRequest.objects.count() == 2


class TestUsing:
    def test_opening_it_uses_nothing_up_and_pressing_does(self, case):
        ask()
        path, client = mailed(), Client()
        for _scanner in range(3):
            assert "Laat de stand zien" in text_of(Client().get(path))
        assert client.post(path).status_code == 303
        assert case.reference in text_of(client.get(FOLLOW))
        over = Client().post(path)
        assert over.status_code == 410
        assert "Deze link werkt niet meer" in text_of(over)

    def test_r65_after_two_hours_it_explains_itself(self, case):
        ask()
        path = mailed()
        with time_machine.travel(timezone.now() + timedelta(hours=2, minutes=1), tick=False):
            page = Client().get(path)
        assert page.status_code == 410
        assert "Mail mij een link" in text_of(page)

    def test_a_newer_one_takes_its_place_and_ends_its_session(self, me, case):
        with time_machine.travel(timezone.now() + timedelta(minutes=10), tick=False):
            ask()
            mailed()
            assert case.reference not in text_of(me.get(FOLLOW))
        assert FollowLink.objects.count() == 1

    @pytest.mark.parametrize("token", ["x", "AAAA", "é", "a" * 200])
    def test_a_token_that_is_not_ours_opens_nothing(self, case, token):
        assert Client().get(f"{FOLLOW}link/{token}/").status_code == 410

    def test_a_token_in_the_mail_is_in_no_row(self, case):
        ask()
        token = mailed().split("/")[-2]
        rows = [*OwedMail.objects.values(), *FollowLink.objects.values()]
        assert token not in str(rows)


class TestTheStatus:
    def test_it_says_where_it_stands_and_nothing_anybody_wrote(self, me, case, staff):
        conversation.write_to_complainant(complaint=case, text=MESSAGE, by=staff.confidant)
        read = text_of(me.get(FOLLOW))
        assert "Hier is je klacht nu" in read
        assert "Er wacht een bericht." in read
        for words in (MESSAGE, PROBLEM, "Noor Verzonnen", ADDRESS):
            assert words not in read

    @pytest.mark.parametrize(
        "action",
        [
            "write",
            "pdf",
            "json",
            "opgelost",
            "commissie",
            "plaatsvervanger",
            "toestemming:mail:nee",
        ],
    )
    def test_no_address_and_no_button_opens_content_or_does_more(self, me, case, staff, action):
        conversation.write_to_complainant(complaint=case, text=MESSAGE, by=staff.confidant)
        before = Complaint.objects.get().event_count
        answer = me.post(FOLLOW, {"action": action, "message": "x"})
        assert answer.status_code == 403
        assert "Daarvoor heb je je volgcode nodig." in text_of(answer)
        pages = [answer, *(me.get(f"{FOLLOW}?doe={a}") for a in ("intrekken", "opgelost"))]
        for page in pages:
            assert MESSAGE not in page.content.decode()
            assert PROBLEM not in page.content.decode()
        assert Complaint.objects.get().event_count == before

    def test_looking_at_the_status_reads_no_message(self, me, case, staff):
        conversation.write_to_complainant(complaint=case, text=MESSAGE, by=staff.confidant)
        me.get(FOLLOW)
        assert "Er wacht een bericht." in text_of(me.get(FOLLOW))

    def test_r13_it_can_be_withdrawn(self, me):
        assert "Je klacht is ingetrokken." in text_of(me.post(FOLLOW, {"action": "intrekken"}))
        assert Complaint.objects.get().outcome == Outcome.WITHDRAWN

    def test_a_new_code_opens_everything_and_the_old_one_dies(self, me, case, filing):
        old = code_from_nonce(filing.nonce)
        theirs = entered(old)
        page = text_of(me.post(FOLLOW, {"action": "newcode"}))
        new = next(word for word in page.split() if word.count("-") == 4)
        assert case_key_by_code(new)[0] == case.pk
        with pytest.raises(CodeUnknown):
            case_key_by_code(old)
        assert case.reference not in text_of(theirs.get(FOLLOW))
        assert PROBLEM in text_of(entered(new).get(FOLLOW))
        assert case.events.filter(kind=EventKind.CODE_REPLACED).count() == 1
        assert new not in text_of(me.get(FOLLOW))

    def test_a_new_code_ends_the_link_and_the_page_it_opened(self, me, case):
        page = me.post(FOLLOW, {"action": "newcode"})
        assert "De oude werkt niet meer, en de link ook niet." in text_of(page)
        assert 'value="intrekken"' not in page.content.decode()
        assert case.reference not in text_of(me.get(FOLLOW))
        assert me.post(FOLLOW, {"action": "intrekken"}).status_code == 401
        assert Complaint.objects.get().is_open

    @pytest.mark.parametrize("by_staff", [True, False])
    def test_so_does_a_code_that_staff_give(self, me, case, staff, by_staff):
        assert case.reference in text_of(me.get(FOLLOW))
        by = staff.confidant if by_staff else None
        requests.give_new_code(complaint=case, by=by, reason="Belde ons.")
        assert case.reference not in text_of(me.get(FOLLOW))

    def test_taking_back_the_mail_ends_it_too(self, me, case, filing):
        theirs = entered(code_from_nonce(filing.nonce))
        theirs.post(FOLLOW, {"action": "toestemming:mail:nee"})
        assert not FollowLink.objects.exists()
        assert case.reference not in text_of(me.get(FOLLOW))

    def test_a_link_that_was_mailed_and_not_used_yet_opens_nothing_then(self, case, filing):
        ask()
        path = mailed()
        entered(code_from_nonce(filing.nonce)).post(FOLLOW, {"action": "toestemming:mail:nee"})
        assert Client().post(path).status_code == 410

    def test_a_link_that_works_no_more_is_not_mailed(self, case):
        ask()
        tick()
        requests.give_new_code(complaint=case)
        while deliver_due():
            pass
        assert not mail.outbox
        assert OwedMail.objects.get(kind=MailKind.FOLLOW_LINK).dropped_reason == "link_over"

    def test_half_an_hour_of_nothing_ends_it(self, me, case):
        with time_machine.travel(timezone.now() + timedelta(minutes=31), tick=False):
            assert case.reference not in text_of(me.get(FOLLOW))

    def test_leaving_forgets_it(self, me, case):
        me.post(FOLLOW, {"action": "leave"})
        assert case.reference not in text_of(me.get(FOLLOW))


def test_answers_without_an_address_are_no_match_for_an_empty_one(site, staff):
    file_complaint(filing=make_filing(answers=make_answers(email="")))
    OwedMail.objects.all().delete()
    codes_and_links.ask_for_link(address="")
    tick()
    assert not OwedMail.objects.exists()


def test_so_many_new_codes_in_a_day_and_no_more(me, case, monkeypatch):
    monkeypatch.setattr(bounds, "MOST_A_DAY", 3)
    requests.say_solved(complaint=case)
    requests.ask_for_committee(complaint=case)
    answer = me.post(FOLLOW, {"action": "newcode"})
    assert answer.status_code == 429
    assert "Ga morgen verder, of bel of mail ons." in text_of(answer)
