"""The texts a new site starts with, as data; those that are not about complaints: `home.content`.

`manage.py bootstrap` plants them once; after that they are the editors'. A link to another page of
the site is written `<a data-to="privacy">`, with the page's key in `bootstrap.TREE`.

Numbers that a manager sets (days, months) are left out on purpose: templates show those from the
settings, so that a text never contradicts a promise.
"""

from typing import Any

from complaints.events import EventKind
from complaints.stages import ConsentPurpose, Stage

# The form has two steps, in the order of somebody under stress. First the story, for that is what
# they came to tell, and the only answer we need; beside it, when it comes to mind, what should have
# been and what would help. Then whom it is about and how to reach them: the advice to talk with the
# coach comes here, when the story is safe in the token and nothing typed is lost. Who they are
# comes last: by then they know what they ask of us, and giving a name is a choice, not a toll at
# the door.
FORM = {
    "title": "Klachtenformulier",
    "slug": "formulier",
    "show_in_menus": True,
    "search_description": "Dien een klacht in over je kunstcoaching bij AKM KunstMaat.",
    "introduction": (
        "<p>Alleen de eerste vraag en je toestemming zijn verplicht. Je naam geven hoeft niet.</p>"
    ),
    "privacy_notice": (
        "<ul><li><b>Verantwoordelijk:</b> AKM KunstMaat, "
        '<a href="mailto:info@akmkunstmaat.nl">info@akmkunstmaat.nl</a>.</li>'
        "<li><b>Waarvoor:</b> om je klacht te behandelen, je daarover te berichten en samen een "
        "oplossing te zoeken.</li>"
        "<li><b>Wie het leest:</b> de vertrouwenspersoon of de plaatsvervanger. Je coach en de "
        "klachtencommissie lezen het alleen als jij dat goedvindt.</li>"
        "<li><b>Hoe lang:</b> we bewaren niets tot je op ‘Klacht versturen’ drukt. Alleen een "
        "bestand dat je toevoegt, houden we tot dan versleuteld vast, ten hoogste 24 uur.</li>"
        "<li><b>Verplicht:</b> alleen wat het probleem is, en je toestemming. Al het andere mag "
        "je leeg laten.</li>"
        "<li><b>Je rechten:</b> je gegevens inzien, verbeteren, meenemen of laten wissen, bezwaar "
        "maken en je toestemming intrekken. Je krijgt binnen 1 maand antwoord.</li>"
        "<li><b>Toezicht:</b> een klacht over je privacy kun je indienen bij de "
        '<a href="https://www.autoriteitpersoonsgegevens.nl/">Autoriteit '
        "Persoonsgegevens</a>.</li></ul>"
        '<p>Alles staat in de <a data-to="privacy">privacyverklaring</a>.</p>'
    ),
    "consent_text": (
        "<p>Ik ga ermee akkoord dat deze website opslaat wat ik hier invul, en dat AKM KunstMaat "
        "dat gebruikt om mijn klacht te behandelen. Ik kan dit altijd intrekken. "
        'Lees de <a data-to="privacy">privacyverklaring</a>.</p>'
    ),
    "mail_consent_text": (
        "<p>In een mail staat nooit wat je schreef. Wie je mail kan lezen, ziet wel dat je een "
        "klacht hebt. Stoppen kan altijd.</p>"
    ),
    "health_consent_text": (
        "<p>Wie mijn klacht behandelt, mag lezen en gebruiken wat ik over mijn gezondheid heb "
        "geschreven, alleen om deze klacht te behandelen. Ik kan deze toestemming altijd "
        "intrekken. Wil ik haar niet geven, dan haal ik die gegevens uit mijn antwoorden en haal "
        "ik het kruisje bij de vraag over gezondheid weg.</p>"
    ),
    "anonymous_note": (
        "<p>Zo kunnen we je niet mailen of bellen. Dat mag. Met de volgcode die je straks krijgt, "
        "lees je zelf vragen en de uitkomst.</p>"
    ),
    "no_deputy_note": (
        "<p>Er is op dit moment geen plaatsvervanger. Je klacht gaat niet naar de "
        "vertrouwenspersoon. Hij wacht tot er een plaatsvervanger is, en niemand leest hem tot "
        "die tijd. De beheerder krijgt bericht dat er een klacht wacht, zonder te zien wat erin "
        "staat. Wil je niet wachten? Kies dan toch de vertrouwenspersoon.</p>"
    ),
}


