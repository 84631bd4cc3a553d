"""The terms of a case: stamped at receipt, moved by what is said and agreed, ended by closing."""

import json
from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.html import escape

from complaints.cases import conversation, due_dates, moves, records, requests, rights
from complaints.cases.case import NotAllowed, is_intact
from complaints.cases.contents import open_history, own_history
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import case_key
from complaints.events import EventKind
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.settings import HandlingSettings
from complaints.public.promises import open_promises
from complaints.stages import CoachTold, Right, Source, Stage
from complaints.terms import DUE_KINDS, TermKind, TermState
from complaints.vault.codes import new_code
from tests.desk import LIST, client_for, text_of, url
from tests.factories import close, coach_told, make_complaint, move, request_due, set_handling
from tests.follow import FOLLOW, entered, filed

pytestmark = pytest.mark.django_db

WHY = "We wachten op de agenda van de coach."


def due(case, kind=TermKind.HANDLING):
    return case.terms.get(kind=kind).due_on


def is_met(case, kind):
    return case.terms.get(kind=kind).met_at is not None


def post(desk, case, name, **data):
    case.refresh_from_db()
    return desk.post(url(name, case), {"seen": case.event_count} | data)


def assert_read_by_complainant(form):
    """It says so before the text box, and nowhere that others would be the only ones."""
    before = form.split("<textarea")[0]
    assert "readers--complainant" in before
    assert "Het staat op de volgpagina." in before
    assert "readers--us" not in form
    assert "lleen wij" not in form


def extend(case, by, days=28, **given):
    until = due(case) + timedelta(days=days)
    return due_dates.extend_handling(
        complaint=case, **({"until": until, "by": by, "explanation": WHY} | given)
    )


def pause(case, by):
    return due_dates.pause_clock(complaint=case, by=by, explanation=WHY)


# What is stamped at receipt. The columns: two working days, five, 14 days, 30 days, 42 days.

OVER = {
    "the end of summer time": ("2026-10-20", "10-22", "10-27", "11-03", "11-19", "12-01"),
    "Easter and summer time": ("2027-03-22", "03-24", "03-31", "04-05", "04-21", "05-03"),
    "King's Day": ("2027-04-26", "04-29", "05-04", "05-10", "05-26", "06-07"),
    "a leap day": ("2028-02-28", "03-01", "03-06", "03-13", "03-29", "04-10"),
    "Christmas": ("2026-11-30", "12-02", "12-07", "12-14", "12-30", "2027-01-11"),
    "both days of Christmas": (
        "2026-12-23",
        "12-28",
        "12-31",
        "2027-01-06",
        "2027-01-22",
        "2027-02-03",
    ),
    "New Year, from a weekend": (
        "2027-12-25",
        "12-28",
        "12-31",
        "2028-01-08",
        "2028-01-24",
        "2028-02-05",
    ),
}
COLUMNS = (
    TermKind.ACKNOWLEDGEMENT,
    TermKind.CONTACT,
    TermKind.PROGRESS,
    TermKind.COACH_TOLD,
    TermKind.HANDLING,
)


@pytest.mark.parametrize("over", OVER)
@pytest.mark.parametrize("hour", ["00:00:01", "12:00:00", "23:59:59"])
def test_r02_r04_r09_r22_r34_every_term_over(over, hour):
    """Whatever the hour: the day is the one on the wall in Amsterdam."""
    received, *days = OVER[over]
    summer = "2026-10-20" <= received < "2026-10-25" or "2027-04" <= received < "2027-10"
    with time_machine.travel(f"{received} {hour}+0{2 if summer else 1}:00", tick=False):
        case = make_complaint()
    whole = [day if len(day) > 5 else f"{received[:4]}-{day}" for day in days]
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
    with time_machine.travel(last_moment, tick=False):
        assert case.term_state is TermState.SOON
    with time_machine.travel(first_moment, tick=False):
        assert case.term_state is TermState.LATE


