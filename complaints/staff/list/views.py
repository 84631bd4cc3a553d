"""The list of cases: a row in words, the page asked for, the search."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import InvalidPage
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.paginator import WagtailPaginator

from complaints.cases.contents import record_access
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind
from complaints.models.settings import name_of
from complaints.staff.list.filters import (
    ALL,
    LONGEST_SEARCH,
    ORDER,
    ORDERS,
    SEARCH,
    YES,
    Choices,
    Selection,
)
from complaints.staff.list.glance import (
    Glance,
    for_glance,
    glances_of,
    sealed_words,
)
from complaints.staff.pages import DeskPage
from complaints.staff.permissions import StaffRequest, know_handlers, visible_cases
from complaints.stages import Party, Stage
from complaints.terms import DUE_KINDS, term_state


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
    """A case in the words of the list. Plain texts: a page shows many."""

    case: Complaint
    glance: Glance
    url: str
    stage_number: int
    stage: str
    handler: str
    waiting_on: str
    received: str
    due_kind: str  # or that the clock stands still
    due_date: str  # as machines read it
    due_day: str
    due_state: str
    due_in: str


def rows_of(selection: Selection, cases: list[Complaint]) -> list[Row]:
    """Returns each case in words; what many cases share is put in words once."""
    user = selection.user
    know_handlers(user, cases)
    glances = glances_of(cases)
    desk, today = reverse("complaints_complaint_modeladmin_index"), timezone.localdate()
    kept = "" if selection.is_default else f"?{urlencode({'filter': selection.query()[1:]})}"
    stages, parties, kinds = _words(Stage.choices), _words(Party.choices), _words(DUE_KINDS)
    state_on = {d: term_state(d, today).value for d in {case.next_due_on for case in cases}}
    return [
        Row(
            case=case,
            glance=glances[case.pk],
            url=f"{desk}inspect/{case.pk}/{kept}",
            stage_number=case.current_stage.number,
            stage=stages[case.stage],
            handler=name_of(case.handler),
            waiting_on=_("jou") if _is_mine(case, user.pk) else parties[case.waiting_on].lower(),
            received=date_format(case.received_on, "j-n-Y"),
            due_kind=_("de klok staat stil")
            if case.paused_on
            else kinds.get(case.next_due_kind, ""),
            due_date=str(case.next_due_on or ""),
            due_day=date_format(case.next_due_on, "j F Y") if case.next_due_on else "",
            due_state=state_on[case.next_due_on],
            due_in=due_in_words(case.next_due_on, today),
        )
        for case in cases
    ]


def _is_mine(case: Complaint, pk: int) -> bool:
    return case.handler_id == pk and case.waiting_on == Party.HANDLER


def _words(choices: Choices) -> dict[str, str]:
    """Returns the label of each choice, in the language of the reader."""
    return {value: str(label) for value, label in choices}


def due_in_words(day: date | None, today: date) -> str:
    """Returns how late or how soon a date is: "8 dagen te laat", "vandaag", "nog 3 dagen"."""
    if day is None:
        return ""
    days = (day - today).days
    if days < 0:
        return ngettext("%d dag te laat", "%d dagen te laat", -days) % -days
    return ngettext("nog %d dag", "nog %d dagen", days) % days if days else _("vandaag")


class DeskView(DeskPage):
    """A page about the cases asked for."""

    @cached_property
    def selection(self) -> Selection:
        return Selection(self.request.user, self.request.GET)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return dict(super().get_context_data(selection=self.selection, **kwargs))


class DeskIndexView(DeskView):
    """The list. GET shows a page of it; POST takes the words of a search out of the address."""

    template_name = "desk/pages/list.html"

    def post(self, request: StaffRequest) -> HttpResponse:
        typed = request.POST.get(SEARCH, "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        found = f"?{urlencode({SEARCH: sealed_words(request.user, typed)})}" if typed else ""
        return HttpResponseRedirect(f"{self.index_url}{found}")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        counts = self.selection.counts()
        pages, rows = self._page(counts["found"])
        is_bare = not rows and not visible_cases(self.request.user).exists()
        return super().get_context_data(
            page=pages,
            rows=rows,
            numbers=pages.paginator.get_elided_page_range(pages.number),
            count=Count(counts["found"]),
            sorts=[self._sorts(_("Ontvangen"), "-days"), self._sorts(_("Termijn"), "due")],
            notices=_notices(counts),
            is_bare=is_bare,
            **kwargs,
        )

    def _page(self, count: int) -> tuple[Any, list[Row]]:
        """Returns the page asked for and its rows; the first where there is no such page.

        Its keys are found in an index, and only then the cases are read: a case is long. That
        they are shown is kept before anything is opened; a search for words has kept its own line.
        """
        user, selection = self.request.user, self.selection
        pages = WagtailPaginator(selection.ordered().values("pk"), CASES_A_PAGE)
        pages.count = count  # counted already, with what else there is to look at
        try:
            page = pages.page(self.request.GET.get(PAGE, ""))
        except InvalidPage:
            page = pages.page(1)
        here = Complaint.objects.filter(pk__in=page.object_list)
        cases = list(for_glance(here, user).order_by(*ORDERS[selection.order]))
        if cases and self.request.method == "GET" and not selection.is_kept:
            record_access(complaint=None, user=user, kind=AccessKind.LIST)
        return page, rows_of(selection, cases)

    def _sorts(self, label: str, first: str) -> tuple[str, str, str]:
        """Returns a heading, the address that sorts as it says, or back, and `aria-sort`."""
        name, now = first.removeprefix("-"), self.selection.order
        other = name if first.startswith("-") else f"-{name}"
        url = self.selection.query(**{ORDER: other if now == first else first})
        sort = "descending" if now == f"-{name}" else "ascending" if now == name else ""
        return label, url, sort


def _notices(counts: dict[str, int]) -> list[tuple[str, Count, str]]:
    """Returns what the list by itself leaves out and needs a look: (kind, count, query string)."""
    ways = {"suspect": "?suspect=True", "request": f"?request={YES}&suspect={ALL}"}
    return [(kind, Count(counts[kind]), way) for kind, way in ways.items() if counts[kind]]
