"""Who is reminded of which term: once for each date, without content, also after downtime."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from complaints.cases import conversation, due_dates, moves, requests, rights
from complaints.cases.todo import todo_of
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Exclusion, Roster
from complaints.models.settings import DeskPreference
from complaints.stages import Right, Route, Source
from complaints.vault.codes import new_code
from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.complaints.worker.two_workers import all_at_once
from tests.desk import changed, client_for
from tests.factories import (
    close,
    coach_told,
    make_answers,
    make_complaint,
    make_user,
    request_due,
    set_handling,
)

pytestmark = pytest.mark.django_db

# Contact is due on Tuesday 15 December, a message on the 22nd.
FILED = "2026-12-08 10:00:00+01:00"
THURSDAY = "2026-12-10 10:00:00+01:00"
TELLING = re.compile(r"klacht|complaint|coach|vertrouwenspersoon", re.IGNORECASE)


def reminders(user=None):
    owed = OwedMail.objects.filter(kind=MailKind.TERM_REMINDER)
    owed = owed if user is None else owed.filter(user=user)
    return list(owed.order_by("pk").values_list("occasion", flat=True))


def told_of_colleagues(user):
    owed = OwedMail.objects.filter(kind=MailKind.COLLEAGUE_LATE, user=user)
    return list(owed.order_by("pk").values_list("occasion", flat=True))


def send_all():
    mail.outbox.clear()
    while deliver_due():
        pass
    return mail.outbox


# To the handler.


def test_r04_r09_the_handler_is_reminded_when_it_comes_near_and_when_it_is_late(staff, clock):
    make_complaint()
    for _ in range(8 * 9):
        tick()
        clock.shift(timedelta(hours=3))
    assert reminders(staff.confidant) == [
        "contact 2026-12-15 soon",
        "contact 2026-12-15 late",
        "progress 2026-12-22 soon",
    ]


@pytest.mark.parametrize(
    ("moment", "count"),
    [
        ("2026-12-09 23:59:00+01:00", 0),  # four working days before
        ("2026-12-10 06:59:00+01:00", 0),  # three, but nobody is mailed at night
        ("2026-12-10 07:00:00+01:00", 1),
        ("2026-12-12 10:00:00+01:00", 0),  # a Saturday
        ("2026-12-15 23:00:00+01:00", 1),  # the day itself is not late
    ],
)
def test_three_working_days_before_and_in_working_hours(moment, count, staff, clock):
    make_complaint()
    clock.move_to(moment)
    tick()
    assert reminders() == ["contact 2026-12-15 soon"] * count


@pytest.mark.parametrize(
    ("filed", "first"),
    [
        ("2026-12-18 10:00:00+01:00", "2026-12-22"),  # due Tuesday 29, over Christmas
        ("2027-03-22 10:00:00+01:00", "2027-03-24"),  # due Wednesday 31, over Easter
        ("2027-04-22 10:00:00+02:00", "2027-04-26"),  # due Friday 30, over King's Day
        ("2026-10-22 10:00:00+02:00", "2026-10-26"),  # due Thursday 29, over the clock's change
        ("2028-02-25 10:00:00+01:00", "2028-02-29"),  # due Friday 3 March, on the leap day
    ],
)
def test_holidays_bring_the_reminder_forward(filed, first, staff, clock):
    clock.move_to(filed)
    make_complaint()
    days = 0
    while not reminders():
        clock.shift(timedelta(days=1))
        tick()
        days += 1
        assert days < 10
    assert timezone.localdate().isoformat() == first


def test_after_downtime_there_is_one_reminder_and_it_says_late(staff, clock):
    make_complaint()
    clock.move_to("2026-12-17 10:00:00+01:00")
    for _ in range(3):
        tick()
        clock.shift(timedelta(minutes=5))
    assert reminders(staff.confidant) == ["contact 2026-12-15 late", "progress 2026-12-22 soon"]


def test_after_a_weekend_off_there_is_one_reminder(staff, clock):
    make_complaint()
    clock.move_to("2026-12-11 18:00:00+01:00")
    tick()
    for hours in range(0, 62, 3):
        clock.move_to("2026-12-11 18:00:00+01:00")
        clock.shift(timedelta(hours=hours))
        tick()
    assert reminders(staff.confidant) == ["contact 2026-12-15 soon"]


def test_what_was_done_is_not_reminded_of(staff, clock):
    case = make_complaint()
    moves.record_contact(complaint=case, by=staff.confidant, note="Gebeld.")
    clock.move_to("2026-12-16 10:00:00+01:00")
    tick()
    assert reminders() == []


def test_a_date_that_moved_is_reminded_of_anew(staff, clock):
    """R-04: each message brings a next one, with a reminder of its own."""
    case = make_complaint()
    moves.record_contact(complaint=case, by=staff.confidant, note="Gebeld.")
    clock.move_to("2026-12-21 10:00:00+01:00")
    tick()
    conversation.write_to_complainant(complaint=case, text="Nog even.", by=staff.confidant)
    tick()
    clock.move_to("2027-01-04 10:00:00+01:00")
    tick()
    assert reminders() == [
        "progress 2026-12-22 soon",
        "progress 2027-01-04 soon",
        "coach_told 2027-01-07 soon",
    ]


def test_a_stopped_clock_reminds_of_no_decision_but_of_the_rest(staff, clock):
    set_handling(handling_days=3, progress_days=100, coach_told_days=100)
    case = due_dates.pause_clock(
        complaint=make_complaint(), by=staff.confidant, explanation="Wachten op de coach."
    )
    clock.shift(timedelta(days=6))
    tick()
    assert reminders() == ["contact 2026-12-15 soon"]
    due_dates.resume_clock(complaint=case, by=staff.confidant)
    tick()
    assert reminders() == ["contact 2026-12-15 soon", "handling 2026-12-17 soon"]


def test_a_closed_and_a_suspect_case_remind_nobody(staff, clock):
    make_complaint(is_suspect=True)
    case = make_complaint()
    close(case, staff.confidant)
    clock.move_to("2026-12-21 10:00:00+01:00")
    tick()
    assert reminders() == []


def test_r35_a_request_about_data_is_reminded_of_also_once_the_case_is_closed(staff, clock):
    case = make_complaint()
    close(case, staff.confidant)
    due_on = timezone.localdate() + timedelta(days=1)
    request_due(case, Right.ERASURE, due_on)
    due_dates.refresh_due(case)
    tick()
    tick()
    assert reminders(staff.confidant) == ["erasure 2026-12-09 soon"]
    OwedMail.objects.exclude(kind=MailKind.TERM_REMINDER).delete()
    (sent,) = send_all()
    assert "Besluit op een verzoek om wissen, uiterlijk woensdag 9 december 2026" in sent.body


# To the deputy.


def shared_with_deputy(staff):
    """A case of another handler that the deputy may see."""
    case = make_complaint(route=Route.DEPUTY)
    handler = make_user("handler")
    changed(case, handler=handler)
    return handler


def test_the_deputy_hears_two_working_days_after_the_handler(staff, clock):
    handler = shared_with_deputy(staff)
    clock.move_to("2026-12-16 10:00:00+01:00")
    tick()
    assert reminders(handler) == ["contact 2026-12-15 late"]
    assert reminders(staff.deputy) == []
    clock.move_to("2026-12-17 10:00:00+01:00")
    tick()
    tick()
    assert reminders(staff.deputy) == ["contact 2026-12-15 late"]


def late_mail(case, to):
    """The one mail to this person after the deputy's turn has come."""
    OwedMail.objects.all().delete()
    tick()
    OwedMail.objects.exclude(user=to).delete()
    (sent,) = send_all()
    assert sent.to == [to.email]
    return sent


