"""Takes the list away as a file: the cases this person may see, as filtered, and logged.

What people wrote goes along only when that is chosen. Cases are read, logged and written a batch
at a time, each batch anew through `visible_to`, with no cursor left open while the log is written:
SQLite would refuse to write beside one.
"""

import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.models import User
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases.contents import open_answers, record_accesses
from complaints.cases.sealing import case_keys
from complaints.files.store import HEADERS, attachment
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind
from complaints.models.settings import name_of
from complaints.staff.actions.forms import DeskForm
from complaints.staff.list.filters import Selection
from complaints.staff.list.spreadsheet import csv_of, xlsx_of
from complaints.staff.pages import DeskPage
from complaints.staff.permissions import StaffRequest, visible_cases
from complaints.vault.cipher import SealBroken

logger = logging.getLogger(__name__)

BATCH = 500
CSV, XLSX = "csv", "xlsx"
TYPES = {
    CSV: "text/csv; charset=utf-8",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class ExportForm(DeskForm):
    """Which kind of file, and whether what people wrote goes along."""

    format = forms.ChoiceField(
        label=_("Soort bestand"),
        choices=[(XLSX, _("Excel (XLSX)")), (CSV, _("CSV, met puntkomma's"))],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("Kies Excel of CSV.")),
    )
    answers = forms.BooleanField(
        label=_("Ook de antwoorden"),
        required=False,
        help_text=_(
            "Dan staat in het bestand alles wat de klagers schreven, met hun naam en hoe je ze "
            "bereikt. Het bestand is niet versleuteld. Bewaar het waar alleen jij bij kunt, en "
            "gooi het weg zodra je het niet meer nodig hebt."
        ),
    )


class ExportView(DeskPage):
    """GET asks which file, POST gives it. 422 where the kind of file is missing."""

    template_name = "desk/pages/export.html"
    title = _("Exporteren")

    @cached_property
    def selection(self) -> Selection:
        return Selection(self.request.user, self.request.GET)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = kwargs.pop("form", None) or ExportForm(initial={"format": XLSX})
        return dict(super().get_context_data(form=form, selection=self.selection, **kwargs))

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        form = ExportForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        kind, with_answers = form.cleaned_data["format"], form.cleaned_data["answers"]
        logger.info("cases.exported kind=%s with_answers=%s", kind, with_answers)
        rows = export_rows(request.user, self.selection, with_answers=with_answers)
        body = csv_of(rows) if kind == CSV else xlsx_of(rows, gettext("Klachten"))
        name = f"klachten-{timezone.localdate():%Y-%m-%d}.{kind}"
        ours = {"Content-Type": TYPES[kind], "Content-Disposition": attachment(name)}
        return StreamingHttpResponse(body, headers=HEADERS | ours)


def export_rows(user: User, selection: Selection, *, with_answers: bool) -> Iterator[list[Any]]:
    """Gives the heading and a row for each case, in the order of the list, each logged before."""
    answers = [gettext("Antwoorden")] if with_answers else []
    yield [*(str(heading) for heading, _value in COLUMNS), *answers]
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
    for case in (found[pk] for pk in ids if pk in found):
        told = [_answers(case, keys.get(case.pk))] if with_answers else []
        yield [*(value(case) for _heading, value in COLUMNS), *told]


def _yes_or_no(is_so: bool) -> str:
    return gettext("ja") if is_so else gettext("nee")


COLUMNS: tuple[tuple[Any, Callable[[Complaint], Any]], ...] = (
    (_("Kenmerk"), lambda case: case.reference),
    (_("Fase"), lambda case: case.get_stage_display()),
    (_("Status"), lambda case: case.get_status_display()),
    (_("Uitkomst"), lambda case: case.get_outcome_display()),
    (_("Thema"), lambda case: case.theme.name if case.theme else ""),
    (_("Ernst"), lambda case: case.get_severity_display()),
    (_("Behandelaar"), lambda case: name_of(case.handler)),
    (_("Ontvangen op"), lambda case: case.received_on),
    (_("Afgesloten op"), lambda case: case.closed_at and timezone.localdate(case.closed_at)),
    (_("Dagen open"), lambda case: case.days_open),
    (_("Termijn"), lambda case: case.next_due_on or ""),
    (_("Soort termijn"), lambda case: case.get_next_due_kind_display()),
    (_("Stand van de termijn"), lambda case: case.term_state.label),
    (_("Wacht op"), lambda case: case.get_waiting_on_display() if case.is_open else ""),
    (_("Ongelezen"), lambda case: _yes_or_no(case.is_unread)),
    (_("Bestemd voor"), lambda case: case.get_route_display()),
    (_("Binnengekomen via"), lambda case: case.get_source_display()),
    (_("Te controleren"), lambda case: _yes_or_no(case.is_suspect)),
)


def _answers(case: Complaint, key: bytes | None) -> str:
    """All questions with their answers, as one text; words in their place where it was erased."""
    if key is None:
        return gettext("(gewist)")
    try:
        answers = open_answers(case, key)
    except SealBroken:
        return gettext("(kan niet worden geopend)")
    return "\n\n".join(f"{answer.label}\n{answer.text}" for answer in answers if answer.text)
