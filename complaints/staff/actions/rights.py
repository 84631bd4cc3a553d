"""Deciding on what a complainant asked about their data, and giving a new receipt code."""

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases import requests, rights
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.privacy import RightsRequest
from complaints.staff import permissions
from complaints.staff.actions.audience import COMPLAINANT
from complaints.staff.actions.base import Action, Choice, Shown
from complaints.stages import Right
from complaints.vault.codes import show_code


class Decision(TextChoices):
    """What can be decided on each request."""

    ERASE = "erase", gettext_lazy("Inwilligen: alles wissen")
    KEEP = "keep", gettext_lazy("Afwijzen: niet wissen")
    SHOW = "show", gettext_lazy("Inwilligen: inzage geven")
    NOT_SHOW = "not_show", gettext_lazy("Afwijzen: geen inzage")

    @property
    def right(self) -> Right:
        return Right.ERASURE if self in (Decision.ERASE, Decision.KEEP) else Right.ACCESS

    @property
    def is_granted(self) -> bool:
        return self in (Decision.ERASE, Decision.SHOW)


class Decide(Action):
    name = "decide"
    title = gettext_lazy("Verzoek over gegevens")
    group = title
    choices: ClassVar[type[TextChoices] | None] = Decision
    reason_label = gettext_lazy("Waarom besluit je dit?")
    readers = COMPLAINANT
    reason_help = ""
    reason_missing = gettext_lazy("Schrijf op waarom. De klager heeft recht op een reden.")
    done = gettext_lazy("Je besluit staat in het dossier. De klager kan het lezen.")
    mail_kind = MailKind.RIGHTS_DECIDED

    def label_for(self, choice: Choice) -> str:
        return str(choice.label if choice is not None else self.title)

    def tells(self, choice: Choice) -> str:
        told = _("Gaf de klager een e-mailadres, dan gaat er een mail dat je hebt besloten.")
        if choice is Decision.ERASE:
            return (
                told
                + " "
                + _(
                    "Drie dagen later wist de site alles van deze zaak: wat er is geschreven, de "
                    "bestanden, het adres. Niemand kan dat terugdraaien. Dat er een zaak was "
                    "blijft te zien."
                )
            )
        return told

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        if not isinstance(choice, Decision) or not permissions.may_decide_rights(user, case):
            return False
        is_asked = any(request.right == choice.right for request in rights.open_requests(case))
        return is_asked and not (choice is Decision.ERASE and case.is_open)

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """What was asked, in the complainant's words, and by when they hear."""
        if not isinstance(choice, Decision):
            return {}
        asked = [request for request in rights.open_requests(case) if request.right == choice.right]
        return {"asked": [_asked_words(request) for request in asked]}

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        rights.decide_right(
            complaint=case,
            right=choice.right,
            is_granted=choice.is_granted,
            by=by,
            **data,
        )


def _asked_words(request: RightsRequest) -> str:
    told = _("De klager vroeg dit op %(asked)s. Je besluit is er uiterlijk %(due)s.") % {
        "asked": date_format(timezone.localdate(request.asked_at), "l j F Y"),
        "due": date_format(request.due_on, "l j F Y"),
    }
    words = rights.words_of(request)
    return f"{told} „{words}”" if words else told


def why_not_erase(case: Complaint) -> list[str]:
    """In plain words, why what was asked about data cannot all be granted now."""
    if not case.is_open or Right.ERASURE not in {r.right for r in rights.open_requests(case)}:
        return []
    return [_("Alles wissen kan pas als de zaak is afgesloten. Sluit de zaak eerst af.")]


class NewCode(Action):
    name = "code"
    title = gettext_lazy("Nieuwe volgcode geven")
    group = gettext_lazy("Verdergaan")
    reason_label = gettext_lazy("Hoe weet je dat dit de klager is?")
    reason_missing = gettext_lazy("Schrijf op hoe je zeker weet dat dit de klager is.")
    done = gettext_lazy("De nieuwe volgcode is gemaakt.")

    def tells(self, choice: Choice) -> str:
        return _(
            "Doe dit alleen als de klager de code kwijt is en zelf geen nieuwe kan krijgen. De "
            "oude code werkt daarna niet meer. De klager ziet dat jij een nieuwe code gaf."
        )

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_give_code(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> Shown:
        code = requests.give_new_code(complaint=case, by=by, reason=data["reason"])
        return Shown(_("Geef deze volgcode aan de klager. Je ziet hem alleen nu."), show_code(code))


DECIDE, NEW_CODE = Decide(), NewCode()