def test_of_a_case_out_of_sight_the_deputy_hears_that_something_is_late_and_no_more(staff, clock):
    """A confidant who falls ill without a word: nobody entered that they are away."""
    case = make_complaint(answers=make_answers(problem="kanarie-R3"))
    clock.move_to("2026-12-16 10:00:00+01:00")
    tick()
    assert reminders(staff.confidant)
    assert told_of_colleagues(staff.deputy) == []
    clock.move_to("2026-12-17 10:00:00+01:00")
    sent = late_mail(case, staff.deputy)
    tick()
    assert told_of_colleagues(staff.deputy) == ["contact 2026-12-15 late"]
    assert reminders(staff.deputy) == []
    assert sent.subject == "Er is een termijn voorbij"
    assert "In een zaak van Confidant Test is een termijn voorbij" in sent.body
    assert "Vraag Confidant Test of het nog lukt." in sent.body
    assert "Vraag de beheerder om de afwezigheid in te vullen" in sent.body
    for telling in (case.reference, str(case.pk), "KM-", "http", "contact", "december", "kanarie"):
        assert telling not in sent.body


def test_what_the_mail_advises_lets_the_deputy_read_the_case(staff, clock):
    """Absence entered: the same mail, sent then, says which case it is, and it opens."""
    case = make_complaint()
    clock.move_to("2026-12-17 10:00:00+01:00")
    client = client_for(staff.deputy)
    way = reverse("complaints_complaint_modeladmin_inspect", args=[case.pk])
    assert client.get(way).status_code == 404
    tick()
    set_handling(confidant_absent_from=timezone.localdate())
    OwedMail.objects.exclude(kind=MailKind.COLLEAGUE_LATE).delete()
    (sent,) = send_all()
    assert case.reference in sent.body
    assert way in sent.body
    assert client.get(way).status_code == 200


