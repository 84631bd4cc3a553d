"""Who read a case, for the section of the case file that tells it (R-39)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Window
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.privacy import Access, AccessKind
from complaints.models.settings import name_of

SHOWN = 50
A_PAGE = 100


@dataclass(frozen=True)
class AccessLine:
    """One reading: when, who, and what they did."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class Accesses:
    """The newest readings by day, newest first, and how many came before those."""

    days: list[tuple[date, list[AccessLine]]]
    count: int

    @property
    def earlier(self) -> int:
        return max(0, self.count - SHOWN)


def accesses_of(case: Complaint) -> Accesses:
    """One query, however often the case was read."""
    accesses = case.accesses.select_related("user").annotate(count=Window(Count("pk")))
    newest = list(accesses[:SHOWN])
    return Accesses(_by_day(newest), newest[0].count if newest else 0)


@dataclass(frozen=True)
class AccessPage:
    """Some of all the readings, newest first, and which pages there are."""

    days: list[tuple[date, list[AccessLine]]]
    number: int
    numbers: list[int | str]
    has_next: bool


def access_page(case: Complaint, given: str) -> AccessPage:
    """The page asked for of all the readings; the nearest one where there is no such page."""
    pages = Paginator(case.accesses.select_related("user"), A_PAGE)
    page = pages.get_page(given)
    numbers = list(pages.get_elided_page_range(page.number))
    return AccessPage(_by_day(page.object_list), page.number, numbers, page.has_next())


def _by_day(accesses: Iterable[Access]) -> list[tuple[date, list[AccessLine]]]:
    lines = [_line(access) for access in accesses]
    return [(day, list(found)) for day, found in groupby(lines, key=_day)]


def _day(line: AccessLine) -> date:
    return timezone.localdate(line.at)


def _line(access: Access) -> AccessLine:
    user: Any = access.user
    who = name_of(user) if user is not None else _("iemand die geen account meer heeft")
    return AccessLine(access.at, who, str(AccessKind(access.kind).label))
