"""The form: the texts around the questions, and the questions.

Two steps, in the order of somebody under stress. First the story, for that is what they came to
tell, and the only answer we need; beside it, when it comes to mind, what should have been and what
would help. Then whom it is about and how to reach them: the advice to talk with the coach comes
here, when the story is safe in the token and nothing typed is lost. Who they are comes last: by
then they know what they ask of us, and giving a name is a choice, not a toll at the door.
"""

from typing import Any

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
        "<li><b>Hoe lang:</b> we bewaren niets tot je op 'Klacht versturen' drukt. Alleen een "
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


def ask(name: str, kind: str, label: str, help_text: str = "", **more: Any) -> dict[str, Any]:
    """Returns a question as a block: id, kind and settings. Choices are ids with their words."""
    return {"id": name, "type": kind, "label": label, "help_text": help_text} | more


QUESTIONS = [
    ask("stap_wat", "step", "Wat er is gebeurd en wat je wilt"),
    ask(
        "probleem",
        "text",
        "Wat is het probleem?",
        "Schrijf kort wat er is gebeurd, en wanneer. Losse zinnen zijn ook goed.",
        shape="multiline",
        needed="required",
        purpose="problem",
    ),
    ask("ontstaan", "text", "Hoe is het volgens jou ontstaan?", shape="multiline"),
    ask(
        "anders_handelen",
        "text",
        "Waarom had je coach volgens jou anders moeten handelen?",
        shape="multiline",
    ),
    ask("verwacht", "text", "Wat had je verwacht?", shape="multiline"),
    ask(
        "oplossing",
        "text",
        "Wat zou voor jou een goede oplossing zijn?",
        "Bijvoorbeeld een gesprek, een andere coach, of dat iets wordt hersteld.",
        shape="multiline",
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
        "Voel je je niet veilig bij je coach? Kies dan 'Dat kan niet'.",
        shape="radio",
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
        shape="radio",
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
        shape="radio",
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
