"""What can be done with a case: each action with its words, its condition and its service.

The conditions are `staff.permissions`, which ask `stages`; the writing is `services.handling`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import TextChoices
from django.forms import Field
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.services import conversation, handling
from complaints.staff import permissions
from complaints.staff.forms import long_text
from complaints.stages import Outcome, Stage

Choice = TextChoices | None


@dataclass(frozen=True)
class Offer:
    """One thing that can be done with a case now, as a link in the case file."""

    action: "Action"
    choice: Choice
    label: str


class Action:
    """Base of the actions: a form at its own address, and one service call."""

    name: ClassVar[str]
    title: ClassVar[Any]
    group: ClassVar[Any] = gettext_lazy("Vastleggen")
    choices: ClassVar[type[TextChoices] | None] = None
    reason_label: ClassVar[Any] = gettext_lazy("Reden")
    reason_help: ClassVar[Any] = gettext_lazy("Alleen wie deze zaak behandelt leest dit.")
    reason_missing: ClassVar[Any] = gettext_lazy("Schrijf op waarom je dit doet.")
    done: ClassVar[Any]

    def read_choice(self, raw: str | None) -> Choice:
        """The stage or outcome chosen; none yet is None, and an unknown word is a 404."""
        if self.choices is None or not raw:
            return None
        try:
            return self.choices(raw)
        except ValueError as unknown:
            raise Http404 from unknown

    def label_for(self, choice: Choice) -> str:
        return str(self.title)

    def needs(self, choice: Choice) -> tuple[str, ...]:
        return ()

    def tells(self, choice: Choice) -> str:
        """What else happens when this is saved: who gets a message."""
        return ""

    def reason_field(self) -> Field:
        return long_text(self.reason_label, self.reason_help, self.reason_missing)

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        raise NotImplementedError

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        raise NotImplementedError

    def offers(self, user: Any, case: Complaint) -> Iterator[Offer]:
        """The ways in which this action is allowed now."""
        for choice in self.choices or (None,):
            if self.is_allowed(user, case, choice):
                yield Offer(self, choice, self.label_for(choice))


class Contact(Action):
    name = "contact"
    title = gettext_lazy("Persoonlijk contact vastleggen")
    reason_label = gettext_lazy("Wat is er besproken?")
    reason_missing = gettext_lazy("Schrijf kort op wat er is besproken.")
    done = gettext_lazy("Het contact staat in het dossier.")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_record_contact(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.record_contact(complaint=case, by=by, note=data["reason"])


class Note(Action):
    name = "note"
    title = gettext_lazy("Notitie toevoegen")
    reason_label = gettext_lazy("Notitie")
    reason_missing = gettext_lazy("Schrijf je notitie op.")
    done = gettext_lazy("De notitie staat in het dossier.")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_note(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.add_note(complaint=case, by=by, note=data["reason"])


class Message(Action):
    name = "message"
    title = gettext_lazy("Bericht aan de klager")
    group = gettext_lazy("Schrijven")
    reason_label = gettext_lazy("Bericht")
    reason_help = gettext_lazy("De klager leest dit op de volgpagina, met de volgcode.")
    reason_missing = gettext_lazy("Schrijf je bericht.")
    done = gettext_lazy("Het bericht staat klaar voor de klager.")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_write(user, case)

    def tells(self, choice: Choice) -> str:
        return _(
            "Gaf de klager een e-mailadres, dan gaat er een mail dat er een bericht wacht. Wat je "
            "schrijft staat daar niet in."
        )

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        conversation.write_to_complainant(complaint=case, text=data["reason"], by=by)


class Check(Action):
    name = "check"
    title = gettext_lazy("Geen misbruik: in behandeling nemen")
    group = gettext_lazy("Controleren")
    reason_label = gettext_lazy("Waar zie je dat aan?")
    reason_missing = gettext_lazy("Schrijf kort op waarom dit een echte klacht is.")
    done = gettext_lazy("De klacht staat nu bij de andere klachten.")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_clear_suspicion(user, case)

    def tells(self, choice: Choice) -> str:
        return _("Gaf de klager een e-mailadres, dan gaat de ontvangstbevestiging nu weg.")

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.clear_suspicion(complaint=case, by=by, reason=data["reason"])


class Move(Action):
    name = "move"
    title = gettext_lazy("Naar een andere fase")
    group = title
    choices = Stage
    done = gettext_lazy("De zaak staat in de nieuwe fase.")

    def label_for(self, choice: Choice) -> str:
        if not isinstance(choice, Stage):
            return str(self.title)
        return _("Naar fase %(number)d: %(stage)s") % {
            "number": choice.number,
            "stage": choice.label,
        }

    def tells(self, choice: Choice) -> str:
        return _(
            "Gaf de klager een e-mailadres, dan krijgt de klager bericht dat de fase verandert. "
            "Wat jij hier schrijft staat daar niet in."
        )

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return isinstance(choice, Stage) and permissions.may_move(user, case, choice)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.move_complaint(complaint=case, to=choice, by=by, reason=data["reason"])


class Close(Action):
    name = "close"
    title = gettext_lazy("Zaak afsluiten")
    group = title
    choices = Outcome
    reason_label = gettext_lazy("Waarom sluit je de zaak zo af?")
    done = gettext_lazy("De zaak is afgesloten.")

    def label_for(self, choice: Choice) -> str:
        if choice is None:
            return str(self.title)
        return _("Afsluiten: %(outcome)s") % {"outcome": str(choice.label).lower()}

    def needs(self, choice: Choice) -> tuple[str, ...]:
        return choice.needs if isinstance(choice, Outcome) else ()

    def tells(self, choice: Choice) -> str:
        return _(
            "Gaf de klager een e-mailadres, dan krijgt de klager bericht dat de zaak is "
            "afgesloten. Wat jij hier schrijft staat daar niet in."
        )

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return isinstance(choice, Outcome) and permissions.may_close(user, case, choice)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.close_complaint(complaint=case, outcome=choice, by=by, **data)


class Reopen(Action):
    name = "reopen"
    title = gettext_lazy("Zaak heropenen")
    group = gettext_lazy("Verdergaan")
    done = gettext_lazy("De zaak is weer open.")

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_reopen(user, case)

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.reopen_complaint(complaint=case, by=by, reason=data["reason"])


CHECK, MESSAGE, CONTACT, NOTE = Check(), Message(), Contact(), Note()
MOVE, CLOSE, REOPEN = Move(), Close(), Reopen()
ACTIONS: tuple[Action, ...] = (CHECK, MESSAGE, CONTACT, NOTE, MOVE, CLOSE, REOPEN)


def why_not(case: Complaint) -> list[str]:
    """In plain words, why what is not offered is not possible now."""
    if not case.is_open:
        return [_("De zaak is afgesloten. Heropen haar om verder te gaan met behandelen.")]
    stage = case.current_stage
    onward = _either(str(to.label) for to in stage.next_stages)
    return [
        _("Vanuit %(stage)s kan een zaak alleen naar %(onward)s.")
        % {"stage": stage.label, "onward": onward},
        *(
            _("„%(outcome)s” kan alleen vanuit %(stages)s.")
            % {"outcome": outcome.label, "stages": _either(_stages_for(outcome))}
            for outcome in Outcome
            if outcome not in stage.outcomes
        ),
    ]


def _either(words: Iterable[str]) -> str:
    either = _("of")
    return f" {either} ".join(words)


def _stages_for(outcome: Outcome) -> list[str]:
    return [str(stage.label) for stage in Stage if outcome in stage.outcomes]
