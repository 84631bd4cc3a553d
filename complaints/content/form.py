"""The form: the texts around the questions, and the questions.

The order of the questions is that of somebody under stress. First the story, for that is what they
came to tell, and the only answer we need. Then whom it is about and who may read it: the advice to
talk with the coach comes here, when the story is safe in the token and nothing typed is lost. Then
what should have been and what would help, which takes thought. Last who they are: by then they know
what they ask of us, and giving a name is a choice, not a toll at the door.
"""

from typing import Any

FORM = {
    "title": "Klachtenformulier",
    "slug": "formulier",
    "show_in_menus": True,
    "search_description": "Dien een klacht in over je kunstcoaching bij AKM KunstMaat.",
    "introduction": (
        "<p>Vertel wat er is gebeurd, in je eigen woorden. Alleen de vraag naar het probleem en "
        "je toestemming zijn verplicht. Weet je iets nog niet? Laat het leeg.</p>"
        "<ul><li>Je klacht gaat naar de vertrouwenspersoon. Heb je liever de plaatsvervanger? Dat "
        "kies je in stap 2.</li>"
        "<li>Er wordt niets bewaard tot je op 'Klacht versturen' drukt. Alleen een bestand dat je "
        "toevoegt, houden we tot dan versleuteld vast, ten hoogste 24 uur. Of je kiest zelf voor "
        "'Bewaar en ga later verder'. Voor je verstuurt, lees je alles nog eens na.</li>"
        "<li>Je naam geven hoeft niet.</li></ul>"
    ),
    "first_step_title": "Wat er is gebeurd",
    "privacy_notice": (
        "<ul><li><b>Verantwoordelijk:</b> AKM KunstMaat, "
        '<a href="mailto:info@akmkunstmaat.nl">info@akmkunstmaat.nl</a>.</li>'
        "<li><b>Waarvoor:</b> om je klacht te behandelen, je daarover te berichten en samen een "
        "oplossing te zoeken.</li>"
        "<li><b>Wie het leest:</b> de vertrouwenspersoon of de plaatsvervanger. Je coach en de "
        "klachtencommissie lezen het alleen als jij dat goedvindt.</li>"
        "<li><b>Hoe lang:</b> tot twee jaar nadat je klacht is afgesloten. Je klacht is "
        "versleuteld opgeslagen. Een concept dat je zelf bewaart: 14 dagen.</li>"
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
        "die gegevens gebruikt om mijn klacht te behandelen. Wat er met mijn gegevens gebeurt, "
        'staat in de <a data-to="privacy">privacyverklaring</a>. Ik kan mijn toestemming altijd '
        "weer intrekken.</p>"
    ),
    "mail_consent_text": (
        "<p>AKM KunstMaat mag mij e-mailen over mijn klacht. In zo'n mail staan een kenmerk, data "
        "en links, nooit wat ik heb geschreven. Wie mijn mail kan lezen, kan wel zien dat ik een "
        "klacht heb ingediend. Ik kan hiermee altijd weer stoppen.</p>"
    ),
    "health_consent_text": (
        "<p>Wie mijn klacht behandelt, mag lezen en gebruiken wat ik over mijn gezondheid heb "
        "geschreven, alleen om deze klacht te behandelen. Ik kan deze toestemming altijd weer "
        "intrekken. Wil ik haar niet geven, dan haal ik die gegevens uit mijn antwoorden en haal "
        "ik het kruisje bij de vraag over gezondheid weg.</p>"
    ),
    "anonymous_note": (
        "<p>Je gaf geen naam of geen e-mailadres. Dat mag. Je klacht wordt gelezen, maar zonder "
        "e-mailadres of telefoonnummer kunnen we je niet laten weten dat er iets is. Na het "
        "versturen krijg je een volgcode. Bewaar die goed: daarmee lees je zelf vragen en de "
        "uitkomst.</p>"
    ),
    "deputy_note": (
        "<p>De plaatsvervanger leest je klacht. De vertrouwenspersoon kan hem niet openen en ziet "
        "niet dat hij er is.</p>"
    ),
    "no_deputy_note": (
        "<p>Er is op dit moment geen plaatsvervanger. Je klacht gaat niet naar de "
        "vertrouwenspersoon. Hij wacht tot er een plaatsvervanger is, en niemand leest hem tot "
        "die tijd. De beheerder krijgt bericht dat er een klacht wacht, zonder te zien wat erin "
        "staat. Wil je niet wachten? Kies dan toch de vertrouwenspersoon.</p>"
    ),
    "confirmation_text": (
        "<p>Met je volgcode kun je altijd terug naar je klacht:</p>"
        "<ul><li>je ziet waar je klacht is en wat er wanneer gebeurt;</li>"
        "<li>je leest berichten en schrijft terug, ook om iets aan te vullen;</li>"
        "<li>je laat weten dat het is opgelost, of trekt je klacht of een toestemming in.</li></ul>"
        "<ul><li>Ben je de code kwijt? Mail naar "
        '<a href="mailto:info@akmkunstmaat.nl">info@akmkunstmaat.nl</a> en noem alleen je '
        "kenmerk.</li>"
        "<li>Lees na hoe het verdergaat in de "
        '<a data-to="procedure">klachtenprocedure</a>.</li></ul>'
    ),
}

