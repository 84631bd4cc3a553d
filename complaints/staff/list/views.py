"""The list of cases and the board: columns, the page asked for, what to say where nothing is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail_modeladmin.views import WMABaseView

from complaints.cases.rules import why_not_move
from complaints.models.case import Complaint
from complaints.models.handlers import name_of
from complaints.staff import permissions
from complaints.staff.list.filters import (
    ALL,
    MINE,
    NOBODY,
    ORDER,
    ORDERS,
    SEARCH,
    YES,
    Choices,
    Selection,
)
from complaints.staff.permissions import StaffRequest, enter_desk_or_404
from complaints.stages import Party, Stage, Status
from complaints.terms import DUE_KINDS, TermState, term_state


@dataclass(frozen=True)
class Count:
    """How many there are, written as people write it: 10.000."""

    number: int

    def __str__(self) -> str:
        return str(number_format(self.number, use_l10n=True, force_grouping=True))

    def __bool__(self) -> bool:
        return self.number > 0


CASES_A_PAGE = 50
PAGE = "p"


@dataclass(frozen=True)
class Header:
    """A column's heading; where it can be sorted, the address that does, and how it is now."""

    label: str
    url: str = ""
    sort: str = ""  # as aria-sort says it


@dataclass(frozen=True)
class Row:
    """A case in the words that list and board show. Plain texts: a page shows many."""

    case: Complaint
    url: str
    stage_number: int
    stage: str
    theme: str
    handler: str
    days_open: str
    due_kind: str
    due_date: str  # as machines read it
    due_day: str
    due_state: str
    due_label: str
    waiting_on: str


def rows_of(user: User, cases: list[Complaint]) -> list[Row]:
    """Returns each case in words; what many cases share is put in words once."""
    permissions.know_handlers(user, cases)
    desk, today = reverse("complaints_complaint_modeladmin_index"), timezone.localdate()
    stages, parties, kinds = _words(Stage.choices), _words(Party.choices), _words(DUE_KINDS)
    states = _words(TermState.choices)
    days = {case.next_due_on: _day(case.next_due_on) for case in cases}
    state_on = {day: term_state(day, today).value for day in days}
    return [
        Row(
            case=case,
            url=f"{desk}inspect/{case.pk}/",
            stage_number=case.current_stage.number,
            stage=stages[case.stage],
            theme=case.theme.name if case.theme else "",
            handler=name_of(case.handler),
            days_open=str(case.days_open),
            due_kind=kinds.get(case.next_due_kind, ""),
            due_date=str(case.next_due_on or ""),
            due_day=days[case.next_due_on],
            due_state=state_on[case.next_due_on],
            due_label=states[state_on[case.next_due_on]],
            waiting_on=parties.get(case.waiting_on, ""),
        )
        for case in cases
    ]


def _words(choices: Choices) -> dict[str, str]:
    """Returns the label of each choice, in the language of the reader."""
    return {value: str(label) for value, label in choices}


def _day(day: date | None) -> str:
    return date_format(day, "j F Y") if day else ""


@dataclass(frozen=True)
class Page:
    """Some cases of the list, and which pages there are."""

    rows: list[Row]
    number: int
    count: Count

    @property
    def _pages(self) -> Paginator[int]:
        return Paginator(range(self.count.number), CASES_A_PAGE)

    @property
    def numbers(self) -> Iterator[int | str]:
        """The pages to offer, with an ellipsis between those that are far apart."""
        return self._pages.get_elided_page_range(self.number)

    @property
    def has_next(self) -> bool:
        return self.number < self._pages.num_pages

    @property
    def is_only(self) -> bool:
        return self._pages.num_pages == 1


