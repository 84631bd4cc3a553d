"""R-07, R-38: a handler who steps back loses the case for good; one who is away lends theirs."""

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.cases import conversation, moves, people, requests
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.stages import Route
from complaints.vault.codes import new_code
from tests.desk import LIST, client_for, post_as, says, sees, url
from tests.factories import close, make_complaint, set_handling
from tests.services import forget_mail, fresh, open_history, refused, ticked, told, undone

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

CODE = new_code()


def step_back(case, *persons):
    for person in persons:
        people.declare_conflict(complaint=case, by=person)
    return fresh(case)


def write(case):
    conversation.write_to_handler(complaint=case, text="Is er nieuws?", code=CODE)


class TestConflict:
    def test_they_lose_it_at_once_and_the_list_shows_no_trace(self, case, staff):
        client = client_for(staff.confidant)
        data = {"seen": fresh(case).event_count, "reason": "Mijn zus is de coach."}
        asked = client.post(url("conflict", case), data)
        says(asked, "Weet je het zeker?", "nooit meer", "De zaak gaat naar Deputy Test.")
        assert "Mijn zus is de coach." in asked.content.decode()
        assert sees(staff.confidant, case)
        answer = client.post(url("conflict", case), data | {"sure": "yes"}, follow=True)
        assert answer.redirect_chain == [(LIST, 302)]
        page = answer.content.decode()
        assert "Je ziet deze zaak niet meer" in page
        assert case.reference not in page
        assert str(case.pk) not in page
        assert client.get(url("inspect", case)).status_code == 404

    def test_it_goes_to_the_deputy_who_hears_of_it_and_once(self, case, staff):
        """A reason may be given, and is not asked."""
        with undone():
            people.declare_conflict(complaint=case, by=staff.confidant, reason="Kanarie-3")
            assert open_history(case)[1].content == {"reason": "Kanarie-3"}
        assert post_as(staff.confidant, "conflict", case).status_code == 302
        assert fresh(case).handler == staff.deputy
        assert sees(staff.deputy, case)
        assert told(MailKind.NEW_CASE) == [staff.deputy]
        conflicted, assigned = open_history(case)[1:]
        assert (conflicted.event.actor, conflicted.event.sealed) == (staff.confidant, None)
        assert assigned.content == {"handler": "Deputy Test", "before": "Confidant Test"}
        refused(people.declare_conflict, complaint=case, by=staff.confidant)
        assert fresh(case).event_count == 3

    def test_with_nobody_left_it_waits_and_goes_to_the_next_who_is_named(self, case, staff, other):
        assert step_back(case, staff.confidant, staff.deputy).handler is None
        assert told(MailKind.UNASSIGNED_CASE) == [staff.manager]
        assert ticked(case).handler is None
        for user in (staff.confidant, staff.deputy, staff.manager):
            assert not sees(user, case)
        set_handling(deputy=other)
        assert ticked(case).handler == other
        assert told(MailKind.NEW_CASE).count(other) == 1

    def test_one_it_was_shared_with_steps_back_and_the_handler_stays(self, case, staff, other):
        people.share_case(complaint=case, to=other, by=staff.confidant)
        assert post_as(other, "conflict", case).status_code == 302
        assert (fresh(case).handler, sees(other, case)) == (staff.confidant, False)
        assert not case.shares.filter(revoked_at=None).exists()
        refused(people.share_case, complaint=case, to=other, by=staff.confidant)

    @pytest.mark.every_database
    @pytest.mark.parametrize("when", ["filing", "afterwards"])
    def test_r07_a_case_for_a_deputy_who_stepped_back_waits(self, when, case, staff):
        if when == "filing":
            case = make_complaint(route=Route.DEPUTY)
        forget_mail()
        step_back(case, staff.deputy)
        if when == "afterwards":
            requests.ask_for_deputy(complaint=case)
        case = fresh(case)
        assert (case.handler, case.route) == (None, Route.DEPUTY)
        assert [owed.user for owed in OwedMail.objects.all()] == [staff.manager]
        assert told(MailKind.UNASSIGNED_CASE) == [staff.manager]
        assert ticked(case).handler is None
        assert not sees(staff.confidant, case)

    def test_neither_reopening_nor_an_absence_brings_it_back_to_them(self, case, staff):
        close(case, staff.confidant)
        step_back(case, staff.confidant)
        moves.reopen_complaint(complaint=case, by=staff.deputy, reason="Nieuw feit.")
        assert ticked(case).handler == staff.deputy
        assert not sees(staff.confidant, case)
        set_handling(confidant_absent_from=timezone.localdate())
        assert step_back(make_complaint(), staff.deputy).handler == staff.confidant


def away(begin: int, end: int) -> None:
    """The confidant is, from so many days after today until so many."""
    today = timezone.localdate()
    days = {"from": today + timedelta(days=begin), "until": today + timedelta(days=end)}
    set_handling(**{f"confidant_absent_{name}": day for name, day in days.items()})


class TestAbsence:
    @pytest.fixture(autouse=True)
    def now(self, case):
        away(-1, 5)
        forget_mail()

    def test_the_deputy_sees_decides_and_counts_all(self, case, staff):
        client = client_for(staff.deputy)
        assert case.reference in client.get(LIST).content.decode()
        page = client.get("/cms/").content.decode()
        assert "Je hebt 1 open zaak." in page
        assert "Klachten, 1 ongelezen" in page
        given = {"choice": "mediation", "reason": "Ja."}
        assert post_as(staff.deputy, "move", case, **given).status_code == 302

    @pytest.mark.parametrize(
        ("how", "hears"),
        [
            ("", "deputy"),
            ("the deputy stepped back", "confidant"),
            ("of another handler", "ander"),
            ("afterwards", "confidant"),
        ],
    )
    def test_who_hears_word_of_the_complainant(self, how, hears, case, staff, other):
        if how == "the deputy stepped back":
            step_back(case, staff.deputy)
        elif how == "of another handler":
            people.assign_case(complaint=case, to=other, by=staff.confidant)
        elif how == "afterwards":
            away(-9, -1)
        write(case)
        assert [user.username for user in told(MailKind.COMPLAINANT_ACTED)] == [hears]

    @pytest.mark.every_database
    def test_afterwards_the_deputy_keeps_those_cases_and_the_confidant_sees_them(self, case, staff):
        """A complainant keeps the person they have been talking to; new ones go as before."""
        during = make_complaint()
        away(-9, -1)
        assert ticked(during).handler == staff.deputy
        assert set(Complaint.objects.visible_to(staff.deputy)) == {during}
        assert set(Complaint.objects.visible_to(staff.confidant)) == {case, during}
        assert during in Complaint.objects.in_charge_of(staff.deputy)
        assert post_as(staff.confidant, "takeover", during).status_code == 302
        assert not sees(staff.deputy, during)
        assert make_complaint().handler == staff.confidant
