"""Ticking a step of the organisation's own way of working, and taking the tick back."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.models.checklist import ChecklistItem
from complaints.services import checklist
from complaints.staff import permissions
from complaints.staff.actions.base import Action, Choice


class Tick(Action):
    """Each step has a button of its own in the case file, so it is not among the offers."""

    name = "tick"
    title = gettext_lazy("Stap afvinken")
    done = gettext_lazy("De stap is bijgewerkt.")
    is_offered = False

    def fields(self, user: Any, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        items = ChecklistItem.objects.filter(
            Q(stage=case.stage) | Q(pk__in=case.ticks.values("item"))
        )
        return {
            "item": forms.ModelChoiceField(
                label=_("Stap"),
                queryset=items,
                empty_label=None,
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
        self, user: Any, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"is_done": "yes"}

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_tick(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        act = checklist.tick_step if data["is_done"] == "yes" else checklist.untick_step
        act(complaint=case, item=data["item"], by=by)


TICK = Tick()
