"""Which cases somebody asked for: the filters, the search, the order; and all of it in words.

A filter is one word of a closed list, and nothing else is looked up.
"""

import re
from collections.abc import Callable
from functools import partial, reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.contrib.humanize.templatetags.humanize import intcomma
from django.db.models import Count, F, Q, TextChoices
from django.forms import Select
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django_filters import ChoiceFilter
from wagtail.admin.filters import WagtailFilterSet

from complaints.cases.todo import GOES_SOON, HAS_REQUEST, UNREACHED, due_within, is_up_to
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.handling import Theme
from complaints.models.roster import Roster, roster_for
from complaints.models.settings import name_of
from complaints.staff.list.glance import cases_with, words_in
from complaints.staff.permissions import unread_cases, visible_cases
from complaints.stages import Outcome, Party, Stage, Status
from complaints.terms import TermState

Choices = list[tuple[str, Any]]

MINE, ALL, NOBODY = "mine", "all", "none"
YES, NO, HELD = "yes", "no", "held"
ANY = _("Alle")


class CaseFilter(ChoiceFilter):
    """One question to the list: `choices` are its words, `condition` which cases each shows."""

    def __init__(
        self, label: Any, choices: Choices, condition: Callable[[str], Q], nothing: Any = ANY
    ) -> None:
        super().__init__(label=label, choices=choices, empty_label=nothing, widget=Select)
        self.condition = condition

    def in_words(self, value: str) -> tuple[str, str]:
        return str(self.label), str(dict(self.extra["choices"])[value])


class CaseFilters(WagtailFilterSet):
    """The filters of a request, with the people and the themes there are now."""

    def __init__(self, data: QueryDict, user: User) -> None:
        super().__init__(data, Complaint.objects.none())
        roster, today = roster_for(user), timezone.localdate()
        themes = [(str(pk), name) for pk, name in Theme.objects.values_list("pk", "name")]
        people = _people(roster)
        self.now_there_are = people[2:] + themes
        self.filters = {
            "whose": CaseFilter(
                _("Behandelaar"), people, partial(_whose, user, roster), _("Iedereen")
            ),
            "status": CaseFilter(
                _("Status"),
                [*Status.choices, (ALL, _("Open en afgesloten"))],
                lambda value: Q() if value == ALL else Q(status=value),
                _("Open; bij zoeken alles"),
            ),
            "stage": _of(_("Fase"), "stage", Stage),
            "term": CaseFilter(
                _("Termijn"),
                TermState.choices,
                lambda value: due_within(TermState(value), today),  # as `Complaint.term_state`
            ),
            "theme": CaseFilter(
                _("Thema"),
                [(NOBODY, _("Nog geen thema")), *themes],
                lambda value: Q(theme=None if value == NOBODY else int(value)),
            ),
            "waiting": _of(_("Wacht op"), "waiting_on", Party),
            "unread": CaseFilter(
                _("Nieuw"), [(YES, _("Ja")), (NO, _("Nee"))], partial(_unread, user)
            ),
            "outcome": _of(_("Uitkomst"), "outcome", Outcome),
            "request": CaseFilter(  # of a closed case too
                _("Verzoek over gegevens"),
                [(YES, _("Wacht op besluit"))],
                lambda _value: HAS_REQUEST,
            ),
            "mail": CaseFilter(_("Mail"), [(NO, _("Komt niet aan"))], lambda _value: UNREACHED),
            "going": CaseFilter(
                _("Wissen"),
                [(YES, _("Binnen 30 dagen")), (HELD, _("Niet wissen"))],
                lambda value: GOES_SOON if value == YES else Q(is_held=True),
            ),
            # What looks like misuse stands apart, so that a flood of it hides no other case. Asked
            # with IN: for NOT, SQLite takes no index.
            "suspect": CaseFilter(
                _("Te controleren"),
                [("True", _("Alleen te controleren")), (ALL, _("Alles"))],
                lambda value: Q() if value == ALL else Q(is_suspect__in=[value == "True"]),
                _("Niet tonen"),
            ),
        }

    @property
    def shown(self) -> str:
        """All that differs in how they are shown, by which that is kept: it costs 5 ms."""
        return f"{get_language()} {self.now_there_are} {self.form.cleaned_data}"

    def chosen(self) -> dict[str, str]:
        """The word given for each filter for which it is one of ours."""
        self.form.full_clean()
        given = self.form.cleaned_data
        return {name: given[name] for name in self.filters if given.get(name)}


