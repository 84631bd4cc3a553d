"""Taking a case through the procedure: checking, contact, moves, time, closing, reopening."""

from collections.abc import Iterable, Mapping
from copy import copy
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.forms import Field
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases import due_dates, moves, rules
from complaints.cases.contents import consents_now
from complaints.cases.mails import Blank, mail_day, preview
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.roster import roster_for
from complaints.notifications import extension_occasion, has_address
from complaints.staff.actions.base import Action, Choice, Data, Result
from complaints.staff.actions.deciding import Rule
from complaints.staff.actions.forms import (
    TODAY,
    CaseField,
    day_field,
    for_complainant,
    long_text,
    one_of,
    remark,
)
from complaints.staff.file.parts import known_advice, known_rulings, long_day
from complaints.staff.permissions import Role
from complaints.stages import ENDINGS, ConsentPurpose, Outcome, Party, Referral, Stage, Status

TIME = _("Tijd")


class Check(Action):
    name, title = "check", _("Geen misbruik: in behandeling nemen")
    group = _("Controleren")
    fact = EventKind.CHECKED
    role, rule, service = Role.IN_CHARGE, rules.why_not_clear, moves.clear_suspicion
    reason = long_text(
        _("Waar zie je dat aan?"), missing=_("Schrijf kort op waarom dit een echte klacht is.")
    )
    tells = _("Gaf de klager een e-mailadres, dan gaat de ontvangstbevestiging nu weg.")
    mail_kind = MailKind.ACKNOWLEDGEMENT
    done = _("De klacht staat nu bij de andere klachten.")

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.is_suspect = False
        return after


class Contact(Action):
    name, title = "contact", _("Persoonlijk contact vastleggen")
    fact = EventKind.CONTACTED
    role, rule, service = Role.READER, rules.why_not_contact, moves.record_contact
    asks: ClassVar = {
        "contacted_on": day_field(
            _("Op welke dag?"), _("Vandaag, tenzij je een andere dag kiest."), initial=TODAY
        )
    }
    reason = long_text(_("Wat is er besproken?"), missing=_("Schrijf kort op wat er is besproken."))
    checked = ("contacted_on",)
    done = _("Het contact staat in het dossier.")


