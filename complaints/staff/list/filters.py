"""Which cases somebody asked for: the filters, the search, the order; and all of it in words.

A filter is one word of a closed list, and nothing else is looked up.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from operator import or_
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, TextChoices
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases.todo import GOES_SOON, HAS_REQUEST, due_within, is_up_to
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.lists import Theme
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


@dataclass(frozen=True)
class Filter:
    """One question to the list: `choices` are its words, `condition` which cases each shows."""

    name: str
    title: Any
    choices: Choices
    condition: Callable[[str], Q]
    any_label: Any = ANY

    def read(self, given: str | None) -> str:
        """The word given, where it is one of ours; else nothing."""
        return given if given and given in dict(self.choices) else ""

    def label_of(self, value: str) -> str:
        return str(dict(self.choices).get(value, value))


def filters_for(user: User) -> list[Filter]:
    """The filters of a request, with the people and the themes there are now."""
    roster, today = roster_for(user), timezone.localdate()
    themes = [(str(pk), name) for pk, name in Theme.objects.values_list("pk", "name")]
    return [
        Filter("whose", _("Behandelaar"), _people(roster), partial(_whose, user, roster)),
        Filter(
            "status",
            _("Status"),
            [*Status.choices, (ALL, _("Open en afgesloten"))],
            lambda value: Q() if value == ALL else Q(status=value),
        ),
        _of("stage", _("Fase"), "stage", Stage),
        Filter(
            "term",
            _("Termijn"),
            TermState.choices,
            lambda value: due_within(TermState(value), today),  # as `Complaint.term_state`
        ),
        Filter(
            "theme",
            _("Thema"),
            [(NOBODY, _("Nog geen thema")), *themes],
            lambda value: Q(theme=None if value == NOBODY else int(value)),
        ),
        _of("waiting", _("Wacht op"), "waiting_on", Party),
        Filter(
            "unread",
            _("Nieuw"),
            [(YES, _("Ja")), (NO, _("Nee"))],
            partial(_unread, user),
        ),
        _of("outcome", _("Uitkomst"), "outcome", Outcome),
        Filter(  # of a closed case too
            "request",
            _("Verzoek over gegevens"),
            [(YES, _("Wacht op besluit"))],
            lambda _value: HAS_REQUEST,
        ),
        Filter(
            "going",
            _("Wissen"),
            [(YES, _("Binnen 30 dagen")), (HELD, _("Niet wissen"))],
            lambda value: GOES_SOON if value == YES else Q(is_held=True),
        ),
        # What looks like misuse stands apart, so that a flood of it hides no other case. Asked
        # with IN: for NOT, SQLite takes no index.
        Filter(
            "suspect",
            _("Te controleren"),
            [("True", _("Alleen te controleren")), (ALL, _("Alles"))],
            lambda value: Q() if value == ALL else Q(is_suspect__in=[value == "True"]),
            any_label=_("Niet tonen"),
        ),
    ]


def _of(name: str, title: Any, column: str, members: type[TextChoices]) -> Filter:
    """A filter on one column, by its members."""
    return Filter(name, title, members.choices, lambda value: Q(**{column: value}))


def _unread(user: User, value: str) -> Q:
    """Yes is what the badge in the menu counts: new, and up to this person to read."""
    return Q(pk__in=unread_cases(user).values("pk")) if value == YES else Q(is_unread=False)


def _people(roster: Roster) -> Choices:
    """Mine, everybody's that I may see, nobody's, or one person's."""
    people = [(str(user.pk), name_of(user)) for user in roster.handlers]
    fixed: Choices = [
        (MINE, _("Mijn zaken")),
        (ALL, _("Alle behandelaars")),
        (NOBODY, _("Nog niemand")),
    ]
    return fixed + sorted(people, key=lambda person: person[1])


def _whose(user: User, roster: Roster, value: str) -> Q:
    if value == ALL:
        return Q()
    if value == NOBODY:
        return Q(handler=None)
    return is_up_to(user, roster) if value == MINE else Q(handler_id=int(value))


SEARCH, ORDER = "q", "o"
DUE = "due"
# The first walks an index; the others sort what is found, which at 10,000 cases costs 5 ms.
ORDERS: dict[str, tuple[Any, ...]] = {
    DUE: (F("next_due_on").asc(nulls_last=True), "-filed_at", "pk"),
    "-due": (F("next_due_on").desc(nulls_last=True), "-filed_at", "pk"),
    "days": ("-received_on", "pk"),
    "-days": ("received_on", "pk"),
}
LONGEST_SEARCH, LONGEST_KEPT, MOST_STEPPED = 100, 1000, 1000

# Above the list, each with the words of the filters it is.
QUICK: list[tuple[Any, dict[str, str]]] = [
    (_("Alles"), {}),
    (_("Te laat"), {"whose": MINE, "term": TermState.LATE.value}),
    (_("Nieuw"), {"unread": YES}),
    (_("Wacht op mij"), {"whose": MINE, "waiting": Party.HANDLER.value}),
]

