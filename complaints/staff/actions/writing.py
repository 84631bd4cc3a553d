"""Writing in a case: a note for colleagues, a message to the complainant."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.forms import Field
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases import conversation, moves
from complaints.cases.conversation import filled_in, templates_for
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.staff import permissions
from complaints.staff.actions.audience import COMPLAINANT
from complaints.staff.actions.base import Action, Choice
from complaints.staff.actions.forms import long_text, one_of
from complaints.stages import Party


class Note(Action):
    name = "note"
    title = gettext_lazy("Notitie toevoegen")
    reason_label = gettext_lazy("Notitie")
    reason_missing = gettext_lazy("Schrijf je notitie op.")
    done = gettext_lazy("De notitie staat in het dossier.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_note(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.add_note(complaint=case, by=by, note=data["reason"])


class Message(Action):
    name = "message"
    title = gettext_lazy("Bericht aan de klager")
    group = gettext_lazy("Schrijven")
    reason_label = gettext_lazy("Bericht")
    reason_help = gettext_lazy("Het bericht staat op de volgpagina, achter de volgcode.")
    reason_rows = 12
    readers = COMPLAINANT
    mail_kind = MailKind.MESSAGE_WAITS
    reason_missing = gettext_lazy("Schrijf je bericht.")
    done = gettext_lazy("Het bericht staat klaar voor de klager.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_write(user, case)

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The text of the template in the address, filled in for this case."""
        number = query.get("template", "")
        if not (number.isascii() and number.isdigit()) or len(number) > 9:
            return {}
        template = templates_for(case).filter(pk=int(number)).first()
        return {"reason": filled_in(template, case)} if template else {}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"templates": templates_for(case)}

    def tells(self, choice: Choice) -> str:
        return _(
            "Gaf de klager een e-mailadres, dan gaat er een mail dat er een bericht wacht. Wat je "
            "schrijft staat daar niet in."
        )

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        text, mail = data["reason"], data["sealed_mail"]
        conversation.write_to_complainant(complaint=case, text=text, by=by, sealed_mail=mail)


class Waiting(Action):
    name = "waiting"
    title = gettext_lazy("Zeggen op wie de zaak wacht")
    done = gettext_lazy("Op wie de zaak wacht staat nu in het dossier en in de lijst.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_say_who_is_next(user, case)

    def tells(self, choice: Choice) -> str:
        return _("Er gaat geen bericht uit. Heeft de zaak een termijn, dan loopt die door.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        party = one_of(_("Wie is aan zet?"), Party)
        party.choices = [found for found in Party.choices if found[0] != case.waiting_on]
        reason = long_text(_("Waarop precies?"), _("Mag leeg blijven."), "", 3, required=False)
        return {"party": party, "reason": reason}

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.wait_on(complaint=case, by=by, party=data["party"], note=data["reason"])


NOTE, MESSAGE, WAITING = Note(), Message(), Waiting()