class Waiting(Action):
    name, title = "waiting", _("Zeggen op wie de zaak wacht")
    role, rule, service = Role.READER, rules.why_not_wait, moves.wait_on
    asks: ClassVar = {"party": one_of(_("Wie is aan zet?"), Party)}
    reason = remark(_("Waarop precies?"))
    tells = _("Er gaat geen bericht uit. Heeft de zaak een termijn, dan loopt die door.")
    done = _("Op wie de zaak wacht staat nu in het dossier en in de lijst.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        fields: dict[str, Any] = super().fields(user, case, choice)
        fields["party"].choices = [c for c in Party.choices if c[0] != case.waiting_on]
        return fields


class Move(Action):
    name, title = "move", _("Naar een andere fase")
    group = title
    fact = EventKind.MOVED
    role, rule, service = Role.IN_CHARGE, rules.why_not_move, moves.move_complaint
    choices = Stage
    asks: ClassVar = {
        "ground": one_of(_("Op welke grond gaat de zaak naar de klachtencommissie?"), Referral)
    }
    checked = ("ground",)
    renamed: ClassVar = {"choice": "to"}
    tells = _(
        "Gaf de klager een e-mailadres, dan krijgt de klager bericht dat de fase verandert. "
        "Wat jij hier schrijft staat daar niet in."
    )
    mail_kind = MailKind.STAGE_CHANGED
    done = _("De zaak staat in de nieuwe fase.")

    def label_for(self, choice: Choice) -> str:
        if not isinstance(choice, Stage):
            return str(self.title)
        return gettext("Naar fase %(number)d: %(stage)s") % {
            "number": choice.number,
            "stage": choice.label,
        }

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        """To the committee: on what ground, beside why."""
        fields: dict[str, Any] = super().fields(user, case, choice)
        grounds = case.current_stage.grounds_for(choice) if isinstance(choice, Stage) else ()
        fields["ground"].choices = [(known.value, known.label) for known in grounds]
        return fields if grounds else {"reason": fields["reason"]}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        return {"notes": before_the_committee(case) if choice is Stage.COMMITTEE else []}

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.stage = choice or case.stage
        return after


class PutBack(Action):
    name, title, group = "put-back", _("Fase terugzetten: het was een vergissing"), Move.title
    role, rule, service = Role.IN_CHARGE, rules.why_not_put_back, moves.put_back
    reason = for_complainant(_("Wat ging er mis?"), _("Leg aan de klager uit wat er misging."))
    tells = _(
        "De zaak gaat terug naar de fase waar ze vandaan kwam. De klager ziet op de volgpagina "
        "dat het een fout van ons was, en waarom."
    )
    mail_kind, mail_about = MailKind.STAGE_CHANGED, "putback"
    done = _("De zaak staat weer in de fase van eerst. De klager ziet dat, en waarom.")

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.stage = next((move.stage_from for move in rules.last_move(case)), case.stage)
        return after


def before_the_committee(case: Complaint) -> list[str]:
    """Returns what its handler has to know first: did the complainant ask, and agree to share."""
    asked = case.events.filter(kind=EventKind.ASKED_COMMITTEE).last()
    consent = consents_now(case).get(ConsentPurpose.COMMITTEE)
    wish = (
        gettext("De klager vroeg op %(day)s om de klachtencommissie.") % {"day": long_day(asked.at)}
        if asked
        else gettext("De klager vroeg op deze site niet om de klachtencommissie.")
    )
    if consent is None:
        shared = gettext(
            "De klager gaf nog geen toestemming om de klacht met de commissie te delen. Vraag die "
            "eerst."
        )
    elif consent.is_given:
        shared = gettext(
            "De klager vindt het sinds %(day)s goed dat de commissie de klacht leest."
        ) % {"day": long_day(consent.at)}
    else:
        shared = gettext(
            "De klager trok op %(day)s de toestemming in om de klacht met de commissie te delen. "
            "Deel niets voor de klager opnieuw toestemt."
        ) % {"day": long_day(consent.at)}
    return [wish, shared]


class Extend(Action):
    name, title, group = "extend", _("Termijn verlengen"), TIME
    role, rule, service = Role.IN_CHARGE, rules.why_not_extend, due_dates.extend_handling
    asks: ClassVar = {
        "until": day_field(_("Uitkomst uiterlijk"), missing=_("Vul de nieuwe datum in.")),
        "agreed_on": day_field(
            _("De klager ging akkoord op"),
            _("De termijn is al eens verlengd. Nog eens kan alleen als de klager dat goed vindt."),
            _("Vul de dag in waarop de klager akkoord ging. Zonder akkoord kan het niet."),
        ),
    }
    reason = for_complainant(
        _("Waarom is er meer tijd nodig?"), _("Leg aan de klager uit waarom er meer tijd nodig is.")
    )
    checked = ("until", "agreed_on")
    tells = _(
        "De klager krijgt een brief met de oude en de nieuwe datum: per mail, of zonder "
        "e-mailadres per post, en die stuur jij. Je uitleg staat daar niet in, die leest de "
        "klager op de volgpagina."
    )
    mail_kind = MailKind.TERM_EXTENDED
    done = _("De termijn is verlengd. De klager ziet de nieuwe datum en je uitleg.")

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        """Between which days, and whether the complainant has to agree."""
        fields, term = super().fields(user, case, choice), rules.running_term(case)
        if term is None:
            return {"reason": fields["reason"]}
        if not rules.needs_agreement(term):
            del fields["agreed_on"]
        days = {
            "due": long_day(term.due_on),
            "latest": long_day(rules.latest_extension(term, roster_for(user).settings)),
        }
        told = gettext("Nu is dat %(due)s. Verlengen kan tot en met %(latest)s.")
        fields["until"].help_text = told % days
        return fields

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """The letter that has to go by post, its new date still blank."""
        return {} if has_address(case) else {"letter": _letter(case, self.about(case))}

    def about(self, case: Complaint) -> str:
        term = rules.running_term(case)
        return extension_occasion(term.due_on) if term else ""

    def known_then(self, data: Mapping[str, Any]) -> Mapping[Blank, str]:
        return {Blank.UNTIL: mail_day(data["until"])}

    def perform(self, case: Complaint, by: User, choice: Any, data: Data) -> Result | None:
        """Does it; without a mail the letter is there to print, once both dates are known."""
        occasion = f"{self.about(case)} {data['until'].isoformat()}"
        super().perform(case, by, choice, data)
        if has_address(case):
            return None
        words = gettext(
            "De klager kreeg geen mail. Print deze brief of neem hem over, en stuur hem."
        )
        return Result(words, letter=_letter(case, occasion))


def _letter(case: Complaint, occasion: str) -> str:
    return preview(case, MailKind.TERM_EXTENDED, occasion).body


class Pause(Action):
    name, title, group = "pause", _("Klok stilzetten"), TIME
    role, rule, service = Role.IN_CHARGE, rules.why_not_pause, due_dates.pause_clock
    reason = for_complainant(
        _("Waarom staat de klok stil?"), _("Leg aan de klager uit waar het wachten op is.")
    )
    tells = _(
        "Zolang de klok stilstaat, loopt de tijd voor een uitkomst niet door. Er gaat geen "
        "mail uit. De klager hoort intussen wel op tijd van je hoe het gaat."
    )
    done = _("De klok staat stil. De klager ziet dat, en waarom.")


class Resume(Action):
    name, title, group = "resume", _("Klok weer laten lopen"), TIME
    role, rule, service = Role.IN_CHARGE, rules.why_not_resume, due_dates.resume_clock
    reason = None
    tells = _("De uitkomst komt zoveel dagen later als de klok heeft stilgestaan.")
    done = _("De klok loopt weer. De klager ziet de nieuwe datum.")


class Close(Action):
    name, title = "close", _("Zaak afsluiten")
    group = title
    fact = EventKind.CLOSED
    role, rule, service = Role.IN_CHARGE, rules.why_not_close, moves.close_complaint
    choices = Outcome
    asks: ClassVar = {
        "finding": for_complainant(
            _("Bevinding"), _("Schrijf op wat je hebt vastgesteld."), _("Wat heb je vastgesteld?")
        ),
        "decisions": for_complainant(
            _("Besluiten"),
            _("Schrijf op wat er is besloten. ‘Geen’ is ook een antwoord."),
            _("Wat is er besloten? ‘Geen’ is ook een antwoord."),
            rows=4,
        ),
        "measures": for_complainant(
            _("Maatregelen"),
            _("Schrijf op wat er gebeurt en wanneer het klaar is. ‘Geen’ is ook een antwoord."),
            _("Wat gebeurt er, en wanneer is het klaar? ‘Geen’ is ook een antwoord."),
            rows=4,
        ),
        "ruled_on": Rule.asks["ruled_on"],
        "explanation": for_complainant(
            _("Waarom kan deze klacht niet in behandeling komen?"),
            _("Leg de klager uit waarom de klacht niet in behandeling kan komen."),
            _("Leg het de klager uit, in gewone woorden."),
            rows=4,
        ),
        "elsewhere": for_complainant(
            _("Waar kan de klager wel terecht?"),
            _("Schrijf op waar de klager wel terechtkan."),
            "",
            rows=3,
        ),
        "duplicate_of": CaseField(),
    }
    reason = long_text(_("Waarom sluit je de zaak zo af?"))
    checked = ("duplicate_of",)
    renamed: ClassVar = {"choice": "outcome"}
    tells = _(
        "Gaf de klager een e-mailadres, dan krijgt de klager bericht dat de zaak is "
        "afgesloten. Wat jij hier schrijft staat daar niet in."
    )
    mail_kind = MailKind.CASE_CLOSED
    done = _("De zaak is afgesloten.")

    def all_choices(self) -> Iterable[Choice]:
        return ENDINGS

    def label_for(self, choice: Choice) -> str:
        if choice is None:
            return str(self.title)
        return gettext("Afsluiten: %(outcome)s") % {"outcome": str(choice.label).lower()}

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        """Those that the outcome needs, and the reason."""
        needs = choice.needs if isinstance(choice, Outcome) else ()
        fields = super().fields(user, case, choice)
        if choice is Outcome.RULED and (last := case.rulings.last()):
            fields["ruled_on"].initial = last.ruled_on
        return {name: fields[name] for name in (*needs, "reason")}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """The advice or ruling it closes with, or that there is none yet."""
        if choice is Outcome.ADVISED:
            return {"known": known_advice(case)}
        if choice is Outcome.RULED:
            none = gettext("Er is nog geen uitspraak vastgelegd. Met afsluiten leg je haar vast.")
            return {"known": (known := known_rulings(case)), "lacks": "" if known else none}
        return {}

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        after = copy(case)
        after.status, after.outcome, after.closed_at = Status.CLOSED, choice or "", timezone.now()
        return after


class Reopen(Action):
    name, title = "reopen", _("Zaak heropenen")
    group = _("Verdergaan")
    fact = EventKind.REOPENED
    role, rule, service = Role.IN_CHARGE, rules.why_not_reopen, moves.reopen_complaint
    done = _("De zaak is weer open.")
