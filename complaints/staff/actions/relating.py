"""Relating a case to another one that this person may see, and taking that back."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.services import relations
from complaints.staff import permissions
from complaints.staff.actions.base import Action, Choice
from complaints.staff.forms import case_field


class Link(Action):
    name = "link"
    title = gettext_lazy("Verband met een andere zaak")
    done = gettext_lazy("Het verband staat in beide dossiers.")
    reason_label = gettext_lazy("Wat is het verband?")
    reason_missing = gettext_lazy("Schrijf kort op wat het verband is.")

    def fields(self, user: Any, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {"other": case_field(), "reason": self.reason_field()}

    def check(self, form: Any) -> None:
        form.find_case("other")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_link(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        relations.relate(complaint=case, by=by, **data)


class Unlink(Action):
    name = "unlink"
    title = gettext_lazy("Verband weghalen")
    done = gettext_lazy("Het verband is weg uit beide dossiers.")

    def fields(self, user: Any, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        other = forms.ModelChoiceField(
            label=_("Met welke zaak?"),
            queryset=permissions.related_cases(user, case),
            empty_label=None,
            error_messages={
                "required": _("Kies een zaak."),
                "invalid_choice": _("Met deze zaak is er geen verband (meer)."),
            },
        )
        return {"other": other, "reason": self.reason_field()}

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_unlink(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        relations.unrelate(complaint=case, by=by, **data)


LINK, UNLINK = Link(), Unlink()
