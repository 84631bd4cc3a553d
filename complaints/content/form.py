"""The form's own texts: what stands around the questions (those are in `questions`)."""

FIELDS = {
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