def _of(label: Any, column: str, members: type[TextChoices]) -> CaseFilter:
    """A filter on one column, by its members."""
    return CaseFilter(label, members.choices, lambda value: Q(**{column: value}))


def _unread(user: User, value: str) -> Q:
    """Yes is what the badge in the menu counts: new, and up to this person to read."""
    return Q(pk__in=unread_cases(user).values("pk")) if value == YES else Q(is_unread=False)


def _people(roster: Roster) -> Choices:
    """Mine, nobody's, or one person's."""
    people = [(str(user.pk), name_of(user)) for user in roster.handlers]
    fixed: Choices = [(MINE, _("Mijn zaken")), (NOBODY, _("Nog niemand"))]
    return fixed + sorted(people, key=lambda person: person[1])


def _whose(user: User, roster: Roster, value: str) -> Q:
    if value == NOBODY:
        return Q(handler=None)
    return is_up_to(user, roster) if value == MINE else Q(handler_id=int(value))


SEARCH, ORDER = "q", "ordering"
DUE = "due"
# The first walks an index; the others sort what is found, which at 10,000 cases costs 5 ms.
ORDERS: dict[str, tuple[Any, ...]] = {
    DUE: (F("next_due_on").asc(nulls_last=True), "-filed_at", "pk"),
    "-due": (F("next_due_on").desc(nulls_last=True), "-filed_at", "pk"),
    "received": ("received_on", "pk"),
    "-received": ("-received_on", "pk"),
}
LONGEST_SEARCH, LONGEST_KEPT, MOST_STEPPED = 100, 1000, 1000

# Above the list, each with the words of the filters it is.
QUICK: list[tuple[Any, dict[str, str]]] = [
    (_("Alles"), {}),
    (_("Te laat"), {"whose": MINE, "term": TermState.LATE.value}),
    (_("Nieuw"), {"unread": YES}),
    (_("Wacht op mij"), {"whose": MINE, "waiting": Party.HANDLER.value}),
]


