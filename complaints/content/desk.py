"""What the case desk begins with: themes, steps of each stage, reply templates, settings."""

from complaints.stages import Stage

THEMES = (
    "Afspraken en planning",
    "Bejegening",
    "Grensoverschrijdend gedrag",
    "Kwaliteit van de begeleiding",
    "Kosten en betaling",
    "Privacy",
    "Anders",
)

STEPS: dict[Stage, tuple[str, ...]] = {
    Stage.FILING: (
        "Lees de klacht en kijk of iemand gevaar loopt.",
        "Neem persoonlijk contact op met de klager.",
        "Vraag wat de klager wil bereiken.",
        "Leg de eerste beoordeling vast.",
        "Spreek af wat er nu gebeurt, en wanneer de klager weer van je hoort.",
    ),
    Stage.MEDIATION: (
        "Vraag beide partijen of ze meedoen aan de bemiddeling.",
        "Vertel de kunstcoach wat er over hem of haar is vastgelegd.",
        "Hoor beide kanten.",
        "Geef je advies, en zeg erbij dat het niet bindt.",
        "Vraag beide partijen of ze het advies overnemen.",
    ),
    Stage.COMMITTEE: (
        "Vraag de klager toestemming om het dossier te delen met de commissie.",
        "Stuur het dossier naar de commissie.",
        "Leg de uitspraak vast, en zeg erbij dat ze beide partijen bindt.",
        "Ga na of de uitspraak is nagekomen.",
    ),
}

CLOSING = "\n\nHeb je een vraag? Schrijf me dan hier terug.\n\nGroet,\n{behandelaar}"

REPLIES: tuple[tuple[str, str, str], ...] = (
    (
        "",
        "Ik ben nog bezig",
        "Dag,\n\nIk ben nog met je klacht ({kenmerk}) bezig. Je hoort zo veel mogelijk binnen "
        "{voortgangsdagen} dagen iets van me, ook als er nog niets nieuws is. Uiterlijk "
        "{beslissing_voor} krijg je een uitkomst met uitleg." + CLOSING,
    ),
    (
        Stage.FILING,
        "Kennismaken en een afspraak maken",
        "Dag,\n\nIk heb je klacht gelezen. Fijn dat je hem opschreef. Ik wil graag van je horen "
        "wat er is gebeurd en wat je wilt bereiken. Wanneer kan ik je bellen? Ik zorg dat we "
        "elkaar uiterlijk {contact_voor} spreken." + CLOSING,
    ),
    (
        Stage.FILING,
        "Ik heb nog iets nodig",
        "Dag,\n\nOm je klacht ({kenmerk}) goed te begrijpen wil ik graag nog iets weten:\n\n- \n\n"
        "Je hoeft niets op te schrijven wat je niet wilt. Bellen kan ook." + CLOSING,
    ),
    (
        Stage.MEDIATION,
        "Uitnodiging voor bemiddeling",
        "Dag,\n\nIk wil proberen samen met jou en de kunstcoach een oplossing te vinden. Dat heet "
        "bemiddeling. Meedoen mag, en hoeft niet. Lukt het niet, dan geef ik een advies. Een "
        "advies bindt niet: jij kiest of je het overneemt. Wil je meedoen?" + CLOSING,
    ),
    (
        Stage.MEDIATION,
        "Naar de klachtencommissie",
        "Dag,\n\nKomen we er samen niet uit, dan kan je klacht naar {commissie}. Die hoort niet "
        "bij {organisatie}. Een uitspraak van de commissie bindt jullie allebei. Zeg me of je dat "
        "wilt. Ik deel je dossier alleen als jij dat goedvindt." + CLOSING,
    ),
    (
        Stage.COMMITTEE,
        "Je klacht ligt bij de commissie",
        "Dag,\n\nJe klacht ({kenmerk}) ligt nu bij {commissie}. De commissie hoort jullie allebei "
        "en doet dan uitspraak. Die bindt jullie allebei. Ik laat je weten wanneer de uitspraak "
        "er is." + CLOSING,
    ),
)

# What is said while no committee has been named.
HANDLING = {
    "committee_text": (
        "<p>Er is nog geen commissie met naam genoemd. De vertrouwenspersoon vertelt je welke "
        "commissie het is en hoe je haar bereikt.</p>"
    ),
}
