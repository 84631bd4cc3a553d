"""List and board in a browser: by keyboard, without scripts, on a phone."""

from playwright.sync_api import expect

from complaints.stages import Stage
from tests.browser.conftest import sign_in
from tests.factories import make_complaint

DESK = "/cms/complaints/complaint/"
PHONE = {"width": 360, "height": 740}


def test_a_case_moves_from_the_board_by_keyboard_alone(base, new_context, staff):
    case = make_complaint()
    page = new_context(viewport=PHONE).new_page()
    sign_in(page, base, "confidant")
    page.goto(f"{base}{DESK}bord/")
    move = page.locator("main").get_by_role("link", name="Naar Bemiddeling")
    move.focus()
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_role("heading", level=1)).to_contain_text("Bemiddeling")
    page.locator("main textarea").first.focus()
    page.keyboard.type("Beide partijen willen een gesprek.")
    for _ in range(5):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type === 'submit'"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/inspect/**")
    case.refresh_from_db()
    assert case.stage == Stage.MEDIATION


def test_the_board_and_the_filters_need_no_scripts(base, new_context, staff):
    case = make_complaint()
    context = new_context()
    sign_in(context.new_page(), base, "confidant")
    plain = new_context(java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    page.goto(base + DESK)
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Fase").select_option("mediation")
    page.get_by_role("button", name="Toon", exact=True).click()
    expect(page.get_by_text("Geen klacht past hierbij.")).to_be_visible()
    page.get_by_role("link", name="Terug naar jouw open zaken").click()
    expect(page.get_by_role("link", name=case.reference)).to_be_visible()
    page.get_by_role("link", name="Bord").click()
    expect(page.get_by_role("link", name="Naar Bemiddeling")).to_be_visible()