class Selection:
    """The cases that `given` asks for; whatever else it says is ignored."""

    def __init__(self, user: User, given: QueryDict) -> None:
        self.user = user
        self.filters = CaseFilters(given, user)
        asked = given.get(SEARCH, "")
        self.typed = words_in(user, asked) if asked else ""
        self.is_kept = False  # whether looking for it left a line in the log of readings
        self.sealed = asked if self.typed else ""
        self.order = given.get(ORDER, "") if given.get(ORDER) in ORDERS else DUE
        self.chosen = self.filters.chosen()
        # These look everywhere: a caller's case may look like misuse, and misuse goes too.
        is_everywhere = self.typed or "going" in self.chosen
        usual = {"status": self._usual_status, "suspect": ALL if is_everywhere else ""}
        self.values = usual | self.chosen

    @property
    def _usual_status(self) -> str:
        has_date = self.chosen.get("term", TermState.NONE) != TermState.NONE
        has_more = self.chosen.keys() & {"request", "going"}
        if self.typed or has_date or has_more or self.chosen.get("unread") == YES:
            return ALL  # a closed case can have these too
        return Status.CLOSED.value if "outcome" in self.chosen else Status.OPEN.value

    @property
    def is_default(self) -> bool:
        """Whether this is what the list shows by itself: all that is open."""
        return not self.typed and not self.chosen

    @property
    def quick(self) -> list[tuple[str, str, bool]]:
        """Returns the filters above the list, as (words, query string, whether it is on)."""
        now = None if self.typed else self.chosen
        return [(str(words), f"?{urlencode(of)}", now == of) for words, of in QUICK]

    @cached_property
    def wanted(self) -> Q:
        """The condition on the cases asked for."""
        wanted = Q()
        for name, value in self.values.items():
            wanted &= self.filters.filters[name].condition(value)
        return wanted & self._found if self.typed else wanted

    @cached_property
    def _found(self) -> Q:
        """The cases searched for: by a reference anywhere in what was typed, else by words."""
        typed = self.typed.upper()
        if whole := re.findall(r"\bKM[\s-]*([0-9A-Z]{4})[\s-]*([0-9A-Z]{4})\b", typed):
            return Q(reference__in=[f"KM-{first}-{last}" for first, last in whole])
        begin = re.fullmatch(r"(KM)?[\s-]*([0-9A-Z]{1,4})-?([0-9A-Z]{0,4})", typed)
        if begin is None:
            return self._with_words()
        known = Q(reference__startswith="-".join(filter(None, ("KM", *begin.groups()[1:]))))
        return known if begin[1] else known | self._with_words()

    def _with_words(self) -> Q:
        self.is_kept = True  # a search for words keeps its own line
        return Q(pk__in=cases_with(self.user, self.typed))

    def ordered(self) -> ComplaintQuerySet:
        """The cases asked for, of those this person may see, in the order asked for."""
        is_standing_in = roster_for(self.user).is_standing_in(self.user)
        is_mine = self.chosen.get("whose") == MINE and not is_standing_in
        seen = Complaint.objects.handled_by if is_mine else visible_cases
        return seen(self.user).filter(self.wanted).order_by(*ORDERS[self.order])

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many are asked for, and what else there is to look at; all in one query."""
        wanted = {
            "found": self.wanted or Q(pk__isnull=False),  # nothing asked is everything
            "suspect": Q(status=Status.OPEN, is_suspect__in=[True]),
            "request": HAS_REQUEST,
        }
        cases = visible_cases(self.user).filter(reduce(or_, wanted.values()))
        counts = {name: Count("pk", filter=condition) for name, condition in wanted.items()}
        return dict(cases.aggregate(**counts))

    @property
    def query(self) -> str:
        """The query string that asks for this selection, and for no more."""
        order = "" if self.order == DUE else self.order
        words = {SEARCH: self.sealed, **self.chosen, ORDER: order}
        return f"?{urlencode({name: word for name, word in words.items() if word})}"

    @property
    def chips(self) -> list[tuple[str, str]]:
        """Returns what is searched for and the filters that are on, in words: title and value."""
        typed = [(gettext("Gezocht"), self.typed)] if self.typed else []
        filters = self.filters.filters
        return typed + [filters[name].in_words(word) for name, word in self.chosen.items()]

    @property
    def title(self) -> str:
        """How many these are, and whether they are open: "5 open zaken"."""
        count = self.counts["found"]
        words = {
            Status.OPEN: ngettext("%s open zaak", "%s open zaken", count),
            Status.CLOSED: ngettext("%s afgesloten zaak", "%s afgesloten zaken", count),
            ALL: ngettext("%s zaak, open of afgesloten", "%s zaken, open en afgesloten", count),
        }
        return words[self.values["status"]] % intcomma(count)


def next_case(user: User, kept: str, after: Complaint) -> Complaint | None:
    """Returns the case below `after` in the list with that filter; the first where it is not there.

    None where there is no other. What was searched for is not searched again.
    """
    words = QueryDict(kept[:LONGEST_KEPT]).copy()
    words.pop(SEARCH, None)
    ids = list(Selection(user, words).ordered().values_list("pk", flat=True)[:MOST_STEPPED])
    here = ids.index(after.pk) + 1 if after.pk in ids else 0
    others = [pk for pk in ids[here:] + ids[:here] if pk != after.pk]
    return visible_cases(user).defer("sealed").get(pk=others[0]) if others else None
