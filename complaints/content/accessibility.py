"""The accessibility statement: what was done, how it was checked, what was not."""

FIELDS = {
    "title": "Toegankelijkheid",
    "slug": "toegankelijkheid",
    "search_description": "Hoe toegankelijk deze website is, en waar je een probleem meldt.",
    "introduction": (
        "<p>Iedereen moet een klacht kunnen indienen, ook wie niet goed ziet, geen muis gebruikt "
        "of moeite heeft met lezen.</p>"
    ),
    "body": [
        (
            "prose",
            "<h2>Kom je ergens niet uit?</h2>"
            '<p>Mail naar <a href="mailto:info@akmkunstmaat.nl">info@akmkunstmaat.nl</a> en '
            "schrijf op welke pagina het misgaat. Zet niets over je klacht in die mail. Wil je "
            "liever praten of een brief sturen? Mail ons dan, zonder iets over je klacht te "
            "schrijven.</p>"
            "<h2>Waar we ons aan houden</h2>"
            "<p>We bouwen deze website volgens WCAG 2.2, niveau AA. Dat is de internationale "
            "norm voor toegankelijke websites.</p>"
            "<ul><li>Alles werkt met alleen het toetsenbord.</li>"
            "<li>Alles werkt op een smal scherm, zoals bij 400 procent vergroting.</li>"
            "<li>Het formulier werkt zonder JavaScript en zonder cookies.</li>"
            "<li>Een fout staat bovenaan en bij de vraag zelf, met hoe je hem oplost.</li>"
            "<li>We schrijven in gewone taal.</li></ul>"
            "<h2>Hoe we dat controleren</h2>"
            "<p>Bij elke wijziging toetst een programma (axe) de pagina's en elke stap van het "
            "formulier in een echte browser, en loopt het formulier door met alleen het "
            "toetsenbord. Zo'n toets vindt niet alles.</p>"
            "<h2>Wat nog niet is gedaan</h2>"
            "<p>Een onafhankelijk bureau heeft deze website nog niet onderzocht. Ook is hij nog "
            "niet getest door mensen die dagelijks een schermlezer gebruiken. We zeggen daarom "
            "niet dat de website aan elke eis van de norm voldoet.</p>",
        ),
    ],
}
