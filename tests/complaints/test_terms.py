"""Deadlines count Dutch working days, and say how near they are."""

from datetime import date

from complaints.terms import TermState, add_days, add_working_days, is_working_day, term_state


def test_r09_dutch_holidays_and_weekends_do_not_count():
    for day, works in (
        (date(2026, 11, 23), True),
        (date(2026, 11, 22), False),  # Sunday
        (date(2026, 12, 25), False),  # Christmas
        (date(2026, 4, 27), False),  # King's day
        (date(2026, 4, 6), False),  # Easter Monday
        (date(2026, 4, 3), False),  # Good Friday counts as one (Algemene termijnenwet art. 3)
        (date(2025, 5, 5), False),  # Liberation day, once in five years a day off
        (date(2026, 5, 5), True),
    ):
        assert is_working_day(day) is works, day
    for start, days, end in (
        (date(2026, 11, 20), 5, date(2026, 11, 27)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),  # filed on a Saturday
        (date(2026, 12, 23), 2, date(2026, 12, 28)),  # over Christmas
        (date(2026, 4, 2), 1, date(2026, 4, 7)),  # over Easter
        (date(2028, 2, 28), 1, date(2028, 2, 29)),  # a leap day
    ):
        assert add_working_days(start, days) == end, start
    assert add_days(date(2026, 10, 1), 42) == date(2026, 11, 12), (
        "R-02: over the end of summer time"
    )


def test_how_near_a_date_is():
    for due, state in (
        (None, TermState.NONE),
        (date(2026, 11, 19), TermState.LATE),
        (date(2026, 11, 20), TermState.SOON),
        (date(2026, 11, 25), TermState.SOON),  # three working days on
        (date(2026, 11, 26), TermState.ON_TIME),
    ):
        assert term_state(due, date(2026, 11, 20)) is state, due
