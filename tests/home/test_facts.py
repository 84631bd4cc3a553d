"""What the organisation asked the site to say stands on the bootstrapped pages, as visitors get it.

The numbers are those of the list of facts the organisation handed over.
"""

import html
import re

import pytest
from django.test import Client
from django.utils.html import strip_tags

from complaints.content import STAGES
from complaints.models.form import ComplaintFormPage
from complaints.models.settings import HandlingSettings

PROCEDURE = "/klachtenprocedure/"
CONFIDANT = "/klachtenprocedure/vertrouwenspersoon/"
FORM = "/klachtenprocedure/formulier/"
ADVICE = "/klachtenprocedure/praat-eerst-met-je-coach/"
PRIVACY = "/privacy/"
ACCESSIBILITY = "/toegankelijkheid/"
PAGES = ["/", PROCEDURE, CONFIDANT, FORM, ADVICE, PRIVACY, ACCESSIBILITY]

HELP = "gratis | los staat van akm kunstmaat | juridisch loket | slachtofferhulp"

# What stands on which page, in small letters.
FACTS = {
    "/": {
        "organisation": "collectief van kunstcoaches | begeleid | coachee | "
        "marijke pielage startte akm kunstmaat in 2009",
        "organisation: contact": "info@akmkunstmaat.nl",
    },
    PROCEDURE: {
        "1 all is done to go well": "alles aan om je coachtraject goed | toch kan er",
        "2 raise it at once": "meteen aan je kunstcoach | graag op in | begeleiden",
        "3 consider a complaint": "kun je een klacht overwegen | zonder formele klacht",
        "4 last resort": "laatste redmiddel | al het andere is geprobeerd",
        "4 first the coach": "in alle gevallen | eerst met je coach op te lossen",
        "5 balanced": "een oplossing op een evenwichtige manier",
        "6 does not decide": "beslist niet | door naar een externe klachtencommissie",
        "7 stage 1": "in bij de interne vertrouwenspersoon | eerst met je coach besproken | "
        "schriftelijk | wat het probleem is | hoe het volgens jou is ontstaan | anders had moeten "
        "handelen | wat je had verwacht | voor jou goed genoeg",
        "7 stage 2": "neemt je klacht in behandeling | overlegt met jou en met je coach | geeft "
        "advies | niet bindend: jij en je coach kiezen zelf | om met de coaching verder te gaan | "
        "niet genoeg, dan volgt fase 3",
        "7 stage 3": "legt je klacht voor | externe, onafhankelijke klachtencommissie | kan een "
        "uitspraak doen | bindend voor jou en voor je coach",
        "8 no committee named yet": "de vertrouwenspersoon vertelt je welke commissie",
        "9 mail or form": "info@akmkunstmaat.nl | meningsverschil kunt oplossen | formele klacht "
        "indienen",
        "R-34 whether the coach hears of it": "hoort mijn coach hiervan? | binnen 30 dagen",
        "R-01 the terms": "binnen 5 werkdagen | binnen 42 dagen | hoogstens 28 dagen",
        "R-07 past the confidant": "over de vertrouwenspersoon? | de plaatsvervanger",
        "R-05 free and independent help with wording": HELP,
    },
    CONFIDANT: {
        "history": "marijke pielage startte akm kunstmaat in 2009 | in 2018 deed ze een stap "
        "terug | betrokken, als ervaringsdeskundige",
        "independence": "visie en de manier van werken | als ondernemer, onafhankelijk van het "
        "collectief van",
        "role": "neemt klachten aan | beide kanten | niet bindend | door naar de externe | beslist "
        "niet",
        "R-07 past the confidant": "over marijke? | de plaatsvervanger",
    },
    FORM: {
        "urgent help": "112 | 113 | 0800-0113 | veilig thuis | 0800-2000",
        "R-05 free and independent help with wording": HELP,
    },
    PRIVACY: {
        "R-30 stored with consent": "je klacht opslaan en behandelen. dat mag met jouw toestemming "
        "| je berichten over je klacht mailen. dat mag met jouw toestemming | over je gezondheid "
        "schrijft. dat mag met jouw uitdrukkelijke toestemming | klachtencommissie. dat mag met "
        "jouw toestemming",
        "R-30 kept for a legitimate interest": "gegevens van je coach gebruiken. dat mag omdat we "
        "een gerechtvaardigd belang | nadat je je toestemming intrekt. dat mag omdat we een "
        "gerechtvaardigd belang",
        "cookies and readers": "zonder cookies | versleuteld | redacteuren en beheerders | "
        "ip-adres",
    },
    ACCESSIBILITY: {
        "the norm and what was not done": "wcag 2.2 | niveau aa | nog niet onderzocht | "
        "info@akmkunstmaat.nl"
    },
}


