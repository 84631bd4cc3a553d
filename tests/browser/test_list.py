"""The list of cases as one sees it: how many at once, two lines on a phone, found by name."""

import pytest
from playwright.sync_api import expect

from complaints.models.privacy import Access, AccessKind
from tests.browser.conftest import settle, sign_in, tail
from tests.factories import make_answers, make_complaint

pytestmark = pytest.mark.browser

LIST = "/cms/complaints/complaint/"
ROWS = "[...document.querySelectorAll('.cases tbody tr')].map(row => row.getBoundingClientRect())"
IN_VIEW = f"{ROWS}.filter(box => box.bottom <= innerHeight).length"
TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=tail)])
def test_nine_cases_are_seen_at_once_on_a_phone_in_two_lines(
    base, watched, staff, is_clean, scheme
):
    texts = {"problem": "Ze belde drie keer af en " * 20, "coach": "Anna van den Bosch-Bakker"}
    for number in range(12):
        name = "" if number == 1 else f"Jan-Willem van den Berg-Hermanussen {number}"
        make_complaint(answers=make_answers(name=name, **texts))
    page = watched(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    sign_in(page, base, "confidant")
    page.goto(base + LIST)
    assert page.evaluate(IN_VIEW) >= 9
    assert page.locator("h1").count() == 1
    is_clean(page)
    page.set_viewport_size({"width": 1024, "height": 740})
    cut = "e => e.scrollWidth - e.clientWidth"
    assert page.locator(".w-breadcrumbs").evaluate(cut) <= 0, "the header is seen whole"
    page.set_viewport_size({"width": 360, "height": 740})
    settle(page)
    assert page.evaluate(f"Math.max(...{ROWS}.map(box => box.height))") <= 72
    assert page.evaluate(TOO_WIDE) <= 0
    page.get_by_role("button", name="Toon filters").click()
    is_clean(page)
    page.keyboard.press("Escape")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_placeholder("Naam, coach").press_sequentially("hermanussen")
    page.keyboard.press("Enter")
    expect(page.locator(".cases tbody tr")).to_have_count(11)
    assert not any("hermanussen" in url for url in asked)
    assert Access.objects.filter(kind=AccessKind.SEARCH).count() == 1, "not one for each key"


def test_a_caller_is_found_by_name_in_one_search_and_stands_in_no_address(base, watched, staff):
    case = make_complaint(answers=make_answers(name="Zoë Çelik", coach="Joris"))
    make_complaint()
    page = watched(viewport={"width": 1280, "height": 900}, java_script_enabled=False)
    sign_in(page, base, "confidant")
    page.goto(base + LIST)
    page.get_by_label("Fase").select_option("mediation")
    page.get_by_role("button", name="Toon", exact=True).click()
    expect(page.get_by_text("Geen klacht past hierbij.")).to_be_visible()
    page.get_by_role("link", name="Toon alle open zaken").click()
    page.get_by_placeholder("Naam, coach").fill("zoe celik")
    page.keyboard.press("Enter")
    row = page.locator(".cases tbody tr")
    expect(row).to_have_count(1)
    assert "elik" not in page.url
    row.get_by_role("link", name="Zoë Çelik").click()
    page.wait_for_url(f"**/inspect/{case.pk}/?filter=q**")
    page.go_back()
    expect(row).to_have_count(1)
    page.get_by_role("link", name="Alles").click()
    expect(row).to_have_count(2)
