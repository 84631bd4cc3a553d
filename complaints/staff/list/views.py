"""The list of cases and the board: columns, the page asked for, what to say where nothing is."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import InvalidPage, Page, Paginator
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.rules import why_not_move
from complaints.models.case import Complaint
from complaints.staff.list.filters import ALL, MINE, NOBODY, ORDER, SEARCH, YES, Selection
from complaints.staff.pages import DeskPage
from complaints.staff.permissions import is_in_charge, know_handlers, know_in_charge
from complaints.stages import Stage, Status


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


def page_of(selection: Selection, given: str, count: int) -> Page[Complaint]:
    """Returns the page asked for of `count` cases; the first where there is no such page."""
    pages: Paginator[Complaint] = Paginator(selection.ordered().for_desk(), CASES_A_PAGE)
    pages.count = count  # counted already, with what else there is to look at
    try:
        page = pages.page(given)
    except InvalidPage:
        page = pages.page(1)
    page.object_list = list(page.object_list)
    know_handlers(selection.user, page.object_list)
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
    know_handlers(user, cases)
    cards = []
    for case in cases[:CARDS_A_COLUMN]:
        stages = stage.next_stages if is_in_charge(user, case) else ()
        moves = [to for to in stages if why_not_move(case, to) is None]
        cards.append({"case": case, "moves": moves})
    rest, is_more = selection.query(stage=stage.value), len(cases) > CARDS_A_COLUMN
    return {"stage": stage, "cards": cards, "is_more": is_more, "rest": rest}
