"""The list of cases: a row in words, the page asked for, the search."""

from datetime import date
from functools import cache, partial
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import F, Q
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.search import SearchForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic import BaseListingView
from wagtail.admin.widgets.button import Button, HeaderButton

from complaints.cases.contents import record_access
from complaints.cases.todo import waits_for, whose_turns
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind, AuditLine
from complaints.models.roster import roster_for
from complaints.models.settings import name_of
from complaints.staff.list.filters import (
    DUE,
    LONGEST_SEARCH,
    ORDERS,
    SEARCH,
    CaseFilters,
    Selection,
)
from complaints.staff.list.glance import glances_of, sealed_words
from complaints.staff.pages import DESK
from complaints.staff.permissions import (
    StaffRequest,
    enter_desk_or_404,
    know_handlers,
    visible_cases,
)
from complaints.stages import Outcome, Stage
from complaints.terms import DUE_KINDS, term_state

CASES_A_PAGE, READINGS_A_PAGE = 25, 100


def rows_of(selection: Selection, cases: list[Complaint]) -> list[dict[str, Any]]:
    """Returns each case in words: plain texts by name, which a template finds soonest.

    A cell that many cases share is made once.
    """
    user = selection.user
    know_handlers(user, cases)
    turns = whose_turns(user, roster_for(user))
    glances = glances_of(cases, user, may_ask=selection.counts["request"] > 0)
    desk = reverse(f"{DESK}index")
    kept = "" if selection.is_default else f"?{urlencode({'filter': selection.query[1:]})}"
    kinds = {value: str(label) for value, label in DUE_KINDS}
    stage_of, handled_by = cache(_stage_cell), cache(_handler_cell)
    due_of = cache(partial(_due_cell, today=timezone.localdate()))
    rows = []
    for case in cases:
        clock = gettext("de klok staat stil") if case.paused_on else ""
        row = vars(glances[case.pk]) | {
            "reference": case.reference,
            "is_unread": case.is_unread,
            "is_suspect": case.is_suspect,
            "url": f"{desk}inspect/{case.pk}/{kept}",
            "stage": stage_of(case.stage, "" if case.is_open else case.outcome),
            "received": f"{case.received_on.day}-{case.received_on.month}-{case.received_on.year}",
            "due": due_of(case.next_due_on, clock or kinds.get(case.next_due_kind, "")),
            "handler": handled_by(name_of(case.handler), waits_for(case, turns)),
        }
        rows.append(row)
    return rows


def _stage_cell(stage: str, outcome: str) -> SafeString:
    """Marks the stage among the three, and says how a closed case ended."""
    here = Stage(stage)
    marks = [
        format_html('<b class="w-status">{}</b>', s.number) if s is here else str(s.number)
        for s in Stage
    ]
    return format_html(
        '<span aria-hidden="true">{}</span> <span class="w-sr-only">{}</span>{}',
        format_html_join(" ", "{}", ((mark,) for mark in marks)),
        here.label,
        _below(str(Outcome(outcome).label) if outcome else ""),
    )


def _due_cell(day: date | None, kind: str, today: date) -> str:
    """Says how late or how soon a date is, and of what: "8 dagen te laat", "vandaag"."""
    if day is None:
        return _below(kind)
    days = (day - today).days
    soon = ngettext("nog %d dag", "nog %d dagen", days) % days if days else gettext("vandaag")
    if days < 0:
        soon = ngettext("%d dag te laat", "%d dagen te laat", -days) % -days
    return format_html(
        '<time class="term term--{}" datetime="{}" title="{}">{}</time>{}',
        term_state(day, today).value,
        day,
        f"{day.day}-{day.month}-{day.year}",
        soon,
        _below(kind),
    )


def _handler_cell(handler: str, whom: str) -> SafeString:
    """Says who handles it, and of an open case for whom it waits."""
    nobody = format_html('<span class="w-status">{}</span>', gettext("Nog niemand"))
    waits = gettext("wacht op %(whom)s") % {"whom": whom} if whom else ""
    return format_html("{}{}", handler or nobody, _below(waits))


@cache
def _below(words: str) -> str:
    return format_html('<p class="w-m-0">{}</p>', words) if words else ""


class ForHandlers(BaseListingView):
    """A listing of Wagtail's at the desk."""

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        enter_desk_or_404(request.user)
        return super().dispatch(request, *args, **kwargs)


