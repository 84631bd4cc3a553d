"""The confidant: who she is, what she does, why she stands apart. No portrait is supplied."""

FIELDS = {
    "title": "Vertrouwenspersoon",
    "slug": "vertrouwenspersoon",
    "show_in_menus": True,
    "search_description": "Marijke Pielage is de interne vertrouwenspersoon van AKM KunstMaat.",
    "name": "Marijke Pielage",
    "role": "Interne vertrouwenspersoon en ervaringsdeskundige",
    "since": "Betrokken sinds de start in 2009",
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
        "<p>Marijke kent de visie en de manier van werken van AKM KunstMaat van binnenuit. Toch "
        "staat ze los van het collectief van coaches: ze is zelfstandig ondernemer en dus "
        "onafhankelijk.</p>"
        '<p>Heb je liever iemand anders? Kies op het <a data-to="form">formulier</a> de '
        "plaatsvervanger.</p>"
    ),
    "biography": (
        "<p>Marijke Pielage begon in 2009 met AKM KunstMaat. In 2018 deed ze een stap terug. Ze "
        "bleef betrokken als ervaringsdeskundige en als interne vertrouwenspersoon.</p>"
    ),
}
