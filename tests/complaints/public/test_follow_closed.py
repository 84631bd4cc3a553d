"""After closing: the outcome, a judgement of the handling, reopening, and rights over the data."""

import re
from datetime import date
from html import unescape

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from complaints.cases import moves, rights
from complaints.cases.case import NotAllowed, is_intact
from complaints.events import EventKind
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.staff.actions.deciding import Decision
from complaints.stages import Outcome, Right
from tests.desk import LIST, changed, post, url
from tests.factories import PROBLEM, close, request_due, set_handling
from tests.follow import FOLLOW, act, entered, later, read, says
from tests.services import fresh, refused, send_all, tick

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def closed(mine, confidant):
    closed_again(mine.case, confidant)
    return mine


def closed_again(case, confidant):
    words = {
        "finding": "Er is te laat afgebeld.",
        "decisions": "De coach biedt excuses aan.",
        "measures": "Nieuwe afspraken, klaar op 1 februari.",
    }
    close(case, confidant, Outcome.SOLVED, reason="Alleen voor collega's.", **words)
    OwedMail.objects.all().delete()


def decide(desk, case, choice, reason="Dat is jouw recht."):
    return post(desk, "decide", case, choice=choice, reason=reason)


def test_r02_finding_decisions_and_measures_stand_first(mine, confidant):
    outcome = ("Er is te laat afgebeld.", "excuses aan", "klaar op 1 februari")
    closed_again(mine.case, confidant)
    for heading, moment in (("Nieuw voor jou", {}), ("De uitkomst", {"days": 1})):
        with later(**moment):
            shown = says(entered(mine.code).get(FOLLOW), *outcome)
        assert shown.index(heading) < shown.index(outcome[0]) < shown.index("Schrijf een bericht")
        assert shown.count(outcome[0]) == 1
        assert "Alleen voor collega" not in shown


@pytest.mark.parametrize(("term", "days"), [(None, 14), (3, 3)])
def test_a_judgement_is_given_once_for_fourteen_days_or_as_long_as_is_set(
    closed, desk, confidant, term, days
):
    if term:
        set_handling(satisfaction_days=term)
    for passed, is_offered in ((days, True), (days + 1, False)):
        with later(days=passed):
            page = entered(closed.code).get(FOLLOW).content.decode()
        assert ("?doe=oordeel" in page) == is_offered
    says(act(closed.me, "oordeel", "Het duurde lang.", choice="no"), "Je oordeel is bewaard.")
    told = ("Tevreden over de behandeling nee", "Het duurde lang.")
    says(desk.get(url("inspect", closed.case)), *told)
    assert OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED).user == confidant
    assert act(closed.me, "oordeel", choice="yes").status_code == 409
    assert closed.case.events.filter(kind=EventKind.RATED).count() == 1


def test_reopening_is_asked_with_a_reason_once_and_a_person_decides(closed, desk, confidant):
    says(act(closed.me, "heropenen", " "), "Schrijf eerst een bericht.", status=422)
    assert not closed.case.events.filter(kind=EventKind.ASKED_REOPENING).exists()
    for status in (200, 409):
        assert act(closed.me, "heropenen", "Er is niets gedaan.").status_code == status
    assert not fresh(closed.case).is_open
    page = desk.get(url("inspect", closed.case))
    says(page, "De klager vraagt om heropening", "Er is niets gedaan.")
    moves.reopen_complaint(complaint=closed.case, by=confidant, reason="Terecht.")
    closed_again(closed.case, confidant)
    assert act(closed.me, "heropenen", "Er is niets gedaan.").status_code == 200