SHAPES = {"text": {"shape": "multiline"}, "choice": {"shape": "radio"}}  # unless told otherwise


def ask(name: str, kind: str, label: str, help_text: str = "", **more: Any) -> dict[str, Any]:
    """Returns a question as a block: id, kind and settings. Choices are ids with their words."""
    asked = {"id": name, "type": kind, "label": label, "help_text": help_text}
    return asked | SHAPES.get(kind, {}) | more


QUESTIONS = [
    ask("stap_wat", "step", "Wat er is gebeurd en wat je wilt"),
    ask(
        "probleem",
        "text",
        "Wat is het probleem?",
        "Schrijf kort wat er is gebeurd, en wanneer. Losse zinnen zijn ook goed.",
        needed="required",
        purpose="problem",
    ),
    ask("ontstaan", "text", "Hoe is het volgens jou ontstaan?"),
    ask("anders_handelen", "text", "Waarom had je coach volgens jou anders moeten handelen?"),
    ask("verwacht", "text", "Wat had je verwacht?"),
    ask(
        "oplossing",
        "text",
        "Wat zou voor jou een goede oplossing zijn?",
        "Bijvoorbeeld een gesprek, een andere coach, of dat iets wordt hersteld.",
        purpose="remedy",
        needed="soft",
    ),
    ask(
        "bestanden",
        "files",
        "Bestanden toevoegen",
        "Bijvoorbeeld een foto, een brief of een bericht.",
    ),
    ask(
        "gezondheid",
        "tick",
        "In mijn antwoorden staat iets over mijn gezondheid",
        (
            "Bijvoorbeeld over een ziekte of behandeling. De wet beschermt dat extra. Daarom "
            "vragen we er apart toestemming voor."
        ),
        sensitive=True,
    ),
    ask(
        "stap_wie",
        "step",
        "Wie het betreft en hoe we je bereiken",
        "Je mag alles leeg laten. Zonder mailadres of telefoon kunnen we je niets vragen.",
    ),
    ask("coach", "coach", "Om welke kunstcoach gaat het?"),
    ask(
        "besproken",
        "choice",
        "Heb je dit met je coach besproken?",
        "Voel je je niet veilig bij je coach? Kies dan ‘Dat kan niet’.",
        choices={"ja": "Ja", "nee": "Nee", "kan_niet": "Dat kan niet"},
        purpose="discussed",
        exits={"nee": "advice"},
    ),
    ask(
        "behandelaar",
        "route",
        "Wie mag je klacht behandelen?",
        "Gaat je klacht over de vertrouwenspersoon? Kies dan de plaatsvervanger.",
    ),
    ask(
        "voor_wie",
        "choice",
        "Voor wie dien je deze klacht in?",
        choices={"mezelf": "Voor mezelf", "ander": "Voor iemand anders"},
        purpose="about_whom",
    ),
    ask(
        "wie_en_relatie",
        "text",
        "Wie is dat, en wat is je relatie?",
        "Bijvoorbeeld: mijn dochter, of: een vriend die ik help.",
        shape="singleline",
        show_if="voor_wie/ander",
    ),
    ask(
        "weet_diegene",
        "choice",
        "Weet diegene dat je deze klacht indient?",
        choices={"ja": "Ja", "nee": "Nee"},
        show_if="voor_wie/ander",
    ),
    ask("naam", "text", "Je naam", shape="singleline", purpose="name"),
    ask(
        "email",
        "email",
        "Je e-mailadres",
        "Zoals naam@voorbeeld.nl. Geef een adres dat alleen jij leest.",
        purpose="email",
    ),
    ask(
        "telefoon",
        "text",
        "Je telefoonnummer",
        "Zoals 06 12345678.",
        shape="singleline",
        purpose="phone",
    ),
]

