"""What happens half-way: the form changes, two tabs stand open, one goes back in the form."""

from playwright.sync_api import Page, expect

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from tests.browser.conftest import SCRIPTS_OR_NOT, send, stands_at
from tests.browser.test_filing import FORM, onward

WHO = "Wie het betreft en hoe we je bereiken"


def tell(page: Page, base: str, story: str) -> None:
    """The first step."""
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(story)
    onward(page)
    stands_at(page, WHO)


def answers(case: Complaint) -> dict[str, str]:
    return {answer.name: answer.text for answer in open_answers(case) if answer.text}


def publish_a_shorter_form() -> None:
    """An editor takes out all questions but the first, and calls the form something else."""
    form = ComplaintFormPage.objects.get()
    form.title = "Nieuw formulier"
    form.questions = [row for row in form.questions.raw_data if row["id"] == "probleem"]
    form.save_revision().publish()


@SCRIPTS_OR_NOT
def test_a_form_that_changes_half_way_is_finished_as_it_was_begun(base, new_context, scripts):
    page = new_context(java_script_enabled=scripts).new_page()
    tell(page, base, "Begonnen voor de wijziging.")
    publish_a_shorter_form()
    page.get_by_label("Voor iemand anders").check()
    page.locator("[name=q-naam]").fill("Fien Verzonnen")
    onward(page)
    if not scripts:  # with scripts the question came at once
        expect(page.get_by_text("vragen bij gekomen")).to_be_visible()
        page.get_by_label("Wie is dat, en wat is je relatie?").fill("mijn zus")
        onward(page)
    stands_at(page, "Controleer je antwoorden")
    send(page)
    stored = answers(Complaint.objects.get())
    wanted = {"probleem": "Begonnen voor de wijziging.", "voor_wie": "Voor iemand anders"}
    assert stored.items() >= (wanted | {"naam": "Fien Verzonnen"}).items()
    somebody_else = new_context().new_page()
    somebody_else.goto(base + FORM)
    stands_at(somebody_else, "Nieuw formulier")


def test_two_tabs_are_two_complaints(base, new_context):
    context = new_context()
    tabs = {"Het eerste verhaal.": context.new_page(), "Het tweede verhaal.": context.new_page()}
    for story, tab in tabs.items():
        tell(tab, base, story)
    for story, tab in tabs.items():
        tab.locator("[name=q-naam]").fill(f"Wie schreef: {story}")
        onward(tab)
        expect(tab.get_by_text(story, exact=True)).to_be_visible()
    for tab in tabs.values():
        send(tab)
    stored = [answers(case) for case in Complaint.objects.all()]
    assert {each["probleem"]: each["naam"] for each in stored} == {
        story: f"Wie schreef: {story}" for story in tabs
    }


@SCRIPTS_OR_NOT
def test_the_forms_own_way_back_brings_what_was_typed(base, new_context, scripts):
    page = new_context(java_script_enabled=scripts).new_page()
    tell(page, base, "Met de knop van het formulier.")
    page.get_by_label("Voor mezelf").check()
    page.locator("[name=q-naam]").fill("Half getypt")
    page.get_by_role("button", name="Vorige stap").click()
    expect(page.get_by_label("Wat is het probleem?")).to_have_value(
        "Met de knop van het formulier."
    )
    onward(page)  # straight to where they had come
    stands_at(page, WHO)
    expect(page.get_by_label("Voor mezelf")).to_be_checked()
    expect(page.locator("[name=q-naam]")).to_have_value("Half getypt")
    assert Complaint.objects.count() == 0