def test_of_another_handlers_case_the_mail_advises_what_helps_there(staff, clock):
    """Nobody enters their absence: the confidant takes over, unless the case may not go there."""
    open_to_confidant, kept_from_confidant = make_complaint(), make_complaint()
    Complaint.objects.update(handler=make_user("handler"))
    Exclusion.objects.create(complaint=kept_from_confidant, user=staff.confidant, at=timezone.now())
    clock.move_to("2026-12-17 10:00:00+01:00")
    tick()
    told = OwedMail.objects.filter(kind=MailKind.COLLEAGUE_LATE)
    for case, is_said in ((open_to_confidant, True), (kept_from_confidant, False)):
        OwedMail.objects.exclude(pk__in=told).delete()
        OwedMail.objects.filter(sent_at=None).exclude(complaint=case).update(
            not_before=timezone.now() + timedelta(days=1)
        )
        OwedMail.objects.filter(complaint=case).update(not_before=timezone.now())
        (sent,) = send_all()
        assert "Vraag Handler Test of het nog lukt." in sent.body
        assert ("Vraag de vertrouwenspersoon wie de zaak overneemt." in sent.body) is is_said
        assert "beheerder" not in sent.body


@pytest.mark.parametrize("how", ["passed over", "conflict", "suspect", "nobody", "own"])
def test_the_deputy_hears_nothing_of_what_is_kept_from_them(how, staff, clock):
    case = make_complaint(is_suspect=how == "suspect")
    cases = Complaint.objects.filter(pk=case.pk)
    if how == "passed over":
        cases.update(passed_over=staff.deputy)
    elif how == "conflict":
        Exclusion.objects.create(complaint=case, user=staff.deputy, at=timezone.now())
    elif how == "nobody":
        cases.update(handler=None)
        set_handling(confidant=None)
    elif how == "own":
        cases.update(handler=staff.deputy)
    clock.move_to("2026-12-21 10:00:00+01:00")
    tick()
    assert told_of_colleagues(staff.deputy) == []


@pytest.mark.parametrize("how", ["conflict", "not the deputy", "theirs now"])
def test_a_mail_of_a_colleague_that_was_owed_is_not_sent_to_whom_it_is_not_for(how, staff, clock):
    case = make_complaint()
    clock.move_to("2026-12-17 10:00:00+01:00")
    tick()
    if how == "conflict":
        Exclusion.objects.create(complaint=case, user=staff.deputy, at=timezone.now())
    elif how == "not the deputy":
        set_handling(deputy=None)
    else:
        changed(case, handler=staff.deputy)
    OwedMail.objects.exclude(kind=MailKind.COLLEAGUE_LATE).delete()
    assert send_all() == []
    assert OwedMail.objects.get().dropped_reason == "not_theirs"


def test_r35_of_a_request_about_data_the_deputy_hears_too(staff, clock):
    case = make_complaint()
    request_due(case, Right.ACCESS, timezone.localdate())
    due_dates.refresh_due(case)
    clock.move_to("2026-12-10 10:00:00+01:00")
    tick()
    assert told_of_colleagues(staff.deputy) == ["access 2026-12-08 late"]