def test_r12_the_true_date_of_receipt_counts(clock):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 1))
    assert due(case) == date(2027, 1, 12)
    assert case.next_due_on == due(case, TermKind.ACKNOWLEDGEMENT) == date(2026, 12, 3)


def test_r22_a_web_complaint_is_acknowledged_by_its_answer(clock):
    case = make_complaint()
    assert is_met(case, TermKind.ACKNOWLEDGEMENT)
    assert case.next_due_on == due(case, TermKind.CONTACT)


@pytest.mark.parametrize("source", [Source.LETTER, Source.MAIL, Source.TALK])
def test_r22_by_another_channel_somebody_has_to(source):
    assert not is_met(make_complaint(source=source), TermKind.ACKNOWLEDGEMENT)


def test_a_changed_setting_touches_new_cases_only(clock, confidant):
    old = make_complaint()
    set_handling(handling_days=10, progress_days=3, coach_told_days=5)
    moves.record_contact(complaint=old, by=confidant, note="Gebeld.")
    assert due(old) == date(2027, 1, 19)
    assert due(old, TermKind.COACH_TOLD) == date(2027, 1, 7)
    assert due(old, TermKind.PROGRESS) == date(2026, 12, 22)
    assert due(make_complaint()) == date(2026, 12, 18)


# messages.


def _letter(case, by):
    case.terms.filter(kind=TermKind.ACKNOWLEDGEMENT).update(met_at=None)
    records.record_acknowledgement(
        complaint=case, by=by, sent_on=timezone.localdate(), note="Per brief."
    )


def _advice(case, by):
    _moved_before(case, Stage.MEDIATION, by)
    records.give_advice(complaint=case, by=by, given_on=timezone.localdate(), text="Praat samen.")


def _ruling(case, by):
    _moved_before(case, Stage.COMMITTEE, by)
    records.record_ruling(complaint=case, by=by, ruled_on=timezone.localdate(), text="Gegrond.")


def _moved_before(case, to, by):
    move(case, to, by)
    case.terms.filter(kind=TermKind.PROGRESS).update(due_on=date(2026, 12, 22))


def _decision_on_a_right(case, by):
    rights.ask_right(complaint=case, right=Right.ACCESS)
    rights.decide_right(
        complaint=case, right=Right.ACCESS, is_granted=True, by=by, reason="Op de volgpagina."
    )


OUTWARD = {
    "advice": _advice,
    "ruling": _ruling,
    "decision on a right": _decision_on_a_right,
    "message": lambda case, by: conversation.write_to_complainant(
        complaint=case, text="Ik ben ermee bezig.", by=by
    ),
    "contact": lambda case, by: moves.record_contact(complaint=case, by=by, note="Gebeld."),
    "move": lambda case, by: moves.move_complaint(
        complaint=case, to=Stage.MEDIATION, by=by, reason="Verder."
    ),
    "extension": extend,
    "letter": _letter,
}
NOT_OUTWARD = {
    "note": lambda case, by: moves.add_note(complaint=case, by=by, note="Gezien."),
    "what the complainant writes": lambda case, by: conversation.write_to_handler(
        complaint=case, text="Hoe staat het ervoor?", code=new_code()
    ),
    "a stop of the clock": pause,
}


@pytest.mark.parametrize("way", OUTWARD)
def test_r04_what_the_complainant_hears_moves_the_next_message(way, clock, confidant):
    case = make_complaint()
    clock.shift(timedelta(days=10))
    OUTWARD[way](case, confidant)
    case.refresh_from_db()
    assert due(case, TermKind.PROGRESS) == date(2027, 1, 1)
    assert not is_met(case, TermKind.PROGRESS)


@pytest.mark.parametrize("way", NOT_OUTWARD)
def test_r04_what_they_do_not_hear_moves_nothing(way, clock, confidant):
    case = make_complaint()
    clock.shift(timedelta(days=10))
    NOT_OUTWARD[way](case, confidant)
    assert due(case, TermKind.PROGRESS) == date(2026, 12, 22)


