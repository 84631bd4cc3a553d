"""What the seeded pages may cost their reader on a phone: words, height, and stops on the way.

Words are what one reads in `main`; what is folded or hidden does not count. The figures are the
promise, not the measure of today: a page that needs more has to say less elsewhere.
"""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import measure
from tests.browser.conftest import fits, send, stands_at
from tests.browser.test_filing import FORM, onward

STORY = "De coach kwam niet."
# Of each page its words and its height in px, at most.
BUDGETS = {
    "check": (220, 2_400),
    "confirmation": (220, 2_000),
    "from begin to filed": (600, 7_500),
}
FIRST_BOX = 620  # px from the top
STOPS = ["Naar de inhoud", "AKM KunstMaat", "Menu", "Hulp nodig", "✕", "Wat er met je gegevens"]
CALL_BUTTONS = """() => [...document.querySelectorAll("main .urgent-help a[href^='tel:']")]
  .map((each) => [each.innerText, each.getBoundingClientRect().height])"""


@pytest.fixture
def cost(is_clean: Callable[[Page], None]) -> Callable[[Page], tuple[int, int]]:
    """Counts a page that is clean and fits."""

    def count(page: Page) -> tuple[int, int]:
        is_clean(page)
        assert fits(page)
        return measure.words(page), measure.height(page)

    return count


@pytest.mark.parametrize("given", [{}, {"email": "noor@example.org"}], ids=["nothing", "mail"])
def test_the_form_costs_no_more_than_its_budgets(base, watched, cost, given):
    page, costs = watched(viewport=measure.PHONE), {}
    page.goto(base + FORM)
    assert measure.top_of(page, "main textarea") <= FIRST_BOX
    stops = measure.stops_before(page, "main textarea")
    assert [stop for stop, wanted in zip(stops, STOPS, strict=True) if wanted not in stop] == []
    calls = page.evaluate(CALL_BUTTONS)
    assert {"112", "113", "0800-0113", "0800-2000"} == {number for number, _height in calls}
    assert min(height for _number, height in calls) >= 48
    costs["step 1"] = cost(page)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    costs["step 2"] = cost(page)
    if given:
        page.get_by_label("Je e-mailadres").fill(given["email"])
        page.get_by_label("Ja, mail mij over mijn klacht").check()
    onward(page)
    stands_at(page, "Controleer je antwoorden")
    costs["check"] = cost(page)
    send(page)
    expect(page.locator("main").get_by_role("link", name="Volg je klacht")).to_be_visible()
    assert STORY not in page.inner_text("body")
    pages = [costs[name] for name in ("step 1", "step 2", "check")]
    costs["confirmation"] = cost(page)
    costs["from begin to filed"] = (sum(w for w, _h in pages), sum(h for _w, h in pages))
    over = {
        name: costs[name]
        for name, most in BUDGETS.items()
        if any(is_ > may_be for is_, may_be in zip(costs[name], most, strict=True))
    }
    assert over == {}, costs


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_change_lands_at_the_question_and_comes_back_to_the_same_place(
    base, new_context, scripts
):
    """Of one with an answer, of one left empty, and of one that is folded."""
    page = new_context(viewport=measure.PHONE, java_script_enabled=scripts).new_page()
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    page.get_by_label("Je telefoonnummer").fill("06 12345678")
    onward(page)
    for button, control in (
        ("Wijzig: Je telefoonnummer", "Je telefoonnummer"),
        ("Wat zou voor jou een goede oplossing zijn?", "Wat zou voor jou"),
        ("In mijn antwoorden staat iets over mijn gezondheid", "In mijn antwoorden"),
    ):
        stands_at(page, "Controleer je antwoorden")
        page.get_by_role("button", name=button).click()
        field = page.get_by_label(control)
        expect(field).to_be_in_viewport()
        if scripts:
            expect(field).to_be_focused()
        onward(page)
        stands_at(page, "Controleer je antwoorden")
        expect(page.get_by_role("button", name=button)).to_be_in_viewport()


def test_beside_the_questions_stands_who_reads_and_help_where_there_is_room(base, page):
    """Open and to the right at 1280 px, the menu too; folded and below on a phone."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(base + FORM)
    box = page.locator("main textarea").first.bounding_box()
    for name in ("Wie dit leest", "Hoort mijn coach hiervan?", "Heb je nu meteen hulp nodig?"):
        heading = page.get_by_role("heading", name=name)
        expect(heading).to_be_in_viewport()
        assert heading.bounding_box()["x"] > box["x"] + box["width"], name
    expect(page.get_by_text("Je kunstcoach hoort binnen")).to_be_visible()
    menu = page.get_by_role("navigation", name="Hoofdmenu")
    expect(menu.get_by_role("link", name="Volg je klacht")).to_be_visible()
    expect(menu.get_by_text("Menu", exact=True)).to_be_hidden()
    page.set_viewport_size(measure.PHONE)
    expect(menu.get_by_role("link", name="Volg je klacht")).to_be_hidden()
    menu.get_by_text("Menu", exact=True).click()
    expect(menu.get_by_role("link", name="Volg je klacht")).to_be_visible()
    expect(page.get_by_text("Je kunstcoach hoort binnen")).to_be_hidden()
    page.get_by_text("Hoort mijn coach hiervan?").first.click()
    expect(page.get_by_text("Je kunstcoach hoort binnen")).to_be_visible()
