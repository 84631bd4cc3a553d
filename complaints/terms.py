"""Deadlines: calendar days, working days with Dutch public holidays, and how near one is."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import holidays
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

SOON_WORKING_DAYS = 3
# The years are given, because adding one while another thread reads would lose a holiday.
DUTCH_HOLIDAYS = holidays.country_holidays("NL", years=range(2020, 2051))


class TermKind(models.TextChoices):
    """What has to happen by a date."""

    CONTACT = "contact", _("Persoonlijk contact")
    HANDLING = "handling", _("Beslissing")
    ACKNOWLEDGEMENT = "acknowledgement", _("Ontvangstbevestiging")
    PROGRESS = "progress", _("Bericht aan de klager")
    COACH_TOLD = "coach_told", _("Kunstcoach informeren")

    @property
    def is_promised(self) -> bool:
        """Whether the complainant is told of it; the others are duties among ourselves."""
        return self in (TermKind.CONTACT, TermKind.PROGRESS, TermKind.HANDLING)

    @property
    def outlives_case(self) -> bool:
        """Whether closing leaves it running: a duty towards somebody else than the complainant.

        What is held about the coach is held as long as there is content (R-34; GDPR art. 14).
        """
        return self is TermKind.COACH_TOLD


# All that can be due by a date: the terms, and a decision on each right that was asked.
DUE_KINDS = [
    *TermKind.choices,
    ("erasure", _("Besluit op een verzoek om wissen")),
    ("access", _("Besluit op een verzoek om inzage")),
    ("objection", _("Besluit op een bezwaar")),
]


def due_kinds() -> list[tuple[Any, Any]]:
    """Returns `DUE_KINDS`, as a callable: a new kind is no migration."""
    return DUE_KINDS


class TermState(models.TextChoices):
    """How near a date is, in a word; the desk adds a shape."""

    ON_TIME = "on_time", _("op tijd")
    SOON = "soon", _("binnen 3 werkdagen")
    LATE = "late", _("te laat")
    NONE = "none", _("geen termijn")


def is_working_day(day: date) -> bool:
    """Whether `day` is no weekend and no Dutch public holiday (R-09)."""
    return DUTCH_HOLIDAYS.is_working_day(day)


@lru_cache(maxsize=256)  # a list asks the same of each of its cases
def add_working_days(start: date, days: int) -> date:
    """Returns the date `days` working days after `start`; the start itself does not count."""
    return DUTCH_HOLIDAYS.get_nth_working_day(start, days) if days else start


def working_days_before(end: date, days: int) -> date:
    """Returns the latest date since which `days` working days have passed, with `end` the last."""
    first = DUTCH_HOLIDAYS.get_nth_working_day(add_days(end, 1), -days)
    return add_days(first, -1)


def add_days(start: date, days: int) -> date:
    """Returns the date `days` calendar days after `start`."""
    return start + timedelta(days=days)


def add_months(start: date, months: int) -> date:
    """Returns the same day that many months later; of a shorter month its last day."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return start.replace(year=year, month=month, day=min(start.day, monthrange(year, month)[1]))


def months_before(end: date, months: int) -> date:
    """Returns the last day to which those months add up to `end` or sooner."""
    day = add_months(end, -months)
    while add_months(next_day := add_days(day, 1), months) <= end:
        day = next_day
    return day


def months_in_words(months: int) -> str:
    """Returns a number of months as people say it: "2 jaar", "18 maanden"."""
    if months % 12 == 0:
        return gettext("%d jaar") % (months // 12)
    return ngettext("%d maand", "%d maanden", months) % months


def day_in_words(day: date) -> str:
    """Returns a day as people read it, in the language in force: "maandag 2 maart 2026"."""
    return date_format(day, "l j F Y")


def moment_in_words(moment: datetime) -> str:
    """Returns a moment as people here read it: "maandag 2 maart 2026, 14:05"."""
    return date_format(timezone.localtime(moment), "l j F Y, H:i")


def term_state(due_on: date | None, today: date) -> TermState:
    """Returns how near `due_on` is, seen from `today`."""
    if due_on is None:
        return TermState.NONE
    if due_on < today:
        return TermState.LATE
    if due_on <= add_working_days(today, SOON_WORKING_DAYS):
        return TermState.SOON
    return TermState.ON_TIME
