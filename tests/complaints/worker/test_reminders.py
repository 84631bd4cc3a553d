"""Who is reminded of which term: once for each date, without content, also after downtime.

Two working days after a handler was too late the deputy hears of it: what they may, no more.
"""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from complaints.cases import conversation, due_dates, forgetting, moves, requests, rights, todo
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Exclusion, Roster
from complaints.stages import Right, Route
from complaints.vault.codes import new_code
from tests.desk import changed, client_for, url
from tests.factories import (
    close,
    coach_told,
    make_answers,
    make_complaint,
    make_user,
    request_due,
    set_handling,
)
from tests.services import forget_mail, send_all, tick, told, undone

# Filed on Tuesday 8 December: contact is due on Tuesday the 15th, a message on the 22nd.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("staff", "clock")]

TELLING = re.compile(r"klacht|complaint|coach|vertrouwenspersoon", re.IGNORECASE)
SOON, LATE = "contact 2026-12-15 soon", "contact 2026-12-15 late"
MESSAGE_SOON = "progress 2026-12-22 soon"
DEPUTYS_TURN = "2026-12-17"  # the day before is only the handler's


def reminders(user=None, kind=MailKind.TERM_REMINDER) -> list[str]:
    owed = OwedMail.objects.filter(kind=kind, **({"user": user} if user else {}))
    return list(owed.order_by("pk").values_list("occasion", flat=True))


def ticked_on(clock, day: str, hour: str = "10:00", times: int = 1) -> None:
    clock.move_to(f"{day} {hour}:00+01:00")
    for _ in range(times):
        tick()


def sent_of(kind: str) -> list:
    """The mails of that kind that go out when all that is owed is sent."""
    forget_mail(but=kind)
    return list(send_all())


def contact(case, by):
    moves.record_contact(complaint=case, by=by, reason="Gebeld.")


def exclude(case, by):
    Exclusion.objects.create(complaint=case, user=by, at=timezone.now())


def put_off(case, _by):
    case.terms.filter(kind="contact").update(due_on=timezone.localdate() + timedelta(days=20))


def withdraw(case, _by):
    requests.withdraw_complaint(complaint=case)


def pass_over(case, by):
    changed(case, passed_over=by)


def make_suspect(case, _by):
    changed(case, is_suspect=True)


def leave_to_nobody(case, _by):
    changed(case, handler=None)
    set_handling(confidant=None)


def give(case, by):
    changed(case, handler=by)


def name_another(_case, _by):
    set_handling(deputy=None)


@pytest.mark.any_database
def test_r04_r09_the_handler_is_reminded_when_it_comes_near_and_when_it_is_late(confidant, clock):
    make_complaint()
    for _ in range(4 * 9 + 1):
        tick()
        clock.shift(timedelta(hours=6))
    assert reminders(confidant) == [SOON, LATE, MESSAGE_SOON]


def test_three_working_days_before_and_in_working_hours(clock):
    make_complaint()
    for day, hour, count in (
        ("2026-12-09", "23:59", 0),  # four working days before
        ("2026-12-10", "06:59", 0),  # three, but nobody is mailed at night
        ("2026-12-10", "07:00", 1),
        ("2026-12-12", "10:00", 0),  # a Saturday
        ("2026-12-15", "23:00", 1),  # the day itself is not late
    ):
        with undone():
            ticked_on(clock, day, hour)
            assert reminders() == [SOON] * count, (day, hour)


def test_holidays_bring_the_reminder_forward(clock):
    for filed, first in (
        ("2026-12-18 10:00:00+01:00", "2026-12-22"),  # due Tuesday 29, over Christmas
        ("2027-03-22 10:00:00+01:00", "2027-03-24"),  # due Wednesday 31, over Easter
        ("2027-04-22 10:00:00+02:00", "2027-04-26"),  # due Friday 30, over King's Day
        ("2026-10-22 10:00:00+02:00", "2026-10-26"),  # due Thursday 29, over the clock's change
        ("2028-02-25 10:00:00+01:00", "2028-02-29"),  # due Friday 3 March, on the leap day
    ):
        with undone():
            clock.move_to(filed)
            make_complaint()
            for _ in range(10):
                clock.shift(timedelta(days=1))
                tick()
                if reminders():
                    break
            assert timezone.localdate().isoformat() == first, filed


