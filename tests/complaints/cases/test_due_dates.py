"""The terms of a case: stamped at receipt, moved by what the complainant hears.

And R-03: the decision may come later, by an extension or while the clock stands still.
"""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from complaints.cases import conversation, due_dates, moves, records, requests, rights
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.outbox import MailKind, OwedMail
from complaints.public.promises import open_promises
from complaints.stages import Right, Source, Stage
from complaints.terms import DUE_KINDS, TermKind, TermState
from complaints.vault.codes import new_code
from tests.desk import LIST, client_for, post, text_of, url
from tests.factories import (
    advise,
    close,
    coach_told,
    make_complaint,
    move,
    request_due,
    set_handling,
)
from tests.follow import FOLLOW, entered, filed
from tests.services import due, forget_mail, fresh, is_met, open_history, refused, told, undone

pytestmark = pytest.mark.django_db

WHY = "We wachten op de agenda van de coach."

# What is stamped at receipt: after two working days, five, 14 days, 30 days, 42 days.

COLUMNS = (
    *(TermKind.ACKNOWLEDGEMENT, TermKind.CONTACT, TermKind.PROGRESS, TermKind.COACH_TOLD),
    TermKind.HANDLING,
)
OVER = {
    "the end of summer time": ("2026-10-20", "10-22 10-27 11-03 11-19 12-01"),
    "Easter and summer time": ("2027-03-22", "03-24 03-31 04-05 04-21 05-03"),
    "King's Day": ("2027-04-26", "04-29 05-04 05-10 05-26 06-07"),
    "a leap day": ("2028-02-28", "03-01 03-06 03-13 03-29 04-10"),
    "Christmas": ("2026-11-30", "12-02 12-07 12-14 12-30 01-11"),
    "both days of Christmas": ("2026-12-23", "12-28 12-31 01-06 01-22 02-03"),
    "New Year, from a weekend": ("2027-12-25", "12-28 12-31 01-08 01-24 02-05"),
}


@pytest.mark.parametrize("over", OVER)
def test_r02_r04_r09_r22_r34_every_term_over(over):
    """Whatever the hour: the day is the one on the wall in Amsterdam."""
    received, days = OVER[over]
    summer = "2026-10-20" <= received < "2026-10-25" or "2027-04" <= received < "2027-10"
    year = int(received[:4])
    whole = [f"{year + (day < received[5:])}-{day}" for day in days.split()]
    expected = dict(zip(COLUMNS, map(date.fromisoformat, whole), strict=True))
    for hour in ("00:00:01", "12:00:00", "23:59:59"):
        with time_machine.travel(f"{received} {hour}+0{2 if summer else 1}:00", tick=False):
            case = make_complaint()
        assert case.received_on == date.fromisoformat(received), hour
        assert dict(case.terms.values_list("kind", "due_on")) == expected, hour


def test_a_term_is_over_when_its_day_is():
    case = make_complaint()
    for last_moment, first_moment in (
        ("2026-10-24 23:59:59+02:00", "2026-10-25 00:00:00+02:00"),  # the day before the change
        ("2026-10-25 23:59:59+01:00", "2026-10-26 00:00:00+01:00"),  # a day of 25 hours
        ("2027-03-28 23:59:59+02:00", "2027-03-29 00:00:00+02:00"),  # a day of 23 hours
        ("2028-02-29 23:59:59+01:00", "2028-03-01 00:00:00+01:00"),
        ("2026-12-31 23:59:59+01:00", "2027-01-01 00:00:00+01:00"),
    ):
        case.next_due_on = date.fromisoformat(last_moment[:10])
        for moment, state in ((last_moment, TermState.SOON), (first_moment, TermState.LATE)):
            with time_machine.travel(moment, tick=False):
                assert case.term_state is state, moment


def test_r12_r22_the_true_date_of_receipt_counts_and_only_the_web_acknowledges_by_itself(clock):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 1))
    assert due(case) == date(2027, 1, 12)
    assert case.next_due_on == due(case, TermKind.ACKNOWLEDGEMENT) == date(2026, 12, 3)
    for source in Source:
        case, is_web = make_complaint(source=source), source is Source.WEB
        assert is_met(case, TermKind.ACKNOWLEDGEMENT) is is_web
        first = TermKind.CONTACT if is_web else TermKind.ACKNOWLEDGEMENT
        assert case.next_due_on == due(case, first)


