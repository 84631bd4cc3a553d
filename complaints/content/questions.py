"""The form's rows.

The order is that of somebody under stress. First the story, for that is what they came to tell,
and the only answer we need. Then whom it is about and who may read it: the advice to talk with the
coach comes here, when the story is safe in the token and nothing typed is lost. Then what should
have been and what would help, which takes thought. Last who they are: by then they know what they
ask of us, and giving a name is a choice, not a toll at the door.
"""

from typing import Any

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

ROWS = [*WHAT_HAPPENED, *ABOUT_WHOM, *WHAT_WOULD_HELP, *WHO_YOU_ARE]
