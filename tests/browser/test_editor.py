"""An editor in a real browser: changes the procedure in the CMS, publishes, sees it on the site."""

import re

import pytest
from playwright.sync_api import Page, expect

from complaints.models.pages import ProcedurePage, ProcedurePublication
from tests.browser.conftest import sign_in
from tests.factories import make_user

PROCEDURE = "/klachtenprocedure/"
NEW = "Dit schreef de redactie zojuist."


@pytest.fixture
def editor(base, watched) -> Page:
    """A page of an editor who has logged in. That no request leaves home is `new_context`'s."""
    make_user("editor")
    page = watched(viewport={"width": 1280, "height": 900})
    sign_in(page, base, "editor")
    return page


def write_introduction(page: Page, base: str, text: str) -> None:
    page.goto(f"{base}/cms/pages/{ProcedurePage.objects.get().pk}/edit/")
    box = page.locator("[data-contentpath='introduction'] [contenteditable='true']")
    box.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    expect(box).to_contain_text(text)
    # The editor hands its text to the form a moment later.
    expect(page.locator("input[name='introduction']")).to_have_value(re.compile(text))


def publish(page: Page) -> None:
    page.get_by_role("button", name="Meer acties").last.click()
    page.locator("button[name='action-publish']").click()
    expect(page.locator(".messages")).to_contain_text("gepubliceerd")


def test_a_change_is_seen_beside_the_editor_and_once_published_on_the_site(
    base, editor, new_context
):
    """There an editor gets a bar, with the accessibility checker; a visitor gets none."""
    write_introduction(editor, base, NEW)
    editor.locator("[data-side-panel-toggle='preview']").first.click()
    expect(editor.frame_locator("#w-preview-iframe").get_by_text(NEW)).to_be_visible()
    publish(editor)
    visitor = new_context().new_page()
    visitor.goto(base + PROCEDURE)
    expect(visitor.get_by_text(NEW)).to_be_visible()
    assert visitor.locator("wagtail-userbar").count() == 0
    assert ProcedurePublication.objects.count() == 2
    assert NEW in ProcedurePublication.in_force().text.html
    editor.goto(base + PROCEDURE)
    bar = editor.locator("wagtail-userbar")
    bar.get_by_role("button").first.click()
    expect(bar.get_by_role("menuitem", name="Problemen gevonden")).to_be_visible()
    assert editor.evaluate("window.violations") == []
