"""The list of cases: the columns, the page asked for, and what to say where there is nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail_modeladmin.views import WMABaseView  # noqa: TID251 - the desk is its one place

from complaints.models.case import Complaint
from complaints.models.rights import RightsRequest
from complaints.services.waiting import NOT_SUSPECT, SUSPECT
from complaints.staff.counts import MOST_COUNTED, Count, counted
from complaints.staff.filters import ALL, NOBODY, YES
from complaints.staff.permissions import enter_desk_or_404, visible_cases
from complaints.staff.selection import ORDER, SEARCH, Selection
from complaints.staff.views import STYLES

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

    media = STYLES
    title: Any = ""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
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

    def get_template_names(self) -> list[str]:
        return list(self.model_admin.get_index_template())

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