WHAT_HAPPENED: list[dict[str, Any]] = [
    {
        "clean_name": "probleem",
        "label": "Wat is het probleem?",
        "help_text": "Schrijf kort wat er is gebeurd, en wanneer. Losse zinnen zijn ook goed.",
        "field_type": "multiline",
        "required": True,
        "purpose": "problem",
        "word_count": 150,
    },
    {
        "clean_name": "ontstaan",
        "label": "Hoe is het volgens jou ontstaan?",
        "help_text": "Wat ging eraan vooraf?",
        "field_type": "multiline",
        "word_count": 150,
    },
]

ABOUT_WHOM: list[dict[str, Any]] = [
    {
        "label": "Om wie het gaat en wie je klacht leest",
        "help_text": "Je bepaalt zelf bij wie je klacht terechtkomt.",
        "field_type": "step",
        "clean_name": "stap_wie",
    },
    {
        "clean_name": "voor_wie",
        "label": "Voor wie dien je deze klacht in?",
        "field_type": "radio",
        "choices": "Voor mezelf\nVoor iemand anders",
        "purpose": "about_whom",
    },
    {
        "clean_name": "wie_en_relatie",
        "label": "Wie is dat, en wat is je relatie?",
        "help_text": "Bijvoorbeeld: mijn dochter, of: een vriend die ik help.",
        "field_type": "singleline",
        "show_if_question": "voor_wie",
        "show_if_value": "Voor iemand anders",
    },
    {
        "clean_name": "weet_diegene",
        "label": "Weet diegene dat je deze klacht indient?",
        "field_type": "radio",
        "choices": "Ja\nNee",
        "show_if_question": "voor_wie",
        "show_if_value": "Voor iemand anders",
    },
    {
        "clean_name": "coach",
        "label": "Om welke kunstcoach gaat het?",
        "field_type": "coach",
        "purpose": "coach",
    },
    {
        "clean_name": "besproken",
        "label": "Heb je dit met je coach besproken?",
        "help_text": "Voel je je niet veilig bij je coach? Kies dan 'Dat kan niet'.",
        "field_type": "radio",
        "choices": "Ja\nNee\nDat kan niet",
        "purpose": "discussed",
        "exit_value": "Nee",
        "exit_page": "advice",
    },
    {
        "clean_name": "behandelaar",
        "label": "Gaat je klacht over de vertrouwenspersoon, of heb je liever de plaatsvervanger?",
        "help_text": "Kies je de plaatsvervanger, dan ziet de vertrouwenspersoon je klacht niet.",
        "field_type": "route",
        "purpose": "route",
    },
]

WHAT_WOULD_HELP: list[dict[str, Any]] = [
    {
        "label": "Wat je had verwacht en wat je wilt",
        "help_text": "Hiermee kan de behandelaar gerichter met je meedenken.",
        "field_type": "step",
        "clean_name": "stap_oplossing",
    },
    {
        "clean_name": "anders_handelen",
        "label": "Waarom had je coach volgens jou anders moeten handelen?",
        "field_type": "multiline",
        "word_count": 100,
    },
    {
        "clean_name": "verwacht",
        "label": "Wat had je verwacht?",
        "field_type": "multiline",
        "word_count": 100,
    },
    {
        "clean_name": "oplossing",
        "label": "Wat zou voor jou een goede oplossing zijn?",
        "help_text": "Bijvoorbeeld een gesprek, een andere coach, of dat iets wordt hersteld.",
        "field_type": "multiline",
        "purpose": "remedy",
        "soft_required": True,
        "word_count": 100,
    },
    {
        "clean_name": "bestanden",
        "label": "Heb je bestanden die je klacht ondersteunen?",
        "help_text": "Bijvoorbeeld een foto, een brief of een bericht. Het mag ook zonder.",
        "field_type": "files",
    },
    {
        "clean_name": "gezondheid",
        "label": "In mijn antwoorden staat iets over mijn gezondheid",
        "help_text": (
            "Bijvoorbeeld over een ziekte of behandeling. De wet beschermt dat extra. Daarom "
            "vragen we er apart toestemming voor."
        ),
        "field_type": "checkbox",
        "sensitive": True,
    },
]

WHO_YOU_ARE: list[dict[str, Any]] = [
    {
        "label": "Hoe we je bereiken",
        "help_text": (
            "Je mag dit leeg laten. Zonder e-mailadres of telefoonnummer kunnen we je geen "
            "vragen stellen en geen uitkomst sturen."
        ),
        "field_type": "step",
        "clean_name": "stap_bereiken",
    },
    {
        "clean_name": "naam",
        "label": "Je naam",
        "field_type": "singleline",
        "purpose": "name",
    },
    {
        "clean_name": "email",
        "label": "Je e-mailadres",
        "help_text": "Zoals naam@voorbeeld.nl. Geef een adres dat alleen jij leest.",
        "field_type": "email",
        "purpose": "email",
    },
    {
        "clean_name": "telefoon",
        "label": "Je telefoonnummer",
        "help_text": "Zoals 06 12345678.",
        "field_type": "singleline",
        "purpose": "phone",
    },
]

QUESTIONS = [*WHAT_HAPPENED, *ABOUT_WHOM, *WHAT_WOULD_HELP, *WHO_YOU_ARE]
