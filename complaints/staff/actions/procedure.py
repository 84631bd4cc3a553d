"""Taking a case through the procedure: checking, contact, moves, closing, reopening."""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.forms import Field
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases import moves
from complaints.cases.following import consents_now
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.privacy import ConsentPurpose
from complaints.staff import permissions
from complaints.staff.actions.audience import COMPLAINANT
from complaints.staff.actions.base import Action, Choice
from complaints.staff.actions.forms import ActionForm, check_within_case, day_field, one_of
from complaints.staff.file.parts import known_advice, known_rulings
from complaints.stages import Outcome, Referral, Stage


class Contact(Action):
    name = "contact"
    title = gettext_lazy("Persoonlijk contact vastleggen")
    reason_label = gettext_lazy("Wat is er besproken?")
    reason_missing = gettext_lazy("Schrijf kort op wat er is besproken.")
    done = gettext_lazy("Het contact staat in het dossier.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_record_contact(user, case)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        day = day_field(
            _("Op welke dag?"), _("Vandaag, tenzij je een andere dag kiest."), "", required=False
        )
        return {"contacted_on": day, **super().fields(user, case, choice)}

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {"contacted_on": timezone.localdate()}

    def check(self, form: ActionForm) -> None:
        check_within_case(form, "contacted_on")

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.record_contact(
            complaint=case, by=by, note=data["reason"], contacted_on=data["contacted_on"]
        )


class Check(Action):
    name = "check"
    title = gettext_lazy("Geen misbruik: in behandeling nemen")
    group = gettext_lazy("Controleren")
    reason_label = gettext_lazy("Waar zie je dat aan?")
    reason_missing = gettext_lazy("Schrijf kort op waarom dit een echte klacht is.")
    done = gettext_lazy("De klacht staat nu bij de andere klachten.")
    mail_kind = MailKind.ACKNOWLEDGEMENT

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_clear_suspicion(user, case)

    def tells(self, choice: Choice) -> str:
        return _("Gaf de klager een e-mailadres, dan gaat de ontvangstbevestiging nu weg.")

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.is_suspect = False
        return after

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.clear_suspicion(complaint=case, by=by, **data)


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

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return isinstance(choice, Stage) and permissions.may_move(user, case, choice)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        """To the committee: on what ground, beside why."""
        grounds = case.current_stage.grounds_for(choice) if isinstance(choice, Stage) else ()
        if not grounds:
            return super().fields(user, case, choice)
        ground = one_of(_("Op welke grond gaat de zaak naar de klachtencommissie?"), Referral)
        ground.choices = [(known.value, known.label) for known in grounds]
        return {"ground": ground, **super().fields(user, case, choice)}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"notes": before_the_committee(case) if choice is Stage.COMMITTEE else []}

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.stage = choice or case.stage
        return after

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.move_complaint(complaint=case, to=choice, by=by, **data)


class Close(Action):
    name = "close"
    title = gettext_lazy("Zaak afsluiten")
    group = title
    choices = Outcome
    reason_label = gettext_lazy("Waarom sluit je de zaak zo af?")
    done = gettext_lazy("De zaak is afgesloten.")
    mail_kind = MailKind.CASE_CLOSED
    read_otherwise = dict.fromkeys(
        ("finding", "decisions", "measures", "explanation", "elsewhere"), COMPLAINANT
    )

    def label_for(self, choice: Choice) -> str:
        if choice is None:
            return str(self.title)
        return _("Afsluiten: %(outcome)s") % {"outcome": str(choice.label).lower()}

    def needs(self, choice: Choice) -> tuple[str, ...]:
        return choice.needs if isinstance(choice, Outcome) else ()

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        last = case.rulings.last() if choice is Outcome.RULED else None
        return {"ruled_on": last.ruled_on} if last else {}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """The advice or ruling it closes with, or that there is none yet."""
        if choice is Outcome.ADVISED:
            return {"known": known_advice(case)}
        if choice is Outcome.RULED:
            none = _("Er is nog geen uitspraak vastgelegd. Met afsluiten leg je haar vast.")
            return {"known": (known := known_rulings(case)), "lacks": "" if known else none}
        return {}

    def tells(self, choice: Choice) -> str:
        return _(
            "Gaf de klager een e-mailadres, dan krijgt de klager bericht dat de zaak is "
            "afgesloten. Wat jij hier schrijft staat daar niet in."
        )

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return isinstance(choice, Outcome) and permissions.may_close(user, case, choice)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.close_complaint(complaint=case, outcome=choice, by=by, **data)


class Reopen(Action):
    name = "reopen"
    title = gettext_lazy("Zaak heropenen")
    group = gettext_lazy("Verdergaan")
    done = gettext_lazy("De zaak is weer open.")

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        return permissions.may_reopen(user, case)

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> None:
        moves.reopen_complaint(complaint=case, by=by, reason=data["reason"])


CHECK, CONTACT, MOVE, CLOSE, REOPEN = Check(), Contact(), Move(), Close(), Reopen()


def before_the_committee(case: Complaint) -> list[str]:
    """What its handler has to know first: whether the complainant asked, and agrees to share."""
    asked = case.events.filter(kind=EventKind.ASKED_COMMITTEE).last()
    consent = consents_now(case).get(ConsentPurpose.COMMITTEE)
    wish = (
        _("De klager vroeg op %(day)s om de klachtencommissie.") % {"day": _day(asked.at)}
        if asked
        else _("De klager vroeg op deze site niet om de klachtencommissie.")
    )
    if consent is None:
        shared = _(
            "De klager gaf op deze site nog geen toestemming om de klacht met de commissie te "
            "delen. Vraag die voor je iets deelt."
        )
    elif consent.is_given:
        shared = _("De klager vindt het sinds %(day)s goed dat de commissie de klacht leest.") % {
            "day": _day(consent.at)
        }
    else:
        shared = _(
            "De klager trok op %(day)s de toestemming in om de klacht met de commissie te delen. "
            "Deel niets voor de klager opnieuw toestemt."
        ) % {"day": _day(consent.at)}
    return [wish, shared]


def _day(moment: datetime) -> str:
    return date_format(timezone.localdate(moment), "l j F Y")


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
        *_decisions_elsewhere(case),
    ]


def _decisions_elsewhere(case: Complaint) -> list[str]:
    """Why advice, respectively a ruling, cannot be recorded now, or not be closed with."""
    stage, found = case.current_stage, []
    if stage is Stage.MEDIATION and not case.advices.exists():
        found.append(
            _("„%(outcome)s” kan pas als het advies is vastgelegd.")
            % {"outcome": Outcome.ADVISED.label}
        )
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
