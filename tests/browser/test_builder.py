"""An editor builds a form in the CMS without a technician; a coachee then fills it in."""

import pytest
from playwright.sync_api import Locator, Page, expect

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.handling import Coach
from complaints.models.pages import ProcedurePage
from tests.browser.conftest import SCRIPTS_OR_NOT, Costs, fits, send, sign_in
from tests.browser.test_filing import onward
from tests.factories import make_user

WINDOW = {"width": 1280, "height": 900}
OFTEN = "Vaker, of steeds"
SHORT = 5000  # px at 1280 wide; it was 33,901


@pytest.fixture
def editor_page(base, watched) -> Page:
    make_user("editor")
    page = watched(viewport=WINDOW)
    sign_in(page, base, "editor")
    return page


def insert(page: Page, before: Locator, kind: str) -> Locator:
    """One click on the plus above a row, and the kind by keyboard; the row that came."""
    before.locator("xpath=preceding-sibling::*[1]").get_by_role("button").click()
    page.locator("[role=combobox]").fill(kind)
    page.keyboard.press("Enter")
    return before.locator("xpath=preceding-sibling::*[@data-streamfield-child][1]")


def save(page: Page, button: str) -> None:
    """Presses Wagtail's own button; publishing hides in the fold-out beside it."""
    with page.expect_navigation():
        page.locator(button).first.dispatch_event("click")


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
    editor_page, base, new_context, costs, scripts
):
    """A question is added in the middle with one click."""
    page = editor_page
    procedure = ProcedurePage.objects.get()
    Coach.objects.create(name="Ali, de 1e")
    page.goto(f"{base}/cms/pages/add/complaints/complaintformpage/{procedure.pk}/")
    page.locator("#id_title").fill("Ander formulier")
    add_a_choice_and_what_waits_for_it(page, costs)
    save(page, "[name=action-publish]")
    built = ComplaintFormPage.objects.get(title="Ander formulier")
    assert built.live
    page.goto(f"{base}/cms/pages/{built.pk}/edit/")
    expect(page.get_by_text("Keuze Hoe vaak?")).to_be_visible()
    assert page.evaluate("document.querySelector('main').scrollHeight") < SHORT
    assert page.evaluate("window.violations") == []
    coachee = new_context(java_script_enabled=scripts).new_page()
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


def clicks(page: Page) -> int:
    return page.evaluate("Number(sessionStorage.clicks || 0)")


def put_back(page: Page, base: str) -> int:
    """From the edit page to the first version published; the clicks it took."""
    page.goto(f"{base}/cms/pages/{ComplaintFormPage.objects.get().pk}/edit/")
    before = clicks(page)
    page.get_by_role("tab", name="Eerdere versies").click()
    page.get_by_role("row").last.get_by_role("link").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Publiceer deze versie").click()
    return clicks(page) - before


def test_a_loss_is_confirmed_at_its_place_and_an_earlier_form_live_again_in_three_clicks(
    editor_page, base
):
    page = editor_page
    page.add_init_script(
        "addEventListener('click', (it) => it.isTrusted && it.detail"
        " && (sessionStorage.clicks = Number(sessionStorage.clicks || 0) + 1), true)"
    )
    form = ComplaintFormPage.objects.get()
    first = form.definition().steps
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{base}/cms/pages/{form.pk}/edit/")
    asked = page.locator("[data-contentpath='besproken']")
    asked.get_by_role("button", name="Verwijderen").first.click()
    save(page, "[name=action-publish]")
    expect(page.get_by_text("om eerst met de coach te praten").first).to_be_visible()
    assert fits(page)
    page.get_by_role("checkbox", name="Ik wil het formulier zo publiceren").check()
    save(page, "[name=action-publish]")
    form.refresh_from_db()
    assert "besproken" not in {row["id"] for row in form.questions.raw_data}
    page.set_viewport_size(WINDOW)
    assert put_back(page, base) == 3
    assert ComplaintFormPage.objects.get().definition().steps == first
    assert page.evaluate("window.violations") == []
