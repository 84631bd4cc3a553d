"""The list of cases and the board: columns, the page asked for, what to say where nothing is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail_modeladmin.views import WMABaseView

from complaints.cases.rules import why_not_move
from complaints.cases.todo import NOT_SUSPECT, SUSPECT
from complaints.models.case import Complaint
from complaints.models.privacy import RightsRequest
from complaints.models.visibility import ComplaintQuerySet
from complaints.staff import permissions
from complaints.staff.list.filters import ALL, MINE, NOBODY, ORDER, SEARCH, YES, Selection
from complaints.staff.permissions import StaffRequest, enter_desk_or_404, visible_cases
from complaints.stages import Stage, Status

MOST_COUNTED = 1000


@dataclass(frozen=True)
class Count:
    """How many there are; `is_more` where there are more than `number`."""

    number: int
    is_more: bool = False

    def __str__(self) -> str:
        shown = number_format(self.number, use_l10n=True, force_grouping=True)
        return _("meer dan %(number)s") % {"number": shown} if self.is_more else shown

    def __bool__(self) -> bool:
        return self.number > 0


def counted(cases: ComplaintQuerySet, most: int = MOST_COUNTED) -> Count:
    """One query that reads at most `most` rows and one."""
    found = cases.order_by()[: most + 1].count()
    return Count(min(found, most), is_more=found > most)


CASES_A_PAGE = 50
PAGE = "p"


@dataclass(frozen=True)
class Header:
    """A column's heading; where it can be sorted, the address that does, and how it is now."""

    label: str
    url: str = ""
    sort: str = ""  # as aria-sort says it


@dataclass(frozen=True)
class Page:
    """Some cases of the list. Which pages there are is known as far as was counted."""

    cases: list[Complaint]
    number: int
    has_next: bool
    count: Count

    @property
    def numbers(self) -> Iterator[int | str]:
        """The pages to offer, with an ellipsis between those that are far apart."""
        here = (self.number - 1) * CASES_A_PAGE + len(self.cases) + self.has_next
        known = Paginator(range(max(self.count.number, here)), CASES_A_PAGE)
        return known.get_elided_page_range(self.number)

    @property
    def is_only(self) -> bool:
        return self.number == 1 and not self.has_next


def page_of(selection: Selection, given: str) -> Page:
    """The page asked for; the first where there is no such page."""
    is_number = given.isascii() and given.isdigit() and len(given) < 7
    number = max(int(given), 1) if is_number else 1
    start = (number - 1) * CASES_A_PAGE
    cases = list(selection.ordered().for_desk()[start : start + CASES_A_PAGE + 1])
    if not cases and number > 1:
        return page_of(selection, "1")
    count = counted(selection.cases())
    return Page(cases[:CASES_A_PAGE], number, len(cases) > CASES_A_PAGE, count)


class DeskView(WMABaseView):
    """A page of the desk that is about many cases; for handlers only."""

    title: Any = ""

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        enter_desk_or_404(request.user)
        self.selection = Selection(request.user, request.GET)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_meta_title(self) -> str:
        return str(self.title)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        trail = [
            {"url": reverse("wagtailadmin_home"), "label": _("Startpagina")},
            {"url": self.index_url, "label": _("Klachten")},
        ]
        here = [{"url": self.request.path, "label": str(self.title)}] if self.title else []
        return trail + here

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return dict(super().get_context_data(selection=self.selection, **kwargs))


class DeskIndexView(DeskView):
    """The list. Ignores every parameter but its own filters, search, order and page."""

    template_name = "desk/pages/list.html"

    def get_meta_title(self) -> str:
        return _("Klachten")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = page_of(self.selection, self.request.GET.get(PAGE, ""))
        return super().get_context_data(
            page=page,
            headers=self.headers(),
            hidden_fields=self._kept(),
            notices=self.notices(),
            others=self._others() if not page.cases else None,
            **kwargs,
        )

    def _kept(self) -> list[tuple[str, str]]:
        """What the form of the filters sends along unseen: the search and the order."""
        order = self.request.GET.get(ORDER, "")
        kept = [(SEARCH, self.selection.typed), (ORDER, order)]
        return [(name, word) for name, word in kept if word]

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

    def notices(self) -> list[tuple[str, Count, str]]:
        """What the list by itself does not show and somebody has to look at: (kind, count, way)."""
        seen = visible_cases(self.request.user)
        waiting = counted(seen.open().filter(NOT_SUSPECT, handler=None))
        suspect = counted(seen.open().filter(SUSPECT))
        asked = counted(seen.filter(pk__in=_with_requests()))
        found = [
            (NOBODY, waiting, f"?whose={NOBODY}"),
            ("suspect", suspect, "?suspect=True"),
            ("request", asked, f"?whose={ALL}&request={YES}&suspect={ALL}"),
        ]
        return [notice for notice in found if notice[1]]

    def _others(self) -> tuple[Count, Count]:
        """Where there is nothing to show: the open cases of all, and all there are."""
        cases = visible_cases(self.request.user).filter(NOT_SUSPECT)
        return counted(cases.open()), counted(cases)


def _with_requests() -> list[UUID]:
    """The cases with a request that waits: few, so they are read first and never searched for."""
    waiting = RightsRequest.objects.filter(decided_at=None)
    return list(waiting.values_list("complaint", flat=True)[:MOST_COUNTED])


CARDS_A_COLUMN = 20


@dataclass(frozen=True)
class Card:
    """A case on the board, and the stages it may go to now."""

    case: Complaint
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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        whose = ALL if self.request.GET.get("whose") == ALL else MINE
        columns = list(columns_for(self.request.user, whose))
        return super().get_context_data(whose=whose, columns=columns, **kwargs)


def columns_for(user: User, whose: str) -> Iterator[Column]:
    """The three columns, at most CARDS_A_COLUMN cases in each."""
    selections = {stage: _selection(user, whose, stage) for stage in Stage}
    found = {
        stage: list(selection.ordered().for_desk()[: CARDS_A_COLUMN + 1])
        for stage, selection in selections.items()
    }
    permissions.know_in_charge(user, [case for cases in found.values() for case in cases])
    for stage, cases in found.items():
        cards = [Card(case, _moves(user, case)) for case in cases[:CARDS_A_COLUMN]]
        yield Column(stage, cards, len(cases) > CARDS_A_COLUMN, selections[stage].query())


def _selection(user: User, whose: str, stage: Stage) -> Selection:
    words = QueryDict(mutable=True)
    words.update({"whose": whose, "status": Status.OPEN.value, "stage": stage.value})
    return Selection(user, words)


def _moves(user: User, case: Complaint) -> list[Stage]:
    if not permissions.is_in_charge(user, case):
        return []
    return [to for to in case.current_stage.next_stages if why_not_move(case, to) is None]