def test_r04_what_is_recorded_later_brings_the_date_no_nearer(clock, confidant):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 1))
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    records.record_acknowledgement(
        complaint=case, by=confidant, sent_on=date(2026, 12, 2), note="Per brief."
    )
    assert due(case, TermKind.PROGRESS) == date(2026, 12, 22)


def test_r04_the_desk_shows_when_a_message_is_late(clock, desk, confidant):
    case = make_complaint()
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    clock.shift(timedelta(days=15))
    case.refresh_from_db()
    assert case.next_due_on == due(case, TermKind.PROGRESS)
    assert case.term_state is TermState.LATE
    desk.force_login(confidant)
    page = desk.get(url("inspect", case)).content.decode()
    line = page.split("<dt>Bericht aan de klager</dt>")[1].split("</dd>")[0]
    assert "te laat" in line


def test_a_message_in_a_closed_case_starts_no_clock(clock, confidant):
    case = close(make_complaint(), confidant)
    clock.shift(timedelta(days=1))
    OUTWARD["message"](case, confidant)
    case.refresh_from_db()
    assert case.next_due_kind == TermKind.COACH_TOLD
    assert due(case, TermKind.PROGRESS) == date(2026, 12, 22)


# extension.


def test_r03_one_extension_is_told_with_its_reason_and_both_dates(clock, confidant):
    case = make_complaint()
    OwedMail.objects.all().delete()
    extend(case, confidant)
    case.refresh_from_db()
    assert due(case) == date(2027, 2, 16)
    assert case.terms.get(kind=TermKind.HANDLING).times_extended == 1
    line = open_history(case)[-1]
    assert line.event.kind == EventKind.EXTENDED
    assert line.content == {
        "explanation": WHY,
        "was_due_on": "2027-01-19",
        "now_due_on": "2027-02-16",
    }
    (owed,) = OwedMail.objects.filter(kind=MailKind.TERM_EXTENDED)
    assert (owed.user, owed.occasion) == (None, "2027-01-19 2027-02-16")
    assert is_intact(case)


@pytest.mark.parametrize(
    ("days", "is_right"), [(-1, False), (0, False), (1, True), (28, True), (29, False)]
)
def test_r03_an_extension_is_at_least_a_day_and_at_most_what_is_set(days, is_right, confidant):
    case = make_complaint()
    if is_right:
        extend(case, confidant, days)
    else:
        with pytest.raises(NotAllowed):
            extend(case, confidant, days)
    assert case.terms.get(kind=TermKind.HANDLING).times_extended == int(is_right)


def test_r03_an_extension_comes_before_the_term_ends(clock, confidant):
    in_time, too_late = make_complaint(), make_complaint()
    clock.shift(timedelta(days=42))
    extend(in_time, confidant)
    clock.shift(timedelta(days=1))
    with pytest.raises(NotAllowed):
        extend(too_late, confidant)
    assert due(too_late) == date(2027, 1, 19)


@pytest.mark.parametrize("agreed_on", [None, date(2026, 12, 7), date(2026, 12, 9)])
def test_r03_a_further_extension_needs_a_real_agreement(agreed_on, clock, confidant):
    """Not without one, not from before the complaint came, not from tomorrow."""
    case = make_complaint()
    extend(case, confidant)
    with pytest.raises(NotAllowed):
        extend(case, confidant, agreed_on=agreed_on)
    assert due(case) == date(2027, 2, 16)


def test_r03_a_further_extension_with_the_agreement_is_recorded(clock, confidant):
    case = make_complaint()
    extend(case, confidant)
    extend(case, confidant, 14, agreed_on=date(2026, 12, 8))
    assert due(case) == date(2027, 3, 2)
    assert open_history(case)[-1].content["extension_agreed_on"] == "2026-12-08"
    assert OwedMail.objects.filter(kind=MailKind.TERM_EXTENDED).count() == 2


