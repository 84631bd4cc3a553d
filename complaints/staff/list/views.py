"""The list of cases and the board: columns, the page asked for, what to say where nothing is."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.auth.models import User
from django.core.paginator import InvalidPage, Page, Paginator
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.rules import why_not_move
from complaints.models.case import Complaint
from complaints.models.settings import name_of
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
from complaints.staff.pages import DeskPage
from complaints.staff.permissions import is_in_charge, know_handlers, know_in_charge
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
    know_handlers(user, cases)
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


def page_of(selection: Selection, given: str, count: int) -> Page[Any]:
    """Returns the page asked for of `count` cases; the first where there is no such page.

    Its keys are found in an index, and only then the cases are read: a case is long.
    """
    pages: Paginator[Any] = Paginator(selection.ordered().values("pk"), CASES_A_PAGE)
    pages.count = count  # counted already, with what else there is to look at
    try:
        page = pages.page(given)
    except InvalidPage:
        page = pages.page(1)
    here = Complaint.objects.filter(pk__in=page.object_list).order_by(*ORDERS[selection.order])
    page.object_list = rows_of(selection.user, list(here.for_desk()))
    return page


class DeskView(DeskPage):
    """A page about the cases asked for."""

    @cached_property
    def selection(self) -> Selection:
        return Selection(self.request.user, self.asked(self.request.GET))

    def asked(self, given: QueryDict) -> QueryDict:
        """Returns those words of the address that the page follows."""
        return given

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return dict(super().get_context_data(selection=self.selection, **kwargs))


class DeskIndexView(DeskView):
    """The list. Ignores every parameter but its own filters, search, order and page."""

    template_name = "desk/pages/list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counts = self.selection.counts()
        page = page_of(self.selection, self.request.GET.get(PAGE, ""), counts["found"])
        others = () if page.object_list else self.selection.others()
        return super().get_context_data(
            page=page,
            numbers=page.paginator.get_elided_page_range(page.number),
            count=Count(counts["found"]),
            headers=self.headers(),
            hidden_fields=self._unseen_fields(),
            notices=_notices(counts),
            others=[Count(number) for number in others],
            **kwargs,
        )

    def _unseen_fields(self) -> list[tuple[str, str]]:
        """Returns the hidden fields of the filters: the search and the order."""
        fields = [(SEARCH, self.selection.typed), (ORDER, self.request.GET.get(ORDER, ""))]
        return [(name, word) for name, word in fields if word]

    def headers(self) -> list[tuple[str, str, str]]:
        """Returns each column's heading; where it sorts, the address that does, and `aria-sort`."""
        return [
            self._sorts(_("Kenmerk"), "reference"),
            (_("Fase"), "", ""),
            (_("Thema"), "", ""),
            (_("Behandelaar"), "", ""),
            self._sorts(_("Dagen open"), "-days"),
            self._sorts(_("Termijn"), "due"),
            (_("Wacht op"), "", ""),
        ]

    def _sorts(self, label: str, first: str) -> tuple[str, str, str]:
        """Sorts as `first` says, and when it already does the other way round."""
        name, now = first.removeprefix("-"), self.selection.order
        other = name if first.startswith("-") else f"-{name}"
        url = self.selection.query(**{ORDER: other if now == first else first})
        sort = "descending" if now == f"-{name}" else "ascending" if now == name else ""
        return label, url, sort


def _notices(counts: dict[str, int]) -> list[tuple[str, Count, str]]:
    """Returns what the list by itself leaves out and needs a look: (kind, count, query string)."""
    ways = {
        NOBODY: f"?whose={NOBODY}",
        "suspect": "?suspect=True",
        "request": f"?whose={ALL}&request={YES}&suspect={ALL}",
    }
    return [(kind, Count(counts[kind]), way) for kind, way in ways.items() if counts[kind]]


CARDS_A_COLUMN = 20


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
        columns = [column_of(self.selection, stage) for stage in Stage]
        whose = self.selection.values["whose"]
        return super().get_context_data(whose=whose, columns=columns, **kwargs)


def column_of(selection: Selection, stage: Stage) -> dict[str, Any]:
    """Returns a stage with at most CARDS_A_COLUMN cases, those whose date comes first.

    With each case go the stages it may move to now; `rest` leads to all of them in the list.
    """
    found = selection.ordered().filter(stage=stage).for_desk()
    cases, user = list(found[: CARDS_A_COLUMN + 1]), selection.user
    know_in_charge(user, cases)
    cards = []
    for row in rows_of(user, cases[:CARDS_A_COLUMN]):
        stages = stage.next_stages if is_in_charge(user, row.case) else ()
        moves = [to for to in stages if why_not_move(row.case, to) is None]
        cards.append({"row": row, "moves": moves})
    rest, is_more = selection.query(stage=stage.value), len(cases) > CARDS_A_COLUMN
    return {"stage": stage, "cards": cards, "is_more": is_more, "rest": rest}
