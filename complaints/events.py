"""What can happen in a case: each kind of event is described here, once, and nowhere else.

A member of `EventKind` says it in words for staff and, where the complainant may know of it, in
words for them. `PARTS` names what can be written with an event. No models and no queries here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.stages import (
    REASONED,
    Acceptance,
    Agreement,
    CoachTold,
    Complexity,
    Compliance,
    Impact,
    Party,
    Referral,
    Right,
    Safety,
    Severity,
    Source,
    Urgency,
)
from complaints.terms import day_in_words, moment_in_words

Labelled = tuple[str, str]


def _day(value: str) -> str:
    return day_in_words(date.fromisoformat(value))


def _moment(value: str) -> str:
    return moment_in_words(datetime.fromisoformat(value))


def _yes_or_no(value: str) -> str:
    return gettext("ja") if value == "yes" else gettext("nee")


def _label_in(*answers: type[models.TextChoices]) -> Callable[[Any], str]:
    """Returns a function that gives the label of a stored answer, or what it does not know."""
    labels = {value: label for members in answers for value, label in members.choices}
    return lambda value: str(labels.get(value, value))


@dataclass(frozen=True)
class Part:
    """Something written with an event: its label, and how a stored value is put in words.

    `own_label` is the label for the complainant, where that is another one.
    """

    label: Any
    own_label: Any = None
    put: Callable[[Any], str] = str

    def in_words(self, value: Any) -> str:
        """Returns the value as people read it; one that cannot be read stays as it is."""
        try:
            return self.put(value)
        except ValueError:
            return str(value)


PARTS: dict[str, Part] = {
    "reason": Part(_("Toelichting")),
    "finding": Part(_("Bevinding")),
    "decisions": Part(_("Besluiten")),
    "measures": Part(_("Maatregelen")),
    "elsewhere": Part(_("Waar de klager wel terechtkan"), _("Waar je wel terechtkunt")),
    "ruled_on": Part(_("Datum van de uitspraak"), put=_day),
    "duplicate_of": Part(_("Andere zaak")),
    "explanation": Part(_("Uitleg aan de klager"), _("Waarom")),
    "was_due_on": Part(_("Was uiterlijk"), put=_day),
    "now_due_on": Part(_("Nu uiterlijk"), _("Uitkomst uiterlijk"), _day),
    "extension_agreed_on": Part(_("De klager ging akkoord op"), put=_day),
    "contacted_on": Part(_("Contact op"), _("Op"), _day),
    "ground": Part(_("Op welke grond"), put=_label_in(Referral)),
    "party": Part(_("Wacht op"), put=_label_in(Party)),
    "coach_told": Part(_("Geïnformeerd"), _("Hoort mijn coach hiervan?"), _label_in(CoachTold)),
    "told_on": Part(_("Geïnformeerd op"), put=_day),
    "sent_on": Part(_("Verstuurd op"), put=_day),
    "consent": Part(_("Over welke toestemming"), _("Waarvoor")),
    "consent_how": Part(_("Hoe de klager toestemming gaf")),
    "message": Part(_("Bericht"), ""),
    "files": Part(_("Bestanden"), put=", ".join),
    "right": Part(_("Verzoek"), put=_label_in(Right)),
    "granted": Part(_("Toegewezen"), _("Besluit"), _yes_or_no),
    "answer": Part(_("Aan de klager geschreven"), _("Waarom")),
    "satisfied": Part(_("Tevreden over de behandeling"), put=_yes_or_no),
    "works_from": Part(_("Werkt vanaf"), put=_moment),
    "name": Part(_("Naam")),
    "email": Part(_("E-mailadres")),
    "phone": Part(_("Telefoonnummer")),
    "may_mail": Part(_("Berichten per e-mail"), put=_yes_or_no),
    "handler": Part(_("Behandelaar vanaf nu")),
    "before": Part(_("Behandelaar tot nu")),
    "shared_with": Part(_("Wie")),
    "theme": Part(_("Thema")),
    "severity": Part(_("Ernst"), put=_label_in(Severity)),
    "safety": Part(_("Veiligheid"), put=_label_in(Safety)),
    "complexity": Part(_("Hoe ingewikkeld"), put=_label_in(Complexity)),
    "impact": Part(_("Gevolg voor de klager"), put=_label_in(Impact)),
    "urgency": Part(_("Meteen iets doen"), put=_label_in(Urgency)),
    "by_complainant": Part(_("De klager"), _("Jij"), _label_in(Agreement, Acceptance)),
    "by_coach": Part(_("De kunstcoach"), put=_label_in(Agreement, Acceptance)),
    "agreed_on": Part(_("Op"), put=_day),
    "given_on": Part(_("Datum van het advies"), put=_day),
    "advice": Part(_("Advies (bindt niet)")),
    "ruling": Part(_("Uitspraak (bindt beide partijen)"), _("Uitspraak (bindt jullie allebei)")),
    "comply_by": Part(_("Na te komen uiterlijk"), put=_day),
    "compliance": Part(_("Nakoming"), put=_label_in(Compliance)),
    "compliance_on": Part(_("Vastgesteld op"), put=_day),
    "source": Part(_("Binnengekomen via"), put=_label_in(Source)),
    "step": Part(_("Stap")),
    "step_undone": Part(_("Toch niet gedaan")),
    "other": Part(_("Verband met")),
    "other_undone": Part(_("Geen verband meer met")),
}


def parts_for_staff(content: Mapping[str, Any]) -> list[Labelled]:
    """Returns (label, text) of all that was written, as written; an unknown name is its label."""
    told = []
    for name, value in content.items():
        if value:
            part = PARTS.get(name, Part(name))
            words = part.in_words(value)
            is_answer = name in ("by_complainant", "by_coach")
            told.append((str(part.label), words.capitalize() if is_answer else words))
    return told


def parts_for_complainant(content: Mapping[str, Any]) -> list[Labelled]:
    """Returns (label, text) of `content`, of which the caller left what the complainant reads."""
    found = [(PARTS[name], value) for name, value in content.items()]
    return [
        (str(part.label if part.own_label is None else part.own_label), part.in_words(value))
        for part, value in found
    ]


class EventKind(models.TextChoices):
    """What happened: how it is stored, and words for staff, who read all that was written with it.

    Words can name `Event.facts`.
    """

    FILED = "filed", _("Klacht ingediend")
    HELD = "held", _("Niet wissen")
    RELEASED = "released", _("Wissen mag weer")
    CONTACTED = "contacted", _("Persoonlijk contact")
    MOVED = "moved", _("Van %(before)s naar %(after)s")
    PUT_BACK = "put_back", _("Teruggezet van %(before)s naar %(after)s: dat was een vergissing")
    CLOSED = "closed", _("Afgesloten: %(outcome)s")
    REOPENED = "reopened", _("Heropend")
    NOTED = "noted", _("Notitie")
    ASSIGNED = "assigned", _("Behandelaar gewijzigd")
    WAITS = "waits", _("De zaak wacht op iemand anders")
    CHECKED = "checked", _("Gecontroleerd: geen misbruik")
    ERASED = "erased", _("Inhoud gewist")
    CONSENTED = "consented", _("Toestemming gegeven")
    WITHDREW = "withdrew", _("Toestemming ingetrokken")
    CONTACT_CHANGED = (
        "contact_changed",
        _("Naam, adres of telefoonnummer gewijzigd. Vanaf toen geldt:"),
    )
    WROTE = "wrote", _("Bericht van de klager")
    ANSWERED = "answered", _("Bericht aan de klager")
    SAID_SOLVED = "said_solved", _("De klager zegt: het is opgelost")
    CODE_REPLACED = "code_replaced", _("Nieuwe volgcode gegeven")
    CODE_ASKED = "code_asked", _("Nieuwe volgcode gevraagd met een link uit een mail")
    CODE_KEPT = "code_kept", _("Nieuwe volgcode tegengehouden")
    LINKS_OFF = "links_off", _("De klager zette de link per mail uit")
    LINKS_ON = "links_on", _("De klager zette de link per mail aan")
    ASKED_DEPUTY = "asked_deputy", _("De klager wil de plaatsvervanger")
    ASKED_COMMITTEE = "asked_committee", _("De klager vraagt om de klachtencommissie")
    ASKED_REOPENING = "asked_reopening", _("De klager vraagt om heropening")
    ASKED_ERASURE = "asked_erasure", _("De klager vraagt om wissen")
    ASKED_ACCESS = "asked_access", _("De klager vraagt om inzage")
    ASKED_OBJECTION = "asked_objection", _("De klager maakt bezwaar tegen gebruik van gegevens")
    RIGHTS_DECIDED = "rights_decided", _("Besluit op een verzoek over gegevens")
    RATED = "rated", _("Oordeel van de klager over de behandeling")
    EXTENDED = "extended", _("Termijn verlengd")
    PAUSED = "paused", _("Klok stilgezet")
    RESUMED = "resumed", _("Klok loopt weer")
    COACH_TOLD = "coach_told", _("Kunstcoach geïnformeerd")
    COACH_SHOWN = "coach_shown", _("Gedeeld met de kunstcoach, op een wettelijke grond")
    ACKNOWLEDGED = "acknowledged", _("Ontvangst bevestigd")
    ASSESSED = "assessed", _("Eerste beoordeling")
    AGREED = "agreed", _("Instemming met bemiddeling")
    ADVISED = "advised", _("Advies gegeven")
    ADVICE_ANSWERED = "advice_answered", _("Antwoord op het advies")
    RULED = "ruled", _("Uitspraak vastgelegd")
    COMPLIED = "complied", _("Nakoming van de uitspraak")
    NO_SUCH_ADDRESS = (
        "no_such_address",
        _("Mail aan de klager kwam niet aan: dit adres bestaat niet"),
    )
    MAIL_REFUSED = (
        "mail_refused",
        _("Mail aan de klager kwam niet aan: de mailserver van dit adres weigerde de mail"),
    )
    TICKED = "ticked", _("Stap gedaan")
    LINKED = "linked", _("Verband met een andere zaak")
    SHARED = "shared", _("Gedeeld met nog iemand")
    UNSHARED = "unshared", _("Delen gestopt")
    CONFLICTED = "conflicted", _("Belangenverstrengeling gemeld")


@dataclass(frozen=True)
class Told:
    """How the complainant sees a kind of event: the words, and the parts of it that they read.

    `by_us` are the words where one of us did what mostly the complainant does.
    """

    words: Any
    parts: tuple[str, ...] = ()
    by_us: Any = None


# What the complainant sees; notes, checks and who handles are for staff alone, and so is the
# reason that a handler wrote for colleagues.
SHOWN: dict[str, Told] = {
    EventKind.FILED: Told(
        _("Je diende je klacht in."),
        by_us=_("Je klacht kwam bij ons binnen en staat sindsdien hier."),
    ),
    EventKind.HELD: Told(_("We bewaren je klacht langer dan anders."), ("explanation",)),
    EventKind.RELEASED: Told(_("We bewaren je klacht niet langer dan anders.")),
    EventKind.CONTACTED: Told(_("Er was persoonlijk contact met je."), ("contacted_on",)),
    EventKind.MOVED: Told(_("Je klacht ging naar fase %(number)d: %(stage)s.")),
    EventKind.PUT_BACK: Told(
        _(
            "Je klacht staat weer in fase %(number)d: %(stage)s. Dat ze verderging, was een "
            "fout van ons."
        ),
        ("explanation",),
    ),
    EventKind.CLOSED: Told(
        _("De behandeling is afgesloten: %(outcome)s."),
        (*REASONED, "explanation", "elsewhere", "ruled_on", "message"),
    ),
    EventKind.REOPENED: Told(_("Je klacht is weer open.")),
    EventKind.ERASED: Told(_("Wat je schreef is gewist.")),
    EventKind.CONSENTED: Told(
        _("Je gaf toestemming."), ("consent",), by_us=_("We legden vast dat je toestemming gaf.")
    ),
    EventKind.WITHDREW: Told(_("Je trok toestemming in."), ("consent",)),
    EventKind.CONTACT_CHANGED: Told(
        _("Je wijzigde hoe we je bereiken. Vanaf toen geldt:"),
        ("name", "email", "phone", "may_mail"),
        by_us=_("We wijzigden hoe we je bereiken. Vanaf toen geldt:"),
    ),
    EventKind.WROTE: Told(_("Je schreef een bericht."), ("message", "files")),
    EventKind.ANSWERED: Told(_("Je kreeg een bericht."), ("message", "files")),
    EventKind.SAID_SOLVED: Told(_("Je liet weten dat het is opgelost."), ("message",)),
    EventKind.CODE_REPLACED: Told(
        _("Je kreeg een nieuwe volgcode."), by_us=_("De behandelaar gaf je een nieuwe volgcode.")
    ),
    EventKind.CODE_ASKED: Told(
        _("Met een link uit een mail is een nieuwe volgcode gevraagd."), ("works_from",)
    ),
    EventKind.CODE_KEPT: Told(_("De nieuwe volgcode is tegengehouden. Je oude blijft werken.")),
    EventKind.LINKS_OFF: Told(_("Je zette de link per mail uit.")),
    EventKind.LINKS_ON: Told(_("Je zette de link per mail aan.")),
    EventKind.ASKED_DEPUTY: Told(_("Je vroeg om de plaatsvervanger."), ("message",)),
    EventKind.ASKED_COMMITTEE: Told(_("Je vroeg om de klachtencommissie."), ("message",)),
    EventKind.ASKED_REOPENING: Told(_("Je vroeg om je klacht weer te openen."), ("message",)),
    EventKind.ASKED_ERASURE: Told(_("Je vroeg om alles te wissen."), ("message",)),
    EventKind.ASKED_ACCESS: Told(_("Je vroeg om inzage."), ("message",)),
    EventKind.ASKED_OBJECTION: Told(
        _("Je maakte bezwaar tegen wat we met je gegevens doen."), ("message",)
    ),
    EventKind.RIGHTS_DECIDED: Told(
        _("De behandelaar besliste over je verzoek."), ("right", "granted", "answer")
    ),
    EventKind.RATED: Told(_("Je gaf je oordeel over de behandeling."), ("satisfied", "message")),
    EventKind.EXTENDED: Told(
        _("We hebben meer tijd nodig voor een uitkomst."), ("explanation", "now_due_on")
    ),
    EventKind.PAUSED: Told(
        _("De klok staat stil: de tijd voor een uitkomst loopt nu niet door."), ("explanation",)
    ),
    EventKind.RESUMED: Told(_("De klok loopt weer."), ("now_due_on",)),
    EventKind.COACH_TOLD: Told(
        _("Er is vastgelegd of je kunstcoach het weet."), ("coach_told", "told_on")
    ),
    EventKind.COACH_SHOWN: Told(
        _("Je coach leest je klacht, ook zonder je toestemming. Dat moet."), ("explanation",)
    ),
    EventKind.ACKNOWLEDGED: Told(_("We bevestigden dat je klacht binnen is.")),
    EventKind.ADVISED: Told(
        _("Je kreeg een advies. Het bindt niet: jij en je kunstcoach kiezen."),
        ("given_on", "advice", "files"),
    ),
    EventKind.ADVICE_ANSWERED: Told(
        _("Je antwoordde op het advies."),
        ("by_complainant", "by_coach", "message"),
        by_us=_("Er is vastgelegd wie het advies overneemt."),
    ),
    EventKind.RULED: Told(
        _("De klachtencommissie deed uitspraak. Die bindt jullie allebei."),
        ("ruled_on", "comply_by", "ruling", "files"),
    ),
    EventKind.COMPLIED: Told(
        _("Er is vastgelegd of de uitspraak is nagekomen."), ("compliance", "compliance_on")
    ),
    EventKind.NO_SUCH_ADDRESS: Told(
        _("Een mail aan jou kwam niet aan: dat e-mailadres bestaat niet.")
    ),
    EventKind.MAIL_REFUSED: Told(
        _("Een mail aan jou kwam niet aan: de mailserver van dat adres weigerde de mail.")
    ),
}

# What a case file shows together: the messages to and fro, and what handlers wrote down.
CONVERSATION = (EventKind.WROTE, EventKind.ANSWERED)
NOTES = (EventKind.NOTED, EventKind.CONTACTED)

# Notes of our own, which are kept more shortly than the rest of a case.
OWN_NOTES = (EventKind.CONTACTED, *(kind for kind in EventKind if kind not in SHOWN))

# Facts of which the recording does a step of the handler's list.
DOES_A_STEP = (
    *(EventKind.CONTACTED, EventKind.ASSESSED, EventKind.AGREED, EventKind.COACH_TOLD),
    *(EventKind.ADVISED, EventKind.ADVICE_ANSWERED, EventKind.RULED, EventKind.COMPLIED),
)
