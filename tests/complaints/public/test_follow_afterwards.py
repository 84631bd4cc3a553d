"""After closing: the outcome, a judgement of the handling, reopening, and rights over the data."""

import re
from datetime import timedelta
from html import unescape
from types import SimpleNamespace

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from complaints.cases import moves, rights
from complaints.cases.case import NotAllowed, is_intact
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.stages import Outcome, Right
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.desk import changed, client_for
from tests.factories import PROBLEM, coach_told, request_due, set_handling
from tests.follow import FOLLOW, entered, filed, text_of

pytestmark = pytest.mark.django_db

NAME = "/cms/complaints/complaint/"


@pytest.fixture
def mine(site, staff):
    case, code = filed()
    return SimpleNamespace(case=case, code=code, me=entered(code))


@pytest.fixture
def closed(mine, staff):
    close(mine.case, staff)
    return mine


def close(case, staff):
    moves.close_complaint(
        complaint=case,
        outcome=Outcome.SOLVED,
        by=staff.confidant,
        reason="Alleen voor collega's.",
        finding="Er is te laat afgebeld.",
        decisions="De coach biedt excuses aan.",
        measures="Nieuwe afspraken, klaar op 1 februari.",
    )
    OwedMail.objects.all().delete()


def desk(user) -> Client:
    return client_for(user)


def decide(client, case, choice, reason="Dat is jouw recht."):
    case.refresh_from_db()
    data = {"choice": choice, "reason": reason, "seen": case.event_count}
    return client.post(f"{NAME}decide/{case.pk}/", data)


class TestTheOutcome:
    def test_r02_finding_decisions_and_measures_stand_first(self, closed):
        read = text_of(closed.me.get(FOLLOW))
        for words in ("Er is te laat afgebeld.", "excuses aan", "klaar op 1 februari"):
            assert words in read
        assert read.index("De uitkomst") < read.index("Waar je klacht nu is")
        assert "Alleen voor collega" not in read

    def test_an_open_case_has_no_outcome_to_show(self, mine):
        assert "De uitkomst" not in text_of(mine.me.get(FOLLOW))


class TestTheJudgement:
    def test_it_reaches_the_handler_and_stands_in_the_case_file(self, closed, staff):
        page = closed.me.post(
            FOLLOW, {"action": "oordeel", "choice": "no", "message": "Het duurde lang."}
        )
        assert "Je oordeel is bewaard." in text_of(page)
        read = text_of(desk(staff.confidant).get(f"{NAME}inspect/{closed.case.pk}/"))
        assert "Tevreden over de behandeling nee" in read
        assert "Het duurde lang." in read
        assert OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED).user == staff.confidant

    @pytest.mark.parametrize("choice", [{}, {"choice": ""}, {"choice": "misschien"}])
    def test_without_an_answer_it_says_so_and_keeps_what_was_typed(self, closed, choice):
        page = closed.me.post(
            FOLLOW, {"action": "oordeel", "message": "Het duurde lang.", **choice}
        )
        assert page.status_code == 422
        assert "Kies een antwoord." in text_of(page)
        assert "Het duurde lang.</textarea>" in page.content.decode()

    def test_once_and_not_again(self, closed):
        closed.me.post(FOLLOW, {"action": "oordeel", "choice": "yes"})
        assert closed.me.post(FOLLOW, {"action": "oordeel", "choice": "no"}).status_code == 409
        assert closed.case.events.filter(kind=EventKind.RATED).count() == 1

    @pytest.mark.parametrize(("days", "is_offered"), [(14, True), (15, False)])
    def test_for_fourteen_days_or_as_long_as_is_set(self, closed, days, is_offered):
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            page = entered(closed.code).get(FOLLOW).content.decode()
        assert ("?doe=oordeel" in page) == is_offered

    def test_the_days_are_a_setting(self, closed):
        set_handling(satisfaction_days=3)
        with time_machine.travel(timezone.now() + timedelta(days=4), tick=False):
            assert "?doe=oordeel" not in entered(closed.code).get(FOLLOW).content.decode()

    def test_not_while_the_case_is_open(self, mine):
        assert mine.me.post(FOLLOW, {"action": "oordeel", "choice": "yes"}).status_code == 409


