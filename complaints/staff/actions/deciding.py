"""Advice, which binds nobody, and ruling, which binds both: different acts with different words."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases import decisions
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.staff import permissions
from complaints.staff.actions.audience import BOTH_PARTIES
from complaints.staff.actions.base import Action, Choice
from complaints.staff.actions.forms import day_field, long_text, one_of, past_day
from complaints.staff.file.parts import known_advice, known_rulings
from complaints.stages import Acceptance, Compliance


class Advise(Action):
    name = "advise"
    title = gettext_lazy("Advies geven (bindt niet)")
    group = gettext_lazy("Advies en uitspraak")
    done = gettext_lazy("Het advies staat klaar voor de klager. Het bindt niet.")
    readers = BOTH_PARTIES
    mail_kind = MailKind.MESSAGE_WAITS
    mail_about = "advice"

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {
            "given_on": past_day(_("Datum van het advies"), "", _("Vul de datum in.")),
            "text": long_text(
                _("Advies"),
                _("Een advies bindt niet: de klager en de kunstcoach kiezen of ze het overnemen."),
                _("Schrijf het advies op."),
                rows=10,
            ),
        }

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"given_on": timezone.localdate()}

    def tells(self, choice: Choice) -> str:
        return _("De klager leest het advies op de volgpagina. Daar staat bij dat het niet bindt.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_advise(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        decisions.give_advice(complaint=case, by=by, **data)


class AnswerAdvice(Action):
    name = "advice-answer"
    title = gettext_lazy("Antwoord op het advies")
    group = gettext_lazy("Advies en uitspraak")
    done = gettext_lazy("De antwoorden op het advies staan in het dossier.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {
            "by_complainant": _acceptance(_("Wat zegt de klager?")),
            "by_coach": _acceptance(_("Wat zegt de kunstcoach?")),
            "reason": _may_be_empty(),
        }

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        last = case.advices.last()
        return {"by_complainant": last.by_complainant, "by_coach": last.by_coach} if last else {}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"known": known_advice(case)[-1:]}

    def tells(self, choice: Choice) -> str:
        return _("De klager ziet op de volgpagina wie het advies overneemt, zonder je toelichting.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_answer_advice(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        decisions.answer_advice(complaint=case, by=by, **data)


class Rule(Action):
    name = "rule"
    title = gettext_lazy("Uitspraak vastleggen (bindt allebei)")
    group = gettext_lazy("Advies en uitspraak")
    done = gettext_lazy("De uitspraak staat klaar voor de klager. Ze bindt beide partijen.")
    readers = BOTH_PARTIES
    mail_kind = MailKind.MESSAGE_WAITS
    mail_about = "ruling"

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {
            "ruled_on": past_day(
                _("Datum van de uitspraak"),
                _("De dag waarop de klachtencommissie uitspraak deed."),
                _("Vul de dag in waarop de klachtencommissie uitspraak deed."),
            ),
            "comply_by": day_field(
                _("Na te komen uiterlijk"),
                _("Leeg als de commissie geen dag noemde."),
                "",
                required=False,
            ),
            "text": long_text(
                _("Uitspraak"),
                _("Een uitspraak bindt de klager en de kunstcoach allebei."),
                _("Schrijf op wat de commissie heeft uitgesproken."),
                rows=10,
            ),
        }

    def check(self, form: Any) -> None:
        ruled_on, comply_by = (form.cleaned_data.get(name) for name in ("ruled_on", "comply_by"))
        if ruled_on and comply_by and comply_by < ruled_on:
            form.add_error("comply_by", _("Kies een dag op of na de uitspraak."))

    def tells(self, choice: Choice) -> str:
        return _("De klager leest de uitspraak op de volgpagina. Daar staat bij dat ze bindt.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_rule(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        decisions.record_ruling(complaint=case, by=by, **data)


class Comply(Action):
    name = "comply"
    title = gettext_lazy("Nakoming van de uitspraak")
    group = gettext_lazy("Advies en uitspraak")
    done = gettext_lazy("De nakoming staat in het dossier.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        compliance = one_of(_("Is de uitspraak nagekomen?"), Compliance)
        compliance.choices = [choice for choice in Compliance.choices if choice[0]]
        return {
            "compliance": compliance,
            "compliance_on": past_day(
                _("Vastgesteld op"), "", _("Vul de dag in waarop je dit vaststelde.")
            ),
            "reason": _may_be_empty(),
        }

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        last = case.rulings.last()
        known = last.compliance if last else ""
        return {"compliance": known, "compliance_on": timezone.localdate()}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"known": known_rulings(case)[-1:]}

    def check(self, form: Any) -> None:
        last, day = form.case.rulings.last(), form.cleaned_data.get("compliance_on")
        if last is not None and day and day < last.ruled_on:
            form.add_error("compliance_on", _("Kies een dag op of na de uitspraak."))

    def tells(self, choice: Choice) -> str:
        return _("De klager ziet op de volgpagina of de uitspraak is nagekomen.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_record_compliance(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        decisions.record_compliance(complaint=case, by=by, **data)


def _acceptance(label: Any) -> forms.Field:
    field = one_of(label, Acceptance)
    field.required = False
    field.empty_value = Acceptance.UNKNOWN
    return field


def _may_be_empty() -> forms.Field:
    return long_text(_("Toelichting"), _("Mag leeg blijven."), "", rows=3, required=False)


ADVISE, ANSWER_ADVICE, RULE, COMPLY = Advise(), AnswerAdvice(), Rule(), Comply()