def test_a_changed_setting_touches_new_cases_only(clock, confidant):
    old = make_complaint()
    set_handling(handling_days=10, progress_days=3, coach_told_days=5)
    moves.record_contact(complaint=old, by=confidant, reason="Gebeld.")
    assert due(old) == date(2027, 1, 19)
    assert due(old, TermKind.COACH_TOLD) == date(2027, 1, 7)
    assert due(old, TermKind.PROGRESS) == date(2026, 12, 22)
    assert due(make_complaint()) == date(2026, 12, 18)


def _moved_before(case, to, by):
    """There already, with the date for a message that it had."""
    move(case, to, by)
    case.terms.filter(kind=TermKind.PROGRESS).update(due_on=date(2026, 12, 22))


def _decision_on_a_right(case, by):
    given = {"complaint": case, "right": Right.ACCESS}
    rights.ask_right(**given)
    rights.decide_right(**given, is_granted=True, by=by, reason="Op de volgpagina.")


def _message(case, by):
    conversation.write_to_complainant(complaint=case, text="Ik ben ermee bezig.", by=by)


def _contact(case, by):
    moves.record_contact(complaint=case, by=by, reason="Gebeld.")


HEARD = {
    "advice": lambda case, by: (_moved_before(case, Stage.MEDIATION, by), advise(case, by)),
    "ruling": lambda case, by: (
        _moved_before(case, Stage.COMMITTEE, by),
        records.record_ruling(complaint=case, by=by, ruled_on=timezone.localdate(), text="Ja."),
    ),
    "a decision on a right": _decision_on_a_right,
    "a message": _message,
    "contact": _contact,
    "a move": lambda case, by: move(case, Stage.MEDIATION, by),
    "that it was a mistake": lambda case, by: (
        _moved_before(case, Stage.MEDIATION, by),
        moves.put_back(complaint=case, by=by, reason=WHY),
    ),
    "an extension": lambda case, by: extend(case, by),
    "a letter": lambda case, by: (
        case.terms.filter(kind=TermKind.ACKNOWLEDGEMENT).update(met_at=None),
        records.record_acknowledgement(
            complaint=case, by=by, sent_on=timezone.localdate(), reason=WHY
        ),
    ),
}
NOT_HEARD = {
    "a note": lambda case, by: moves.add_note(complaint=case, by=by, reason="Gezien."),
    "what the complainant writes": lambda case, _by: conversation.write_to_handler(
        complaint=case, text="Is er nieuws?", code=new_code()
    ),
    "a stop of the clock": lambda case, by: pause(case, by),
}


def test_r04_only_what_the_complainant_hears_moves_the_next_message(clock, confidant):
    case = make_complaint()
    clock.shift(timedelta(days=10))
    moved, stayed = date(2027, 1, 1), date(2026, 12, 22)
    for act, does in (HEARD | NOT_HEARD).items():
        with undone():
            does(case, confidant)
            assert due(case, TermKind.PROGRESS) == (moved if act in HEARD else stayed), act
            assert not is_met(case, TermKind.PROGRESS), act


def test_r04_what_is_recorded_later_or_after_closing_changes_no_date_and_reopening_does(
    clock, confidant
):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 1))
    _contact(case, confidant)
    given = {"sent_on": date(2026, 12, 2), "reason": "Per brief."}
    records.record_acknowledgement(complaint=case, by=confidant, **given)
    assert due(case, TermKind.PROGRESS) == date(2026, 12, 22)
    case = close(make_complaint(), confidant)
    clock.shift(timedelta(days=1))
    _message(case, confidant)
    assert fresh(case).next_due_kind == TermKind.COACH_TOLD
    assert due(case, TermKind.PROGRESS) == date(2026, 12, 22)
    clock.shift(timedelta(days=29))
    case = moves.reopen_complaint(complaint=case, by=confidant, reason="Toch niet.")
    assert due(case, TermKind.PROGRESS) == date(2027, 1, 21)
    assert not is_met(case, TermKind.HANDLING)
    assert case.next_due_on == due(case, TermKind.CONTACT)


