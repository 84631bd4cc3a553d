"""Which cases somebody asked for: the filters, the search, the order; and all of it in words.

A filter is one word of a closed list, and nothing else is looked up.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import F, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints import notifications
from complaints.cases.todo import HAS_REQUEST, due_within, is_so, mine, stands_in
from complaints.models.case import Complaint
from complaints.models.handlers import name_of
from complaints.models.lists import Theme
from complaints.models.visibility import ComplaintQuerySet
from complaints.staff.permissions import visible_cases
from complaints.stages import Outcome, Party, Route, Severity, Source, Stage, Status
from complaints.terms import TermState

Choices = list[tuple[str, Any]]

MINE, ALL, NOBODY = "mine", "all", "none"
YES, NO = "yes", "no"
ANY = _("Alle")


@dataclass(frozen=True)
class Filter:
    """One question to the list: `choices` are its words, `column` what they are of."""

    name: str
    title: Any
    column: str = ""
    fixed: Any = ()
    any_label: Any = ANY

    @cached_property
    def choices(self) -> Choices:
        return [(str(value), label) for value, label in self.fixed]

    def read(self, given: str | None) -> str:
        """The word given, where it is one of ours; else nothing."""
        return given if given and given in dict(self.choices) else ""

    def label_of(self, value: str) -> str:
        return str(dict(self.choices).get(value, value))

    def condition(self, value: str, user: User) -> Q:
        return Q(**{self.column: value})


class HandlerFilter(Filter):
    """Whose cases: mine, everybody's that I may see, nobody's, or one person's."""

    @cached_property
    def choices(self) -> Choices:
        people = [(str(user.pk), name_of(user)) for user in notifications.handlers()]
        fixed: Choices = [
            (MINE, _("Mijn zaken")),
            (ALL, _("Alle behandelaars")),
            (NOBODY, _("Nog niemand")),
        ]
        return fixed + sorted(people, key=lambda person: str(person[1]))

    def condition(self, value: str, user: User) -> Q:
        if value == ALL:
            return Q()
        if value == NOBODY:
            return Q(handler=None)
        return mine(user) if value == MINE else Q(handler_id=int(value))


class StatusFilter(Filter):
    def condition(self, value: str, user: User) -> Q:
        return Q() if value == ALL else Q(status=value)


class ThemeFilter(Filter):
    @cached_property
    def choices(self) -> Choices:
        themes = Theme.objects.values_list("pk", "name")
        return [(NOBODY, _("Nog geen thema")), *((str(pk), name) for pk, name in themes)]

    def condition(self, value: str, user: User) -> Q:
        return Q(theme=None) if value == NOBODY else Q(theme_id=int(value))


class TermFilter(Filter):
    """By how near the next date of a case is, as `Complaint.term_state`."""

    def condition(self, value: str, user: User) -> Q:
        return due_within(TermState(value), timezone.localdate())


class YesNoFilter(Filter):
    def condition(self, value: str, user: User) -> Q:
        return is_so(self.column, value == YES)


class RequestFilter(Filter):
    """By a request about data that waits for a decision; a closed case can have one."""

    def condition(self, value: str, user: User) -> Q:
        return HAS_REQUEST


class SuspectFilter(Filter):
    """What looks like misuse stands apart, so that a flood of it hides no other case."""

    def condition(self, value: str, user: User) -> Q:
        return Q() if value == ALL else is_so("is_suspect", value == "True")


def all_filters() -> list[Filter]:
    """New ones for each request: their lists of people and themes are read once and kept."""
    statuses: Iterable[Any] = [*Status.choices, (ALL, _("Open en afgesloten"))]
    return [
        HandlerFilter("whose", _("Behandelaar")),
        StatusFilter("status", _("Status"), fixed=statuses),
        Filter("stage", _("Fase"), "stage", Stage.choices),
        TermFilter("term", _("Termijn"), fixed=TermState.choices),
        ThemeFilter("theme", _("Thema")),
        Filter("waiting", _("Wacht op"), "waiting_on", Party.choices),
        YesNoFilter("unread", _("Ongelezen"), "is_unread", [(YES, _("Ja")), (NO, _("Nee"))]),
        Filter("outcome", _("Uitkomst"), "outcome", Outcome.choices),
        Filter("severity", _("Ernst"), "severity", Severity.choices),
        Filter("route", _("Bestemd voor"), "route", Route.choices),
        Filter("source", _("Binnengekomen via"), "source", Source.choices),
        RequestFilter("request", _("Verzoek over gegevens"), fixed=[(YES, _("Wacht op besluit"))]),
        SuspectFilter(
            "suspect",
            _("Te controleren"),
            fixed=[("True", _("Alleen te controleren")), (ALL, _("Alles"))],
            any_label=_("Niet tonen"),
        ),
    ]


SEARCH, ORDER = "q", "o"
DUE = "due"
# The first walks an index; the others sort what is found, which at 10,000 cases costs 5 ms.
ORDERS: dict[str, tuple[Any, ...]] = {
    DUE: (F("next_due_on").asc(nulls_last=True), "-filed_at", "pk"),
    "-due": (F("next_due_on").desc(nulls_last=True), "-filed_at", "pk"),
    "reference": ("reference",),
    "-reference": ("-reference",),
    "days": ("-received_on", "pk"),
    "-days": ("received_on", "pk"),
}
_LONGEST_REFERENCE = 20


@dataclass(frozen=True)
class Chip:
    """One filter that is on, in words, and the address without it."""

    label: str
    value: str
    without: str


