"""Each public page is light enough for a slow line: HTML, style and scripts, compressed."""

import gzip
import re

from django.test import Client

from tests import follow
from tests.browser.test_pages import PAGES, static_file
from tests.complaints.public.form_filler import Filler

MOST_BYTES, MOST_BEFORE_PAINT = 20_000, 14_000
HEAD = re.compile(r'<link rel="stylesheet" href="([^"]+)"|<script src="([^"]+)"')
BEFORE_PAINT = re.compile(
    r'<link rel="stylesheet" href="([^"]+)">|<(?:script(?! src="[^"]+" defer)|style)'
)


def weight(html: str) -> int:
    """What a first visit takes over the line for this page, without pictures."""
    files = [sheet or script for sheet, script in HEAD.findall(html)]
    assert any(name.endswith(".css") for name in files)
    parts = [html.encode(), *(static_file(name).read_bytes() for name in files)]
    return sum(len(gzip.compress(part)) for part in parts)


def weight_before_paint(html: str) -> int:
    """What comes before anything is painted: the page and its one sheet."""
    (sheet,) = BEFORE_PAINT.findall(html.partition("</head>")[0])
    return len(gzip.compress(html.encode())) + len(gzip.compress(static_file(sheet).read_bytes()))


def too_heavy(weights: dict[str, int], most: int) -> dict[str, int]:
    return {name: bytes_ for name, bytes_ in weights.items() if bytes_ > most}


def test_each_public_page_is_painted_after_two_requests_and_14_kb(site):
    for path in [*PAGES, "/klacht-volgen/", "/klacht-verder/", "/klachtenprocedure/versies/1/"]:
        html = Client().get(path).content.decode()
        assert weight_before_paint(html) <= MOST_BEFORE_PAINT, path


def test_the_page_of_a_case_is_too(site, staff):
    _case, code = follow.filed()
    html = follow.entered(code).get(follow.FOLLOW).content.decode()
    assert weight_before_paint(html) <= MOST_BEFORE_PAINT


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
    assert too_heavy({name: weight(html) for name, html in pages.items()}, MOST_BYTES) == {}
    painted = {name: weight_before_paint(html) for name, html in pages.items()}
    assert too_heavy(painted, MOST_BEFORE_PAINT) == {}


def test_no_page_of_the_form_loads_a_font_or_picture_before_it_can_be_read(site):
    html = Filler().start().html
    assert "<img" not in html
    assert "preload" not in html
