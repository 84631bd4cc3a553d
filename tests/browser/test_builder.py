"""An editor builds a form in the CMS without a technician; a coachee then fills it in."""

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePage
from complaints.services.reading import open_answers
from home.models import ContentPage
from tests.browser.conftest import sign_in
from tests.complaints.form_filler import Filler
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
        field = f"#id_form_fields-{number}-"
        page.locator(f"{field}field_type").select_option(row["field_type"])
        page.locator(f"{field}label").fill(row["label"])
        if "purpose" in row:
            page.locator(f"{field}purpose").select_option(row["purpose"])
        if "choices" in row:
            page.locator(f"{field}choices").fill(row["choices"])
        for box in ("required", "soft_required"):
            if row.get(box):
                page.locator(f"{field}{box}").check()


def save(page: Page, *, publish: bool) -> None:
    """Presses Wagtail's own button; publishing hides in the fold-out beside it."""
    button = "[name=action-publish]" if publish else "button.action-save"
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


def test_an_editor_builds_a_form_of_four_steps_and_a_coachee_fills_it_in(editor_page, base, site):
    page, procedure = editor_page, ProcedurePage.objects.get()
    page.goto(f"{base}/cms/pages/add/complaints/complaintformpage/{procedure.pk}/")
    write_texts(page)
    add_rows(page)
    save(page, publish=False)
    built = ComplaintFormPage.objects.get(title="Kort formulier")
    page.goto(f"{base}/cms/pages/{built.pk}/edit/")
    open_collapsed(page, 3)
    page.locator("#id_form_fields-3-show_if_question").select_option(label="Besproken?")
    page.locator("#id_form_fields-3-show_if_value").fill("Nee")
    save(page, publish=True)
    built.refresh_from_db()
    assert built.live
    advise(built)

    filler = Filler(Client())
    filler._read(filler.client.get(built.url))
    filler.next(wat_is_er="Het liep mis").next(besproken="Nee")
    assert "waarom_niet" in " ".join(filler.page.names)
    filler.next(waarom_niet="durfde niet")
    assert "Praat eerst met je coach" in filler.text
    filler.to_check(naam="Fien").send()
    stored = {answer.label: answer.text for answer in open_answers(Complaint.objects.get())}
    assert stored == {
        "Wat is er?": "Het liep mis",
        "Besproken?": "Nee",
        "Waarom niet?": "durfde niet",
        "Goede oplossing?": "",
        "Naam": "Fien",
    }


def advise(built: ComplaintFormPage) -> None:
    """Hangs the advice page on the answer "Nee", as the page chooser would."""
    row = built.form_fields.get(label="Besproken?")
    row.exit_value, row.exit_page = "Nee", ContentPage.objects.get(slug="praat-eerst-met-je-coach")
    row.save()


def test_a_condition_on_an_answer_nobody_can_give_is_refused(editor_page, base, site):
    page, form = editor_page, ComplaintFormPage.objects.get()
    rows = list(form.form_fields.all())
    number = next(n for n, row in enumerate(rows) if row.show_if_question)
    page.goto(f"{base}/cms/pages/{form.pk}/edit/")
    open_collapsed(page, number)
    page.locator(f"#id_form_fields-{number}-show_if_value").fill("Misschien")
    save(page, publish=True)
    expect(page.get_by_text("Dit antwoord kan niemand geven").first).to_be_visible()
