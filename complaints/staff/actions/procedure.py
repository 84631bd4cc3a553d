"""Taking a case through the procedure: checking, contact, moves, closing, reopening."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.services import handling
from complaints.staff import permissions
from complaints.staff.actions.base import Action, Choice
from complaints.staff.decided import known_advice, known_rulings
from complaints.staff.readers import COMPLAINANT
from complaints.stages import Outcome, Stage


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


class Check(Action):
    name = "check"
    title = gettext_lazy("Geen misbruik: in behandeling nemen")
    group = gettext_lazy("Controleren")
    reason_label = gettext_lazy("Waar zie je dat aan?")
    reason_missing = gettext_lazy("Schrijf kort op waarom dit een echte klacht is.")
    done = gettext_lazy("De klacht staat nu bij de andere klachten.")
    mail_kind = MailKind.ACKNOWLEDGEMENT

    def is_allowed(self, user: Any, case: Complaint, choice: Choice) -> bool:
        return permissions.may_clear_suspicion(user, case)

    def tells(self, choice: Choice) -> str:
        return _("Gaf de klager een e-mailadres, dan gaat de ontvangstbevestiging nu weg.")

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.is_suspect = False
        return after

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.clear_suspicion(complaint=case, by=by, **data)


class Move(Action):
    name = "move"
    title = gettext_lazy("Naar een andere fase")
    group = title
    choices = Stage
    done = gettext_lazy("De zaak staat in de nieuwe fase.")
    mail_kind = MailKind.STAGE_CHANGED

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

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.stage = choice or case.stage
        return after

    def perform(self, case: Complaint, by: Any, choice: Any, data: dict[str, Any]) -> None:
        handling.move_complaint(complaint=case, to=choice, by=by, **data)


class Close(Action):
    name = "close"
    title = gettext_lazy("Zaak afsluiten")
    group = title
    choices = Outcome
    reason_label = gettext_lazy("Waarom sluit je de zaak zo af?")
    done = gettext_lazy("De zaak is afgesloten.")
    mail_kind = MailKind.CASE_CLOSED
    read_otherwise = dict.fromkeys(("finding", "decisions", "measures", "elsewhere"), COMPLAINANT)

    def label_for(self, choice: Choice) -> str:
        if choice is None:
            return str(self.title)
        return _("Afsluiten: %(outcome)s") % {"outcome": str(choice.label).lower()}

    def needs(self, choice: Choice) -> tuple[str, ...]:
        return choice.needs if isinstance(choice, Outcome) else ()

    def initial(
        self, user: Any, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        last = case.rulings.last() if choice is Outcome.RULED else None
        return {"ruled_on": last.ruled_on} if last else {}

    def beside(self, user: Any, case: Complaint, choice: Choice) -> dict[str, Any]:
        """The advice or ruling it closes with, or that there is none yet."""
        if choice is Outcome.ADVISED:
            none = _("Er is nog geen advies vastgelegd. Leg het eerst vast als er een is.")
            return {"known": (known := known_advice(case)), "lacks": "" if known else none}
        if choice is Outcome.RULED:
            none = _("Er is nog geen uitspraak vastgelegd. Met afsluiten leg je haar vast.")
            return {"known": (known := known_rulings(case)), "lacks": "" if known else none}
        return {}

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


CHECK, CONTACT, MOVE, CLOSE, REOPEN = Check(), Contact(), Move(), Close(), Reopen()


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
        *_decisions_elsewhere(stage),
    ]


def _decisions_elsewhere(stage: Stage) -> list[str]:
    """Why advice, respectively a ruling, cannot be recorded in this stage."""
    found = []
    if stage is not Stage.MEDIATION:
        found.append(
            _("Advies geven kan alleen in de fase %(stage)s.") % {"stage": Stage.MEDIATION.label}
        )
    if not stage.is_binding:
        found.append(
            _("Een uitspraak vastleggen kan alleen in de fase %(stage)s.")
            % {"stage": Stage.COMMITTEE.label}
        )
    return found


def _either(words: Iterable[str]) -> str:
    either = _("of")
    return f" {either} ".join(words)


def _stages_for(outcome: Outcome) -> list[str]:
    return [str(stage.label) for stage in Stage if outcome in stage.outcomes]