def test_r04_after_the_first_contact_the_complainant_knows_when_to_hear_again(clock, confidant):
    """Unless the outcome comes sooner."""
    case = make_complaint()
    first = [promise["date"] for promise in open_promises(case, reachable=True)]
    assert first == [due(case, TermKind.CONTACT), due(case)]
    _contact(case, confidant)
    after = open_promises(case, reachable=True)
    assert [promise["date"] for promise in after] == [due(case, TermKind.PROGRESS), due(case)]
    assert after[0]["text"] == "Je hoort weer van ons, ook als er nog geen uitkomst is."
    set_handling(handling_days=10)
    case = make_complaint()
    _contact(case, confidant)
    assert [promise["date"] for promise in open_promises(case, reachable=False)] == [due(case)]


def test_r35_an_open_request_counts_and_a_decided_one_does_not(clock, confidant):
    case = close(coach_told(make_complaint(), confidant), confidant)
    assert (case.next_due_on, case.next_due_kind) == (None, "")
    request = request_due(case, Right.ACCESS, date(2027, 1, 7))
    due_dates.refresh_due(case)
    assert (case.next_due_on, case.next_due_kind) == (date(2027, 1, 7), Right.ACCESS)
    request.decided_at, request.is_granted = timezone.now(), True
    request.save()
    due_dates.refresh_due(case)
    assert case.next_due_on is None


FIRST = {
    TermKind.ACKNOWLEDGEMENT: "Ontvangstbevestiging",
    TermKind.CONTACT: "Persoonlijk contact",
    TermKind.PROGRESS: "Bericht aan de klager",
    TermKind.COACH_TOLD: "Kunstcoach informeren",
    TermKind.HANDLING: "Beslissing",
    Right.ERASURE: "Besluit op een verzoek om wissen",
    Right.ACCESS: "Besluit op een verzoek om inzage",
    Right.OBJECTION: "Besluit op een bezwaar",
}


def test_list_case_file_and_export_say_which_comes_first(clock, desk):
    assert {kind for kind, _label in DUE_KINDS} == {*TermKind.values, *Right.values} == set(FIRST)
    for kind in FIRST:
        case = make_complaint(source=Source.LETTER)
        case.terms.filter(kind=kind).update(due_on=date(2026, 12, 9))
        if kind in Right.values:
            request_due(case, kind, date(2026, 12, 9))
        due_dates.refresh_due(case)
        case = fresh(case)
        assert (case.next_due_on, case.next_due_kind) == (date(2026, 12, 9), kind)
        assert f"Eerst komt: {FIRST[kind]}, uiterlijk woensdag 9 december 2026." in text_of(
            desk.get(url("inspect", case))
        )
    shown = text_of(desk.get(LIST))
    export = desk.post(f"{LIST}export/", {"format": "csv"})
    exported = b"".join(export.streaming_content).decode()
    for words in FIRST.values():
        assert f"nog 1 dag {words}" in shown
        assert f'"2026-12-09";"{words}";' in exported


@pytest.fixture
def case(clock, confidant):
    """Filed on 8 December, to be decided by 19 January."""
    made = make_complaint()
    forget_mail()
    return made


def asked(case, by, days=28, **given):
    """What is given to extend the term by so many days."""
    until = due(case) + timedelta(days=days)
    return {"complaint": case, "until": until, "by": by, "reason": WHY} | given


def extend(case, by, days=28, **given):
    return due_dates.extend_handling(**asked(case, by, days, **given))


def not_extended(case, by, days=28, **given):
    before = due(case)
    refused(due_dates.extend_handling, **asked(case, by, days, **given))
    assert due(case) == before


def pause(case, by):
    return due_dates.pause_clock(complaint=case, by=by, reason=WHY)


def resume(case, by):
    return due_dates.resume_clock(complaint=case, by=by)


