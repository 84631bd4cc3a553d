"""The texts of a new site that are not about the procedure, as `manage.py bootstrap` plants them.

After that they are the editors'. How a link to another page is written: see `complaints.content`.
"""

HOME = {
    "title": "AKM KunstMaat",
    "slug": "akm-kunstmaat",
    "seo_title": "Klachten bij AKM KunstMaat",
    "search_description": "Gaat er iets niet goed in je kunstcoaching? Lees wat je kunt doen.",
    "introduction": (
        "<p>Gaat er iets niet goed in je kunstcoaching? Hier lees je wat je kunt doen en "
        '<a data-to="confidant">wie je kan helpen</a>.</p>'
    ),
    "body": [
        (
            "prose",
            "<h2>Over AKM KunstMaat</h2>"
            "<p>AKM KunstMaat is een collectief van kunstcoaches. Marijke Pielage startte AKM "
            "KunstMaat in 2009. Wie begeleid wordt, noemen we coachee.</p>"
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

# (key of the page, title, sentence), on the home page; the way to the follow page comes after
WAYS_ON = [
    ("procedure", "Lees hoe het werkt", "Wat je kunt doen, in drie fasen."),
    ("form", "Dien een klacht in", "Eén vraag is verplicht."),
]

# What was done, how it was checked, and what was not.
ACCESSIBILITY = {
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
        )
    ],
}

# The privacy statement, by heading (GDPR art. 13 and 14; ).
_WHO = (
    "<h2>Wie verantwoordelijk is</h2>"
    "<p>AKM KunstMaat is verantwoordelijk voor de gegevens op deze website. Je bereikt ons via "
    '<a href="mailto:info@akmkunstmaat.nl">info@akmkunstmaat.nl</a>. Ook anderen dan de '
    "vertrouwenspersoon kunnen die mail lezen. Schrijf daarin dus niets vertrouwelijks.</p>"
)
_WHAT = (
    "<h2>Welke gegevens we hebben</h2>"
    "<p>Alleen wat je zelf invult of ons later vertelt: je klacht, de bestanden "
    "die je toevoegt, de naam van je coach en, als je die geeft, je naam, e-mailadres en "
    "telefoonnummer. Verplicht zijn alleen de vraag wat het probleem is en je toestemming om de "
    "klacht te verwerken. Zonder die twee kunnen we je klacht niet aannemen. Bij een klacht "
    "bewaren we geen IP-adres en geen gegevens over je apparaat.</p>"
)
_WHY = (
    "<h2>Waarvoor we ze gebruiken, en waarom dat mag</h2>"
    "<ul><li><b>Je klacht opslaan en behandelen.</b> Dat mag met jouw toestemming. Die vragen we "
    "op het formulier.</li>"
    "<li><b>Je berichten over je klacht mailen.</b> Dat mag met jouw toestemming, die we apart "
    "vragen.</li>"
    "<li><b>Lezen wat je over je gezondheid schrijft.</b> Dat mag met jouw uitdrukkelijke "
    "toestemming, die we apart vragen.</li>"
    "<li><b>Je klacht delen met je coach of met de externe klachtencommissie.</b> Dat mag met "
    "jouw toestemming. Je geeft die op de pagina waar je je klacht volgt, en trekt die daar "
    "weer in.</li>"
    "<li><b>Gegevens van je coach gebruiken.</b> Dat mag omdat we een gerechtvaardigd belang "
    "hebben: een klacht kan alleen eerlijk worden behandeld als duidelijk is om wie het "
    "gaat.</li>"
    "<li><b>Een dossier bewaren nadat je je toestemming intrekt.</b> Dat mag omdat we een "
    "gerechtvaardigd belang hebben: we moeten kunnen laten zien wat er met een klacht is "
    "gedaan.</li></ul>"
    "<p>We nemen geen besluiten met een computer alleen en maken geen profiel van je.</p>"
)
_READERS = (
    "<h2>Wie je klacht leest</h2>"
    "<p>De vertrouwenspersoon, of de plaatsvervanger als je die kiest. Is de vertrouwenspersoon "
    "afwezig, dan leest de plaatsvervanger mee. Coaches, redacteuren en beheerders van de website "
    "kunnen je klacht niet openen. Een ander krijgt je klacht alleen te lezen als jij "
    "daarvoor toestemming geeft, of als dat moet van de wet. Je coach krijgt daarbij nooit je "
    "e-mailadres of telefoonnummer.</p>"
    "<p>De server en de mail worden verzorgd door bedrijven die in onze opdracht werken. Zij "
    "mogen de gegevens voor niets anders gebruiken. We verkopen je gegevens nooit.</p>"
)
_SAFETY = (
    "<h2>Hoe we je klacht beveiligen</h2>"
    "<p>Wat je schrijft en de bestanden die je toevoegt, slaan we versleuteld op. Elke klacht "
    "heeft een eigen sleutel. Wie de database zou stelen, kan je klacht niet lezen. De "
    "verbinding met deze website is versleuteld. "
    "Onze mails bevatten alleen een kenmerk, data en links, nooit wat je schreef.</p>"
    "<h2>Cookies</h2>"
    "<p>Je kunt alles lezen en een klacht indienen zonder cookies. De pagina's halen niets op bij "
    "andere bedrijven, en we houden niet bij wat je bekijkt. Een cookie krijgt alleen wie inlogt "
    "als medewerker, wie met een volgcode of een link zijn klacht volgt, en wie een pagina met een "
    "wachtwoord opent. Zonder cookie kan dat niet. De cookie om te volgen werkt een half uur, "
    "alleen op die pagina.</p>"
)
# The numbers are set by a manager: `complaints.models.settings` has the sentence of each.
_HOW_LONG = {
    "title": "Hoe lang we gegevens bewaren",
    "terms": [
        *("draft_days", "case_months", "notes_months", "register_months"),
        *("readings_months", "mail_log_days", "suspect_days"),
    ],
}
_KEPT = (
    "<p>Een bestand dat je toevoegt aan een klacht die je niet verstuurt, wissen we na 24 uur, of "
    "met je concept. Vraag je ons eerder om je klacht te wissen, dan krijg je daar binnen 1 maand "
    "antwoord op. Is een klacht nog nodig voor een zaak bij de commissie of de rechter, dan "
    "bewaren we hem tot die zaak klaar is. Je leest dan op de pagina waar je je klacht volgt "
    "waarom. Nadat we iets wissen, houden we alleen bij welk kenmerk het was, wanneer het "
    "gebeurde, waarom en door wie. Je e-mailadres gebruiken we niet meer voor berichten zodra je "
    "die toestemming intrekt.</p>"
    "<p>Kies je in het formulier voor ‘Bewaar en ga later verder’, dan bewaren we je concept "
    "versleuteld met een code die alleen jij hebt. Ook wij kunnen het niet openen. Verstuur "
    "je de klacht of begin je opnieuw, dan wissen we het concept meteen. Vraag je om een "
    "herinnering, dan bewaren we je e-mailadres daarvoor tot de mail is verstuurd. Vraag je "
    "om een link om je klacht te volgen, dan bewaren we het adres dat je typt een paar minuten.</p>"
)
_RIGHTS = (
    "<h2>Wat je kunt vragen</h2>"
    "<ul><li>Je gegevens inzien, of een kopie krijgen om mee te nemen.</li>"
    "<li>Iets laten verbeteren of aanvullen.</li>"
    "<li>Je gegevens laten wissen, of het gebruik ervan laten beperken.</li>"
    "<li>Bezwaar maken als we iets doen vanwege een gerechtvaardigd belang.</li>"
    "<li>Je toestemming intrekken, op elk moment. Wat we daarvoor deden, blijft toegestaan. We "
    "stoppen dan met delen, en wissen je klacht niet zonder het te zeggen.</li></ul>"
    "<p>Inzage, wissen en bezwaar vraag je op de pagina waar je je klacht volgt. Of mail naar "
    '<a href="mailto:info@akmkunstmaat.nl">info@akmkunstmaat.nl</a> en noem je kenmerk. Binnen 1 '
    "maand krijg je antwoord. Het kost niets.</p>"
    "<p>Ben je een coach over wie een klacht gaat? Dan hoor je binnen 1 maand wat we over je "
    "hebben, tenzij dat de behandeling van de klacht onmogelijk maakt. Ook jij hebt deze "
    "rechten.</p>"
    "<h2>Niet tevreden over hoe we met je gegevens omgaan?</h2>"
    "<p>Laat het ons weten. Je kunt ook een klacht indienen bij de toezichthouder, de "
    '<a href="https://www.autoriteitpersoonsgegevens.nl/">Autoriteit Persoonsgegevens</a>.</p>'
)

PRIVACY = {
    "title": "Privacyverklaring",
    "slug": "privacy",
    "search_description": "Wat we met je gegevens doen als je een klacht indient.",
    "introduction": (
        "<p>Je vertelt ons iets persoonlijks. Hier lees je wat we ermee doen, wie het leest en "
        "wat je zelf kunt bepalen.</p>"
    ),
    "body": [
        *(("prose", text) for text in (_WHO, _WHAT, _WHY, _READERS, _SAFETY)),
        ("terms", _HOW_LONG),
        *(("prose", text) for text in (_KEPT, _RIGHTS)),
    ],
}

# What stands on more than one page.
ORGANISATION = {
    "name": "AKM KunstMaat",
    "tagline": "Collectief van kunstcoaches",
    "email": "info@akmkunstmaat.nl",
    "mailbox_readers": (
        "Deze mailbox is van de hele organisatie: ook anderen dan de vertrouwenspersoon kunnen je "
        "mail lezen. Gebruik voor iets vertrouwelijks het formulier."
    ),
    "urgent_help": (
        "<p>Dit formulier wordt niet meteen gelezen. Bel:</p>"
        '<ul><li><a href="tel:112">112</a> bij direct gevaar</li>'
        '<li><a href="tel:113">113</a> <a href="tel:08000113">0800-0113</a><br/>als je denkt '
        'aan zelfdoding, of chat op <a href="https://www.113.nl/">113.nl</a></li>'
        '<li><a href="tel:08002000">0800-2000</a> Veilig Thuis<br/>bij geweld of '
        "misbruik thuis</li></ul>"
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
