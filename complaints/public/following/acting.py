"""What whoever follows a case can do: buttons, consents, and messages with files.

What a button or a consent changes is said before the click. Nothing here makes a page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases import requests, rights, rules
from complaints.cases.contact import NoAddress, change_contact, record_consent
from complaints.cases.conversation import (
    CodeInMessage,
    EmptyMessage,
    MessageRefused,
    MessageTooLong,
    TooManyFiles,
    write_to_handler,
)
from complaints.cases.rules import Refusal
from complaints.cases.uploads import Wanted, arrived, uploads_of
from complaints.models.case import Complaint
from complaints.models.settings import HandlingSettings
from complaints.public.following.session import Follower, follower_of
from complaints.public.promises import mend_file
from complaints.public.suspicion import is_foreign
from complaints.questions import Question
from complaints.stages import Acceptance, ConsentPurpose, Right

MAY_WRITE = _("Wil je er iets bij schrijven? (niet verplicht)")
NOT_ERASED = _(
    "Je klacht wordt niet gewist, maar bewaard zo lang als de privacyverklaring zegt. Wissen vraag "
    "je apart."
)


@dataclass(frozen=True)
class Button:
    """A button: what it does, said before the click, and its service. No text_label: no text."""

    name: str
    label: Any
    effects: tuple[Any, ...]
    done: Any
    rule: Callable[[Complaint], Refusal | None]
    perform: Callable[..., Any]
    text_label: Any = MAY_WRITE
    question: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    last_day: Callable[[Complaint, HandlingSettings], date | None] = lambda _case, _settings: None
    is_about_data: bool = False
    asks: tuple[Question, ...] = ()
    consent: Any = ""  # what for, of a button that gives it or takes it back
    gives: bool = False
    mints: bool = False  # a new code, which its page holds: pressed twice, it is the same one

    def is_open_to(self, case: Complaint) -> bool:
        return self.rule(case) is None


MAY_MAIL = _("Mogen we je hierop mailen?")
ONLY_THAT = _("In een mail staat alleen dat er iets voor je is, nooit wat iemand schreef.")
CONTACT: tuple[tuple[str, Any, str, Any], ...] = (
    ("name", _("Je naam"), "singleline", ""),
    ("email", _("Je e-mailadres"), "email", ""),
    ("may_mail", MAY_MAIL, "checkbox", ONLY_THAT),
    ("phone", _("Je telefoonnummer"), "singleline", ""),
)
REACH = Button(
    name="bereiken",
    label=_("Wijzig hoe we je bereiken"),
    effects=(
        _("De behandelaar ziet wat je wijzigt. Wat je eerder gaf, blijft in het dossier."),
        _("Mailden we je op een ander adres, dan krijgt dat adres één mail hierover."),
    ),
    done=_("Wat je hebt gewijzigd is bewaard."),
    rule=rules.why_not_write,
    perform=partial(change_contact, words=(MAY_MAIL, ONLY_THAT)),
    text_label="",
    is_about_data=True,
    asks=tuple(Question(*row, purpose=row[0]) for row in CONTACT),
)
BUTTONS = (
    Button(
        name="advies",
        label=_("Zeg of je het advies overneemt"),
        effects=(
            _("De behandelaar leest je antwoord. Verander je het later, dan telt het laatste."),
            _("Neem je het niet over, dan kun je nog om de klachtencommissie vragen."),
        ),
        done=_("Je antwoord op het advies is bewaard."),
        rule=rules.why_not_take_advice,
        perform=requests.answer_advice,
        text_label=_("Wil je zeggen waarom? (niet verplicht)"),
        question=_("Neem je het advies over?"),
        choices=(
            (Acceptance.ACCEPTED.value, _("Ja, ik neem het over")),
            (Acceptance.REFUSED.value, _("Nee, ik neem het niet over")),
        ),
    ),
    Button(
        name="opgelost",
        label=_("Laat weten dat het is opgelost"),
        effects=(
            _("De behandelaar krijgt bericht, en sluit je klacht af met een uitkomst."),
            _("Tot die tijd kun je nog berichten schrijven."),
        ),
        done=_("We hebben doorgegeven dat het voor jou is opgelost."),
        rule=rules.why_not_say_solved,
        perform=requests.say_solved,
    ),
    Button(
        name="commissie",
        label=_("Vraag om de klachtencommissie"),
        effects=(
            _(
                "De behandelaar krijgt bericht. Is je klacht al gesloten, dan vraag je zo ook om "
                "hem weer te openen."
            ),
            _("Een uitspraak van de commissie is bindend, voor jou en voor de kunstcoach."),
            _("De commissie krijgt je klacht pas te lezen als jij dat goedvindt."),
        ),
        done=_("We hebben doorgegeven dat je naar de klachtencommissie wilt."),
        rule=rules.why_not_ask_committee,
        perform=requests.ask_for_committee,
    ),
    Button(
        name="plaatsvervanger",
        label=_("Liever naar de plaatsvervanger"),
        effects=(
            _("De vertrouwenspersoon kan je klacht, en wat je hier schrijft, niet meer openen."),
            _("Wat al gelezen is, blijft bekend. Dit kun je niet terugdraaien."),
            _("De plaatsvervanger gaat verder. Is die er niet, dan wacht je klacht."),
            _("Een volgcode die je van ons kreeg, werkt niet meer: je krijgt een nieuwe."),
        ),
        done=_("Je klacht is nu voor de plaatsvervanger."),
        rule=rules.why_not_ask_deputy,
        perform=requests.ask_for_deputy,
        mints=True,
    ),
    Button(
        name="intrekken",
        label=_("Trek je klacht in"),
        effects=(
            _("De behandeling stopt meteen. De behandelaar krijgt daar bericht van."),
            NOT_ERASED,
            _("Alleen de behandelaar kan een ingetrokken klacht weer openen."),
        ),
        done=_("Je klacht is ingetrokken."),
        rule=rules.why_not_handle,
        perform=requests.withdraw_complaint,
    ),
    Button(
        name="volgcode",
        label=_("Neem een nieuwe volgcode"),
        effects=(
            _("De code die je van ons kreeg werkt dan niet meer."),
            _("De nieuwe kent alleen jij. Je ziet hem één keer: schrijf hem over."),
        ),
        done=_("Dit is je nieuwe volgcode. De oude werkt niet meer."),
        rule=rules.why_not_take_code,
        perform=requests.take_new_code,
        text_label="",
        mints=True,
    ),
    Button(
        name="oordeel",
        label=_("Zeg of je tevreden bent over de behandeling"),
        effects=(
            _("De behandelaar leest je antwoord. Aan de uitkomst verandert het niets."),
            _("Je kunt dit één keer doen."),
        ),
        done=_("Dank je wel. Je oordeel is bewaard."),
        rule=rules.why_not_rate,
        perform=requests.rate_handling,
        last_day=rules.last_day_to_rate,
        question=_("Ben je tevreden over hoe je klacht is behandeld?"),
        choices=(
            (requests.SATISFIED, _("Ja, tevreden")),
            (requests.NOT_SATISFIED, _("Nee, niet tevreden")),
        ),
    ),
    Button(
        name="heropenen",
        label=_("Vraag om je klacht weer te openen"),
        effects=(_("De behandelaar leest waarom, en beslist. Wat het wordt, staat daarna hier."),),
        done=_("We hebben doorgegeven dat je je klacht weer wilt openen."),
        rule=rules.why_not_ask_reopening,
        perform=requests.ask_reopening,
        text_label=_("Waarom wil je dat je klacht weer opengaat?"),
    ),
    REACH,
    Button(
        name="inzage",
        label=_("Vraag om inzage in alles wat we over je hebben"),
        effects=(
            _("Wat op deze pagina staat kun je meteen downloaden. Hier vraag je om de rest."),
            _("De behandelaar beslist en schrijft je waarom. Je ziet hierna voor welke datum."),
        ),
        done=_("Je verzoek om inzage is ontvangen."),
        rule=partial(rules.why_not_ask_right, right=Right.ACCESS),
        perform=partial(rights.ask_right, right=Right.ACCESS),
        is_about_data=True,
    ),
    Button(
        name="wissen",
        label=_("Vraag om alles over je klacht te wissen"),
        effects=(
            _("De behandelaar beslist. Je ziet hierna voor welke datum, en bij een nee waarom."),
            _("Een klacht die nog loopt, kan niet worden gewist: trek hem eerst in."),
            _("Na het wissen kan niemand hem nog lezen, ook jij niet. Download eerst wat je wilt."),
        ),
        done=_("Je verzoek om te wissen is ontvangen."),
        rule=partial(rules.why_not_ask_right, right=Right.ERASURE),
        perform=partial(rights.ask_right, right=Right.ERASURE),
        is_about_data=True,
    ),
    Button(
        name="bezwaar",
        label=_("Maak bezwaar tegen wat we met je gegevens doen"),
        effects=(
            _("Schrijf waarmee we moeten stoppen, en waarom. De behandelaar leest het en beslist."),
            _("Je ziet hierna voor welke datum, en bij een nee waarom."),
        ),
        done=_("Je bezwaar is ontvangen."),
        rule=partial(rules.why_not_ask_right, right=Right.OBJECTION),
        perform=partial(rights.ask_right, right=Right.OBJECTION),
        text_label=_("Waar maak je bezwaar tegen? (niet verplicht)"),
        is_about_data=True,
    ),
    Button(
        name="link-uit",
        label=_("Zet de link per mail uit"),
        effects=(
            _("Niemand komt nog met een link uit je mail bij je klacht, of aan een nieuwe code."),
            _("Bewaar je volgcode goed. Ben je hem kwijt, dan kan alleen de behandelaar helpen."),
        ),
        done=_("De link per mail staat uit."),
        rule=partial(rules.why_not_switch_link_way, is_on=False),
        perform=partial(requests.switch_link_way, is_on=False),
        text_label="",
        is_about_data=True,
    ),
    Button(
        name="link-aan",
        label=_("Zet de link per mail aan"),
        effects=(_("Met een link in je mail zie je dan hoe het ervoor staat, zonder volgcode."),),
        done=_("De link per mail staat aan."),
        rule=partial(rules.why_not_switch_link_way, is_on=True),
        perform=partial(requests.switch_link_way, is_on=True),
        text_label="",
        is_about_data=True,
    ),
)


# What taking back each consent changes, and what giving it does.
EFFECTS: dict[ConsentPurpose, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    ConsentPurpose.FILING: (
        (
            _("Loopt je klacht nog, dan trek je hem hiermee in: de behandeling stopt meteen."),
            NOT_ERASED,
            _("Geef je later weer toestemming, dan kun je om heropening vragen."),
        ),
        (_("Je klacht blijft gesloten. Je kunt daarna vragen om hem weer te openen."),),
    ),
    ConsentPurpose.MAIL: (
        (
            _("We mailen je niet meer. Je volgt je klacht alleen nog hier, met je volgcode."),
            _("Je kunt het later weer aanzetten."),
        ),
        REACH.effects,
    ),
    ConsentPurpose.HEALTH: (
        (
            _("De behandelaar hoort dit, en gebruikt niet meer wat je over gezondheid schreef."),
            _("Gewist wordt het niet vanzelf: vraag daar in een bericht om."),
        ),
        (_("De behandelaar mag weer lezen en gebruiken wat je over gezondheid schreef."),),
    ),
    ConsentPurpose.COACH: (
        (_("De kunstcoach krijgt niets meer te lezen. Wat al gelezen is, blijft bekend."),),
        (
            _("De behandelaar laat de kunstcoach je klacht lezen, om ook die kant te horen."),
            _("Je contactgegevens gaan niet mee."),
        ),
    ),
    ConsentPurpose.COMMITTEE: (
        (
            _("De commissie krijgt niets meer te lezen en kan dan geen uitspraak doen."),
            _("Wat al gelezen is, blijft bekend."),
        ),
        (_("De commissie leest je klacht en de berichten, als je zaak in fase 3 komt."),),
    ),
}


def _consent(purpose: ConsentPurpose, *, gives: bool) -> Button:
    asked = _("Geef toestemming: {}") if gives else _("Trek toestemming in: {}")
    done = _("Je gaf toestemming: {}.") if gives else _("Je trok toestemming in: {}.")
    label, effects = format_lazy(asked, purpose.label), EFFECTS[purpose][gives]
    button = Button(
        name=f"toestemming:{purpose.value}:{'ja' if gives else 'nee'}",
        label=label,
        effects=effects,
        done=format_lazy(done, purpose.label),
        rule=partial(rules.why_not_consent, purpose=purpose, is_given=gives),
        perform=partial(record_consent, purpose=purpose, is_given=gives, words=(label, *effects)),
        text_label="",
        consent=purpose.label,
        gives=gives,
    )
    if purpose is ConsentPurpose.MAIL and gives:  # with the address to mail to
        return replace(button, perform=REACH.perform, asks=REACH.asks, done=REACH.done)
    return button


CONSENTS = tuple(_consent(purpose, gives=gives) for purpose in EFFECTS for gives in (False, True))


def button_named(name: str, case: Complaint) -> Button | None:
    """Returns the button of that name, if this case offers it now."""
    prefetch_related_objects([case], "consents")
    found = (button for button in (*BUTTONS, *CONSENTS) if button.name == name)
    return next((button for button in found if button.is_open_to(case)), None)


@dataclass(frozen=True)
class Said:
    """Words of a page about what was just done or refused, with what has to be mended."""

    notice: str = ""
    status: int = 200
    typed: str = ""
    error: str = ""
    file_errors: Sequence[str] = ()
    new_code: str = ""  # shown this once


def keep_old_code(case: Complaint) -> Said:
    """Stops a new code that waits; by the code and by a mailed link alike."""
    requests.keep_code(complaint=case)
    return Said(gettext("Je houdt je volgcode. De nieuwe gaat niet werken."))


FIELD = "files"


def wanted_with_message(request: HttpRequest) -> Wanted:
    """Files are taken with the message of whoever follows a case, and of nobody else."""
    is_inside = not is_foreign(request) and follower_of(request) is not None
    return Wanted({FIELD: FIELD} if is_inside else {})


# What to change in a message that was refused.
MEND: dict[type[MessageRefused], Any] = {
    EmptyMessage: _("Schrijf eerst een bericht."),
    NoAddress: _("Vul je e-mailadres in, of haal het vinkje bij mailen weg."),
    MessageTooLong: _("Maak je bericht korter: er passen 50.000 tekens in."),
    CodeInMessage: _(
        "Haal je volgcode uit het bericht. Wie die code heeft, kan alles lezen; de behandelaar "
        "heeft hem niet nodig."
    ),
    TooManyFiles: _(
        "Er passen niet meer bestanden bij je klacht. Zet er een paar samen in een pdf, of "
        "spreek met de behandelaar af hoe je ze geeft."
    ),
}
CHOOSE_AGAIN = _("Je bericht is nog niet verstuurd. Kies je bestanden opnieuw voor je verstuurt.")
TOO_MUCH_TODAY = _(
    "Je hebt vandaag heel veel geschreven of gewijzigd. Ga morgen verder, of bel of mail ons. "
    "Wat je schreef staat hieronder en is niet verstuurd."
)
NO_LONGER = _("Dat kan nu niet meer: er is intussen iets veranderd. Hieronder staat hoe het nu is.")


def write(request: HttpRequest, follower: Follower, case: Complaint) -> Said:
    """Sends a message with its files, or says what to mend; then the files are not kept."""
    text, uploads = request.POST.get("message", ""), uploads_of(request)
    wrong = [mend_file(upload) for upload in uploads if upload.problem is not None]
    error = ""
    if not wrong:
        try:
            files = arrived(request)
            write_to_handler(complaint=case, text=text, code=follower.code, files=files)
            return Said(gettext("Je bericht is verstuurd."))
        except MessageRefused as refused:
            error = str(MEND[type(refused)])
    if uploads:
        wrong.append(str(CHOOSE_AGAIN))
    return Said(status=422, typed=text, error=error, file_errors=wrong)
