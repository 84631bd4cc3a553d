"""An editor in a real browser: changes the procedure, builds a form without a technician.

What was published is seen on the site, and the form filled in.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.handling import Coach
from complaints.models.pages import ProcedurePage, ProcedurePublication
from tests.browser.conftest import SCRIPTS_OR_NOT, Costs, onward, send
from tests.browser.measure import PHONE, WIDE, fits
from tests.factories import make_user

PROCEDURE = "/klachtenprocedure/"
NEW = "Dit schreef de redactie zojuist."
OFTEN = "Vaker, of steeds"
SHORT = 5000  # px at 1280 wide; it was 33,901


@pytest.fixture
def editor(site, desk) -> Page:
    """A page of an editor who has logged in."""
    make_user("editor")
    return desk("editor")


def save(page: Page, button: str = "[name=action-publish]") -> None:
    """Presses Wagtail's own button; publishing hides in the fold-out beside it."""
    with page.expect_navigation():
        page.locator(button).first.dispatch_event("click")


def test_a_change_is_seen_beside_the_editor_and_once_published_on_the_site(base, editor, page):
    """There an editor gets a bar, with the accessibility checker; a visitor gets none."""
    editor.goto(f"{base}/cms/pages/{ProcedurePage.objects.get().pk}/edit/")
    box = editor.locator("[data-contentpath='introduction'] [contenteditable='true']")
    box.click()
    editor.keyboard.press("Control+A")
    editor.keyboard.type(NEW)
    # The editor hands its text to the form a moment later.
    expect(editor.locator("input[name='introduction']")).to_have_value(re.compile(NEW))
    editor.locator("[data-side-panel-toggle='preview']").first.click()
    expect(editor.frame_locator("#w-preview-iframe").get_by_text(NEW)).to_be_visible()
    editor.get_by_role("button", name="Meer acties").last.click()
    editor.locator("button[name='action-publish']").click()
    expect(editor.locator(".messages")).to_contain_text("gepubliceerd")
    page.goto(base + PROCEDURE)
    expect(page.get_by_text(NEW)).to_be_visible()
    assert page.locator("wagtail-userbar").count() == 0
    assert ProcedurePublication.objects.count() == 2
    assert NEW in ProcedurePublication.in_force().text.html
    editor.goto(base + PROCEDURE)
    bar = editor.locator("wagtail-userbar")
    bar.get_by_role("button").first.click()
    expect(bar.get_by_role("menuitem", name="Problemen gevonden")).to_be_visible()


def insert(page: Page, before: Locator, kind: str) -> Locator:
    """One click on the plus above a row, and the kind by keyboard; the row that came."""
    before.locator("xpath=preceding-sibling::*[1]").get_by_role("button").click()
    page.locator("[role=combobox]").fill(kind)
    page.keyboard.press("Enter")
    return before.locator("xpath=preceding-sibling::*[@data-streamfield-child][1]")


def add_a_choice_and_what_waits_for_it(page: Page, costs: Costs) -> None:
    remedy = page.locator("[data-streamfield-child]").nth(5).get_attribute("data-contentpath")
    after = page.locator(f"[data-contentpath='{remedy}']")
    with costs(1, scrolls=1):
        choice = insert(page, after, "Keuze")
    expect(choice.locator("[name$='-value-label']")).to_have_value("")
    choice.locator("[name$='-value-label']").fill("Hoe vaak?")
    choice.locator("[name$='-value-text']").fill("Eén keer")
    choice.get_by_title("Toevoegen", exact=True).last.click()
    choice.locator("[name$='-value-text']").last.fill(OFTEN)
    waiting = insert(page, after, "Tekst")
    waiting.locator("[name$='-value-label']").fill("Sinds wanneer?")
    waiting.get_by_label("Wanneer tonen").select_option(label=f"Hoe vaak? → {OFTEN}")
    last = " ".join(page.get_by_label("Wanneer tonen").last.locator("option").all_text_contents())
    for answer in ("coach gaat het? → Ali, de 1e", "→ Iemand anders", "→ De vertrouwenspersoon"):
        assert answer in last


@SCRIPTS_OR_NOT
def test_an_editor_makes_a_form_out_of_the_present_one_and_a_coachee_fills_it_in(
    editor, base, new_page, costs, scripts
):
    """A question is added in the middle with one click."""
    page = editor
    procedure = ProcedurePage.objects.get()
    Coach.objects.create(name="Ali, de 1e")
    page.goto(f"{base}/cms/pages/add/complaints/complaintformpage/{procedure.pk}/")
    page.locator("#id_title").fill("Ander formulier")
    add_a_choice_and_what_waits_for_it(page, costs)
    save(page)
    built = ComplaintFormPage.objects.get(title="Ander formulier")
    assert built.live
    page.goto(f"{base}/cms/pages/{built.pk}/edit/")
    expect(page.get_by_text("Keuze Hoe vaak?")).to_be_visible()
    assert page.evaluate("document.querySelector('main').scrollHeight") < SHORT
    coachee = new_page(java_script_enabled=scripts)
    coachee.goto(f"{base}{built.url}")
    coachee.get_by_label("Wat is het probleem?").fill("Het liep mis")
    coachee.get_by_label(OFTEN).check()
    if not scripts:  # the question that follows comes with the next page
        onward(coachee)
    coachee.get_by_label("Sinds wanneer?").fill("mei")
    onward(coachee)
    onward(coachee)
    send(coachee)
    stored = {answer.label: answer.text for answer in open_answers(Complaint.objects.get())}
    assert stored["Hoe vaak?"] == OFTEN
    assert stored["Sinds wanneer?"] == "mei"


def test_a_loss_is_confirmed_at_its_place_and_an_earlier_form_live_again_in_three_clicks(
    editor, base, costs, settings
):
    settings.WAGTAIL_AUTOSAVE_INTERVAL = 0  # on a busy machine it swallows a press of Publiceren
    page = editor
    form = ComplaintFormPage.objects.get()
    first = form.definition().steps
    page.set_viewport_size(PHONE)
    page.goto(f"{base}/cms/pages/{form.pk}/edit/")
    asked = page.locator("[data-contentpath='besproken']")
    asked.get_by_role("button", name="Verwijderen").first.click()
    save(page)
    expect(page.get_by_text("om eerst met de coach te praten").first).to_be_visible()
    assert fits(page)
    page.get_by_role("checkbox", name="Ik wil het formulier zo publiceren").check()
    save(page)
    form.refresh_from_db()
    assert "besproken" not in {row["id"] for row in form.questions.raw_data}
    page.set_viewport_size(WIDE)
    page.goto(f"{base}/cms/pages/{form.pk}/edit/")
    with costs(3, scrolls=3):
        page.get_by_role("tab", name="Eerdere versies").click()
        page.get_by_role("row").last.get_by_role("link").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Publiceer deze versie").click()
    assert ComplaintFormPage.objects.get().definition().steps == first