def test_a_closed_a_stopped_and_an_erased_case_are_not_extended(confidant):
    closed, stopped, erased = (make_complaint() for _ in range(3))
    close(closed, confidant)
    pause(stopped, confidant)
    erase_content(complaint=erased, by=confidant, reason=ErasureReason.REQUEST)
    for case in (closed, stopped, erased):
        before = due(case)
        with pytest.raises(NotAllowed):
            extend(case, confidant)
        assert due(case) == before


def test_an_extension_without_a_word_of_why_is_none(confidant):
    with pytest.raises(NotAllowed):
        extend(make_complaint(), confidant, explanation="  ")


def test_r03_a_changed_setting_limits_only_what_is_still_to_be_extended(confidant):
    case = make_complaint()
    extend(case, confidant)
    before = due(case)
    set_handling(extension_days=7)
    assert due(case) == before
    with pytest.raises(NotAllowed):
        extend(case, confidant, 8, agreed_on=timezone.localdate())


def test_an_extension_of_a_suspect_case_mails_nobody(confidant):
    case = make_complaint(is_suspect=True)
    extend(case, confidant)
    assert not OwedMail.objects.filter(complaint=case).exists()


# The waiting period.


@pytest.mark.parametrize(
    ("begin", "end", "new_due"),
    [
        ("2026-12-10 23:30+01:00", "2026-12-10 23:59+01:00", date(2027, 1, 19)),
        ("2026-12-10 23:30+01:00", "2026-12-11 00:10+01:00", date(2027, 1, 20)),
        ("2026-12-10 09:00+01:00", "2027-01-09 17:00+01:00", date(2027, 2, 18)),
        ("2027-01-19 09:00+01:00", "2027-04-01 00:30+02:00", date(2027, 4, 1)),  # summer time
        ("2027-01-19 09:00+01:00", "2028-02-29 09:00+01:00", date(2028, 2, 29)),
    ],
)
def test_the_decision_is_due_as_many_days_later_as_the_clock_stood_still(
    begin, end, new_due, clock, confidant
):
    case = make_complaint()
    clock.move_to(begin)
    pause(case, confidant)
    clock.move_to(end)
    case = due_dates.resume_clock(complaint=case, by=confidant)
    assert (due(case), case.paused_on) == (new_due, None)
    assert open_history(case)[-1].content == {"now_due_on": new_due.isoformat()}


def test_two_stops_add_up(clock, confidant):
    case = make_complaint()
    for days in (3, 10):
        pause(case, confidant)
        clock.shift(timedelta(days=days))
        due_dates.resume_clock(complaint=case, by=confidant)
    assert due(case) == date(2027, 2, 1)


def test_a_stopped_clock_counts_for_nothing_but_the_decision(clock, confidant):
    set_handling(handling_days=3)
    case = make_complaint()
    assert case.next_due_on == due(case)
    case = pause(case, confidant)
    assert case.next_due_on == due(case, TermKind.CONTACT)
    clock.shift(timedelta(days=4))
    assert case.term_state is not TermState.LATE
    case = due_dates.resume_clock(complaint=case, by=confidant)
    assert case.next_due_on == due(case) == date(2026, 12, 15)


def test_a_clock_stops_once_runs_again_once_and_not_when_it_is_too_late(clock, confidant):
    case = make_complaint()
    with pytest.raises(NotAllowed):
        due_dates.resume_clock(complaint=case, by=confidant)
    pause(case, confidant)
    with pytest.raises(NotAllowed):
        pause(case, confidant)
    due_dates.resume_clock(complaint=case, by=confidant)
    clock.shift(timedelta(days=43))
    with pytest.raises(NotAllowed):
        pause(case, confidant)


