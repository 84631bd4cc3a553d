"""The clock in a real browser: the handler extends and stops it, the complainant reads why."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from complaints.cases.filing import file_complaint
from complaints.terms import TermKind
from complaints.vault.codes import code_from_nonce
from tests.browser.conftest import sign_in, unfold
from tests.factories import make_filing, make_user

WHY = "De coach is tot januari afwezig."


@pytest.fixture
def mine(base):
    filing = make_filing()
    make_user("confidant")
    return file_complaint(filing=filing), code_from_nonce(filing.nonce)


@pytest.fixture
def handler(base, mine, watched) -> Page:
    page = watched(viewport={"width": 1280, "height": 900})
    sign_in(page, base, "confidant")
    page.goto(f"{base}/cms/complaints/complaint/inspect/{mine[0].pk}/")
    return page


def choose(page: Page, label: str) -> None:
    unfold(page)
    link = page.get_by_role("link", name=label)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(label)


def save(page: Page, label: str, said: str) -> None:
    page.get_by_role("button", name=label).press("Enter")
    expect(page.locator(".messages")).to_contain_text(said)


def test_extending_and_stopping_are_done_by_keyboard_and_read_by_the_complainant(
    base, handler, mine, new_context, is_clean
):
    case, code = mine
    choose(handler, "Termijn verlengen")
    until = case.terms.get(kind=TermKind.HANDLING).due_on + timedelta(days=14)
    handler.get_by_label("Uitkomst uiterlijk").fill(until.isoformat())
    handler.get_by_label("Waarom is er meer tijd nodig?").fill(WHY)
    save(handler, "Termijn verlengen", "De termijn is verlengd")
    choose(handler, "Klok stilzetten")
    handler.get_by_label("Waarom staat de klok stil?").fill("We wachten op een brief.")
    save(handler, "Klok stilzetten", "De klok staat stil")
    expect(handler.get_by_text("klok staat stil sinds")).to_be_visible()
    coachee = new_context().new_page()
    coachee.goto(f"{base}/klacht-volgen/")
    coachee.locator("[name=code]").fill(code)
    coachee.locator("[name=code]").press("Enter")
    expect(coachee.get_by_text(WHY)).to_be_visible()
    expect(coachee.get_by_text("De klok staat stil sinds")).to_be_visible()
    is_clean(coachee)


def test_the_coach_was_told_is_recorded_by_keyboard(handler, mine, is_clean):
    choose(handler, "Kunstcoach geïnformeerd, of niet")
    handler.get_by_label("De kunstcoach is geïnformeerd").press("Space")
    handler.get_by_label("Hoe is dat gegaan, of waarom niet?").fill("Per brief.")
    handler.get_by_role("button", name="Kunstcoach geïnformeerd, of niet").press("Enter")
    expect(handler.get_by_text("Vul de dag in waarop de coach het hoorde.").first).to_be_visible()
    is_clean(handler, ".action")
    handler.get_by_label("Geïnformeerd op").fill(timezone.localdate().isoformat())
    save(handler, "Kunstcoach geïnformeerd, of niet", "Het staat in het dossier.")
