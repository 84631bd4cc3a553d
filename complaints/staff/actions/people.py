"""Who handles a case, with whom it is shared, stepping back, and which cases hang together."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases import moves, people
from complaints.models.case import Complaint
from complaints.models.handlers import name_of
from complaints.models.roster import roster_for
from complaints.staff import permissions
from complaints.staff.actions.base import Action, Choice
from complaints.staff.actions.forms import RowField, case_field, long_text

PEOPLE = gettext_lazy("Wie behandelt en wie leest")


class PersonField(RowField):
    """A colleague by name, of those given; whoever is not among them is not there."""

    def __init__(self, people: Iterable[User], label: Any, missing: Any) -> None:
        errors = {"required": missing, "invalid_choice": missing}
        empty = _("Kies iemand")
        super().__init__(people, name=name_of, empty=empty, label=label, error_messages=errors)


class PeopleAction(Action):
    """Base of these actions: an optional word for colleagues beside the choice."""

    group = PEOPLE
    reason_label = gettext_lazy("Toelichting (mag leeg blijven)")

    def reason_field(self) -> forms.Field:
        field = long_text(self.reason_label, self.reason_help, self.reason_missing, rows=3)
        field.required = False
        return field

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_choose_people(user, case) and bool(self.candidates(user, case))

    def candidates(self, user: User, case: Complaint) -> list[User]:
        """The people to choose from."""
        raise NotImplementedError

    def person_field(self, user: User, case: Complaint, label: Any) -> forms.Field:
        return PersonField(self.candidates(user, case), label, _("Kies iemand uit de lijst."))


class TakeOver(PeopleAction):
    name = "takeover"
    title = gettext_lazy("Zelf behandelen")
    done = gettext_lazy("Jij behandelt deze zaak nu.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_take_over(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        people.assign_case(complaint=case, to=by, by=by, note=data["reason"])


class Assign(PeopleAction):
    name = "assign"
    title = gettext_lazy("Aan iemand anders geven")
    done = gettext_lazy("De zaak heeft een andere behandelaar.")

    def candidates(self, user: User, case: Complaint) -> list[User]:
        circle = permissions.circle_of(user, case)
        return [person for person in circle.candidates if person.pk != case.handler_id]

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        person = self.person_field(user, case, _("Wie behandelt deze zaak voortaan?"))
        return {"person": person, "reason": self.reason_field()}

    def tells(self, choice: Choice) -> str:
        return _(
            "Deze collega krijgt een mail met alleen het kenmerk. Hoor jij niet meer bij deze "
            "zaak, dan zie je haar daarna niet meer."
        )

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        people.assign_case(complaint=case, to=data["person"], by=by, note=data["reason"])


class ShareIt(PeopleAction):
    name = "share"
    title = gettext_lazy("Delen met nog iemand")
    done = gettext_lazy("De zaak is gedeeld.")

    def candidates(self, user: User, case: Complaint) -> list[User]:
        circle = permissions.circle_of(user, case)
        return [person for person in circle.candidates if not circle.sees(person)]

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        person = self.person_field(user, case, _("Met wie deel je deze zaak?"))
        return {"person": person, "reason": self.reason_field()}

    def tells(self, choice: Choice) -> str:
        return _(
            "Deze collega leest alles in deze ene zaak, maakt notities en schrijft berichten, tot "
            "jij het delen stopt. Toewijzen, delen, verplaatsen en afsluiten blijft bij jou. De "
            "klager leest op de volgpagina dat er een behandelaar meeleest, zonder naam."
        )

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        people.share_case(complaint=case, to=data["person"], by=by, note=data["reason"])


class Unshare(PeopleAction):
    name = "unshare"
    title = gettext_lazy("Delen stoppen")
    done = gettext_lazy("Het delen is gestopt.")

    def candidates(self, user: User, case: Complaint) -> list[User]:
        """Also somebody who does not handle complaints any more."""
        shared_with = permissions.circle_of(user, case).shared_with
        known = {person.pk: person for person in roster_for(user).handlers}
        gone = User.objects.in_bulk(shared_with - known.keys())
        return [(known | gone)[pk] for pk in sorted(shared_with)]

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        person = self.person_field(user, case, _("Met wie stop je met delen?"))
        return {"person": person, "reason": self.reason_field()}

    def tells(self, choice: Choice) -> str:
        return _("Deze collega ziet de zaak meteen niet meer.")

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        people.stop_sharing(complaint=case, user=data["person"], by=by, note=data["reason"])


class Conflict(PeopleAction):
    name = "conflict"
    title = gettext_lazy("Ik ben hier zelf bij betrokken")
    reason_help = gettext_lazy("Je hoeft geen reden te geven. Wie de zaak overneemt leest dit.")
    done = gettext_lazy("Het is vastgelegd. Je ziet deze zaak niet meer.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_declare_conflict(user, case)

    def tells(self, choice: Choice) -> str:
        return _(
            "Je verliest meteen en voorgoed de toegang tot deze zaak: voor jou bestaat ze niet "
            "meer. Behandel je haar, dan gaat ze naar wie haar wel mag behandelen. Is er niemand, "
            "dan wacht ze en krijgen de beheerders bericht."
        )

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        people.declare_conflict(complaint=case, by=by, note=data["reason"])


TAKE_OVER, ASSIGN, SHARE, UNSHARE, CONFLICT = (
    TakeOver(),
    Assign(),
    ShareIt(),
    Unshare(),
    Conflict(),
)


def why_not_theirs(user: User, case: Complaint) -> list[str]:
    """Why somebody with whom the case is only shared is offered less."""
    if permissions.is_in_charge(user, case):
        return []
    return [
        _(
            "Deze zaak is met je gedeeld. Je leest mee, maakt notities en schrijft berichten; wie "
            "haar behandelt beslist."
        )
    ]


class Link(Action):
    name = "link"
    title = gettext_lazy("Verband met een andere zaak")
    done = gettext_lazy("Het verband staat in beide dossiers.")
    reason_label = gettext_lazy("Wat is het verband?")
    reason_missing = gettext_lazy("Schrijf kort op wat het verband is.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        return {"other": case_field(), "reason": self.reason_field()}

    def check(self, form: Any) -> None:
        form.find_case("other")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_link(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.relate(complaint=case, by=by, **data)


class Unlink(Action):
    name = "unlink"
    title = gettext_lazy("Verband weghalen")
    done = gettext_lazy("Het verband is weg uit beide dossiers.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, forms.Field]:
        other = RowField(
            permissions.related_cases(user, case),
            label=_("Met welke zaak?"),
            error_messages={
                "required": _("Kies een zaak."),
                "invalid_choice": _("Met deze zaak is er geen verband (meer)."),
            },
        )
        return {"other": other, "reason": self.reason_field()}

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_unlink(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.unrelate(complaint=case, by=by, **data)


LINK, UNLINK = Link(), Unlink()
