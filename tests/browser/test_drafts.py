"""Somebody stops half-way and comes back another day, with nothing but a code on paper."""

from playwright.sync_api import Page, expect

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Draft
from tests.browser.conftest import LIGHT_AND_DARK, SCRIPTS_OR_NOT, send, stands_at
from tests.browser.test_filing import FORM, onward

RESUME = "/klacht-verder/"
STORY = "Begonnen, gestopt, en later verdergegaan."


def put_aside(page: Page, base: str) -> str:
    """Stops at step 2 with half an answer; the code as it stands on the page."""
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    onward(page)
    page.get_by_label("Voor mezelf").check()
    page.get_by_role("button", name="Bewaar en ga later verder").click()
    stands_at(page, "Je concept is bewaard")
    return page.locator(".reference dd").inner_text()


@SCRIPTS_OR_NOT
def test_a_form_is_put_aside_taken_up_and_sent(base, new_context, scripts):
    options = {"java_script_enabled": scripts, "viewport": {"width": 360, "height": 740}}
    first = new_context(**options)
    page = first.new_page()
    code = put_aside(page, base)
    page.get_by_label("E-mailadres").fill("fien@example.org")
    page.get_by_role("button", name="Mail mij een herinnering").click()
    expect(page.get_by_text("De mail is onderweg")).to_be_visible()
    first.close()

    another_day = new_context(**options)
    page = another_day.new_page()
    page.goto(base + FORM)
    page.get_by_role("link", name="Ga verder met je code").click()
    stands_at(page, "Ga verder met je klacht")
    page.get_by_label("Code").fill(f" {code.lower().replace('-', ' ')} ")
    page.get_by_label("Code").press("Enter")
    stands_at(page, "Verder of opnieuw")
    page.get_by_role("button", name="Ga verder").click()
    expect(page.get_by_text("Stap 2 van")).to_be_visible()
    expect(page.get_by_label("Voor mezelf")).to_be_checked()
    onward(page)
    stands_at(page, "Controleer je antwoorden")
    send(page)
    answers = {a.name: a.text for a in open_answers(Complaint.objects.get())}
    assert answers["probleem"] == STORY
    assert answers["voor_wie"] == "Voor mezelf"
    assert not Draft.objects.exists()
    assert another_day.cookies() == []


@LIGHT_AND_DARK
def test_r50_every_page_of_a_draft_is_accessible_on_a_small_phone(base, watched, check, scheme):
    """And printed, the first still has the code, the date and the address."""
    page = watched(color_scheme=scheme, viewport={"width": 320, "height": 640})
    code = put_aside(page, base)
    expect(page.get_by_role("button", name="Druk deze pagina af")).to_be_visible()
    check(page)
    page.emulate_media(media="print")
    expect(page.get_by_text(code)).to_be_visible()
    expect(page.locator("time")).to_be_visible()
    expect(page.locator("main").get_by_text(RESUME)).to_be_visible()
    expect(page.get_by_role("button", name="Druk deze pagina af")).to_be_hidden()
    page.emulate_media(media="screen")
    page.get_by_label("E-mailadres").fill("geen adres")
    page.get_by_role("button", name="Mail mij een herinnering").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    expect(page.get_by_text(code)).to_be_visible()
    check(page)
    page.goto(base + RESUME)
    check(page)
    page.get_by_role("button", name="Open mijn concept").click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    check(page)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Open mijn concept").click()
    stands_at(page, "Verder of opnieuw")
    check(page)
    page.get_by_role("button", name="Wis dit concept en begin opnieuw").click()
    stands_at(page, "Je concept is gewist")
    check(page)
    page.get_by_role("link", name="Naar het begin van het formulier").click()
    expect(page.get_by_label("Wat is het probleem?")).to_have_value("")