def page_of(selection: Selection, given: str, count: int) -> Page:
    """The page asked for of `count` cases; the first where there is no such page."""
    is_number = given.isascii() and given.isdigit() and len(given) < 7
    start = (int(given) - 1) * CASES_A_PAGE if is_number else 0
    start = start if 0 < start < count else 0
    # Found in an index, and only then read: a case is long.
    here = selection.ordered().values("pk")[start : start + CASES_A_PAGE]
    order = ORDERS[selection.order]
    cases = list(Complaint.objects.filter(pk__in=here).order_by(*order).for_desk())
    return Page(rows_of(selection.user, cases), start // CASES_A_PAGE + 1, Count(count))


class DeskPage(WMABaseView):
    """A page of the desk that is not about one case; for handlers only."""

    title: Any = ""

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        enter_desk_or_404(request.user)
        return super().dispatch(request, *args, **kwargs)

    def get_meta_title(self) -> str:
        return str(self.title)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        trail = [
            {"url": reverse("wagtailadmin_home"), "label": _("Startpagina")},
            {"url": self.index_url, "label": _("Klachten")},
        ]
        here = [{"url": self.request.path, "label": str(self.title)}] if self.title else []
        return trail + here


class DeskView(DeskPage):
    """A page about the cases asked for."""

    @cached_property
    def selection(self) -> Selection:
        return Selection(self.request.user, self.asked(self.request.GET))

    def asked(self, given: QueryDict) -> QueryDict:
        """What the page shows, of what its address asks."""
        return given

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return dict(super().get_context_data(selection=self.selection, **kwargs))


class DeskIndexView(DeskView):
    """The list. Ignores every parameter but its own filters, search, order and page."""

    template_name = "desk/pages/list.html"

    def get_meta_title(self) -> str:
        return _("Klachten")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counts = self.selection.counts()
        page = page_of(self.selection, self.request.GET.get(PAGE, ""), counts["found"])
        return super().get_context_data(
            page=page,
            headers=self.headers(),
            hidden_fields=self._unseen_fields(),
            notices=_notices(counts),
            others=None if page.rows else self._others(),
            **kwargs,
        )

    def _others(self) -> tuple[Count, Count]:
        counts = self.selection.others()
        return Count(counts["open"]), Count(counts["all"])

    def _unseen_fields(self) -> list[tuple[str, str]]:
        """What the form of the filters sends along: the search and the order."""
        fields = [(SEARCH, self.selection.typed), (ORDER, self.request.GET.get(ORDER, ""))]
        return [(name, word) for name, word in fields if word]

    def headers(self) -> list[Header]:
        return [
            self._header(_("Kenmerk"), "reference"),
            Header(_("Fase")),
            Header(_("Thema")),
            Header(_("Behandelaar")),
            self._header(_("Dagen open"), "-days"),
            self._header(_("Termijn"), "due"),
            Header(_("Wacht op")),
        ]

    def _header(self, label: str, first: str) -> Header:
        """Sorts as `first` says, and when it already does the other way round."""
        name, now = first.removeprefix("-"), self.selection.order
        other = name if first.startswith("-") else f"-{name}"
        url = self.selection.query(**{ORDER: other if now == first else first})
        sort = "descending" if now == f"-{name}" else "ascending" if now == name else ""
        return Header(label, url, sort)


def _notices(counts: dict[str, int]) -> list[tuple[str, Count, str]]:
    """What the list by itself does not show and somebody has to look at: (kind, count, way)."""
    ways = {
        NOBODY: f"?whose={NOBODY}",
        "suspect": "?suspect=True",
        "request": f"?whose={ALL}&request={YES}&suspect={ALL}",
    }
    return [(kind, Count(counts[kind]), way) for kind, way in ways.items() if counts[kind]]


CARDS_A_COLUMN = 20


@dataclass(frozen=True)
class Card:
    """A case on the board, and the stages it may go to now."""

    row: Row
    moves: list[Stage]


@dataclass(frozen=True)
class Column:
    """A stage with the cases whose date comes first; `rest` leads to all of them in the list."""

    stage: Stage
    cards: list[Card]
    is_more: bool
    rest: str


class BoardView(DeskView):
    """Mine unless asked for all. A move is a link to the move's own form, which asks its reason."""

    template_name = "desk/pages/board.html"
    title = gettext_lazy("Bord")

    def asked(self, given: QueryDict) -> QueryDict:
        words = QueryDict(mutable=True)
        whose = ALL if given.get("whose") == ALL else MINE
        words.update({"whose": whose, "status": Status.OPEN.value})
        return words

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        whose, columns = self.selection.values["whose"], columns_of(self.selection)
        return super().get_context_data(whose=whose, columns=columns, **kwargs)


def columns_of(selection: Selection) -> list[Column]:
    """The three columns, at most CARDS_A_COLUMN cases in each."""
    return [_column(selection, stage) for stage in Stage]


def _may_move(user: User, case: Complaint, to: Stage) -> bool:
    return permissions.is_in_charge(user, case) and why_not_move(case, to) is None


def _column(selection: Selection, stage: Stage) -> Column:
    found = selection.ordered().filter(stage=stage).for_desk()
    cases, user = list(found[: CARDS_A_COLUMN + 1]), selection.user
    permissions.know_in_charge(user, cases)
    cards = [
        Card(row, [to for to in stage.next_stages if _may_move(user, row.case, to)])
        for row in rows_of(user, cases[:CARDS_A_COLUMN])
    ]
    rest = selection.query(stage=stage.value)
    return Column(stage, cards, len(cases) > CARDS_A_COLUMN, rest)