class TestRights:
    @pytest.fixture
    def asked(self, closed):
        """One whose closed case is to be erased, as they asked."""
        act(closed.me, "wissen")
        return closed

    def test_r35_a_request_has_a_day_by_which_it_is_decided_which_the_page_promises(self, closed):
        rights_of = {"wissen": Right.ERASURE, "inzage": Right.ACCESS, "bezwaar": Right.OBJECTION}
        with time_machine.travel("2026-12-01 10:00+01:00", tick=False):
            me = entered(closed.code)
            for name, right in rights_of.items():
                assert act(me, name, "Ik wil dit niet meer.").status_code == 200
                request = RightsRequest.objects.get(right=right)
                assert (request.is_granted, request.due_on) == (None, date(2026, 12, 31))
                assert act(me, name).status_code == 409
            promised = ("Je hoort of we alles over je klacht wissen.", "donderdag 31 december 2026")
            says(me.get(FOLLOW), *promised)

    @pytest.mark.every_database
    def test_a_refusal_needs_a_reason_which_the_complainant_reads(self, asked, desk):
        assert decide(desk, asked.case, "keep", reason=" ").status_code == 422
        decide(desk, asked.case, "keep", "De commissie behandelt hem nog.")
        reason = "De commissie behandelt hem nog."
        says(asked.me.get(FOLLOW), "De behandelaar besliste over je verzoek.", reason)
        assert OwedMail.objects.filter(kind=MailKind.RIGHTS_DECIDED, user=None).count() == 1
        assert act(asked.me, "wissen").status_code == 200

    def test_what_was_granted_is_erased_three_days_later_and_mailed_before(
        self, asked, desk, confidant
    ):
        assert decide(desk, asked.case, "erase").status_code == 302
        with pytest.raises(NotAllowed):  # what will be erased is not opened again
            moves.reopen_complaint(complaint=asked.case, by=confidant, reason="Toch.")
        assert desk.get(url("reopen", asked.case)).status_code == 409
        tick()
        sent = [mail.to for mail in send_all() if "besloten" in mail.subject]
        assert sent == [["noor@example.com"]]
        says(asked.me.get(FOLLOW), PROBLEM, "Download hieronder wat je wilt bewaren.")
        with later(days=3, minutes=1):
            tick()
            tick()
            assert status_of(asked.code) == 422
        case = fresh(asked.case)
        assert bytes(case.sealed) == b""
        assert not CaseContact.objects.filter(complaint=case).exists()
        assert case.events.filter(kind=EventKind.ERASED).count() == 1
        assert is_intact(case)
        assert PROBLEM not in says(desk.get(url("inspect", case)))

    def test_what_is_open_is_not_erased_and_what_was_not_asked_is_not_decided(
        self, mine, desk, confidant
    ):
        for choice in Decision.values:
            assert decide(desk, mine.case, choice).status_code == 409
        act(mine.me, "wissen")
        assert decide(desk, mine.case, "erase").status_code == 409
        given = {"right": Right.ERASURE, "is_granted": True, "by": confidant, "reason": "Ja."}
        refused(rights.decide_right, complaint=mine.case, **given)

    def test_another_right_that_is_granted_erases_nothing(self, closed, desk):
        for name, choice in (("inzage", "show"), ("bezwaar", "stop")):
            act(closed.me, name)
            decide(desk, closed.case, choice, f"Je krijgt {name} per post.")
        with later(days=30):
            tick()
            says(entered(closed.code).get(FOLLOW), "Je krijgt inzage per", "Je krijgt bezwaar per")

    @pytest.mark.every_database
    def test_the_database_holds_no_half_decision(self, asked):
        with pytest.raises(IntegrityError), transaction.atomic():
            RightsRequest.objects.update(is_granted=True)
        with pytest.raises(IntegrityError), transaction.atomic():
            request_due(asked.case, Right.ERASURE, timezone.localdate())

    @pytest.mark.every_database
    def test_r35_one_in_a_suspect_case_is_found_from_list_and_start_page(self, mine, desk):
        changed(mine.case, is_suspect=True)
        act(mine.me, "intrekken")
        act(mine.me, "inzage")
        for address in (LIST, "/cms/"):
            page = desk.get(address)
            says(page, "1 ")
            ways = re.findall(r'href="([^"]*request=yes[^"]*)"', page.content.decode())
            assert ways, address
            way = unescape(ways[0])
            says(desk.get(LIST + way if way.startswith("?") else way), mine.case.reference)


def status_of(code: str) -> int:
    return act(Client(), "enter", code=code).status_code


def test_a_code_from_the_desk_is_shown_once_the_old_one_dies_and_the_complainant_sees_it(
    mine, desk
):
    answer = post(desk, "code", mine.case, reason="Ze noemde de datum en de coach.")
    assert answer.status_code == 200
    code = answer.content.decode().split('action-secret">')[1].split("<")[0]
    assert status_of(mine.code) == 422
    shown = read(entered(code))
    assert "De behandelaar gaf je een nieuwe volgcode." in shown
    assert "Ze noemde" not in shown
    for name in ("inspect", "code"):
        assert code not in desk.get(url(name, mine.case)).content.decode()