class TestReopening:
    def test_it_is_asked_with_a_reason_and_a_person_decides(self, closed, staff):
        page = closed.me.post(FOLLOW, {"action": "heropenen", "message": "Er is niets gedaan."})
        assert page.status_code == 200
        closed.case.refresh_from_db()
        assert not closed.case.is_open
        read = text_of(desk(staff.confidant).get(f"{NAME}inspect/{closed.case.pk}/"))
        assert "De klager vraagt om heropening" in read
        assert "Er is niets gedaan." in read

    def test_without_a_reason_it_is_given_back(self, closed):
        page = closed.me.post(FOLLOW, {"action": "heropenen", "message": " "})
        assert page.status_code == 422
        assert "Schrijf eerst een bericht." in text_of(page)
        assert not closed.case.events.filter(kind=EventKind.ASKED_REOPENING).exists()

    def test_once_until_it_was_open_again(self, closed, staff):
        ask = {"action": "heropenen", "message": "Er is niets gedaan."}
        closed.me.post(FOLLOW, ask)
        assert closed.me.post(FOLLOW, ask).status_code == 409
        moves.reopen_complaint(complaint=closed.case, by=staff.confidant, reason="Terecht.")
        close(closed.case, staff)
        assert closed.me.post(FOLLOW, ask).status_code == 200