@pytest.fixture
def sources(site) -> dict[str, str]:
    """The HTML of every page by its path."""
    return {path: fetch(Client(), path) for path in PAGES}


def fetch(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.content.decode()


def words(source: str) -> str:
    """What a visitor reads, in small letters and single spaces."""
    without_code = re.sub(r"(?s)<(script|style).*?</\1>", "", source)
    return re.sub(r"\s+", " ", html.unescape(strip_tags(without_code))).casefold()


def test_each_fact_stands_on_its_page(sources):
    texts = {path: words(source) for path, source in sources.items()}
    lost = [
        f"{path} {fact}: {phrase}"
        for path, facts in FACTS.items()
        for fact, phrases in facts.items()
        for phrase in phrases.split(" | ")
        if phrase not in texts[path]
    ]
    assert lost == []


def test_fact_7_the_stages_stand_in_order_each_with_who_acts_and_whether_it_binds(sources):
    text = words(sources[PROCEDURE])
    said = [part.casefold() for row in STAGES for part in (row["who_acts"], row["binding"])]
    places = [text.index(part) for part in said]
    assert len(STAGES) == 3
    assert places[0::2] == sorted(places[0::2])
    assert places[1::2] == sorted(places[1::2])


def test_facts_8_and_10_a_named_committee_takes_the_promises_place_and_consent_is_asked(site):
    HandlingSettings.objects.update(committee_name="Commissie Verzonnen")
    text = words(fetch(Client(), PROCEDURE))
    assert "commissie verzonnen" in text
    assert "vertelt je welke commissie" not in text
    text = str(ComplaintFormPage.objects.get().consent_text)
    assert "deze website opslaat" in text
    assert 'linktype="page"' in text


#
def test_r33_form_and_statement_say_all_the_law_asks(sources):
    for path in (FORM, PRIVACY):
        text = words(sources[path])
        for phrase in (
            *("verantwoordelijk", "akm kunstmaat", "info@akmkunstmaat.nl", "waarvoor"),
            *("vertrouwenspersoon", "plaatsvervanger", "klachtencommissie"),
            *("tot 2 jaar nadat", "inzien", "verbeteren", "wissen", "bezwaar", "binnen 1 maand"),
            *("toestemming intrekken", "autoriteit persoonsgegevens"),
            *("verplicht", "probleem", "toestemming"),
        ):
            assert phrase in text, (path, phrase)


# Of the beginning no more than who and when; and R-61: no shouting, no apologies, no waiting.
UNSAID = ("opgericht", "onder die naam", "zelfstandig ondernemer", "van binnenuit")
UNSAID += ("!", "sorry", "oeps", "helaas", "ongeldig", "excuses", "laden...")


def test_r01_r61_every_page_leads_to_the_procedure_and_says_nothing_it_should_not(sources):
    for path, source in sources.items():
        assert path == PROCEDURE or f'href="{PROCEDURE}"' in source, path
        assert [word for word in UNSAID if word in words(source)] == [], path
    assert "<img" not in sources[CONFIDANT]  # whole without a portrait