class CaseListView(ForHandlers):
    """The list: Wagtail's own listing, with rows of ours and a search that stays out of addresses.

    GET shows a page of it; POST takes the words of a search out of the address.
    """

    model_admin: Any = None  # which gives itself
    template_name = "desk/pages/list.html"
    results_template_name = "desk/parts/results.html"
    page_title = _("Klachten")
    header_icon = "folder-open-inverse"
    index_url_name = f"{DESK}index"
    index_results_url_name = f"{DESK}results"
    paginate_by = CASES_A_PAGE
    table_classname = "listing cases"
    default_ordering = DUE
    is_searchable = True
    columns: ClassVar = [
        Column("who", label=_("Klacht"), classname="title"),
        Column("stage", label=_("Fase")),
        Column("received", label=_("Ontvangen"), sort_key="received", classname="case-received"),
        Column("due", label=_("Termijn"), sort_key=DUE),
        Column("handler", label=_("Behandelaar"), classname="case-handler"),
    ]

    def post(self, request: StaffRequest) -> HttpResponse:
        typed = request.POST.get(SEARCH, "").replace("\x00", "").strip()[:LONGEST_SEARCH]
        found = f"?{urlencode({SEARCH: sealed_words(request.user, typed)})}" if typed else ""
        return HttpResponseRedirect(f"{self.index_url}{found}")

    @cached_property
    def selection(self) -> Selection:
        return Selection(self.request.user, self.request.GET)

    @property
    def filters(self) -> CaseFilters:
        return self.selection.filters

    def get_search_form(self) -> SearchForm:
        """Wagtail's, with what was typed and not with how that stands in the address."""
        form = SearchForm(
            {SEARCH: self.selection.typed}, placeholder=gettext("Naam, coach, woord of kenmerk")
        )
        form.fields[SEARCH].widget.attrs |= {"autocomplete": "off", "maxlength": LONGEST_SEARCH}
        return form

    @cached_property
    def header_buttons(self) -> list[HeaderButton]:
        return [HeaderButton(_("Registreren"), reverse(f"{DESK}register"), icon_name="plus")]

    @cached_property
    def header_more_buttons(self) -> list[Button]:
        export = f"{reverse(f'{DESK}export')}{self.selection.query}"
        return [
            Button(_("Behandelaars"), reverse("handlers"), icon_name="group"),
            Button(_("Exporteren"), export, icon_name="download"),
            Button(_("Logboek"), reverse(f"{DESK}readings"), icon_name="view"),
        ]

    def get_queryset(self) -> Any:
        return self.selection.ordered().values("pk")

    def get_paginator(self, *args: Any, **kwargs: Any) -> Any:
        pages = super().get_paginator(*args, **kwargs)
        pages.count = self.selection.counts["found"]  # with what else there is to look at
        return pages

    def paginate_queryset(self, queryset: Any, page_size: int) -> tuple[Any, Any, list[Any], bool]:
        """Returns the page asked for and its rows.

        Its keys are found in an index, and only then the cases are read: a case is long. That
        they are shown is kept before anything is opened; a search for words has kept its own line.
        """
        pages, page, keys, is_more = super().paginate_queryset(queryset, page_size)
        user, selection = self.request.user, self.selection
        here = Complaint.objects.filter(pk__in=keys)
        cases = list(here.order_by(*ORDERS[selection.order]))
        if cases and self.request.method == "GET" and not selection.is_kept:
            count = len(cases)
            record_access(complaint=None, user=user, kind=AccessKind.LIST, case_count=count)
        return pages, page, rows_of(selection, cases), is_more

    def get_table_kwargs(self) -> dict[str, Any]:
        """A cell of Wagtail's each would take longer than all that the list asks and opens."""
        return {**super().get_table_kwargs(), "template_name": "desk/parts/table.html"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(selection=self.selection, **kwargs)
        is_bare = not found["object_list"] and not visible_cases(self.request.user).exists()
        return {**found, "is_bare": is_bare}


class ListReadingsView(ForHandlers):
    """What all of us did, and when: but for what was done with a case that one may not see.

    How many cases somebody saw could tell of such a case, so that is shown of oneself alone. So
    could the hour at which the erasure key was replaced; that is counted for managers only.
    """

    page_title = _("Logboek")
    header_icon = "view"
    index_url_name = f"{DESK}readings"
    paginate_by = READINGS_A_PAGE
    breadcrumbs_items: ClassVar = [
        *BaseListingView.breadcrumbs_items,
        {"url": reverse_lazy(f"{DESK}index"), "label": _("Klachten")},
    ]

    def get_queryset(self) -> Any:
        seen = visible_cases(self.request.user).values("pk")
        lines = AuditLine.objects.exclude(kind=AccessKind.ERASURE_KEY).select_related("user")
        lines = lines.filter(Q(complaint=None) | Q(complaint__in=seen))
        return lines.annotate(reference=F("complaint__reference"))

    @cached_property
    def columns(self) -> list[Column]:
        names = {f"user:{user.pk}": name_of(user) for user in User.objects.all()}

        def what(row: Any) -> str:
            detail, count = row.reference or names.get(row.about, ""), row.case_count
            if count is not None and row.user_id == self.request.user.pk:
                detail = ngettext("%d zaak", "%d zaken", count) % count
            return f"{row.get_kind_display()}: {detail}" if detail else row.get_kind_display()

        return [
            Column("at", _("Wanneer"), lambda row: date_format(localtime(row.at), "j-n-Y H:i")),
            Column("user", _("Wie"), "who"),
            Column("kind", _("Wat"), what),
        ]