class TestRights:
    @pytest.mark.parametrize(
        ("name", "right"), [("wissen", Right.ERASURE), ("inzage", Right.ACCESS)]
    )
    def test_r35_a_request_has_a_day_by_which_it_is_decided(self, mine, name, right):
        page = mine.me.post(FOLLOW, {"action": name, "message": "Ik wil dit niet meer."})
        assert page.status_code == 200
        request = RightsRequest.objects.get()
        assert (request.right, request.is_granted) == (right, None)
        assert request.due_on == timezone.localdate() + timedelta(days=30)
        assert mine.me.post(FOLLOW, {"action": name}).status_code == 409

    def test_the_day_is_promised_on_the_page(self, closed):
        with time_machine.travel("2026-12-01 10:00+01:00", tick=False):
            me = entered(closed.code)
            me.post(FOLLOW, {"action": "wissen"})
            read = text_of(me.get(FOLLOW))
        assert "Je hoort of we alles over je klacht wissen." in read
        assert "donderdag 31 december 2026" in read

    def test_a_refusal_needs_a_reason_which_the_complainant_reads(self, closed, staff):
        closed.me.post(FOLLOW, {"action": "wissen"})
        client = desk(staff.confidant)
        assert decide(client, closed.case, "keep", reason=" ").status_code == 422
        assert decide(client, closed.case, "keep", "De commissie behandelt hem nog.").status_code
        read = text_of(closed.me.get(FOLLOW))
        assert "De behandelaar besliste over je verzoek." in read
        assert "De commissie behandelt hem nog." in read
        assert OwedMail.objects.filter(kind=MailKind.RIGHTS_DECIDED, user=None).count() == 1
        assert closed.me.post(FOLLOW, {"action": "wissen"}).status_code == 200

    def test_what_was_granted_is_erased_three_days_later_and_mailed_before(self, closed, staff):
        closed.me.post(FOLLOW, {"action": "wissen"})
        assert decide(desk(staff.confidant), closed.case, "erase").status_code == 302
        tick()
        while deliver_due():
            pass
        assert [m.to for m in mail.outbox if "besloten" in m.subject] == [["noor@example.com"]]
        assert PROBLEM in text_of(closed.me.get(FOLLOW))
        assert "Download hieronder wat je wilt bewaren." in text_of(closed.me.get(FOLLOW))
        with time_machine.travel(timezone.now() + timedelta(days=3, minutes=1), tick=False):
            tick()
            tick()
            assert entered_status(closed.code) == 422
        case = Complaint.objects.get(pk=closed.case.pk)
        assert bytes(case.sealed) == b""
        assert not CaseContact.objects.filter(complaint=case).exists()
        assert case.events.filter(kind=EventKind.ERASED).count() == 1
        assert is_intact(case)
        answer = desk(staff.confidant).get(f"{NAME}inspect/{case.pk}/")
        assert answer.status_code == 200
        assert PROBLEM not in text_of(answer)

    def test_an_open_case_is_not_erased(self, mine, staff):
        mine.me.post(FOLLOW, {"action": "wissen"})
        assert decide(desk(staff.confidant), mine.case, "erase").status_code == 409
        with pytest.raises(NotAllowed):
            rights.decide_right(
                complaint=mine.case,
                right=Right.ERASURE,
                is_granted=True,
                by=staff.confidant,
                reason="Ja.",
            )

    def test_what_will_be_erased_is_not_opened_again(self, closed, staff):
        closed.me.post(FOLLOW, {"action": "wissen"})
        decide(desk(staff.confidant), closed.case, "erase")
        with pytest.raises(NotAllowed):
            moves.reopen_complaint(complaint=closed.case, by=staff.confidant, reason="Toch.")
        assert desk(staff.confidant).get(f"{NAME}reopen/{closed.case.pk}/").status_code == 409

    def test_what_was_not_asked_is_not_decided(self, closed, staff):
        for choice in ("erase", "keep", "show", "not_show"):
            assert decide(desk(staff.confidant), closed.case, choice).status_code == 409

    def test_access_granted_shows_and_erases_nothing(self, closed, staff):
        closed.me.post(FOLLOW, {"action": "inzage"})
        decide(desk(staff.confidant), closed.case, "show", "Je krijgt het per post.")
        with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
            tick()
            assert "Je krijgt het per post." in text_of(entered(closed.code).get(FOLLOW))

    def test_the_database_holds_no_half_decision(self, mine):
        mine.me.post(FOLLOW, {"action": "wissen"})
        with pytest.raises(IntegrityError), transaction.atomic():
            RightsRequest.objects.update(is_granted=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            request_due(mine.case, Right.ERASURE, timezone.localdate())


def entered_status(code: str) -> int:
    return Client().post(FOLLOW, {"action": "enter", "code": code}).status_code


class TestACodeFromTheDesk:
    def post(self, client, case, reason="Ze noemde de datum en de coach."):
        case.refresh_from_db()
        return client.post(f"{NAME}code/{case.pk}/", {"reason": reason, "seen": case.event_count})

    def test_it_is_shown_once_the_old_one_dies_and_the_complainant_sees_it(self, mine, staff):
        client = desk(staff.confidant)
        answer = self.post(client, mine.case)
        assert answer.status_code == 200
        code = answer.content.decode().split('action-secret">')[1].split("<")[0]
        assert entered_status(mine.code) == 422
        read = text_of(entered(code).get(FOLLOW))
        assert "De behandelaar gaf je een nieuwe volgcode." in read
        assert "Ze noemde" not in read
        again = client.get(f"{NAME}inspect/{mine.case.pk}/").content.decode()
        assert code not in again
        assert code not in client.get(f"{NAME}code/{mine.case.pk}/").content.decode()

    def test_it_needs_to_be_said_how_they_are_known(self, mine, staff):
        assert self.post(desk(staff.confidant), mine.case, reason="").status_code == 422
        assert entered_status(mine.code) == 303


class TestAtTheDesk:
    """A request is work with a date, also where the case itself is closed."""

    def test_a_closed_case_with_a_request_has_a_date_and_is_found(self, closed, staff):
        client = desk(staff.confidant)
        coach_told(closed.case, staff.confidant)
        assert "verzoek over gegevens" not in text_of(client.get(NAME))
        closed.me.post(FOLLOW, {"action": "wissen"})
        closed.case.refresh_from_db()
        assert closed.case.next_due_on == timezone.localdate() + timedelta(days=30)
        assert "1 zaak met een verzoek over gegevens" in text_of(client.get(NAME))
        found = text_of(client.get(f"{NAME}?whose=all&request=yes"))
        assert closed.case.reference in found
        assert "op tijd" in found
        assert "verzoek over gegevens wacht op een besluit" in text_of(client.get("/cms/"))
        assert closed.case.next_due_kind == Right.ERASURE
        decide(client, closed.case, "keep")
        closed.case.refresh_from_db()
        assert closed.case.next_due_on is None
        assert closed.case.reference not in text_of(client.get(f"{NAME}?whose=all&request=yes"))

    def test_who_may_not_see_the_case_hears_of_no_request(self, closed, staff):
        closed.me.post(FOLLOW, {"action": "wissen"})
        client = desk(staff.deputy)
        assert "verzoek over gegevens" not in text_of(client.get(NAME))
        assert closed.case.reference not in text_of(client.get(f"{NAME}?whose=all&request=yes"))


def test_r35_a_request_in_a_suspect_case_is_found_from_list_and_start_page(mine, staff):
    changed(mine.case, is_suspect=True)
    mine.me.post(FOLLOW, {"action": "intrekken"})
    mine.me.post(FOLLOW, {"action": "inzage"})
    client = desk(staff.confidant)
    for url in (NAME, "/cms/"):
        page = client.get(url)
        assert "1 " in text_of(page)
        ways = re.findall(r'href="([^"]*request=yes[^"]*)"', page.content.decode())
        assert ways, url
        way = unescape(ways[0])
        there = client.get(NAME + way if way.startswith("?") else way)
        assert mine.case.reference in text_of(there)
