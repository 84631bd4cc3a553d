"""What stands on more than one page, and what is said while no committee has been named."""

ORGANISATION = {
    "name": "AKM KunstMaat",
    "tagline": "Collectief van kunstcoaches",
    "email": "info@akmkunstmaat.nl",
    "mailbox_readers": (
        "Deze mailbox is van de hele organisatie: ook anderen dan de vertrouwenspersoon kunnen je "
        "mail lezen. Gebruik voor iets vertrouwelijks het formulier."
    ),
    "urgent_help": (
        "<p>Dit formulier wordt niet meteen gelezen. Heb je nu hulp nodig, bel dan:</p>"
        '<ul><li><b><a href="tel:112">112</a></b> als er direct gevaar is</li>'
        '<li><b><a href="tel:113">113</a></b> of <a href="tel:08000113">0800-0113</a> als je '
        "denkt aan zelfdoding, dag en nacht, gratis en anoniem. Chatten kan op "
        '<a href="https://www.113.nl/">113.nl</a></li>'
        '<li><b><a href="tel:08002000">0800-2000</a></b> Veilig Thuis, bij geweld of misbruik '
        "thuis, dag en nacht en gratis</li></ul>"
    ),
    "writing_help": (
        "<p>Je kunt gratis hulp krijgen die los staat van AKM KunstMaat:</p>"
        "<ul><li>Vraag iemand die je vertrouwt om mee te denken of mee te schrijven. Die mag de "
        "klacht ook voor je indienen.</li>"
        '<li><a href="https://www.juridischloket.nl/">Het Juridisch Loket</a>, '
        '<a href="tel:08008020">0800-8020</a>: uitleg over je rechten en voorbeeldbrieven. Met '
        "een laag inkomen krijg je ook persoonlijk advies.</li>"
        '<li><a href="https://www.slachtofferhulp.nl/">Slachtofferhulp Nederland</a>, '
        '<a href="tel:09000101">0900-0101</a> (je betaalt alleen je gewone belkosten): als je '
        "iets ernstigs is aangedaan.</li></ul>"
    ),
}

HANDLING = {
    "committee_text": (
        "<p>Er is nog geen commissie met naam genoemd. De vertrouwenspersoon vertelt je welke "
        "commissie het is en hoe je haar bereikt.</p>"
    ),
}
