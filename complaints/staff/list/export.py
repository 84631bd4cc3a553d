"""Takes the list away as a file: the cases this person may see, as filtered, and logged.

What people wrote goes along only when that is chosen. Cases are read, logged and written a batch
at a time, each batch anew through `visible_to`, with no cursor left open while the log is written:
SQLite would refuse to write beside one.
"""

import logging
from collections.abc import Iterator
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.contents import open_answers, record_accesses
from complaints.cases.sealing import case_keys
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind
from complaints.models.settings import name_of
from complaints.staff.list.filters import Selection
from complaints.staff.list.spreadsheet import csv_of, xlsx_of
from complaints.staff.list.views import Count, DeskView
from complaints.staff.permissions import StaffRequest, visible_cases
from complaints.terms import term_state
from complaints.vault.cipher import SealBroken

logger = logging.getLogger(__name__)

BATCH = 500
CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class ExportForm(forms.Form):
    """Which kind of file, and whether what people wrote goes along."""

    error_css_class = ""
    format = forms.ChoiceField(
        label=gettext_lazy("Soort bestand"),
        choices=[
            (XLSX, gettext_lazy("Excel (XLSX)")),
            (CSV, gettext_lazy("CSV, met puntkomma's")),
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Kies Excel of CSV."),
            "invalid_choice": gettext_lazy("Kies Excel of CSV."),
        },
    )
    answers = forms.BooleanField(
        label=gettext_lazy("Ook de antwoorden"),
        required=False,
        help_text=gettext_lazy(
            "Dan staat in het bestand alles wat de klagers schreven, met hun naam en hoe je ze "
            "bereikt. Het bestand is niet versleuteld. Bewaar het waar alleen jij bij kunt, en "
            "gooi het weg zodra je het niet meer nodig hebt."
        ),
    )


class ExportView(DeskView):
    """GET asks which file, POST gives it. 422 where the kind of file is missing."""

    template_name = "desk/pages/export.html"
    title = gettext_lazy("Exporteren")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or ExportForm(initial={"format": XLSX})
        count = Count(self.selection.counts()["found"])
        return super().get_context_data(form=form, count=count, **kwargs)

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = ExportForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        kind, with_answers = form.cleaned_data["format"], form.cleaned_data["answers"]
        logger.info("cases.exported kind=%s with_answers=%s", kind, with_answers)
        rows = export_rows(request.user, self.selection, with_answers=with_answers)
        body = csv_of(rows) if kind == CSV else xlsx_of(rows, _("Klachten"))
        answer = StreamingHttpResponse(body, content_type=TYPES[kind], headers=HEADERS)
        name = f"klachten-{timezone.localdate():%Y-%m-%d}.{kind}"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer


def export_rows(user: User, selection: Selection, *, with_answers: bool) -> Iterator[list[Any]]:
    """The heading and a row for each case, in the order of the list; logged before it is given."""
    yield _heading(with_answers)
    ids = list(selection.ordered().values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield from _rows(user, ids[start : start + BATCH], with_answers)


def _rows(user: User, ids: list[UUID], with_answers: bool) -> Iterator[list[Any]]:
    cases = visible_cases(user).select_related("handler", "theme").filter(pk__in=ids)
    if not with_answers:
        cases = cases.defer("sealed")
    found = {case.pk: case for case in cases}
    record_accesses(complaint_ids=found, user=user, kind=AccessKind.EXPORT)
    keys = case_keys(found) if with_answers else {}
    today = timezone.localdate()
    for pk in ids:
        if case := found.get(pk):
            told = [_answers(case, keys.get(pk))] if with_answers else []
            yield [*_facts(case, today), *told]


def _heading(with_answers: bool) -> list[str]:
    return [
        _("Kenmerk"),
        _("Fase"),
        _("Status"),
        _("Uitkomst"),
        _("Thema"),
        _("Ernst"),
        _("Behandelaar"),
        _("Ontvangen op"),
        _("Afgesloten op"),
        _("Dagen open"),
        _("Termijn"),
        _("Soort termijn"),
        _("Stand van de termijn"),
        _("Wacht op"),
        _("Ongelezen"),
        _("Bestemd voor"),
        _("Binnengekomen via"),
        _("Te controleren"),
        *([_("Antwoorden")] if with_answers else []),
    ]


def _facts(case: Complaint, today: date) -> list[Any]:
    handler = case.handler
    due = case.next_due_on
    return [
        case.reference,
        case.get_stage_display(),
        case.get_status_display(),
        case.get_outcome_display(),
        case.theme.name if case.theme else "",
        case.get_severity_display(),
        name_of(handler),
        case.received_on,
        timezone.localdate(case.closed_at) if case.closed_at else "",
        case.days_open,
        due or "",
        case.get_next_due_kind_display(),
        term_state(due, today).label,
        case.get_waiting_on_display() if case.is_open else "",
        _("ja") if case.is_unread else _("nee"),
        case.get_route_display(),
        case.get_source_display(),
        _("ja") if case.is_suspect else _("nee"),
    ]


def _answers(case: Complaint, key: bytes | None) -> str:
    """All questions with their answers, as one text; words in their place where it was erased."""
    if key is None:
        return _("(gewist)")
    try:
        answers = open_answers(case, key)
    except SealBroken:
        return _("(kan niet worden geopend)")
    return "\n\n".join(f"{answer.label}\n{answer.text}" for answer in answers if answer.text)