@pytest.mark.usefixtures("clock", "site")
def test_r03_it_is_told_with_its_reason_and_both_dates(confidant):
    case, code = filed()
    extend(case, confidant)
    case = fresh(case)
    assert due(case) == date(2027, 2, 16)
    assert case.terms.get(kind=TermKind.HANDLING).times_extended == 1
    line = open_history(case)[-1]
    assert line.event.kind == EventKind.EXTENDED
    dates = {"was_due_on": "2027-01-19", "now_due_on": "2027-02-16"}
    assert line.content == dates | {"explanation": WHY}
    (owed,) = OwedMail.objects.filter(kind=MailKind.TERM_EXTENDED)
    assert (owed.user, owed.occasion) == (None, "2027-01-19 2027-02-16")
    assert is_intact(case)
    page = entered(code).get(FOLLOW).content.decode()
    for words in ("meer tijd nodig voor een uitkomst.", WHY, "dinsdag 16 februari 2027"):
        assert words in page
    assert "dinsdag 19 januari 2027" not in page


def test_r03_at_least_a_day_and_at_most_what_is_set_now(case, confidant):
    for days in (-1, 0, 29):
        not_extended(case, confidant, days)
    not_extended(case, confidant, reason="  ")
    for days in (1, 28):
        with undone():
            extend(case, confidant, days)
            assert case.terms.get(kind=TermKind.HANDLING).times_extended == 1
    extend(case, confidant)
    set_handling(extension_days=7)
    assert due(case) == date(2027, 2, 16)
    not_extended(case, confidant, 8, agreed_on=timezone.localdate())


def test_a_closed_and_a_stopped_case_are_not_extended_a_suspect_one_mails_nobody(clock, confidant):
    closed, stopped = close(make_complaint(), confidant), pause(make_complaint(), confidant)
    for case in (closed, stopped):
        not_extended(case, confidant)
    case = make_complaint(is_suspect=True)
    extend(case, confidant)
    assert not OwedMail.objects.filter(complaint=case).exists()


def test_r03_only_before_the_term_ends_and_then_the_case_file_says_why(case, confidant, clock):
    too_late = make_complaint()
    clock.shift(timedelta(days=42))
    extend(case, confidant)
    clock.shift(timedelta(days=1))
    not_extended(too_late, confidant)
    desk = client_for(confidant)
    page = desk.get(url("inspect", too_late)).content.decode()
    assert "Verlengen of stilzetten kan niet meer" in page
    assert url("extend", too_late) not in page
    assert desk.get(url("extend", too_late)).status_code == 409


def test_the_desk_says_the_bounds_first_and_gives_back_what_was_typed(case, desk):
    form = desk.get(url("extend", case)).content.decode()
    assert "zaterdag 16 januari 2027" not in form
    assert "dinsdag 19 januari 2027" in form
    assert "dinsdag 16 februari 2027" in form
    for until in ("2027-01-19", "2027-02-17", "gauw", ""):
        answer = post(desk, "extend", case, until=until, reason=WHY)
        assert answer.status_code == 422, until
        assert WHY in answer.content.decode()
        assert "until" in answer.context["form"].errors
        assert due(case) == date(2027, 1, 19)
    assert post(desk, "extend", case, until="2027-02-01", reason=WHY).status_code == 302
    page = desk.get(url("inspect", case)).content.decode()
    for words in ("(1 keer verlengd)", WHY, "maandag 1 februari 2027"):
        assert words in page


def test_r03_the_desk_asks_for_the_agreement_the_second_time(case, desk, confidant):
    assert "agreed_on" not in desk.get(url("extend", case)).context["form"].fields
    extend(case, confidant)
    not_extended(case, confidant)
    given = {"until": "2027-03-01", "reason": WHY}
    wrong = {"until": due(case), "agreed_on": "2026-12-07"}  # each is told at once
    for asked_wrong, fields in ((wrong, {"until", "agreed_on"}), ({}, {"agreed_on"})):
        answer = post(desk, "extend", case, **given | asked_wrong)
        assert answer.status_code == 422
        assert set(answer.context["form"].errors) == fields
    for agreed_on in ("2026-12-07", "2026-12-09"):  # before it came, and tomorrow
        not_extended(case, confidant, agreed_on=date.fromisoformat(agreed_on))
        assert post(desk, "extend", case, **given, agreed_on=agreed_on).status_code == 422
    assert post(desk, "extend", case, **given, agreed_on="2026-12-08").status_code == 302
    assert due(case) == date(2027, 3, 1)
    assert open_history(case)[-1].content["extension_agreed_on"] == "2026-12-08"
    assert told(MailKind.TERM_EXTENDED) == [None, None]