def test_after_downtime_there_is_one_reminder_and_it_says_late(confidant, clock):
    make_complaint()
    ticked_on(clock, "2026-12-17", times=3)
    assert reminders(confidant) == [LATE, MESSAGE_SOON]


def test_a_date_that_moved_is_reminded_of_anew_and_what_was_done_is_not(confidant, clock):
    """R-04: each message brings a next one, with a reminder of its own."""
    case = make_complaint()
    contact(case, confidant)
    ticked_on(clock, "2026-12-16")
    assert reminders() == []
    ticked_on(clock, "2026-12-21")
    conversation.write_to_complainant(complaint=case, text="Nog even.", by=confidant)
    tick()
    ticked_on(clock, "2027-01-04")
    coach = "coach_told 2027-01-07 soon"
    assert reminders() == [MESSAGE_SOON, "progress 2027-01-04 soon", coach]


def test_a_stopped_clock_reminds_of_no_decision_but_of_the_rest(confidant, clock):
    set_handling(handling_days=3, progress_days=100, coach_told_days=100)
    given = {"by": confidant, "reason": "Wachten op de coach."}
    case = due_dates.pause_clock(complaint=make_complaint(), **given)
    ticked_on(clock, "2026-12-14")
    assert reminders() == [SOON]
    due_dates.resume_clock(complaint=case, by=confidant)
    tick()
    assert reminders() == [SOON, "handling 2026-12-17 soon"]


def test_r34_a_closed_and_a_suspect_case_remind_of_nothing_but_the_coach(confidant, clock):
    make_complaint(is_suspect=True)
    case = make_complaint()
    close(case, confidant)
    ticked_on(clock, "2026-12-21")
    assert reminders() == []
    ticked_on(clock, "2027-01-05")
    assert reminders() == ["coach_told 2027-01-07 soon"]
    coach_told(case, confidant)
    ticked_on(clock, "2027-01-11")
    assert reminders() == ["coach_told 2027-01-07 soon"]


def test_r35_a_request_about_data_is_reminded_of_also_once_the_case_is_closed(confidant):
    case = make_complaint()
    close(case, confidant)
    request_due(case, Right.ERASURE, timezone.localdate() + timedelta(days=1))
    due_dates.refresh_due(case)
    tick()
    tick()
    assert reminders(confidant) == ["erasure 2026-12-09 soon"]
    (sent,) = sent_of(MailKind.TERM_REMINDER)
    assert "Besluit op een verzoek om wissen, uiterlijk woensdag 9 december 2026" in sent.body


def test_r35_a_request_in_a_suspect_case_is_told_counted_and_reminded_of_until_it_is_decided(
    reader, confidant, clock
):
    """The law gives it a month, whatever the rest of the case looks like."""
    case = make_complaint(is_suspect=True)
    conversation.write_to_handler(complaint=case, text="Hallo?", code=new_code())
    requests.withdraw_complaint(complaint=case)
    assert not told(MailKind.COMPLAINANT_ACTED)
    rights.ask_right(complaint=case, right=Right.ACCESS)
    assert told(MailKind.COMPLAINANT_ACTED, complaint=case) == [confidant]
    waiting = todo.todo_of(reader, Roster.read())
    assert (waiting.request, waiting.is_pressing) == (1, True)
    assert (waiting.open, waiting.late, waiting.soon, waiting.unread) == (0, 0, 0, 0)
    ticked_on(clock, "2027-01-06")
    assert reminders(confidant) == ["access 2027-01-07 soon"]
    with undone():
        assert len(sent_of(MailKind.TERM_REMINDER)) == 1
    given = {"right": Right.ACCESS, "is_granted": True, "reason": "X"}
    rights.decide_right(complaint=case, by=confidant, **given)
    assert sent_of(MailKind.TERM_REMINDER) == []


