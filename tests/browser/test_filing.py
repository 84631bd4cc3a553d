"""A coachee files a complaint in a real browser: on a phone, by keyboard, without scripts."""

import pytest
from playwright.sync_api import Page, expect

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from tests.browser.conftest import fits, send, stands_at, tail
from tests.browser.measure import PHONE, WIDE

FORM = "/klachtenprocedure/formulier/"

WAYS = {
    "a phone": {"viewport": PHONE},
    "320 px": {"viewport": {"width": 320, "height": 640}},
    "no javascript": {"java_script_enabled": False},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
}


def onward(page: Page) -> None:
    """To the page that follows, which is the same one when something is to be mended."""
    with page.expect_navigation():
        page.get_by_role("button", name="Verder", exact=True).click()


def file_complaint(page: Page, base: str, story: str = "De coach kwam niet.") -> str:
    """Walks from the procedure to the confirmation; returns the reference shown."""
    page.goto(f"{base}/klachtenprocedure/")
    page.locator("main a[href='/klachtenprocedure/formulier/']").first.click()
    page.get_by_label("Wat is het probleem?").fill(story)
    onward(page)
    page.get_by_label("Voor mezelf").check()
    page.get_by_label("Je naam").fill("Fien Verzonnen")
    page.get_by_label("Je e-mailadres").fill("fien@example.org")
    onward(page)
    stands_at(page, "Controleer je antwoorden")
    send(page)
    return Complaint.objects.get().reference


@pytest.mark.parametrize(
    "way",
    ["a phone", "no javascript", *(pytest.param(way, marks=tail) for way in ("320 px", "dark"))],
)
def test_r51_a_complaint_is_filed_once_without_a_cookie(base, new_context, way):
    """Also when the confirmation is loaded again."""
    page = new_context(**WAYS[way]).new_page()
    reference = file_complaint(page, base)
    for _again in range(2):
        expect(page.get_by_text(reference).first).to_be_visible()
        page.reload()
    assert Complaint.objects.count() == 1
    assert page.context.cookies() == []
    if way != "no javascript":
        assert fits(page)


def test_r50_every_state_of_the_form_is_accessible(base, watched, is_clean):
    """On a phone; those that no other test looks at on a desk, there too."""
    page = watched(viewport=PHONE)
    page.goto(base + FORM)
    is_clean(page)
    onward(page)
    expect(page.locator("[data-error-summary]")).to_be_focused()
    assert page.title().startswith("Fout: ")
    is_clean(page)
    page.get_by_label("Wat is het probleem?").fill("Verhaal")
    onward(page)
    page.get_by_label("Voor iemand anders").check()
    expect(page.get_by_label("Wie is dat, en wat is je relatie?")).to_be_visible()
    is_clean(page)
    page.locator("[name=q-besproken][value=Nee]").check()
    onward(page)
    is_clean(page)
    page.set_viewport_size(WIDE)
    is_clean(page)
    page.set_viewport_size(PHONE)
    with page.expect_navigation():
        page.locator("button[value^='past:']").click()
    is_clean(page)
    page.get_by_role("button", name="Klacht versturen").last.click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    is_clean(page)
    send(page)
    is_clean(page)
    page.set_viewport_size(WIDE)
    is_clean(page)


def test_r51_by_keyboard_alone(base, page):
    page.goto(base + FORM)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Naar de inhoud")).to_be_focused()

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "(document.activeElement.labels?.[0]?.innerText || "
                "document.activeElement.innerText || '')"
            )
            if name in focused:
                return
        raise AssertionError(f"{name} is not reached with Tab")

    tab_to("Wat is het probleem?")
    page.keyboard.type("Met het toetsenbord")
    for heading in ("Stap 2 van 3", "Controleer"):
        tab_to("Verder")
        page.keyboard.press("Enter")
        expect(page.get_by_text(heading).first).to_be_visible()
    tab_to("Ik geef toestemming om mijn klacht te verwerken")
    page.keyboard.press("Space")
    tab_to("Klacht versturen")
    page.keyboard.press("Enter")
    stands_at(page, "Je klacht is ontvangen")
    answers = {a.name: a.text for a in open_answers(Complaint.objects.get())}
    assert answers["probleem"] == "Met het toetsenbord"