class Selection:
    """What `given` asks for, as far as it can be asked; whatever else it says is ignored."""

    def __init__(self, user: User, given: QueryDict) -> None:
        self.user = user
        self.filters = all_filters()
        self.typed = given.get(SEARCH, "").replace("\x00", "").strip()[:50]
        self.search = _as_reference(self.typed)
        self.order = given.get(ORDER, "") if given.get(ORDER) in ORDERS else DUE
        self.chosen = {f.name: f.read(given.get(f.name)) for f in self.filters}
        self.values = self.chosen | {
            "whose": self.chosen["whose"] or self._usual_handler,
            "status": self.chosen["status"] or self._usual_status,
        }

    @property
    def _usual_handler(self) -> str:
        """Mine; but whoever looks up a reference, or checks for misuse, looks everywhere."""
        return ALL if self.typed or self.chosen["suspect"] else MINE

    @property
    def _usual_status(self) -> str:
        has_date = self.chosen["term"] not in ("", TermState.NONE)
        if self.typed or has_date or self.chosen["request"] or self.chosen["unread"] == YES:
            return ALL  # a closed case can have these too
        return Status.CLOSED.value if self.chosen["outcome"] else Status.OPEN.value

    @property
    def is_default(self) -> bool:
        """Whether this is what the list shows by itself: my open cases."""
        narrowed = any(v for name, v in self.values.items() if name not in ("whose", "status"))
        return self._scope == (MINE, Status.OPEN) and not narrowed and not self.typed

    @property
    def _scope(self) -> tuple[str, str]:
        return self.values["whose"], self.values["status"]

    def cases(self) -> ComplaintQuerySet:
        """The cases asked for, of those this person may see, in no order yet."""
        wanted = Q()
        for found in self.filters:
            value = self.values[found.name]
            if value or found.name == "suspect":
                wanted &= found.condition(value, self.user)
        if self.typed:
            wanted &= _begins_with(self.search)
        return self._seen().filter(wanted)

    def _seen(self) -> ComplaintQuerySet:
        if self.values["whose"] == MINE and not stands_in(self.user):
            return Complaint.objects.handled_by(self.user)
        return visible_cases(self.user)

    def ordered(self) -> ComplaintQuerySet:
        return self.cases().order_by(*ORDERS[self.order])

    def fields(self) -> list[tuple[Filter, str]]:
        """Every filter with its word now, for the form."""
        return [(found, self.values[found.name]) for found in self.filters]

    def query(self, **changes: str) -> str:
        """The query string for this selection with these words changed; "" takes one out."""
        words = {SEARCH: self.typed, **self.chosen}
        words[ORDER] = "" if self.order == DUE else self.order
        kept = {name: word for name, word in {**words, **changes}.items() if word}
        return f"?{urlencode(kept)}" if kept else "?"

    def chips(self) -> list[Chip]:
        """What is filtered beside whose cases and which status, each to be taken away."""
        chips = [
            Chip(str(found.title), found.label_of(value), self.query(**{found.name: ""}))
            for found, value in self.fields()
            if value and found.name not in ("whose", "status")
        ]
        if self.typed:
            chips.insert(0, Chip(gettext("Kenmerk begint met"), self.typed, self.query(q="")))
        return chips

    @property
    def title(self) -> str:
        """Whose cases these are and whether they are open, as a heading."""
        whose, status = self._scope
        name = next(f for f in self.filters if f.name == "whose").label_of(whose)
        kind = whose if whose in (MINE, ALL, NOBODY) else "person"
        return _titles()[kind, status] % {"name": name}


def _titles() -> dict[tuple[str, str], str]:
    return {
        (MINE, Status.OPEN): gettext("Jouw open zaken"),
        (MINE, Status.CLOSED): gettext("Jouw afgesloten zaken"),
        (MINE, ALL): gettext("Jouw zaken, open en afgesloten"),
        (ALL, Status.OPEN): gettext("Alle open zaken die je mag zien"),
        (ALL, Status.CLOSED): gettext("Alle afgesloten zaken die je mag zien"),
        (ALL, ALL): gettext("Alle zaken die je mag zien, open en afgesloten"),
        (NOBODY, Status.OPEN): gettext("Open zaken zonder behandelaar"),
        (NOBODY, Status.CLOSED): gettext("Afgesloten zaken zonder behandelaar"),
        (NOBODY, ALL): gettext("Zaken zonder behandelaar, open en afgesloten"),
        ("person", Status.OPEN): gettext("Open zaken van %(name)s"),
        ("person", Status.CLOSED): gettext("Afgesloten zaken van %(name)s"),
        ("person", ALL): gettext("Zaken van %(name)s, open en afgesloten"),
    }


def _begins_with(text: str) -> Q:
    """References that begin so. SQLite needs the bounds: its LIKE takes no index."""
    begins = Q(reference__startswith=text)
    if connection.vendor == "sqlite":
        begins &= Q(reference__gte=text, reference__lt=f"{text}~")
    return begins


def _as_reference(typed: str) -> str:
    """What was typed as the beginning of a reference: KM- and the dash are added where missing."""
    letters = re.sub(r"[^0-9A-Z]", "", typed.upper())[:_LONGEST_REFERENCE]
    rest = letters.removeprefix("KM")
    return f"KM-{rest[:4]}-{rest[4:]}" if len(rest) > 4 else f"KM-{rest}" if letters else typed