TITLES = {
    (MINE, Status.OPEN): _("Jouw open zaken"),
    (MINE, Status.CLOSED): _("Jouw afgesloten zaken"),
    (MINE, ALL): _("Jouw zaken, open en afgesloten"),
    (ALL, Status.OPEN): _("Alle open zaken die je mag zien"),
    (ALL, Status.CLOSED): _("Alle afgesloten zaken die je mag zien"),
    (ALL, ALL): _("Alle zaken die je mag zien, open en afgesloten"),
    (NOBODY, Status.OPEN): _("Open zaken zonder behandelaar"),
    (NOBODY, Status.CLOSED): _("Afgesloten zaken zonder behandelaar"),
    (NOBODY, ALL): _("Zaken zonder behandelaar, open en afgesloten"),
    ("person", Status.OPEN): _("Open zaken van %(name)s"),
    ("person", Status.CLOSED): _("Afgesloten zaken van %(name)s"),
    ("person", ALL): _("Zaken van %(name)s, open en afgesloten"),
}


class Selection:
    """The cases that `given` asks for; whatever else it says is ignored."""

    def __init__(self, user: User, given: QueryDict) -> None:
        self.user = user
        self.filters = filters_for(user)
        self.typed = words_in(user, given.get(SEARCH, ""))
        self.is_kept = False  # whether looking for it left a line in the log of readings
        self.sealed = given.get(SEARCH, "") if self.typed else ""
        self.order = given.get(ORDER, "") if given.get(ORDER) in ORDERS else DUE
        self.chosen = {f.name: f.read(given.get(f.name)) for f in self.filters}
        # These look everywhere: a caller's case may look like misuse, and misuse goes too.
        is_everywhere = bool(self.typed or self.chosen["going"])
        self.values = self.chosen | {
            "whose": self.chosen["whose"] or ALL,
            "status": self.chosen["status"] or self._usual_status,
            "suspect": self.chosen["suspect"] or (ALL if is_everywhere else ""),
        }

    @property
    def _usual_status(self) -> str:
        has_date = self.chosen["term"] not in ("", TermState.NONE)
        has_more = any(self.chosen[name] for name in ("request", "going"))
        if self.typed or has_date or has_more or self.chosen["unread"] == YES:
            return ALL  # a closed case can have these too
        return Status.CLOSED.value if self.chosen["outcome"] else Status.OPEN.value

    @property
    def is_default(self) -> bool:
        """Whether this is what the list shows by itself: all that is open."""
        return not self.typed and not any(self.chosen.values())

    @property
    def quick(self) -> list[tuple[str, str, bool]]:
        """Returns the filters above the list, as (words, query string, whether it is on)."""
        chosen = {name: word for name, word in self.chosen.items() if word}
        return [
            (str(words), self._address(of), chosen == of and not self.typed) for words, of in QUICK
        ]

    @property
    def _scope(self) -> tuple[str, str]:
        return self.values["whose"], self.values["status"]

    @cached_property
    def wanted(self) -> Q:
        """The condition on the cases asked for."""
        wanted = Q()
        for found in self.filters:
            value = self.values[found.name]
            if value or found.name == "suspect":
                wanted &= found.condition(value)
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
        is_mine = self.values["whose"] == MINE and not is_standing_in
        seen = Complaint.objects.handled_by if is_mine else visible_cases
        return seen(self.user).filter(self.wanted).order_by(*ORDERS[self.order])

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

    def fields(self) -> list[tuple[Filter, str]]:
        """Every filter with its word now, for the form."""
        return [(found, self.values[found.name]) for found in self.filters]

    def query(self, **changes: str) -> str:
        """The query string for this selection with these words changed; "" takes one out."""
        words = {SEARCH: self.sealed, **self.chosen}
        words[ORDER] = "" if self.order == DUE else self.order
        return self._address({**words, **changes})

    @staticmethod
    def _address(words: dict[str, str]) -> str:
        kept = {name: word for name, word in words.items() if word}
        return f"?{urlencode(kept)}" if kept else "?"

    def chips(self) -> list[tuple[str, str, str]]:
        """Returns the filters that are on, beside whose cases and which status.

        Each in words, title and value, with the query string without it.
        """
        chips = [
            (str(found.title), found.label_of(value), self.query(**{found.name: ""}))
            for found in self.filters
            if (value := self.chosen[found.name]) and found.name not in ("whose", "status")
        ]
        if self.typed:
            chips.insert(0, (gettext("Gezocht"), self.typed, self.query(q="")))
        return chips

    @property
    def title(self) -> str:
        """Whose cases these are and whether they are open, as a heading."""
        whose, status = self._scope
        name = next(f for f in self.filters if f.name == "whose").label_of(whose)
        kind = whose if whose in (MINE, ALL, NOBODY) else "person"
        return str(TITLES[kind, status] % {"name": name})


def kept_selection(user: User, kept: str) -> Selection:
    """Returns the selection that a case's address keeps in `filter`: a query string of the list."""
    return Selection(user, QueryDict(kept[:LONGEST_KEPT]))


def next_case(user: User, kept: str, after: Complaint | None = None) -> Complaint | None:
    """Returns the case below `after` in the list with that filter; the first where it is not there.

    None where there is no other. What was searched for is not searched again.
    """
    words = QueryDict(kept[:LONGEST_KEPT]).copy()
    words.pop(SEARCH, None)
    ids = list(Selection(user, words).ordered().values_list("pk", flat=True)[:MOST_STEPPED])
    here = ids.index(after.pk) + 1 if after and after.pk in ids else 0
    others = [pk for pk in ids[here:] + ids[:here] if after is None or pk != after.pk]
    return visible_cases(user).defer("sealed").get(pk=others[0]) if others else None
