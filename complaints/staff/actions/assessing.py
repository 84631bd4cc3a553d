"""Recording an assessment (R-23), an agreement, duties done (R-22, R-34), and steps."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases import assessment
from complaints.cases.assessment import CoachTold
from complaints.models.case import Complaint
from complaints.models.lists import ChecklistItem, Theme
from complaints.staff import permissions
from complaints.staff.actions.base import Action, Choice
from complaints.staff.actions.forms import (
    ActionForm,
    RowField,
    check_within_case,
    day_field,
    long_text,
    one_of,
    past_day,
)
from complaints.stages import Agreement, Complexity, Impact, Safety, Severity, Urgency


class Assess(Action):
    name = "assess"
    title = gettext_lazy("Eerste beoordeling")
    group = gettext_lazy("Beoordelen")
    done = gettext_lazy("De beoordeling staat bovenaan het dossier.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
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
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"theme": case.theme_id, "severity": case.severity}

    def check(self, form: Any) -> None:
        if form.cleaned_data.get("urgency") is Urgency.YES and not form.cleaned_data.get("reason"):
            form.add_error("reason", _("Schrijf op wat er meteen moet gebeuren."))

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_assess(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        assessment.assess(complaint=case, by=by, **data)


class Agree(Action):
    name = "agree"
    title = gettext_lazy("Instemming met bemiddeling")
    group = gettext_lazy("Beoordelen")
    done = gettext_lazy("Wie meedoet aan de bemiddeling staat in het dossier.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
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
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"agreed_on": timezone.localdate()}

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_record_agreement(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
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


class Acknowledge(Action):
    name = "acknowledge"
    title = gettext_lazy("Ontvangstbevestiging vastleggen")
    reason_label = gettext_lazy("Hoe heb je de ontvangst bevestigd?")
    reason_missing = gettext_lazy("Schrijf kort op hoe, bijvoorbeeld: per brief.")
    done = gettext_lazy("De ontvangstbevestiging staat in het dossier.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_acknowledge(user, case)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        sent_on = day_field(
            _("Verstuurd op"),
            _("De dag waarop de brief of mail de deur uitging, of waarop je het zei."),
            _("Vul de dag in waarop je de ontvangst bevestigde."),
        )
        return {"sent_on": sent_on, **super().fields(user, case, choice)}

    def check(self, form: ActionForm) -> None:
        check_within_case(form, "sent_on")

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        assessment.record_acknowledgement(
            complaint=case, by=by, sent_on=data["sent_on"], note=data["reason"]
        )


class TellCoach(Action):
    name = "coach-told"
    title = gettext_lazy("Kunstcoach geïnformeerd, of niet")
    reason_label = gettext_lazy("Hoe is dat gegaan, of waarom niet?")
    reason_missing = gettext_lazy("Schrijf kort op hoe de coach het hoorde, of waarom niet.")
    done = gettext_lazy("Het staat in het dossier.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_tell_coach(user, case)

    def tells(self, choice: Choice) -> str:
        return _(
            "De coach hoort binnen de termijn welke gegevens er over de coach zijn vastgelegd. De "
            "site stuurt de coach niets: dat doe jij."
        )

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
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

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        assessment.record_coach_told(
            complaint=case,
            by=by,
            answer=CoachTold(data["answer"]),
            note=data["reason"],
            told_on=data["told_on"],
        )


ACKNOWLEDGE, COACH_TOLD = Acknowledge(), TellCoach()


class Tick(Action):
    """Each step has a button of its own in the case file, so it is not among the offers."""

    name = "tick"
    title = gettext_lazy("Stap afvinken")
    done = gettext_lazy("De stap is bijgewerkt.")
    is_offered = False

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        items = ChecklistItem.objects.filter(
            Q(stage=case.stage) | Q(pk__in=case.ticks.values("item"))
        )
        return {
            "item": RowField(
                items,
                label=_("Stap"),
                error_messages={
                    "required": _("Kies een stap."),
                    "invalid_choice": _("Deze stap is er niet meer. Kies een andere."),
                },
            ),
            "is_done": forms.ChoiceField(
                label=_("Is hij gedaan?"),
                choices=[("yes", _("Ja, gedaan")), ("no", _("Nee, toch niet"))],
                widget=forms.RadioSelect,
                error_messages={"required": _("Kies wat het best past.")},
            ),
        }

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"is_done": "yes"}

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_tick(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        act = assessment.tick_step if data["is_done"] == "yes" else assessment.untick_step
        act(complaint=case, item=data["item"], by=by)


TICK = Tick()
