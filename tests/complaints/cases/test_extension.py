"""R-03: the decision may come later, by an extension or while the clock stands still."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints.cases import due_dates, moves, requests
from complaints.cases.case import is_intact
from complaints.events import EventKind
from complaints.models.outbox import MailKind, OwedMail
from complaints.terms import TermKind, TermState
from tests.desk import post, url
from tests.factories import close, make_complaint, set_handling
from tests.follow import FOLLOW, entered, filed
from tests.services import due, forget_mail, fresh, is_met, open_history, refused, told

pytestmark = pytest.mark.django_db

WHY = "We wachten op de agenda van de coach."


@pytest.fixture
def case(clock, confidant):
    """Filed on 8 December, to be decided by 19 January."""
    made = make_complaint()
    forget_mail()
    return made


def assert_read_by_complainant(form):
    """It says so before the text box, and nowhere that others would be the only ones."""
    before = form.split("<textarea")[0]
    assert "readers--complainant" in before
    assert "Het staat op de volgpagina." in before
    assert "readers--us" not in form
    assert "lleen wij" not in form


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


class TestExtension:
    def test_r03_it_is_told_with_its_reason_and_both_dates(self, case, confidant):
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

    @pytest.mark.parametrize(
        ("days", "is_right"), [(-1, False), (0, False), (1, True), (28, True), (29, False)]
    )
    def test_r03_at_least_a_day_and_at_most_what_is_set(self, days, is_right, case, confidant):
        (extend if is_right else not_extended)(case, confidant, days)
        assert case.terms.get(kind=TermKind.HANDLING).times_extended == int(is_right)

    def test_a_closed_and_a_stopped_case_are_not_extended_a_suspect_one_mails_nobody(
        self, confidant
    ):
        closed, stopped = close(make_complaint(), confidant), pause(make_complaint(), confidant)
        for case in (closed, stopped):
            not_extended(case, confidant)
        case = make_complaint(is_suspect=True)
        extend(case, confidant)
        assert not OwedMail.objects.filter(complaint=case).exists()

    def test_r03_before_the_term_ends_with_a_word_of_why(self, case, confidant, clock):
        not_extended(case, confidant, reason="  ")
        too_late = make_complaint()
        clock.shift(timedelta(days=42))
        extend(case, confidant)
        clock.shift(timedelta(days=1))
        not_extended(too_late, confidant)

    def test_r03_a_changed_setting_limits_only_what_is_still_to_be_extended(self, case, confidant):
        extend(case, confidant)
        set_handling(extension_days=7)
        assert due(case) == date(2027, 2, 16)
        not_extended(case, confidant, 8, agreed_on=timezone.localdate())

    def test_the_desk_says_first_who_reads_it(self, case, desk):
        form = desk.get(url("extend", case)).content.decode()
        assert_read_by_complainant(form)
        assert "zaterdag 16 januari 2027" not in form
        assert "dinsdag 19 januari 2027" in form
        assert "dinsdag 16 februari 2027" in form
        assert post(desk, "extend", case, until="2027-02-01", reason=WHY).status_code == 302
        page = desk.get(url("inspect", case)).content.decode()
        for words in ("(1 keer verlengd)", WHY, "maandag 1 februari 2027"):
            assert words in page

    @pytest.mark.parametrize("until", ["2027-01-19", "2027-02-17", "gauw", ""])
    def test_a_date_that_does_not_fit_comes_back_with_what_was_typed(self, until, case, desk):
        answer = post(desk, "extend", case, until=until, reason=WHY)
        assert answer.status_code == 422
        assert WHY in answer.content.decode()
        assert "until" in answer.context["form"].errors
        assert due(case) == date(2027, 1, 19)

    def test_r03_the_desk_asks_for_the_agreement_the_second_time(self, case, desk, confidant):
        assert "agreed_on" not in desk.get(url("extend", case)).context["form"].fields
        extend(case, confidant)
        given = {"until": "2027-03-01", "reason": WHY}
        answer = post(desk, "extend", case, **given)
        assert answer.status_code == 422
        assert "agreed_on" in answer.context["form"].errors
        for agreed_on in ("2026-12-07", "2026-12-09"):  # before it came, and tomorrow
            not_extended(case, confidant, agreed_on=date.fromisoformat(agreed_on))
            assert post(desk, "extend", case, **given, agreed_on=agreed_on).status_code == 422
        assert post(desk, "extend", case, **given, agreed_on="2026-12-08").status_code == 302
        assert due(case) == date(2027, 3, 1)
        assert open_history(case)[-1].content["extension_agreed_on"] == "2026-12-08"
        assert told(MailKind.TERM_EXTENDED) == [None, None]

    def test_when_it_is_too_late_the_case_file_says_why(self, case, clock, desk):
        clock.shift(timedelta(days=43))
        desk.force_login(case.handler)
        page = desk.get(url("inspect", case)).content.decode()
        assert "Verlengen of stilzetten kan niet meer" in page
        assert url("extend", case) not in page
        assert desk.get(url("extend", case)).status_code == 409

    def test_r03_the_complainant_reads_why_and_until_when(self, site, clock, confidant):
        case, code = filed()
        extend(case, confidant)
        page = entered(code).get(FOLLOW).content.decode()
        for words in ("meer tijd nodig voor een uitkomst.", WHY, "dinsdag 16 februari 2027"):
            assert words in page
        assert "dinsdag 19 januari 2027" not in page


class TestStandstill:
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
    def test_the_decision_is_due_so_much_later(self, begin, end, new_due, case, clock, confidant):
        clock.move_to(begin)
        pause(case, confidant)
        clock.move_to(end)
        case = resume(case, confidant)
        assert (due(case), case.paused_on) == (new_due, None)
        assert open_history(case)[-1].content == {"now_due_on": new_due.isoformat()}

    def test_two_stops_add_up(self, case, clock, confidant):
        for days in (3, 10):
            pause(case, confidant)
            clock.shift(timedelta(days=days))
            resume(case, confidant)
        assert due(case) == date(2027, 2, 1)

    def test_a_stopped_clock_counts_for_nothing_but_the_decision(self, clock, confidant):
        set_handling(handling_days=3)
        case = make_complaint()
        assert case.next_due_on == due(case)
        case = pause(case, confidant)
        assert case.next_due_on == due(case, TermKind.CONTACT)
        clock.shift(timedelta(days=4))
        assert case.term_state is not TermState.LATE
        case = resume(case, confidant)
        assert case.next_due_on == due(case) == date(2026, 12, 15)

    def test_it_stops_once_runs_again_once_and_not_when_too_late(self, case, clock, confidant):
        refused(resume, case=case, by=confidant)
        pause(case, confidant)
        refused(pause, case=case, by=confidant)
        resume(case, confidant)
        clock.shift(timedelta(days=43))
        refused(pause, case=case, by=confidant)

    @pytest.mark.parametrize("how", ["desk", "complainant"])
    def test_closing_ends_it_and_keeps_what_it_was_worth(self, how, case, clock, confidant):
        pause(case, confidant)
        clock.shift(timedelta(days=5))
        by_desk = how == "desk"
        case = close(case, confidant) if by_desk else requests.withdraw_complaint(complaint=case)
        assert (case.paused_on, case.next_due_kind) == (None, TermKind.COACH_TOLD)
        assert is_met(case, TermKind.HANDLING)
        assert not is_met(case, TermKind.CONTACT)
        refused(resume, case=case, by=confidant)
        case = moves.reopen_complaint(complaint=case, by=confidant, reason="Toch niet.")
        assert due(case) == date(2027, 1, 24)

    def test_the_desk_stops_the_clock_and_starts_it(self, case, clock, desk):
        assert_read_by_complainant(desk.get(url("pause", case)).content.decode())
        assert post(desk, "pause", case, reason=WHY).status_code == 302
        page = desk.get(url("inspect", case)).content.decode()
        assert "klok staat stil sinds 8 december 2026" in page
        assert "Verlengen kan pas als de klok weer loopt." in page
        assert desk.get(url("extend", case)).status_code == 409
        clock.shift(timedelta(days=2))
        desk.force_login(case.handler)
        assert post(desk, "resume", case).status_code == 302
        assert due(case) == date(2027, 1, 21)
        assert "klok staat stil sinds" not in desk.get(url("inspect", case)).content.decode()

    def test_the_complainant_reads_since_when_and_why(self, site, clock, confidant):
        case, code = filed()
        pause(case, confidant)
        page = entered(code).get(FOLLOW).content.decode()
        assert "De klok staat stil sinds 8 december 2026" in page
        assert WHY in page
        clock.shift(timedelta(days=1))
        resume(case, confidant)
        page = entered(code).get(FOLLOW).content.decode()
        assert "De klok loopt weer." in page
        assert "woensdag 20 januari 2027" in page
        assert "De klok staat stil sinds" not in page
