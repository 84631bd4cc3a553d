"""Advice shown to who has not yet talked with the coach; the form always offers the way past."""

FIELDS = {
    "title": "Praat eerst met je coach",
    "slug": "praat-eerst-met-je-coach",
    "search_description": "Hoe je een probleem met je kunstcoach bespreekt.",
    "introduction": (
        "<p>Vaak lost een gesprek meer op dan een klacht. Je coach hoort het graag van je, om je "
        "beter te kunnen begeleiden.</p>"
    ),
    "body": [
        (
            "prose",
            "<h2>Zo kun je beginnen</h2>"
            "<ul><li>Vraag om een gesprek, los van een coachsessie. Een kort bericht is "
            "genoeg.</li>"
            "<li>Vertel wat er gebeurde en wat dat met je deed.</li>"
            "<li>Zeg wat je had verwacht, en wat je nu nodig hebt.</li>"
            "<li>Neem iemand mee als je dat fijn vindt.</li></ul>"
            "<p>Komen jullie er niet uit? Dan kun je alsnog een klacht indienen.</p>",
        ),
        (
            "callout",
            {
                "title": "Kun je dit niet met je coach bespreken?",
                "text": (
                    "<p>Dat kan. Bijvoorbeeld omdat je je niet veilig voelt, of omdat het contact "
                    "is verbroken. Je mag dan verder met je klacht. Je hoeft niet uit te leggen "
                    "waarom.</p>"
                ),
            },
        ),
    ],
}
