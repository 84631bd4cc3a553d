"""The front door."""

FIELDS = {
    "title": "AKM KunstMaat",
    "slug": "akm-kunstmaat",
    "seo_title": "Klachten bij AKM KunstMaat",
    "search_description": "Gaat er iets niet goed in je kunstcoaching? Lees wat je kunt doen.",
    "introduction": (
        "<p>Gaat er iets niet goed in je kunstcoaching? Hier lees je wat je kunt doen, wie je kan "
        "helpen en hoe je een klacht indient.</p>"
    ),
    "body": [
        (
            "prose",
            "<h2>Over AKM KunstMaat</h2>"
            "<p>AKM KunstMaat is een collectief van kunstcoaches: coaches die met kunst werken en "
            "zo mensen begeleiden. Het collectief is in 2009 onder die naam opgericht. Wie "
            "begeleid wordt, noemen we coachee.</p>"
            "<p>Deze website is er voor coachees, en voor wie namens een coachee iets wil "
            "melden.</p>",
        ),
        (
            "contact",
            {
                "title": "Een vraag voor je iets indient",
                "text": (
                    "<p>Vraag ons gerust hoe je een meningsverschil kunt oplossen. Je hoeft dan "
                    "nog geen klacht in te dienen.</p>"
                ),
            },
        ),
    ],
}

# (key of the page, title, sentence)
WAYS_ON = [
    (
        "procedure",
        "Lees hoe het werkt",
        "In drie fasen, van een gesprek tot een uitspraak. Je ziet wie wat doet en wat bindend is.",
    ),
    (
        "confidant",
        "Maak kennis met de vertrouwenspersoon",
        "Marijke Pielage luistert naar jou en naar je coach, en denkt mee over een oplossing.",
    ),
    (
        "form",
        "Dien een klacht in",
        "Alleen het probleem en je toestemming zijn nodig. De rest kan later.",
    ),
]