# The procedure: its pages (facts 1 to 9 of the organisation, in our own sentences).
PROCEDURE = {
    "title": "Klachtenprocedure",
    "slug": "klachtenprocedure",
    "show_in_menus": True,
    "search_description": "Wat je kunt doen als je kunstcoaching niet goed gaat, in drie fasen.",
    "introduction": (
        "<p>Wij doen er alles aan om je coachtraject goed te laten verlopen. Toch kan er iets "
        "misgaan. Hier lees je wat je dan kunt doen.</p>"
    ),
    "talk_first_title": "Praat eerst met je coach",
    "talk_first_text": (
        "<p>Zit je iets dwars? Vertel het het liefst meteen aan je kunstcoach. Je coach gaat er "
        "graag op in, om je beter te kunnen begeleiden.</p>"
        "<p>Komen jullie er samen niet uit, dan kun je een klacht overwegen. Vaak is er een goede "
        "oplossing zonder formele klacht.</p>"
        "<p><b>In alle gevallen geldt: probeer het eerst met je coach op te lossen.</b> Kan dat "
        "echt niet? Dan mag je die stap overslaan.</p>"
    ),
    "stages_title": "De drie fasen",
    "start_label": "Begin met je klacht",
    "body": [
        (
            "prose",
            "<h2>Wanneer je een klacht indient</h2>"
            "<p>Een klacht indienen is het laatste redmiddel. De vertrouwenspersoon komt pas in "
            "beeld als al het andere is geprobeerd, en zoekt dan een oplossing op een "
            "evenwichtige manier: jij en je coach worden allebei gehoord.</p>"
            "<p>De vertrouwenspersoon beslist niet over je klacht. Als het nodig is, verwijst ze "
            "je door naar een externe klachtencommissie.</p>",
        ),
        ("terms", {"title": "Hoort mijn coach hiervan?", "terms": ["coach_told_days"]}),
        (
            "terms",
            {
                "title": "Wanneer je iets van ons hoort",
                "terms": [
                    "contact_working_days",
                    "handling_days",
                    "extension_days",
                    "progress_days",
                ],
            },
        ),
        (
            "fold",
            {
                "title": "Wat je opschrijft",
                "text": (
                    "<p>Een klacht dien je schriftelijk in, bijvoorbeeld met het "
                    '<a data-to="form">formulier</a>. Schrijf in het kort:</p>'
                    "<ul><li>wat het probleem is, en hoe het volgens jou is ontstaan;</li>"
                    "<li>waarom je coach volgens jou anders had moeten handelen, en wat je had "
                    "verwacht;</li>"
                    "<li>als je dat kunt: welke oplossing voor jou goed genoeg is.</li></ul>"
                    "<p>Weet je nog niet alles? Dien je klacht dan toch in. Aanvullen kan "
                    "later.</p>"
                ),
            },
        ),
        (
            "callout",
            {
                "title": "Gaat je klacht over de vertrouwenspersoon?",
                "text": (
                    "<p>Kies op het formulier voor de plaatsvervanger. De vertrouwenspersoon kan "
                    "je klacht dan niet openen, en ziet ook niet dat hij er is.</p>"
                ),
            },
        ),
        (
            "contact",
            {
                "title": "Vragen, of liever mailen",
                "text": (
                    "<p>Wil je weten hoe je een meningsverschil kunt oplossen, of wil je een "
                    "formele klacht indienen? Mail ons of gebruik het "
                    '<a data-to="form">formulier</a>.</p>'
                ),
            },
        ),
    ],
}

STAGES = [
    {
        "title": "Indienen",
        "who_acts": "Jij dient je klacht in bij de interne vertrouwenspersoon.",
        "who_acts_deputy": "Jij dient je klacht in bij de plaatsvervanger.",
        "binding": "Nog niets is bindend: je kunt altijd stoppen.",
        "text": (
            "<p>Je hebt je klacht eerst met je coach besproken. Je dient hem schriftelijk in, "
            "omdat het een formele stap is.</p>"
        ),
    },
    {
        "title": "Bemiddelen",
        "who_acts": "De interne vertrouwenspersoon overlegt met jou en met je coach.",
        "who_acts_deputy": "De plaatsvervanger overlegt met jou en met je coach.",
        "binding": "Het advies is niet bindend: jij en je coach kiezen zelf.",
        "text": (
            "<p>De vertrouwenspersoon neemt je klacht in behandeling en geeft advies. Samen "
            "bespreken jullie welke oplossingen er zijn om met de coaching verder te gaan. Is dat "
            "niet genoeg, dan volgt fase 3.</p>"
        ),
    },
    {
        "title": "Externe klachtencommissie",
        "who_acts": "Jij legt je klacht voor aan een externe, onafhankelijke klachtencommissie.",
        "binding": "De uitspraak is bindend voor jou en voor je coach.",
        "text": "<p>De commissie kan een uitspraak doen over je klacht.</p>",
    },
]