@pytest.mark.parametrize("how", ["desk", "complainant"])
def test_closing_ends_the_stop_and_keeps_what_it_was_worth(how, clock, confidant):
    case = make_complaint()
    pause(case, confidant)
    clock.shift(timedelta(days=5))
    case = close(case, confidant) if how == "desk" else requests.withdraw_complaint(complaint=case)
    assert (case.paused_on, case.next_due_kind) == (None, TermKind.COACH_TOLD)
    assert is_met(case, TermKind.HANDLING)
    assert not is_met(case, TermKind.CONTACT)
    with pytest.raises(NotAllowed):
        due_dates.resume_clock(complaint=case, by=confidant)
    case = moves.reopen_complaint(complaint=case, by=confidant, reason="Toch niet.")
    assert due(case) == date(2027, 1, 24)


def test_r04_reopening_owes_a_message_anew(clock, confidant):
    case = close(make_complaint(), confidant)
    clock.shift(timedelta(days=30))
    case = moves.reopen_complaint(complaint=case, by=confidant, reason="Toch niet.")
    assert due(case, TermKind.PROGRESS) == date(2027, 1, 21)
    assert not is_met(case, TermKind.HANDLING)
    assert case.next_due_on == due(case, TermKind.CONTACT)


# Requests about data.


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


def test_r35_the_earliest_of_terms_and_requests_comes_first(clock):
    case = make_complaint()
    request_due(case, Right.ACCESS, date(2026, 12, 9))
    due_dates.refresh_due(case)
    case.refresh_from_db()
    assert (case.next_due_on, case.next_due_kind) == (date(2026, 12, 9), Right.ACCESS)


# what somebody does outside the site.


def test_r22_an_acknowledgement_meets_its_term_on_the_day_it_was_sent(clock, confidant):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 7))
    records.record_acknowledgement(
        complaint=case, by=confidant, sent_on=date(2026, 12, 7), note="Per brief."
    )
    met = case.terms.get(kind=TermKind.ACKNOWLEDGEMENT).met_at
    assert timezone.localdate(met) == date(2026, 12, 7)
    with pytest.raises(NotAllowed):
        records.record_acknowledgement(
            complaint=case, by=confidant, sent_on=date(2026, 12, 8), note="Nog eens."
        )


@pytest.mark.parametrize("day", [date(2026, 12, 6), date(2026, 12, 9)])
def test_nothing_was_sent_before_receipt_or_after_today(day, clock, confidant):
    case = make_complaint(source=Source.LETTER, received_on=date(2026, 12, 7))
    with pytest.raises(NotAllowed):
        records.record_acknowledgement(complaint=case, by=confidant, sent_on=day, note="Zo.")
    with pytest.raises(NotAllowed):
        records.record_coach_told(
            complaint=case, by=confidant, answer=CoachTold.TOLD, told_on=day, note="Zo."
        )
    assert not is_met(case, TermKind.ACKNOWLEDGEMENT)
    assert not is_met(case, TermKind.COACH_TOLD)


@pytest.mark.parametrize("answer", CoachTold)
def test_r34_the_coach_is_told_or_there_is_a_reason(answer, clock, confidant):
    case = make_complaint()
    told_on = timezone.localdate() if answer is CoachTold.TOLD else None
    records.record_coach_told(
        complaint=case, by=confidant, answer=answer, told_on=told_on, note="Per brief."
    )
    assert is_met(case, TermKind.COACH_TOLD)
    content = open_history(case)[-1].content
    assert (content["coach_told"], content["reason"]) == (answer.value, "Per brief.")
    assert ("told_on" in content) is (answer is CoachTold.TOLD)


def test_r34_the_duty_towards_the_coach_outlives_the_case(confidant):
    case = close(make_complaint(), confidant)
    assert (case.next_due_on, case.next_due_kind) == (
        due(case, TermKind.COACH_TOLD),
        TermKind.COACH_TOLD,
    )
    case = coach_told(case, confidant)
    assert is_met(case, TermKind.COACH_TOLD)
    assert (case.next_due_on, case.next_due_kind) == (None, "")


