"""The first assessment of a case (R-23), and whether both parties take part in mediation."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.models.theme import Theme
from complaints.services import assessment
from complaints.staff import permissions
from complaints.staff.actions.base import Action, Choice
from complaints.staff.forms import long_text, one_of, past_day
from complaints.stages import Agreement, Complexity, Impact, Safety, Severity, Urgency


class Assess(Action):
    name = "assess"
    title = gettext_lazy("Eerste beoordeling")
    group = gettext_lazy("Beoordelen")
    done = gettext_lazy("De beoordeling staat bovenaan het dossier.")

    def fields(self, user: Any, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {
            "theme": _theme(case),
            "severity": one_of(_("Hoe ernstig is het?"), Severity),
            "safety": one_of(_("Is iedereen veilig?"), Safety),
            "complexity": one_of(_("Hoe ingewikkeld is het?"), Complexity),
            "impact": one_of(_("Hoe groot is het gevolg voor de klager?"), Impact),
            "urgency": one_of(_("Moet er meteen iets gebeuren?"), Urgency),
            "reason": long_text(
                _("Toelichting"),
                _("Mag leeg blijven. Moet er meteen iets gebeuren, schrijf dan op wat."),
                "",
                required=False,
            ),
        }

    def initial(
        self, user: Any, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"theme": case.theme_id, "severity": case.severity}

    def check(self, form: Any) -> None:
        if form.cleaned_data.get("urgency") is Urgency.YES and not form.cleaned_data.get("reason"):
            form.add_error("reason", _("Schrijf op wat er meteen moet gebeuren."))

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_assess(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        assessment.assess(complaint=case, by=by, **data)


class Agree(Action):
    name = "agree"
    title = gettext_lazy("Instemming met bemiddeling")
    group = gettext_lazy("Beoordelen")
    done = gettext_lazy("Wie meedoet aan de bemiddeling staat in het dossier.")

    def fields(self, user: Any, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {
            "by_complainant": one_of(_("Doet de klager mee?"), Agreement),
            "by_coach": one_of(_("Doet de kunstcoach mee?"), Agreement),
            "agreed_on": past_day(_("Op welke dag?"), "", _("Vul de dag in waarop je dit hoorde.")),
            "reason": long_text(
                _("Hoe is het afgesproken?"),
                _("Bijvoorbeeld: in een gesprek met allebei, of in een mail."),
                _("Schrijf kort op hoe het is afgesproken."),
                rows=3,
            ),
        }

    def initial(
        self, user: Any, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"agreed_on": timezone.localdate()}

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_record_agreement(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        assessment.record_agreement(complaint=case, by=by, **data)


def _theme(case: Complaint) -> forms.Field:
    """The themes to choose from; one that is switched off stays on a case that has it."""
    themes = Theme.objects.filter(Q(is_active=True) | Q(pk=case.theme_id))
    return forms.ModelChoiceField(
        label=_("Thema"),
        queryset=themes,
        required=False,
        empty_label=_("Nog geen thema"),
        error_messages={"invalid_choice": _("Kies een thema uit de lijst.")},
    )


ASSESS, AGREE = Assess(), Agree()