# Who she is, what she does, why she stands apart. No portrait is supplied.
CONFIDANT = {
    "title": "Vertrouwenspersoon",
    "slug": "vertrouwenspersoon",
    "show_in_menus": True,
    "search_description": "Marijke Pielage is de interne vertrouwenspersoon van AKM KunstMaat.",
    "name": "Marijke Pielage",
    "role": "Interne vertrouwenspersoon en ervaringsdeskundige",
    "since": "Betrokken sinds de start in 2009",
    "way_past_title": "Gaat je klacht over Marijke?",
    "way_past_text": (
        '<p>Of heb je liever iemand anders? Kies op het <a data-to="form">formulier</a> de '
        "plaatsvervanger. Marijke kan je klacht dan niet openen, en ziet ook niet dat hij er "
        "is.</p>"
    ),
    "availability": "Het formulier is de vertrouwelijke weg naar haar.",
    "email": "",
    "phone": "",
    "does": (
        "<p>Marijke helpt jou en je coach om er samen uit te komen.</p>"
        "<ul><li>Ze neemt klachten aan.</li>"
        "<li>Ze hoort beide kanten: jouw verhaal en dat van je coach.</li>"
        "<li>Ze geeft advies. Dat advies is niet bindend.</li>"
        "<li>Ze verwijst je als het nodig is door naar de externe klachtencommissie.</li></ul>"
        "<p>Ze beslist niet over je klacht.</p>"
    ),
    "independence": (
        "<p>Marijke kent de visie en de manier van werken van AKM KunstMaat. Toch is ze, als "
        "ondernemer, onafhankelijk van het collectief van coaches.</p>"
    ),
    "biography": (
        "<p>Marijke Pielage startte AKM KunstMaat in 2009. In 2018 deed ze een stap terug. Ze is "
        "nog steeds betrokken, als ervaringsdeskundige en als interne vertrouwenspersoon.</p>"
    ),
}

# For whoever has not yet talked with the coach; the form always offers the way past.
ADVICE = {
    "title": "Praat eerst met je coach",
    "slug": "praat-eerst-met-je-coach",
    "search_description": "Hoe je een probleem met je kunstcoach bespreekt.",
    "introduction": (
        "<p>Vaak lost een gesprek meer op dan een klacht. Je coach hoort het graag van je, om je "
        "beter te kunnen begeleiden.</p>"
    ),
    "body": [
        (
            "prose",
            "<h2>Zo kun je beginnen</h2>"
            "<ul><li>Vraag om een gesprek, los van een coachsessie. Een kort bericht is "
            "genoeg.</li>"
            "<li>Vertel wat er gebeurde en wat dat met je deed.</li>"
            "<li>Zeg wat je had verwacht, en wat je nu nodig hebt.</li>"
            "<li>Neem iemand mee als je dat fijn vindt.</li></ul>"
            "<p>Komen jullie er niet uit? Dan kun je alsnog een klacht indienen.</p>",
        ),
        (
            "callout",
            {
                "title": "Kun je dit niet met je coach bespreken?",
                "text": (
                    "<p>Dat kan. Bijvoorbeeld omdat je je niet veilig voelt, of omdat het contact "
                    "is verbroken. Je mag dan verder met je klacht. Je hoeft niet uit te leggen "
                    "waarom.</p>"
                ),
            },
        ),
    ],
}

# What the case desk begins with: themes, steps of each stage, reply templates, settings.
THEMES = (
    "Afspraken en planning",
    "Bejegening",
    "Grensoverschrijdend gedrag",
    "Kwaliteit van de begeleiding",
    "Kosten en betaling",
    "Privacy",
    "Anders",
)