STOPS = (
    ("2026-12-10 23:30+01:00", "2026-12-10 23:59+01:00", date(2027, 1, 19)),
    ("2026-12-10 23:30+01:00", "2026-12-11 00:10+01:00", date(2027, 1, 20)),
    ("2026-12-10 09:00+01:00", "2027-01-09 17:00+01:00", date(2027, 2, 18)),
    ("2027-01-19 09:00+01:00", "2027-04-01 00:30+02:00", date(2027, 4, 1)),  # summer time
    ("2027-01-19 09:00+01:00", "2028-02-29 09:00+01:00", date(2028, 2, 29)),
)


def test_after_a_standstill_the_decision_is_due_so_much_later(case, clock, confidant):
    for begin, end, new_due in STOPS:
        with undone():
            clock.move_to(begin)
            pause(case, confidant)
            clock.move_to(end)
            now = resume(case, confidant)
            assert (due(now), now.paused_on) == (new_due, None)
            assert open_history(now)[-1].content == {"now_due_on": new_due.isoformat()}


def test_two_stops_add_up_and_each_is_once_and_in_time(case, clock, confidant):
    refused(resume, case=case, by=confidant)
    for days in (3, 10):
        pause(case, confidant)
        refused(pause, case=case, by=confidant)
        clock.shift(timedelta(days=days))
        resume(case, confidant)
    assert due(case) == date(2027, 2, 1)
    clock.shift(timedelta(days=43))
    refused(pause, case=case, by=confidant)


def test_a_stopped_clock_counts_for_nothing_but_the_decision(clock, confidant):
    set_handling(handling_days=3)
    case = make_complaint()
    assert case.next_due_on == due(case)
    case = pause(case, confidant)
    assert case.next_due_on == due(case, TermKind.CONTACT)
    clock.shift(timedelta(days=4))
    assert case.term_state is not TermState.LATE
    case = resume(case, confidant)
    assert case.next_due_on == due(case) == date(2026, 12, 15)


def test_closing_ends_a_standstill_and_keeps_what_it_was_worth(case, clock, confidant):
    pause(case, confidant)
    clock.shift(timedelta(days=5))
    for end in (
        lambda: close(case, confidant),
        lambda: requests.withdraw_complaint(complaint=case),
    ):
        with undone():
            now = end()
            assert (now.paused_on, now.next_due_kind) == (None, TermKind.COACH_TOLD)
            assert is_met(now, TermKind.HANDLING)
            assert not is_met(now, TermKind.CONTACT)
            refused(resume, case=now, by=confidant)
            now = moves.reopen_complaint(complaint=now, by=confidant, reason="Toch niet.")
            assert due(now) == date(2027, 1, 24)


@pytest.mark.usefixtures("site")
def test_the_desk_stops_the_clock_and_the_complainant_reads_since_when_and_why(clock, confidant):
    case, code = filed()
    desk = client_for(confidant)
    assert post(desk, "pause", case, reason=WHY).status_code == 302
    page = desk.get(url("inspect", case)).content.decode()
    assert "klok staat stil sinds 8 december 2026" in page
    assert "Verlengen kan pas als de klok weer loopt." in page
    assert desk.get(url("extend", case)).status_code == 409
    page = entered(code).get(FOLLOW).content.decode()
    assert "De klok staat stil sinds 8 december 2026" in page
    assert WHY in page
    clock.shift(timedelta(days=2))
    desk = client_for(confidant)
    assert post(desk, "resume", case).status_code == 302
    assert due(case) == date(2027, 1, 21)
    assert "klok staat stil sinds" not in desk.get(url("inspect", case)).content.decode()
    page = entered(code).get(FOLLOW).content.decode()
    for words in ("De klok loopt weer.", "donderdag 21 januari 2027"):
        assert words in page
    assert "De klok staat stil sinds" not in page
