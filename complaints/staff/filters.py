"""The filters over the cases: each one word of a closed list, and nothing else is looked up.

A word that is in no list filters nothing: a query string can name no field of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import notifications
from complaints.models.handlers import name_of
from complaints.models.rights import RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.models.theme import Theme
from complaints.stages import Outcome, Party, Route, Severity, Source, Stage, Status
from complaints.terms import SOON_WORKING_DAYS, TermState, add_working_days

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

    def condition(self, value: str, user: Any) -> Q:
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

    def condition(self, value: str, user: Any) -> Q:
        if value == ALL:
            return Q()
        if value == NOBODY:
            return Q(handler=None)
        return mine(user) if value == MINE else Q(handler_id=int(value))


def mine(user: Any) -> Q:
    """The cases up to this person: their own, and for who stands in for the confidant theirs."""
    people = HandlingSettings.current()
    if people.is_standing_in(user):
        return Q(handler__in=[user.pk, people.confidant_id])
    return Q(handler_id=user.pk)  # not IN: with "=" the order comes out of the index


def stands_in(user: Any) -> bool:
    """Whether this is the deputy, while the confidant is away."""
    return HandlingSettings.current().is_standing_in(user)


class StatusFilter(Filter):
    def condition(self, value: str, user: Any) -> Q:
        return Q() if value == ALL else Q(status=value)


class ThemeFilter(Filter):
    @cached_property
    def choices(self) -> Choices:
        themes = Theme.objects.values_list("pk", "name")
        return [(NOBODY, _("Nog geen thema")), *((str(pk), name) for pk, name in themes)]

    def condition(self, value: str, user: Any) -> Q:
        return Q(theme=None) if value == NOBODY else Q(theme_id=int(value))


class TermFilter(Filter):
    """By how near the next date of an open case is, as `Complaint.term_state`."""

    def condition(self, value: str, user: Any) -> Q:
        return due_within(TermState(value), timezone.localdate())


class YesNoFilter(Filter):
    def condition(self, value: str, user: Any) -> Q:
        return is_so(self.column, value == YES)


class RequestFilter(Filter):
    """By a request about data that waits for a decision; a closed case can have one."""

    def condition(self, value: str, user: Any) -> Q:
        return HAS_REQUEST


class SuspectFilter(Filter):
    """What looks like misuse stands apart, so that a flood of it hides no other case."""

    def condition(self, value: str, user: Any) -> Q:
        return Q() if value == ALL else is_so("is_suspect", value == "True")


def is_so(column: str, answer: bool) -> Q:
    """As `column=answer`, but in words for which SQLite takes an index: it takes none for NOT."""
    return Q(**{f"{column}__in": [answer]})


HAS_REQUEST = Q(pk__in=RightsRequest.objects.filter(decided_at=None).values("complaint"))
SUSPECT, NOT_SUSPECT = is_so("is_suspect", True), is_so("is_suspect", False)


def due_within(state: TermState, today: date) -> Q:
    """The open cases whose next date is in that state today; the same lines as `term_state`."""
    soon = add_working_days(today, SOON_WORKING_DAYS)
    conditions = {
        TermState.LATE: Q(next_due_on__lt=today),
        TermState.SOON: Q(next_due_on__gte=today, next_due_on__lte=soon),
        TermState.ON_TIME: Q(next_due_on__gt=soon),
        TermState.NONE: Q(next_due_on=None),
    }
    return Q(status=Status.OPEN) & conditions[state]


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
