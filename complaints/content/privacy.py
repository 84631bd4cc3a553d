"""The privacy statement (GDPR art. 13 and 14; R-30, R-33)."""

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
    "daarvoor toestemming geeft.</p>"
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
    "andere bedrijven, en we houden niet bij wat je bekijkt. Alleen medewerkers die inloggen "
    "krijgen een cookie, en wie met een volgcode of een link zijn klacht volgt. Zonder dat werkt "
    "inloggen niet. De cookie om te volgen werkt een half uur, alleen op die pagina.</p>"
)
_HOW_LONG = (
    "<h2>Hoe lang we gegevens bewaren</h2>"
    "<p>Een bestand dat je toevoegt aan een klacht die je niet verstuurt, wissen we na 24 uur, of "
    "met je concept. "
    "Een klacht bewaren we ten hoogste tot twee jaar nadat hij is afgesloten. Vraag je ons "
    "eerder om hem te wissen, dan krijg je daar binnen 1 maand antwoord op. "
    "Is een klacht dan nog nodig voor een zaak bij de commissie of de rechter, dan bewaren we hem "
    "tot die zaak klaar is. Je e-mailadres gebruiken we niet meer voor berichten zodra je die "
    "toestemming intrekt.</p>"
    "<p>Kies je in het formulier voor 'Bewaar en ga later verder', dan bewaren we je concept 14 "
    "dagen, versleuteld met een code die alleen jij hebt. Ook wij kunnen het niet openen. Verstuur "
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
    '<p>Mail naar <a href="mailto:info@akmkunstmaat.nl">info@akmkunstmaat.nl</a> en noem je '
    "kenmerk. Binnen 1 maand krijg je antwoord. Het kost niets.</p>"
    "<p>Ben je een coach over wie een klacht gaat? Dan hoor je binnen 1 maand wat we over je "
    "hebben, tenzij dat de behandeling van de klacht onmogelijk maakt. Ook jij hebt deze "
    "rechten.</p>"
    "<h2>Niet tevreden over hoe we met je gegevens omgaan?</h2>"
    "<p>Laat het ons weten. Je kunt ook een klacht indienen bij de toezichthouder, de "
    '<a href="https://www.autoriteitpersoonsgegevens.nl/">Autoriteit Persoonsgegevens</a>.</p>'
)

FIELDS = {
    "title": "Privacyverklaring",
    "slug": "privacy",
    "search_description": "Wat we met je gegevens doen als je een klacht indient.",
    "introduction": (
        "<p>Je vertelt ons iets persoonlijks. Hier lees je wat we ermee doen, wie het leest en "
        "wat je zelf kunt bepalen.</p>"
    ),
    "body": [
        ("prose", text) for text in (_WHO, _WHAT, _WHY, _READERS, _SAFETY, _HOW_LONG, _RIGHTS)
    ],
}