# Each step of the handler's list, and what recorded does it, if anything.
STEPS: dict[Stage, tuple[tuple[str, str], ...]] = {
    Stage.FILING: (
        ("Lees de klacht en kijk of iemand gevaar loopt.", EventKind.ASSESSED),
        ("Neem persoonlijk contact op met de klager.", EventKind.CONTACTED),
        ("Vraag wat de klager wil bereiken.", ""),
        ("Leg de eerste beoordeling vast.", EventKind.ASSESSED),
        ("Spreek af wat er nu gebeurt, en wanneer de klager weer van je hoort.", ""),
    ),
    Stage.MEDIATION: (
        ("Vraag beide partijen of ze meedoen aan de bemiddeling.", EventKind.AGREED),
        ("Vertel de kunstcoach wat er over hem of haar is vastgelegd.", EventKind.COACH_TOLD),
        ("Hoor beide kanten.", ""),
        ("Geef je advies, en zeg erbij dat het niet bindt.", EventKind.ADVISED),
        ("Vraag beide partijen of ze het advies overnemen.", EventKind.ADVICE_ANSWERED),
    ),
    Stage.COMMITTEE: (
        ("Vraag de klager of de commissie het dossier mag lezen.", ConsentPurpose.COMMITTEE),
        ("Stuur het dossier naar de commissie.", ""),
        ("Leg de uitspraak vast, en zeg erbij dat ze beide partijen bindt.", EventKind.RULED),
        ("Ga na of de uitspraak is nagekomen.", EventKind.COMPLIED),
    ),
}

GREETING = "{aanhef},\n\n"
CLOSING = "\n\nHeb je een vraag? Schrijf me dan hier terug.\n\nGroet,\n{behandelaar}"

REPLIES: tuple[tuple[str, str, str], ...] = (
    (
        "",
        "Ik ben nog bezig",
        GREETING + "Ik ben nog met je klacht ({kenmerk}) bezig. Je hoort zo veel mogelijk binnen "
        "{voortgangsdagen} dagen iets van me, ook als er nog niets nieuws is. Uiterlijk "
        "{beslissing_voor} krijg je een uitkomst met uitleg." + CLOSING,
    ),
    (
        Stage.FILING,
        "Kennismaken en een afspraak maken",
        GREETING + "Ik heb je klacht gelezen. Fijn dat je hem opschreef. Ik wil graag van je horen "
        "wat er is gebeurd en wat je wilt bereiken. Wanneer kan ik je bellen? Ik zorg dat we "
        "elkaar uiterlijk {contact_voor} spreken." + CLOSING,
    ),
    (
        Stage.FILING,
        "Ik heb nog iets nodig",
        GREETING
        + "Om je klacht ({kenmerk}) goed te begrijpen wil ik graag nog iets weten:\n\n- \n\n"
        "Je hoeft niets op te schrijven wat je niet wilt. Bellen kan ook." + CLOSING,
    ),
    (
        Stage.MEDIATION,
        "Uitnodiging voor bemiddeling",
        GREETING
        + "Ik wil proberen samen met jou en de kunstcoach een oplossing te vinden. Dat heet "
        "bemiddeling. Meedoen mag, en hoeft niet. Lukt het niet, dan geef ik een advies. Een "
        "advies bindt niet: jij kiest of je het overneemt. Wil je meedoen?" + CLOSING,
    ),
    (
        Stage.MEDIATION,
        "Naar de klachtencommissie",
        GREETING + "Komen we er samen niet uit, dan kan je klacht naar {commissie}. Die hoort niet "
        "bij {organisatie}. Een uitspraak van de commissie bindt jullie allebei. Zeg me of je dat "
        "wilt. Ik deel je dossier alleen als jij dat goedvindt." + CLOSING,
    ),
    (
        Stage.COMMITTEE,
        "Je klacht ligt bij de commissie",
        GREETING + "Je klacht ({kenmerk}) ligt nu bij {commissie}. De commissie kan een uitspraak "
        "doen. Die bindt jullie allebei. Ik laat je weten wanneer de uitspraak er is." + CLOSING,
    ),
)

# What is said while no committee has been named.
HANDLING = {"committee_text": "<p>De vertrouwenspersoon vertelt je welke commissie het is.</p>"}
