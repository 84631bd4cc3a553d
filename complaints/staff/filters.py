"""The filters over the cases: each one word of a closed list, and nothing else is looked up.

A word that is in no list filters nothing: a query string can name no field of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints import notifications
from complaints.models.handlers import name_of
from complaints.models.theme import Theme
from complaints.services.waiting import HAS_REQUEST, due_within, is_so, mine
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
    """By how near the next date of a case is, as `Complaint.term_state`."""

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