def test_r34_the_desk_shows_that_a_closed_case_still_owes_the_coach_a_word(clock, desk, confidant):
    case = close(make_complaint(), confidant)
    page = text_of(desk.get(url("inspect", case)))
    assert "Eerst komt: Kunstcoach informeren, uiterlijk donderdag 7 januari 2027." in page
    assert "Kunstcoach informeren uiterlijk donderdag 7 januari 2027 op tijd" in page
    assert "Kunstcoach informeren 7 januari 2027" in text_of(desk.get(f"{LIST}?status=closed"))
    clock.move_to("2027-01-08 10:00:00+01:00")
    desk.force_login(confidant)
    assert case.reference in text_of(desk.get(f"{LIST}?term=late"))
    assert "1 zaak is te laat" in text_of(desk.get("/cms/"))
    coach_told(case, confidant)
    assert case.reference not in text_of(desk.get(f"{LIST}?term=late"))
    assert "te laat" not in text_of(desk.get(url("inspect", case)))


@pytest.mark.parametrize("is_told", [True, False])
def test_r34_reopening_changes_nothing_of_the_duty_towards_the_coach(is_told, clock, confidant):
    case = close(make_complaint(), confidant)
    if is_told:
        coach_told(case, confidant)
    case = moves.reopen_complaint(complaint=case, by=confidant, reason="Toch niet.")
    assert is_met(case, TermKind.COACH_TOLD) is is_told
    assert due(case, TermKind.COACH_TOLD) == date(2027, 1, 7)
    assert case.next_due_kind == TermKind.CONTACT


def test_r34_where_nothing_is_held_any_more_nothing_is_told(desk, confidant):
    """Erasing ends the duty, or a date would stand that nobody could meet."""
    case = close(make_complaint(), confidant)
    case = erase_content(complaint=case, by=confidant, reason=ErasureReason.REQUEST)
    assert (case.next_due_on, case.next_due_kind) == (None, "")
    assert "vervallen: de inhoud van de zaak is gewist" in text_of(desk.get(url("inspect", case)))
    assert desk.get(url("coach-told", case)).status_code == 409


# Which term comes first.


def test_what_can_be_due_are_all_terms_and_all_rights():
    assert {kind for kind, _label in DUE_KINDS} == {*TermKind.values, *Right.values}


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (TermKind.ACKNOWLEDGEMENT, "Ontvangstbevestiging"),
        (TermKind.CONTACT, "Persoonlijk contact"),
        (TermKind.PROGRESS, "Bericht aan de klager"),
        (TermKind.COACH_TOLD, "Kunstcoach informeren"),
        (TermKind.HANDLING, "Beslissing"),
        (Right.ERASURE, "Besluit op een verzoek om wissen"),
        (Right.ACCESS, "Besluit op een verzoek om inzage"),
    ],
)
def test_list_board_case_file_and_export_say_which_comes_first(kind, words, clock, desk):
    case = make_complaint(source=Source.LETTER)
    case.terms.filter(kind=kind).update(due_on=date(2026, 12, 9))
    if kind in Right.values:
        request_due(case, kind, date(2026, 12, 9))
    due_dates.refresh_due(case)
    row = f"{words} 9 december 2026 binnen 3 werkdagen"
    assert row in text_of(desk.get(LIST))
    assert row in text_of(desk.get(f"{LIST}bord/"))
    file = text_of(desk.get(url("inspect", case)))
    assert f"Eerst komt: {words}, uiterlijk woensdag 9 december 2026." in file
    export = desk.post(f"{LIST}export/", {"format": "csv"})
    assert f'"2026-12-09";"{words}";' in b"".join(export.streaming_content).decode()


# At the desk.


