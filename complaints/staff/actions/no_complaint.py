"""What turns out to be no complaint: spam, a trial, a slip. Erased, one or several at once."""

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages

from complaints.cases import moves, rules
from complaints.cases.case import NotAllowed
from complaints.cases.contents import record_access
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind
from complaints.staff.actions.base import Action, Data
from complaints.staff.actions.deciding import what_erasing_touches
from complaints.staff.actions.forms import MailForm, one_of
from complaints.staff.list.glance import glances_of
from complaints.staff.pages import FormPage
from complaints.staff.permissions import Role
from complaints.stages import NO_COMPLAINT, Outcome

MOST_AT_ONCE = 50


def _what_it_was() -> forms.TypedChoiceField:
    field = one_of(_("Wat was het dan?"), Outcome)
    field.choices = [(each.value, each.label) for each in NO_COMPLAINT]
    return field


class NoComplaint(Action):
    name, title, group = "no-complaint", _("Dit was geen klacht: wissen"), _("Controleren")
    role, rule, service = (
        Role.IN_CHARGE,
        rules.why_not_erase_no_complaint,
        moves.erase_no_complaint,
    )
    reason = _what_it_was()
    tells = _(
        "Alleen voor spam, een proef of een vergissing. Alles wat er staat wordt meteen gewist. "
        "Er gaat geen bericht uit."
    )
    done = _("Het is gewist. Alleen dat er iets binnenkwam is nog te zien.")

    def touches(self, user: User, case: Complaint, data: Data) -> list[str]:
        return what_erasing_touches(case)


class NoComplaintForm(MailForm):
    """Which of these cases are none, and what they were."""

    def __init__(self, *args: Any, cases: list[Complaint], user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        glances, found = glances_of(cases, user), {str(case.pk): case for case in cases}
        wrong = _("Een van deze klachten is er niet meer bij. Kijk de lijst opnieuw na.")
        self.fields["cases"] = forms.TypedMultipleChoiceField(
            label=_("Welke zijn geen klacht?"),
            choices=[
                (pk, f"{case.reference}, {_moment(case)}: {glances[case.pk].problem}")
                for pk, case in found.items()
            ],
            coerce=found.__getitem__,
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": _("Kruis aan welke je wist."), "invalid_choice": wrong},
        )
        self.fields["reason"] = _what_it_was()


def _moment(case: Complaint) -> str:
    return date_format(timezone.localtime(case.filed_at), "j F Y, H:i")


class NoComplaintView(FormPage):
    """Erases several at once, of what looks like misuse and nobody handled. Showing is reading."""

    header_icon = "bin"
    title = _("Geen klacht: wissen")
    tells = _(
        "Dit lijkt op misbruik, en er is nog niets mee gedaan. Kruis aan wat geen klacht is. "
        "Twijfel je? Laat het staan, en open het vanuit de lijst."
    )
    nothing = _("Er is nu niets dat op misbruik lijkt en waar nog niets mee is gedaan.")

    def form(self, data: Any = None) -> NoComplaintForm | None:
        user = self.request.user
        suspects = Complaint.objects.in_charge_of(user).open().filter(is_suspect=True)
        found = suspects.order_by("filed_at")[:MOST_AT_ONCE]
        cases = [each for each in found if rules.why_not_erase_no_complaint(each) is None]
        return NoComplaintForm(data, cases=cases, user=user) if cases else None

    def _show(self, form: Any, status: int = 200) -> HttpResponse:
        """A form to mend shows them as much as a new one."""
        if form is not None and self.request.method != "HEAD":
            record_access(complaint=None, user=self.request.user, kind=AccessKind.LIST)
        return super()._show(form, status)

    def touches(self, data: Data) -> list[str]:
        return [each for case in data["cases"] for each in what_erasing_touches(case)[:1]]

    def perform(self, data: Data) -> None:
        """Each by itself: one to which something happened meanwhile stays, and is counted."""
        erased = 0
        for case in data["cases"]:
            try:
                moves.erase_no_complaint(
                    complaint=case, by=self.request.user, reason=data["reason"]
                )
                erased += 1
            except NotAllowed:
                words = gettext("%(reference)s is blijven staan: daar gebeurde intussen iets mee.")
                messages.warning(self.request, words % {"reference": case.reference})
        if erased:
            words = ngettext("%d klacht is gewist.", "%d klachten zijn gewist.", erased)
            messages.success(self.request, words % erased)