def test_the_deputy_is_reminded_of_their_own_once_and_while_the_confidant_is_away_at_once(
    staff, clock
):
    with undone():
        make_complaint(route=Route.DEPUTY)
        ticked_on(clock, "2026-12-21", times=2)
        assert reminders() == reminders(staff.deputy) == [LATE, MESSAGE_SOON]
    clock.move_to("2026-12-08 10:00:00+01:00")
    make_complaint()
    clock.move_to("2026-12-10 10:00:00+01:00")
    set_handling(confidant_absent_from=timezone.localdate())
    tick()
    assert reminders(staff.deputy) == [SOON]


@pytest.mark.parametrize("act", [exclude, pass_over])
def test_r07_whoever_steps_back_or_was_passed_over_is_reminded_of_nothing(act, confidant, clock):
    act(make_complaint(), confidant)
    ticked_on(clock, "2026-12-21")
    assert reminders(confidant) == []


def test_a_reminder_says_which_term_and_which_case_and_nothing_more(confidant, clock):
    case = make_complaint(answers=make_answers(problem="kanarie-R1"))
    forget_mail()
    ticked_on(clock, "2026-12-10")
    (sent,) = send_all()
    assert sent.to == [confidant.email]
    assert sent.subject == f"Termijn: {case.reference}"
    assert not TELLING.search(sent.subject)
    assert f"In zaak {case.reference} loopt een termijn bijna af:" in sent.body
    assert "Persoonlijk contact, uiterlijk dinsdag 15 december 2026" in sent.body
    assert f"/cms/complaints/complaint/inspect/{case.pk}/" in sent.body
    assert "kanarie" not in sent.body
    ticked_on(clock, "2026-12-16")
    (sent,) = send_all()
    assert f"In zaak {case.reference} is een termijn voorbij:" in sent.body


def test_r03_the_letter_about_an_extension_holds_both_dates_and_no_reason(confidant):
    case = make_complaint()
    forget_mail()
    given = {"by": confidant, "reason": "kanarie-R2"}
    until = timezone.localdate() + timedelta(days=60)
    due_dates.extend_handling(complaint=case, until=until, **given)
    (sent,) = send_all()
    assert sent.to == ["noor@example.com"]
    assert sent.subject == f"Nieuws over {case.reference}"
    for words in ("dinsdag 19 januari 2027", "zaterdag 6 februari 2027", "/klacht-volgen/"):
        assert words in sent.body
    assert "kanarie" not in sent.body


@pytest.mark.parametrize("act", [contact, put_off, withdraw, exclude])
def test_a_reminder_of_what_waits_no_more_for_this_person_is_not_sent(act, confidant, clock):
    case = make_complaint()
    ticked_on(clock, "2026-12-10")
    act(case, confidant)
    assert sent_of(MailKind.TERM_REMINDER) == []
    dropped = OwedMail.objects.get().dropped_reason
    assert dropped == ("not_theirs" if act is exclude else "nothing_waits")


def test_looking_again_costs_as_much_with_many_late_cases_as_with_one(clock, monkeypatch):
    """The worker looks every few seconds. The erasure key turns by a file's age, in real time."""
    monkeypatch.setattr(forgetting, "turn_key", lambda: None)
    counts = []
    for _ in range(2):
        for _case in range(5):
            make_complaint()
        clock.shift(timedelta(days=7))
        tick()
        with CaptureQueriesContext(connection) as captured:
            tick()
        counts.append(len(captured))
        assert not [query for query in captured if "INSERT" in query["sql"]]
    assert counts[0] == counts[1]
    assert len(reminders()) == 20


