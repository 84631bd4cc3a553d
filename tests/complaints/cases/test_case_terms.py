"""The terms of a case: stamped at receipt, moved by what the complainant hears."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from complaints.cases import conversation, due_dates, moves, records, rights
from complaints.public.promises import open_promises
from complaints.stages import Right, Source, Stage
from complaints.terms import DUE_KINDS, TermKind, TermState
from complaints.vault.codes import new_code
from tests.desk import LIST, text_of, url
from tests.factories import (
    advise,
    close,
    coach_told,
    make_complaint,
    move,
    request_due,
    set_handling,
)
from tests.services import due, fresh, is_met

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
@pytest.mark.parametrize("hour", ["00:00:01", "12:00:00", "23:59:59"])
def test_r02_r04_r09_r22_r34_every_term_over(over, hour):
    """Whatever the hour: the day is the one on the wall in Amsterdam."""
    received, days = OVER[over]
    summer = "2026-10-20" <= received < "2026-10-25" or "2027-04" <= received < "2027-10"
    with time_machine.travel(f"{received} {hour}+0{2 if summer else 1}:00", tick=False):
        case = make_complaint()
    year = int(received[:4])
    whole = [f"{year + (day < received[5:])}-{day}" for day in days.split()]
    expected = dict(zip(COLUMNS, map(date.fromisoformat, whole), strict=True))
    assert case.received_on == date.fromisoformat(received)
    assert dict(case.terms.values_list("kind", "due_on")) == expected


@pytest.mark.parametrize(
    ("last_moment", "first_moment"),
    [
        ("2026-10-24 23:59:59+02:00", "2026-10-25 00:00:00+02:00"),  # the day before the change
        ("2026-10-25 23:59:59+01:00", "2026-10-26 00:00:00+01:00"),  # a day of 25 hours
        ("2027-03-28 23:59:59+02:00", "2027-03-29 00:00:00+02:00"),  # a day of 23 hours
        ("2028-02-29 23:59:59+01:00", "2028-03-01 00:00:00+01:00"),
        ("2026-12-31 23:59:59+01:00", "2027-01-01 00:00:00+01:00"),
    ],
)
def test_a_term_is_over_when_its_day_is(last_moment, first_moment):
    case = make_complaint()
    case.next_due_on = date.fromisoformat(last_moment[:10])
    for moment, state in ((last_moment, TermState.SOON), (first_moment, TermState.LATE)):
        with time_machine.travel(moment, tick=False):
            assert case.term_state is state


def test_r12_the_true_date_of_receipt_counts(clock):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 1))
    assert due(case) == date(2027, 1, 12)
    assert case.next_due_on == due(case, TermKind.ACKNOWLEDGEMENT) == date(2026, 12, 3)


@pytest.mark.parametrize("source", [Source.WEB, Source.LETTER, Source.MAIL, Source.TALK])
def test_r22_a_web_complaint_is_acknowledged_by_its_answer_another_by_somebody(source):
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


def _letter(case, by):
    case.terms.filter(kind=TermKind.ACKNOWLEDGEMENT).update(met_at=None)
    given = {"sent_on": timezone.localdate(), "reason": "Per brief."}
    records.record_acknowledgement(complaint=case, by=by, **given)


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
    "an extension": lambda case, by: due_dates.extend_handling(
        complaint=case, until=due(case) + timedelta(days=28), by=by, reason=WHY
    ),
    "a letter": _letter,
}
NOT_HEARD = {
    "a note": lambda case, by: moves.add_note(complaint=case, by=by, reason="Gezien."),
    "what the complainant writes": lambda case, _by: conversation.write_to_handler(
        complaint=case, text="Is er nieuws?", code=new_code()
    ),
    "a stop of the clock": lambda case, by: due_dates.pause_clock(
        complaint=case, by=by, reason=WHY
    ),
}


@pytest.mark.parametrize("act", HEARD | NOT_HEARD)
def test_r04_only_what_the_complainant_hears_moves_the_next_message(act, clock, confidant):
    case = make_complaint()
    clock.shift(timedelta(days=10))
    (HEARD | NOT_HEARD)[act](case, confidant)
    moved, stayed = date(2027, 1, 1), date(2026, 12, 22)
    assert due(case, TermKind.PROGRESS) == (moved if act in HEARD else stayed)
    assert not is_met(case, TermKind.PROGRESS)


def test_r04_what_is_recorded_later_brings_the_date_no_nearer(clock, confidant):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 1))
    _contact(case, confidant)
    given = {"sent_on": date(2026, 12, 2), "reason": "Per brief."}
    records.record_acknowledgement(complaint=case, by=confidant, **given)
    assert due(case, TermKind.PROGRESS) == date(2026, 12, 22)


def test_a_message_in_a_closed_case_starts_no_clock(clock, confidant):
    case = close(make_complaint(), confidant)
    clock.shift(timedelta(days=1))
    _message(case, confidant)
    assert fresh(case).next_due_kind == TermKind.COACH_TOLD
    assert due(case, TermKind.PROGRESS) == date(2026, 12, 22)


def test_r04_reopening_owes_a_message_anew(clock, confidant):
    case = close(make_complaint(), confidant)
    clock.shift(timedelta(days=30))
    case = moves.reopen_complaint(complaint=case, by=confidant, reason="Toch niet.")
    assert due(case, TermKind.PROGRESS) == date(2027, 1, 21)
    assert not is_met(case, TermKind.HANDLING)
    assert case.next_due_on == due(case, TermKind.CONTACT)


def test_r04_after_the_first_contact_the_complainant_knows_when_to_hear_again(clock, confidant):
    case = make_complaint()
    first = [promise["date"] for promise in open_promises(case, reachable=True)]
    assert first == [due(case, TermKind.CONTACT), due(case)]
    _contact(case, confidant)
    after = open_promises(case, reachable=True)
    assert [promise["date"] for promise in after] == [due(case, TermKind.PROGRESS), due(case)]
    assert after[0]["text"] == "Je hoort weer van ons, ook als er nog geen uitkomst is."


def test_a_message_due_after_the_outcome_promises_nothing_more(clock, confidant):
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
