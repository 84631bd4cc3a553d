"""What the pages before the form may cost at 360 px, on the site as it is planted."""

import pytest

from tests.browser.measure import PHONE, height, top_of, words

PROCEDURE = "/klachtenprocedure/"
BEGIN = "main .button"
CARDS = "main .way-on"


@pytest.fixture
def phone(new_context):
    return new_context(viewport=PHONE).new_page()


def bottom_of(page, selector: str, number: int) -> int:
    return int(page.locator(selector).nth(number).evaluate("e => e.getBoundingClientRect().bottom"))


def test_the_procedure_begins_with_the_way_in(base, phone):
    phone.goto(base + PROCEDURE)
    assert bottom_of(phone, BEGIN, 0) <= PHONE["height"]
    assert "Eén vraag is verplicht" in phone.locator("main .start").inner_text()
    assert words(phone) <= 560
    assert height(phone) <= 5700
    below = words(phone)
    phone.locator("main summary").first.click()
    assert words(phone) > below


def test_the_home_page_leads_in_one_screen_to_reading_beginning_and_following(base, phone):
    phone.goto(base)
    ways = [way.inner_text() for way in phone.locator(f"{CARDS} a").all()]
    assert ways == ["Lees hoe het werkt", "Dien een klacht in", "Volg je klacht"]
    assert bottom_of(phone, CARDS, 2) <= PHONE["height"]
    assert top_of(phone, "main h1") < 300
