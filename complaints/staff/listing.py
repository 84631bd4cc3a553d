"""The list of cases: which columns, filters and order, and nothing a query string could add."""

from typing import Any

from django.contrib.admin import SimpleListFilter
from django.contrib.admin.templatetags.admin_list import result_headers
from django.db.models import Case, F, QuerySet, Value, When
from django.forms import Media
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail_modeladmin.helpers import (  # noqa: TID251 - the desk is modeladmin's one place
    DjangoORMSearchHandler,
)
from wagtail_modeladmin.views import IndexView  # noqa: TID251

from complaints.staff.permissions import enter_desk_or_404
from complaints.stages import Outcome, Route, Stage, Status


class ChoiceFilter(SimpleListFilter):
    """Filters on one column by a word of a closed list; another word filters nothing."""

    column = ""
    options: Any = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(value), label) for value, label in self.options]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.value()
        for value, _label in self.options:
            if str(value) == chosen:
                return queryset.filter(**{self.column: value})
        return queryset


class StageFilter(ChoiceFilter):
    title, parameter_name, column = gettext_lazy("Fase"), "stage", "stage"
    options = Stage.choices


class StatusFilter(ChoiceFilter):
    title, parameter_name, column = gettext_lazy("Status"), "status", "status"
    options = Status.choices


class OutcomeFilter(ChoiceFilter):
    title, parameter_name, column = gettext_lazy("Uitkomst"), "outcome", "outcome"
    options = Outcome.choices


class RouteFilter(ChoiceFilter):
    title, parameter_name, column = gettext_lazy("Bestemd voor"), "route", "route"
    options = Route.choices


class SuspectFilter(ChoiceFilter):
    """What looks like misuse stands apart, so that a flood of it hides no other case."""

    title, parameter_name, column = gettext_lazy("Te controleren"), "suspect", "is_suspect"
    options = ((True, gettext_lazy("Alleen te controleren")), ("all", gettext_lazy("Alles")))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "all":
            return queryset
        return queryset.filter(is_suspect=self.value() == "True")


class ReferenceSearch(DjangoORMSearchHandler):
    """Searches the reference only. PostgreSQL takes no null bytes."""

    def search_queryset(self, queryset: Any, search_term: str, **kwargs: Any) -> Any:
        return super().search_queryset(queryset, search_term.replace("\x00", ""), **kwargs)


# Orders that a column name alone cannot say.
ORDERS = {
    "next_due_on": F("next_due_on").asc(nulls_last=True),
    "-next_due_on": F("next_due_on").desc(nulls_last=True),
    "stage": Case(*(When(stage=stage, then=Value(stage.number)) for stage in Stage)).asc(),
    "-stage": Case(*(When(stage=stage, then=Value(stage.number)) for stage in Stage)).desc(),
}


class DeskIndexView(IndexView):
    """The list. Ignores every parameter but its own filters, search, order and page."""

    FORMATS = ()  # no spreadsheet of complaints
    media = Media(css={"all": ["css/case-desk.css"]})

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        enter_desk_or_404(request.user)
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def get_filters(self, request: HttpRequest) -> tuple[list[Any], bool, dict[str, Any], bool]:
        """Modeladmin's would let a query string look up any field, sealed content included."""
        given = self.get_filters_params()
        specs = [kind(request, given, self.model, self.model_admin) for kind in self.list_filter]
        return specs, True, {}, False

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        names = super().get_ordering(request, queryset)
        return [ORDERS.get(name, name) if isinstance(name, str) else name for name in names]

    def _get_default_ordering(self) -> tuple[str, ...]:
        """No header is marked as sorted until one is chosen."""
        return ()

    def get_meta_title(self) -> str:
        return _("Klachten")

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        return [
            {"url": reverse("wagtailadmin_home"), "label": _("Startpagina")},
            {"url": self.index_url, "label": _("Klachten")},
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = dict(super().get_context_data(**kwargs))
        context["headers"] = list(result_headers(self))
        context["filters"] = [(spec, spec.value() or "") for spec in self.filter_specs]
        context["suspect_count"] = (
            self.model_admin.get_queryset(self.request).open().filter(is_suspect=True).count()
        )
        context["is_filtered"] = bool(self.query) or any(spec.value() for spec in self.filter_specs)
        return context
