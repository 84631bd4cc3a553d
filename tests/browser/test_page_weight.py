"""Each page of the form is light enough for a slow line: HTML, style and scripts, compressed."""

import gzip
import re

from tests.browser.test_pages import static_file
from tests.complaints.public.form_filler import Filler

MOST_BYTES = 20_000
HEAD = re.compile(r'<link rel="stylesheet" href="([^"]+)"|<script src="([^"]+)"')


def weight(html: str) -> int:
    """What a first visit takes over the line for this page, without pictures."""
    files = [sheet or script for sheet, script in HEAD.findall(html)]
    assert any(name.endswith(".css") for name in files)
    parts = [html.encode(), *(static_file(name).read_bytes() for name in files)]
    return sum(len(gzip.compress(part)) for part in parts)


def test_each_page_of_the_form_weighs_less_than_20_kb(site):
    filler, pages = Filler().start(), {}
    pages["step 1"] = filler.html
    pages["step 2"] = filler.next(probleem="De coach kwam niet.", gezondheid="Ja").html
    given = {"naam": "Fien", "email": "fien@example.org", "consent_mail": "on"}
    pages["advice"] = filler.next(besproken="Nee", **given).html
    past = next(action for action in filler.page.actions if action.startswith("past:"))
    pages["check"] = filler.press(past).html
    pages["mistakes"] = filler.press("send").html
    pages["confirmation"] = filler.send(consent_health="on").html
    assert "past:" in pages["advice"]
    assert "Je klacht is ontvangen" in pages["confirmation"]
    weights = {name: weight(html) for name, html in pages.items()}
    assert {name: bytes_ for name, bytes_ in weights.items() if bytes_ >= MOST_BYTES} == {}


def test_no_page_of_the_form_loads_a_font_or_picture_before_it_can_be_read(site):
    html = Filler().start().html
    assert "<img" not in html
    assert "preload" not in html
