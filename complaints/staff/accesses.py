"""Who read a case, for the section of the case file that tells it (R-39)."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.handlers import name_of
from complaints.models.reader import Access, AccessKind

SHOWN = 50


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
    """Two queries, however often the case was read."""
    newest = case.accesses.select_related("user")[:SHOWN]
    lines = [_line(access) for access in newest]
    days = [(day, list(found)) for day, found in groupby(lines, key=_day)]
    return Accesses(days, case.accesses.count())


def _day(line: AccessLine) -> date:
    return timezone.localdate(line.at)


def _line(access: Access) -> AccessLine:
    user: Any = access.user
    who = name_of(user) if user is not None else _("iemand die geen account meer heeft")
    return AccessLine(access.at, who, str(AccessKind(access.kind).label))
