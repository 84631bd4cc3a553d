"""Recording what was done outside the site: receipt acknowledged, the coach told (R-22, R-34)."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.services import duties
from complaints.services.duties import CoachTold
from complaints.staff import permissions
from complaints.staff.actions.base import Action, Choice
from complaints.staff.forms import ActionForm, check_within_case, day_field


class Acknowledge(Action):
    name = "acknowledge"
    title = gettext_lazy("Ontvangstbevestiging vastleggen")
    reason_label = gettext_lazy("Hoe heb je de ontvangst bevestigd?")
    reason_missing = gettext_lazy("Schrijf kort op hoe, bijvoorbeeld: per brief.")
    done = gettext_lazy("De ontvangstbevestiging staat in het dossier.")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_acknowledge(user, case)

    def fields(self, user: Any, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        sent_on = day_field(
            _("Verstuurd op"),
            _("De dag waarop de brief of mail de deur uitging, of waarop je het zei."),
            _("Vul de dag in waarop je de ontvangst bevestigde."),
        )
        return {"sent_on": sent_on, **super().fields(user, case, choice)}

    def check(self, form: ActionForm) -> None:
        check_within_case(form, "sent_on")

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        duties.record_acknowledgement(
            complaint=case, by=by, sent_on=data["sent_on"], note=data["reason"]
        )


class TellCoach(Action):
    name = "coach-told"
    title = gettext_lazy("Kunstcoach geïnformeerd, of niet")
    reason_label = gettext_lazy("Hoe is dat gegaan, of waarom niet?")
    reason_missing = gettext_lazy("Schrijf kort op hoe de coach het hoorde, of waarom niet.")
    done = gettext_lazy("Het staat in het dossier.")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_tell_coach(user, case)

    def tells(self, choice: Choice) -> str:
        return _(
            "De coach hoort binnen de termijn welke gegevens er over de coach zijn vastgelegd. De "
            "site stuurt de coach niets: dat doe jij."
        )

    def fields(self, user: Any, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        answer = forms.ChoiceField(
            label=_("Weet de coach welke gegevens er over de coach zijn?"),
            choices=CoachTold.choices,
            widget=forms.RadioSelect,
            error_messages={"required": _("Kies een van de antwoorden.")},
        )
        told_on = day_field(_("Geïnformeerd op"), _("Leeg als de coach niet is geïnformeerd."), "")
        told_on.required = False
        return {"answer": answer, "told_on": told_on, **super().fields(user, case, choice)}

    def check(self, form: ActionForm) -> None:
        """A coach who was told was told on a day."""
        check_within_case(form, "told_on")
        data = form.cleaned_data
        is_missing = data.get("answer") == CoachTold.TOLD and not data.get("told_on")
        if is_missing and "told_on" not in form.errors:
            form.add_error("told_on", _("Vul de dag in waarop de coach het hoorde."))

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        duties.record_coach_told(
            complaint=case,
            by=by,
            answer=CoachTold(data["answer"]),
            note=data["reason"],
            told_on=data["told_on"],
        )


ACKNOWLEDGE, COACH_TOLD = Acknowledge(), TellCoach()