class TestALateColleague:
    def test_of_a_case_they_may_see_the_deputy_is_reminded(self, staff, clock):
        handler = make_user("handler")
        changed(make_complaint(route=Route.DEPUTY), handler=handler)
        ticked_on(clock, "2026-12-16")
        assert (reminders(handler), reminders(staff.deputy)) == ([LATE], [])
        ticked_on(clock, DEPUTYS_TURN, times=2)
        assert reminders(staff.deputy) == [LATE]
        assert told(MailKind.COLLEAGUE_LATE) == []

    def test_of_a_case_out_of_sight_the_deputy_hears_that_something_is_late_and_no_more(
        self, staff, clock
    ):
        """A confidant who falls ill without a word: nobody entered that they are away."""
        case = make_complaint(answers=make_answers(problem="kanarie-R3"))
        ticked_on(clock, "2026-12-16")
        assert told(MailKind.TERM_REMINDER) == [staff.confidant]
        assert told(MailKind.COLLEAGUE_LATE) == []
        ticked_on(clock, DEPUTYS_TURN)
        (sent,) = sent_of(MailKind.COLLEAGUE_LATE)
        tick()
        assert reminders(staff.deputy, MailKind.COLLEAGUE_LATE) == [LATE]
        assert reminders(staff.deputy) == []
        assert sent.to == [staff.deputy.email]
        assert sent.subject == "Er is een termijn voorbij"
        assert "In een zaak van Confidant Test is een termijn voorbij" in sent.body
        assert "Vraag Confidant Test of het nog lukt." in sent.body
        assert "Vraag de beheerder om de afwezigheid in te vullen" in sent.body
        telling = (case.reference, str(case.pk), "KM-", "http", "contact", "december", "kanarie")
        assert [words for words in telling if words in sent.body] == []

    def test_what_the_mail_advises_lets_the_deputy_read_the_case(self, staff, clock):
        """Absence entered: the same mail, sent then, says which case it is, and it opens."""
        case = make_complaint()
        clock.move_to(f"{DEPUTYS_TURN} 10:00:00+01:00")
        client, address = client_for(staff.deputy), url("inspect", case)
        assert client.get(address).status_code == 404
        tick()
        set_handling(confidant_absent_from=timezone.localdate())
        (sent,) = sent_of(MailKind.COLLEAGUE_LATE)
        assert case.reference in sent.body
        assert address in sent.body
        assert client.get(address).status_code == 200

    @pytest.mark.parametrize("is_kept_from_confidant", [False, True])
    def test_of_another_handlers_case_it_advises_what_helps_there(
        self, is_kept_from_confidant, staff, clock
    ):
        """Nobody enters their absence: the confidant takes over, unless it may not go there."""
        case = changed(make_complaint(), handler=make_user("handler"))
        if is_kept_from_confidant:
            exclude(case, staff.confidant)
        ticked_on(clock, DEPUTYS_TURN)
        (sent,) = sent_of(MailKind.COLLEAGUE_LATE)
        assert "Vraag Handler Test of het nog lukt." in sent.body
        takes_over = "Vraag de vertrouwenspersoon wie de zaak overneemt." in sent.body
        assert takes_over is not is_kept_from_confidant
        assert "beheerder" not in sent.body

    def test_the_deputy_hears_nothing_of_what_is_kept_from_them(self, staff, clock):
        for act in (pass_over, exclude, make_suspect, leave_to_nobody, give):
            with undone():
                act(make_complaint(), staff.deputy)
                ticked_on(clock, "2026-12-21")
                assert told(MailKind.COLLEAGUE_LATE) == [], act
                clock.move_to("2026-12-08 10:00:00+01:00")

    @pytest.mark.parametrize("act", [exclude, name_another, give])
    def test_what_was_owed_is_not_sent_to_one_it_is_not_for(self, act, staff, clock):
        case = make_complaint()
        ticked_on(clock, DEPUTYS_TURN)
        act(case, staff.deputy)
        assert sent_of(MailKind.COLLEAGUE_LATE) == []
        assert OwedMail.objects.get().dropped_reason == "not_theirs"

    def test_r35_of_a_request_about_data_the_deputy_hears_too(self, staff, clock):
        case = make_complaint()
        request_due(case, Right.ACCESS, timezone.localdate())
        due_dates.refresh_due(case)
        ticked_on(clock, "2026-12-10")
        assert reminders(staff.deputy, MailKind.COLLEAGUE_LATE) == ["access 2026-12-08 late"]