def test_the_desk_extends_and_says_first_who_reads_it(clock, desk):
    case = make_complaint()
    form = desk.get(url("extend", case)).content.decode()
    assert_read_by_complainant(form)
    assert "zaterdag 16 januari 2027" not in form
    assert "dinsdag 19 januari 2027" in form
    assert "dinsdag 16 februari 2027" in form
    answer = post(desk, case, "extend", until="2027-02-01", reason=WHY)
    assert answer.status_code == 302
    page = desk.get(url("inspect", case)).content.decode()
    assert "(1 keer verlengd)" in page
    assert WHY in page
    assert "maandag 1 februari 2027" in page


@pytest.mark.parametrize("until", ["2027-01-19", "2027-02-17", "gauw", ""])
def test_an_extension_that_does_not_fit_comes_back_with_what_was_typed(until, clock, desk):
    case = make_complaint()
    answer = post(desk, case, "extend", until=until, reason=WHY)
    assert answer.status_code == 422
    assert WHY in answer.content.decode()
    assert "until" in answer.context["form"].errors
    assert due(case) == date(2027, 1, 19)


def test_r03_the_desk_asks_for_the_agreement_the_second_time(clock, desk, confidant):
    case = make_complaint()
    assert "agreed_on" not in desk.get(url("extend", case)).context["form"].fields
    extend(case, confidant)
    answer = post(desk, case, "extend", until="2027-03-01", reason=WHY)
    assert answer.status_code == 422
    assert "agreed_on" in answer.context["form"].errors
    for agreed_on, status in (("2026-12-09", 422), ("2026-12-08", 302)):
        given = {"until": "2027-03-01", "reason": WHY, "agreed_on": agreed_on}
        assert post(desk, case, "extend", **given).status_code == status
    assert due(case) == date(2027, 3, 1)


def test_the_desk_stops_the_clock_and_starts_it(clock, desk):
    case = make_complaint()
    form = desk.get(url("pause", case)).content.decode()
    assert_read_by_complainant(form)
    assert post(desk, case, "pause", reason=WHY).status_code == 302
    page = desk.get(url("inspect", case)).content.decode()
    assert "klok staat stil sinds 8 december 2026" in page
    assert "Verlengen kan pas als de klok weer loopt." in page
    assert desk.get(url("extend", case)).status_code == 409
    clock.shift(timedelta(days=2))
    desk.force_login(case.handler)
    assert post(desk, case, "resume").status_code == 302
    assert due(case) == date(2027, 1, 21)
    assert "klok staat stil sinds" not in desk.get(url("inspect", case)).content.decode()


def test_when_it_is_too_late_the_case_file_says_why(clock, desk):
    case = make_complaint()
    clock.shift(timedelta(days=43))
    desk.force_login(case.handler)
    page = desk.get(url("inspect", case)).content.decode()
    assert "Verlengen of stilzetten kan niet meer" in page
    assert url("extend", case) not in page
    assert desk.get(url("extend", case)).status_code == 409


def test_r22_the_desk_records_an_acknowledgement_of_a_letter_only(clock, desk):
    letter, web = make_complaint(source=Source.LETTER), make_complaint()
    assert desk.get(url("acknowledge", web)).status_code == 409
    given = {"reason": "Per brief.", "sent_on": "2026-12-09"}
    assert post(desk, letter, "acknowledge", **given).status_code == 422
    given["sent_on"] = "08-12-2026"
    assert post(desk, letter, "acknowledge", **given).status_code == 302
    assert "afgehandeld op 8 december 2026" in desk.get(url("inspect", letter)).content.decode()
    assert desk.get(url("acknowledge", letter)).status_code == 409