def test_r34_who_closes_a_case_is_still_reminded_to_tell_the_coach(staff, clock):
    case = make_complaint()
    close(case, staff.confidant)
    clock.move_to("2027-01-05 10:00:00+01:00")
    tick()
    assert reminders() == ["coach_told 2027-01-07 soon"]
    coach_told(case, staff.confidant)
    clock.move_to("2027-01-11 10:00:00+01:00")
    tick()
    assert reminders() == ["coach_told 2027-01-07 soon"]


def test_while_the_confidant_is_away_the_deputy_is_reminded_at_once(staff, clock):
    make_complaint()
    clock.move_to(THURSDAY)
    set_handling(confidant_absent_from=timezone.localdate())
    tick()
    assert reminders(staff.deputy) == ["contact 2026-12-15 soon"]


def test_of_their_own_case_the_deputy_is_reminded_once(staff, clock):
    make_complaint(route=Route.DEPUTY)
    clock.move_to("2026-12-21 10:00:00+01:00")
    tick()
    tick()
    assert reminders() == ["contact 2026-12-15 late", "progress 2026-12-22 soon"]
    assert OwedMail.objects.filter(kind=MailKind.TERM_REMINDER, user=staff.deputy).count() == 2


def test_who_has_a_conflict_of_interest_is_reminded_of_nothing(staff, clock):
    case = make_complaint()
    Exclusion.objects.create(complaint=case, user=staff.confidant, at=timezone.now())
    clock.move_to("2026-12-21 10:00:00+01:00")
    tick()
    assert reminders() == []


def test_r07_who_was_passed_over_is_reminded_of_nothing(staff, clock):
    case = make_complaint(route=Route.DEPUTY)
    changed(case, handler=staff.confidant)
    clock.move_to("2026-12-16 10:00:00+01:00")
    tick()
    assert reminders(staff.confidant) == []


def test_a_reminder_that_was_owed_goes_to_nobody_who_may_not_see_the_case_any_more(staff, clock):
    case = make_complaint()
    clock.move_to(THURSDAY)
    tick()
    Exclusion.objects.create(complaint=case, user=staff.confidant, at=timezone.now())
    OwedMail.objects.exclude(kind=MailKind.TERM_REMINDER).delete()
    assert send_all() == []
    assert OwedMail.objects.get().dropped_reason


# What the mails say.


def test_a_reminder_says_which_term_and_which_case_and_nothing_more(staff, clock):
    case = make_complaint(answers=make_answers(problem="kanarie-R1"))
    OwedMail.objects.all().delete()
    clock.move_to(THURSDAY)
    tick()
    (sent,) = send_all()
    assert sent.to == [staff.confidant.email]
    assert sent.subject == f"Termijn: {case.reference}"
    assert not TELLING.search(sent.subject)
    assert f"In zaak {case.reference} loopt een termijn bijna af:" in sent.body
    assert "Persoonlijk contact, uiterlijk dinsdag 15 december 2026" in sent.body
    assert f"/cms/complaints/complaint/inspect/{case.pk}/" in sent.body
    assert "kanarie" not in sent.body
    clock.move_to("2026-12-16 10:00:00+01:00")
    tick()
    (sent,) = send_all()
    assert f"In zaak {case.reference} is een termijn voorbij:" in sent.body


def test_r03_the_letter_about_an_extension_holds_both_dates_and_no_reason(staff, clock):
    case = make_complaint()
    OwedMail.objects.all().delete()
    due_dates.extend_handling(
        complaint=case,
        until=timezone.localdate() + timedelta(days=60),
        by=staff.confidant,
        explanation="kanarie-R2",
    )
    (sent,) = send_all()
    assert sent.to == ["noor@example.com"]
    assert sent.subject == f"Nieuws over {case.reference}"
    assert "dinsdag 19 januari 2027" in sent.body
    assert "zaterdag 6 februari 2027" in sent.body
    assert "/klacht-volgen/" in sent.body
    assert "kanarie" not in sent.body


# What looks like misuse.


