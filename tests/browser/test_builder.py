"""An editor builds a form in the CMS without a technician; a coachee then fills it in."""

import pytest
from playwright.sync_api import Page, expect

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePage
from tests.browser.conftest import send, sign_in, stands_at, tail
from tests.browser.test_filing import onward
from tests.factories import make_user

ROWS = [
    {"field_type": "multiline", "label": "Wat is er?", "purpose": "problem", "required": True},
    {"field_type": "step", "label": "Je coach"},
    {"field_type": "radio", "label": "Besproken?", "choices": "Ja\nNee"},
    {"field_type": "singleline", "label": "Waarom niet?"},
    {"field_type": "step", "label": "Wat je wilt"},
    {"field_type": "multiline", "label": "Goede oplossing?", "soft_required": True},
    {"field_type": "step", "label": "Wie je bent"},
    {"field_type": "singleline", "label": "Naam", "purpose": "name"},
]


@pytest.fixture
def editor_page(base, new_context) -> Page:
    make_user("editor")
    page = new_context(viewport={"width": 1280, "height": 1000}).new_page()
    sign_in(page, base, "editor")
    return page


def add_rows(page: Page) -> None:
    for number, row in enumerate(ROWS):
        if number:  # the first row stands there already
            page.locator("#id_form_fields-ADD").click()
        for name, value in row.items():
            field = page.locator(f"#id_form_fields-{number}-{name}")
            if name in ("field_type", "purpose"):
                field.select_option(value)
            elif value is True:
                field.check()
            else:
                field.fill(value)


def save(page: Page, button: str) -> None:
    """Presses Wagtail's own button; publishing hides in the fold-out beside it."""
    with page.expect_navigation():
        page.locator(button).first.dispatch_event("click")


def write_texts(page: Page) -> None:
    page.locator("#id_title").fill("Kort formulier")
    page.locator("#id_first_step_title").fill("Je klacht")
    for editor in page.locator(".public-DraftEditor-content").all():
        editor.click()
        page.keyboard.type("Tekst van de redactie.")


def open_collapsed(page: Page, number: int) -> None:
    row = page.locator(f"#inline_child_form_fields-{number}")
    for toggle in row.locator("button[data-panel-toggle][aria-expanded=false]").all():
        toggle.click()


def build(page: Page, base: str) -> ComplaintFormPage:
    """As an editor does: the rows first, then the condition and the advice, then published."""
    procedure = ProcedurePage.objects.get()
    page.goto(f"{base}/cms/pages/add/complaints/complaintformpage/{procedure.pk}/")
    write_texts(page)
    add_rows(page)
    save(page, "button.action-save")
    built = ComplaintFormPage.objects.get(title="Kort formulier")
    page.goto(f"{base}/cms/pages/{built.pk}/edit/")
    open_collapsed(page, 3)
    page.locator("#id_form_fields-3-show_if_question").select_option(label="Besproken?")
    page.locator("#id_form_fields-3-show_if_value").fill("Nee")
    open_collapsed(page, 2)
    page.locator("#id_form_fields-2-exit_value").fill("Nee")
    choose_page(page, "#id_form_fields-2-exit_page-chooser", "Praat eerst met je coach")
    save(page, "[name=action-publish]")
    built.refresh_from_db()
    return built


def choose_page(page: Page, chooser: str, title: str) -> None:
    """With Wagtail's page chooser: search, and click on what was found."""
    page.locator(f"{chooser} button[data-chooser-action-choose]").first.click()
    modal = page.locator(".modal-content")
    modal.locator("input[name=q]").fill(title)
    modal.locator("a[data-chooser-modal-choice], a.choose-page").filter(has_text=title).click()
    expect(page.locator(chooser)).to_contain_text(title)


@pytest.mark.parametrize(
    "way",
    [
        {"java_script_enabled": False},
        pytest.param({"viewport": {"width": 320, "height": 640}}, marks=tail),
    ],
    ids=["no scripts", "320 px"],
)
def test_an_editor_builds_a_form_of_four_steps_and_a_coachee_fills_it_in(
    editor_page, base, new_context, way
):
    built = build(editor_page, base)
    assert built.live
    page = new_context(**way).new_page()
    page.goto(f"{base}{built.url}")
    page.get_by_label("Wat is er?").fill("Het liep mis")
    onward(page)
    page.get_by_label("Nee", exact=True).check()
    if way.get("java_script_enabled") is False:
        onward(page)  # without scripts the question that follows comes with the next page
    page.get_by_label("Waarom niet?").fill("durfde niet")
    onward(page)
    stands_at(page, "Praat eerst met je coach")
    page.get_by_role("button", name="Toch verder").click()
    onward(page)
    page.get_by_label("Naam").fill("Fien")
    onward(page)
    expect(page.get_by_role("button", name="Goede oplossing? (helpt ons)")).to_be_visible()
    send(page)
    stored = [answer.text for answer in open_answers(Complaint.objects.get())]
    assert stored == ["Het liep mis", "Nee", "durfde niet", "", "Fien"]
