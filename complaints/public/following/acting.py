"""What whoever follows a case can do: buttons, consents, and messages with files.

What a button or a consent changes is said before the click. Nothing here makes a page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

from django.http import HttpRequest
from django.utils.html import escape
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from complaints.cases import requests, rights, rules
from complaints.cases.case import NotAllowed
from complaints.cases.contents import consents_now
from complaints.cases.conversation import (
    CodeInMessage,
    EmptyMessage,
    MessageRefused,
    MessageTooLong,
    TooManyFiles,
    write_to_handler,
)
from complaints.cases.requests import Recoded
from complaints.cases.rights import record_consent
from complaints.cases.rules import Refusal
from complaints.cases.uploads import Wanted, uploads_of
from complaints.models.case import Complaint
from complaints.models.privacy import ConsentPurpose
from complaints.models.settings import HandlingSettings
from complaints.public.following.session import Follower, follower_of
from complaints.public.promises import mend_file
from complaints.public.suspicion import is_foreign
from complaints.stages import Right

MAY_WRITE = _("Wil je er iets bij schrijven? (niet verplicht)")


@dataclass(frozen=True)
class Button:
    """A button: what it does, said before the click, and its service. No text_label: no text."""

    name: str
    label: Any
    effects: tuple[Any, ...]
    done: Any
    rule: Callable[[Complaint], Refusal | None]
    perform: Callable[..., Complaint | Recoded]
    text_label: Any = MAY_WRITE
    question: Any = ""
    choices: tuple[tuple[str, Any], ...] = ()
    last_day: Callable[[Complaint, HandlingSettings], date | None] = lambda _case, _settings: None
    is_about_data: bool = False

    def is_open_to(self, case: Complaint) -> bool:
        return self.rule(case) is None

    def given(self, choice: str) -> dict[str, str]:
        """Returns what `perform` takes beside the text; an unknown choice counts as none."""
        known = choice in dict(self.choices)
        return {"choice": choice if known else ""} if self.choices else {}


BUTTONS = (
    Button(
        name="opgelost",
        label=_("Laat weten dat het is opgelost"),
        effects=(
            _("De behandelaar krijgt bericht, en sluit je klacht af met een uitkomst."),
            _("Tot die tijd blijft je klacht open. Je kunt nog berichten schrijven."),
        ),
        done=_("We hebben doorgegeven dat het voor jou is opgelost."),
        rule=rules.why_not_say_solved,
        perform=requests.say_solved,
    ),
    Button(
        name="commissie",
        label=_("Vraag om de klachtencommissie"),
        effects=(
            _("De behandelaar krijgt bericht dat je een uitspraak van de commissie wilt."),
            _("Een uitspraak van de commissie is bindend, voor jou en voor de kunstcoach."),
            _("De commissie krijgt je klacht pas te lezen als jij dat goedvindt."),
        ),
        done=_("We hebben doorgegeven dat je naar de klachtencommissie wilt."),
        rule=rules.why_not_ask_committee,
        perform=requests.ask_for_committee,
    ),
    Button(
        name="plaatsvervanger",
        label=_("Het gaat over de vertrouwenspersoon: geef mijn klacht aan de plaatsvervanger"),
        effects=(
            _(
                "De vertrouwenspersoon kan je klacht vanaf nu niet meer openen, en ziet niet wat "
                "je hier schrijft. Wat al gelezen is, blijft bekend."
            ),
            _("De plaatsvervanger leest alles en gaat verder met je klacht."),
            _("Is er geen plaatsvervanger, dan wacht je klacht tot die er is."),
            _("Kreeg je je volgcode van ons, dan krijg je nu een nieuwe. De oude werkt niet meer."),
            _("Dit kun je niet terugdraaien."),
        ),
        done=_("Je klacht is nu voor de plaatsvervanger."),
        rule=rules.why_not_ask_deputy,
        perform=requests.ask_for_deputy,
    ),
    Button(
        name="intrekken",
        label=_("Trek je klacht in"),
        effects=(
            _("De behandeling stopt meteen. De behandelaar krijgt daar bericht van."),
            _(
                "Je klacht en de berichten worden niet gewist: ze blijven bewaard zo lang als de "
                "privacyverklaring zegt. Met je volgcode kun je alles blijven lezen."
            ),
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
            _("Je krijgt een nieuwe code. De code die je van ons kreeg werkt dan niet meer."),
            _("De nieuwe code kent alleen jij. Je ziet hem één keer: schrijf hem over."),
        ),
        done=_("Dit is je nieuwe volgcode. De oude werkt niet meer."),
        rule=rules.why_not_take_code,
        perform=requests.take_new_code,
        text_label="",
    ),
    Button(
        name="oordeel",
        label=_("Zeg of je tevreden bent over de behandeling"),
        effects=(
            _("Het gaat om hoe je klacht is behandeld, niet om de uitkomst."),
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
        effects=(
            _("De behandelaar leest waarom, en beslist of je klacht weer opengaat."),
            _("Gaat je klacht weer open, dan staat dat hier en gaat de behandeling verder."),
        ),
        done=_("We hebben doorgegeven dat je je klacht weer wilt openen."),
        rule=rules.why_not_ask_reopening,
        perform=requests.ask_reopening,
        text_label=_("Waarom wil je dat je klacht weer opengaat?"),
    ),
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
            _(
                "Loopt je klacht nog, dan kan hij niet worden gewist: trek hem eerst in, of wacht "
                "tot de behandeling klaar is."
            ),
            _(
                "Is je klacht gewist, dan kan niemand hem nog lezen, ook jij niet. Je volgcode "
                "werkt dan niet meer. Download eerst wat je wilt bewaren."
            ),
        ),
        done=_("Je verzoek om te wissen is ontvangen."),
        rule=partial(rules.why_not_ask_right, right=Right.ERASURE),
        perform=partial(rights.ask_right, right=Right.ERASURE),
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
    ),
    Button(
        name="link-aan",
        label=_("Zet de link per mail aan"),
        effects=(_("Met een link in je mail zie je dan hoe het ervoor staat, zonder volgcode."),),
        done=_("De link per mail staat aan."),
        rule=partial(rules.why_not_switch_link_way, is_on=True),
        perform=partial(requests.switch_link_way, is_on=True),
        text_label="",
    ),
)


def button_named(name: str, case: Complaint) -> Button | None:
    """Returns the button of that name, if this case offers it now."""
    return next((o for o in BUTTONS if o.name == name and o.is_open_to(case)), None)


GIVE, TAKE_BACK = "ja", "nee"


@dataclass(frozen=True)
class Asked:
    """A consent with its words. Without `gives` it can only be taken back here."""

    purpose: ConsentPurpose
    label: Any
    takes_back: Any
    gives: Any = ""


ASKED = (
    Asked(
        ConsentPurpose.COACH,
        _("De kunstcoach mag mijn klacht lezen"),
        _("De kunstcoach krijgt vanaf nu niets meer te lezen. Wat al gelezen is, blijft bekend."),
        _(
            "De behandelaar laat de kunstcoach je klacht lezen, om ook die kant te horen. Je "
            "contactgegevens gaan niet mee."
        ),
    ),
    Asked(
        ConsentPurpose.COMMITTEE,
        _("De klachtencommissie mag mijn klacht lezen"),
        _("De commissie krijgt vanaf nu niets meer te lezen en kan dan geen uitspraak doen."),
        _("De commissie leest je klacht en de berichten, als je zaak in fase 3 komt."),
    ),
    Asked(
        ConsentPurpose.MAIL,
        _("Ik krijg berichten per e-mail"),
        _(
            "We wissen je e-mailadres voor berichten en mailen je niet meer. Je volgt je klacht "
            "dan alleen nog hier, met je volgcode."
        ),
    ),
    Asked(
        ConsentPurpose.HEALTH,
        _("De behandelaar mag lezen wat ik over gezondheid schreef"),
        _(
            "De behandelaar hoort dat je dit niet meer wilt, en gebruikt het niet meer. Gewist "
            "wordt het niet vanzelf: vraag daar in een bericht om."
        ),
    ),
)


@dataclass(frozen=True)
class ConsentRow:
    """A consent as it stands, with the one thing that can be done about it."""

    asked: Asked
    is_given: bool

    @property
    def action(self) -> str:
        return f"toestemming:{self.asked.purpose.value}:{TAKE_BACK if self.is_given else GIVE}"

    @property
    def effect(self) -> Any:
        return self.asked.takes_back if self.is_given else self.asked.gives


def consent_rows(case: Complaint) -> list[ConsentRow]:
    """Returns every consent that was given or can be given now."""
    now = consents_now(case)
    rows = [ConsentRow(a, a.purpose in now and now[a.purpose].is_given) for a in ASKED]
    return [row for row in rows if row.is_given or (row.asked.gives and case.is_open)]


@dataclass(frozen=True)
class Said:
    """Words of a page about what was just done or refused, with what has to be mended."""

    notice: str = ""
    status: int = 200
    typed: str = ""
    error: str = ""
    file_errors: Sequence[str] = ()
    new_code: str = ""  # shown this once


def change_consent(case: Complaint, action: str) -> Said:
    """Does what a row offers; raises NotAllowed where that is not offered (any more)."""
    row = next((row for row in consent_rows(case) if row.action == action), None)
    if row is None:
        raise NotAllowed(action)
    html = f"<p>{escape(row.asked.label)}</p><p>{escape(row.effect)}</p>"
    record_consent(complaint=case, purpose=row.asked.purpose, html=html, is_given=not row.is_given)
    return Said(gettext("Je keuze is vastgelegd."))


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
        files = [upload.stored for upload in uploads if upload.stored is not None]
        try:
            write_to_handler(complaint=case, text=text, code=follower.code, files=files)
            return Said(gettext("Je bericht is verstuurd."))
        except MessageRefused as refused:
            error = str(MEND[type(refused)])
    if uploads:
        wrong.append(str(CHOOSE_AGAIN))
    return Said(status=422, typed=text, error=error, file_errors=wrong)