@pytest.fixture
def withdrawn(staff, clock):
    """A suspect case that its complainant withdrew, and then asked about."""
    case = make_complaint(is_suspect=True)
    requests.withdraw_complaint(complaint=case)
    OwedMail.objects.all().delete()
    rights.ask_right(complaint=case, right=Right.ACCESS)
    return case


def test_r35_a_request_in_a_suspect_case_is_mailed_and_reminded_of(withdrawn, staff, clock):
    """The law gives it a month, whatever the rest of the case looks like."""
    told = OwedMail.objects.get(kind=MailKind.COMPLAINANT_ACTED)
    assert (told.complaint, told.user) == (withdrawn, staff.confidant)
    clock.move_to("2027-01-06 10:00:00+01:00")
    tick()
    assert reminders(staff.confidant) == ["access 2027-01-07 soon"]


def test_r35_the_digest_counts_it(withdrawn, reader, clock):
    waiting = todo_of(reader, Roster.read())
    assert (waiting.request, waiting.is_pressing) == (1, True)
    assert (waiting.open, waiting.late, waiting.soon, waiting.unread) == (0, 0, 0, 0)


def test_what_else_a_suspect_complainant_does_is_still_told_to_nobody(staff, clock):
    case = make_complaint(is_suspect=True)
    conversation.write_to_handler(complaint=case, text="Hallo?", code=new_code())
    assert not OwedMail.objects.filter(kind=MailKind.COMPLAINANT_ACTED).exists()


# Done before the mail went.


def owed_reminder(clock, moment=THURSDAY):
    clock.move_to(moment)
    tick()
    OwedMail.objects.exclude(kind=MailKind.TERM_REMINDER).delete()
    return OwedMail.objects.get()


def test_a_reminder_of_what_was_done_meanwhile_is_not_sent(staff, clock):
    case = make_complaint()
    owed = owed_reminder(clock)
    moves.record_contact(complaint=case, by=staff.confidant, note="Gebeld.")
    assert send_all() == []
    owed.refresh_from_db()
    assert owed.dropped_reason == "nothing_waits"


def test_a_reminder_of_a_date_that_moved_is_not_sent(staff, clock):
    case = make_complaint()
    owed_reminder(clock)
    case.terms.filter(kind="contact").update(due_on=timezone.localdate() + timedelta(days=20))
    assert send_all() == []


def test_a_reminder_of_a_case_that_was_closed_meanwhile_is_not_sent(staff, clock):
    case = make_complaint()
    owed_reminder(clock)
    requests.withdraw_complaint(complaint=case)
    OwedMail.objects.exclude(kind=MailKind.TERM_REMINDER).delete()
    assert send_all() == []


@pytest.mark.parametrize("is_decided", [True, False])
def test_a_reminder_of_a_request_goes_until_it_is_decided(staff, clock, is_decided, withdrawn):
    owed_reminder(clock, "2027-01-06 10:00:00+01:00")
    if is_decided:
        rights.decide_right(
            complaint=withdrawn, right=Right.ACCESS, is_granted=True, by=staff.confidant, reason="X"
        )
        OwedMail.objects.exclude(kind=MailKind.TERM_REMINDER).delete()
    assert len(send_all()) == (not is_decided)


# Two workers.


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_owe_each_mail_once():
    confidant, deputy = make_user("confidant"), make_user("deputy")
    DeskPreference.objects.create(user=confidant, wants_digest=True)
    with time_machine.travel(FILED, tick=False):
        for _ in range(3):
            make_complaint(source=Source.LETTER)
        now = timezone.now() + timedelta(days=2)
    OwedMail.objects.all().delete()
    all_at_once(lambda _number: tick(now))
    assert sorted(reminders()) == [
        *["acknowledgement 2026-12-10 soon"] * 3,
        *["contact 2026-12-15 soon"] * 3,
    ]
    assert OwedMail.objects.filter(kind=MailKind.DAILY_DIGEST).count() == 1
    all_at_once(lambda _number: tick(now + timedelta(days=4)))  # two working days late
    assert sorted(told_of_colleagues(deputy)) == ["acknowledgement 2026-12-10 late"] * 3


def test_looking_again_costs_as_much_with_many_late_cases_as_with_one(staff, clock):
    """The worker looks every few seconds."""
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