def test_r34_the_desk_asks_the_day_of_a_coach_who_was_told(clock, desk):
    case = make_complaint()
    given = {"reason": "Per brief.", "answer": "told"}
    answer = post(desk, case, "coach-told", **given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["told_on"]
    assert post(desk, case, "coach-told", **given, told_on="2026-12-08").status_code == 302
    page = desk.get(url("inspect", case)).content.decode()
    assert "De kunstcoach is geïnformeerd" in page
    assert desk.get(url("coach-told", case)).status_code == 409


def test_r34_the_desk_takes_a_reason_why_not(clock, desk):
    case = make_complaint()
    assert post(desk, case, "coach-told", answer="defeats").status_code == 422
    given = {"answer": "defeats", "reason": "Dan verdwijnt het bewijs."}
    assert post(desk, case, "coach-told", **given).status_code == 302
    page = desk.get(url("inspect", case)).content.decode()
    assert "het zou het doel van het onderzoek in de weg staan" in page


# What the complainant sees.


@pytest.fixture
def mine(site, staff):
    return filed()


def test_r03_the_complainant_reads_why_and_until_when(clock, mine, staff):
    case, code = mine
    extend(case, staff.confidant)
    page = entered(code).get(FOLLOW).content.decode()
    assert "We hebben meer tijd nodig voor een uitkomst." in page
    assert WHY in page
    assert "dinsdag 16 februari 2027" in page
    assert "dinsdag 19 januari 2027" not in page


def test_the_complainant_reads_that_the_clock_stands_still_since_when_and_why(clock, mine, staff):
    case, code = mine
    pause(case, staff.confidant)
    page = entered(code).get(FOLLOW).content.decode()
    assert "De klok staat stil sinds 8 december 2026" in page
    assert WHY in page
    clock.shift(timedelta(days=1))
    due_dates.resume_clock(complaint=case, by=staff.confidant)
    page = entered(code).get(FOLLOW).content.decode()
    assert "De klok loopt weer." in page
    assert "woensdag 20 januari 2027" in page
    assert "De klok staat stil sinds" not in page


def test_what_staff_wrote_for_colleagues_stays_with_them(mine, staff):
    case, code = mine
    records.record_coach_told(
        complaint=case, by=staff.confidant, answer=CoachTold.DEFEATS, note="Alleen voor ons."
    )
    case.terms.filter(kind=TermKind.ACKNOWLEDGEMENT).update(met_at=None)
    records.record_acknowledgement(
        complaint=case, by=staff.confidant, sent_on=case.received_on, note="Ook alleen voor ons."
    )
    page = entered(code).get(FOLLOW).content.decode()
    assert "We bevestigden dat je klacht binnen is." in page
    assert "lleen voor ons" not in page
    kinds = [found.event.kind for found in own_history(case, case_key(case.pk))]
    assert EventKind.COACH_TOLD not in kinds


def test_the_dossier_names_no_duty_among_ourselves(mine):
    _case, code = mine
    dossier = json.loads(entered(code).post(FOLLOW, {"action": "json"}).content)
    assert {term["kind"] for term in dossier["terms"]} == {"contact", "progress", "handling"}


def test_r04_after_the_first_contact_the_complainant_knows_when_to_hear_again(clock, confidant):
    case = make_complaint()
    first = [promise["date"] for promise in open_promises(case, reachable=True)]
    assert first == [due(case, TermKind.CONTACT), due(case)]
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    after = open_promises(case, reachable=True)
    assert [promise["date"] for promise in after] == [due(case, TermKind.PROGRESS), due(case)]
    assert after[0]["text"] == "Je hoort weer van ons, ook als er nog geen uitkomst is."


def test_a_message_due_after_the_outcome_promises_nothing_more(clock, confidant):
    set_handling(handling_days=10)
    case = make_complaint()
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    assert [promise["date"] for promise in open_promises(case, reachable=False)] == [due(case)]


# The settings.


def test_the_settings_no_longer_say_that_nothing_is_watched(staff):
    client = client_for(staff.manager)
    page = client.get("/cms/settings/complaints/handlingsettings/", follow=True).content.decode()
    assert "bewaakt" not in page
    help_text = HandlingSettings._meta.get_field("progress_days").help_text
    assert escape(str(help_text)) in page
