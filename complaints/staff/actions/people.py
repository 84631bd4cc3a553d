"""Who handles a case, with whom it is shared, stepping back, and which cases hang together."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from complaints.cases import moves, people, rules
from complaints.models.case import Complaint
from complaints.models.settings import name_of
from complaints.staff.actions.base import Action, Choice, Shown
from complaints.staff.actions.forms import CaseField, RowField, long_text, remark
from complaints.staff.permissions import Role, circle_of, related_cases

PEOPLE = _("Wie behandelt en wie leest")
TO_COLLEAGUES = _("Toelichting (mag leeg blijven)")


class PersonField(RowField):
    """A colleague by name, of those given; whoever is not among them is not there."""

    def __init__(self, people: Iterable[User], label: Any, missing: Any) -> None:
        errors = {"required": missing, "invalid_choice": missing}
        empty = _("Kies iemand")
        super().__init__(people, name=name_of, empty=empty, label=label, error_messages=errors)


class TakeOver(Action):
    name, title, group = "takeover", _("Zelf behandelen"), PEOPLE
    role, rule, service = Role.IN_CHARGE, rules.why_not_assign, people.assign_case
    asks: ClassVar = {"reason": remark(TO_COLLEAGUES, "")}
    renamed: ClassVar = {"reason": "note"}
    done = _("Jij behandelt deze zaak nu.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (circle_of(user, case), user)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> Shown | None:
        return super().perform(case, by, choice, data | {"to": by})


class PersonAction(Action):
    """Base of what is done with one of the people there are for it (`candidates`)."""

    group = PEOPLE
    role = Role.IN_CHARGE
    person_label: ClassVar[Any]
    asks: ClassVar = {"reason": remark(TO_COLLEAGUES, "")}
    candidates: ClassVar[Any]  # of a circle, the people to choose from

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (circle_of(user, case),)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        found = type(self).candidates(circle_of(user, case))
        person = PersonField(found, self.person_label, _("Kies iemand uit de lijst."))
        return {"person": person, **super().fields(user, case, choice)}


class Assign(PersonAction):
    name, title = "assign", _("Aan iemand anders geven")
    rule, service, candidates = rules.why_not_assign, people.assign_case, rules.who_may_take
    person_label = _("Wie behandelt deze zaak voortaan?")
    renamed: ClassVar = {"person": "to", "reason": "note"}
    tells = _(
        "Deze collega krijgt een mail met alleen het kenmerk. Hoor jij niet meer bij deze "
        "zaak, dan zie je haar daarna niet meer."
    )
    done = _("De zaak heeft een andere behandelaar.")


class ShareIt(PersonAction):
    name, title = "share", _("Delen met nog iemand")
    rule, service, candidates = rules.why_not_share, people.share_case, rules.who_may_be_shown
    person_label = _("Met wie deel je deze zaak?")
    renamed: ClassVar = {"person": "to", "reason": "note"}
    tells = _(
        "Deze collega leest alles in deze ene zaak, maakt notities en schrijft berichten, tot "
        "jij het delen stopt. Toewijzen, delen, verplaatsen en afsluiten blijft bij jou. De "
        "klager leest op de volgpagina dat er een behandelaar meeleest, zonder naam."
    )
    done = _("De zaak is gedeeld.")


class Unshare(PersonAction):
    name, title = "unshare", _("Delen stoppen")
    rule, service, candidates = rules.why_not_stop_sharing, people.stop_sharing, rules.shared_with
    person_label = _("Met wie stop je met delen?")
    renamed: ClassVar = {"person": "user", "reason": "note"}
    tells = _("Deze collega ziet de zaak meteen niet meer.")
    done = _("Het delen is gestopt.")


class Conflict(Action):
    name, title, group = "conflict", _("Ik ben hier zelf bij betrokken"), PEOPLE
    role, rule, service = Role.READER, rules.why_not_step_back, people.declare_conflict
    asks: ClassVar = {
        "reason": remark(
            TO_COLLEAGUES, _("Je hoeft geen reden te geven. Wie de zaak overneemt leest dit.")
        )
    }
    renamed: ClassVar = {"reason": "note"}
    tells = _(
        "Je verliest meteen en voorgoed de toegang tot deze zaak: voor jou bestaat ze niet "
        "meer. Behandel je haar, dan gaat ze naar wie haar wel mag behandelen. Is er niemand, "
        "dan wacht ze en krijgen de beheerders bericht."
    )
    done = _("Het is vastgelegd. Je ziet deze zaak niet meer.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        return (circle_of(user, case), user)


class Link(Action):
    name, title = "link", _("Verband met een andere zaak")
    role, rule, service = Role.IN_CHARGE, rules.why_not_relate, moves.relate
    asks: ClassVar = {
        "other": CaseField(),
        "reason": long_text(
            _("Wat is het verband?"), missing=_("Schrijf kort op wat het verband is.")
        ),
    }
    checked = ("other",)
    done = _("Het verband staat in beide dossiers.")


class Unlink(Action):
    name, title = "unlink", _("Verband weghalen")
    role, rule, service = Role.IN_CHARGE, rules.why_not_unrelate, moves.unrelate
    done = _("Het verband is weg uit beide dossiers.")

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        """Of a case that this person may not see, not even that there is one."""
        return (related_cases(user, case),)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        other = RowField(
            related_cases(user, case),
            label=_("Met welke zaak?"),
            error_messages={
                "required": _("Kies een zaak."),
                "invalid_choice": _("Met deze zaak is er geen verband (meer)."),
            },
        )
        return {"other": other, **super().fields(user, case, choice)}
