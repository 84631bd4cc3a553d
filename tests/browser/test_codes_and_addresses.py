"""Somebody on a phone pastes what they kept, at the page they happen to be on."""

from playwright.sync_api import expect

from complaints.cases.sealing import open_address
from complaints.models.keys_and_files import LinkRequest
from tests.browser.conftest import SCRIPTS_OR_NOT, stands_at
from tests.complaints.public.form_filler import Filler
from tests.follow import FOLLOW

RESUME = "/klacht-verder/"


@SCRIPTS_OR_NOT
def test_what_was_pasted_is_understood_at_either_page(base, new_context, filed, scripts):
    case, code = filed
    draft = Filler().start().save(probleem="Mijn concept.")
    phone = new_context(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    page = phone.new_page()
    page.goto(base + FOLLOW)
    page.get_by_label("Volgcode").fill(f"Je code is {draft}, bewaar hem.")
    page.get_by_label("Volgcode").press("Enter")
    stands_at(page, "Verder of opnieuw")
    page.goto(base + RESUME)
    page.get_by_label("Code").fill(f"Volgcode: {code}.")
    page.get_by_label("Code").press("Enter")
    stands_at(page, "Jouw klacht")
    expect(page.get_by_text(case.reference).first).to_be_visible()
    page.get_by_role("button", name="Uitloggen").click()
    for typed, kept in (
        ("Noor <noor@müller.nl>", "noor@müller.nl"),
        ("noor@müller.nl", "noor@müller.nl"),  # of which the browser makes xn--mller-kva.nl
        ("mailto:noor@example.com\u200b", "noor@example.com"),
    ):
        page.goto(base + FOLLOW)
        page.get_by_label("Je e-mailadres").fill(typed)
        page.get_by_role("button", name="Mail mij een link").click()
        expect(page.get_by_role("alert")).to_have_count(0)
        asked = LinkRequest.objects.get()
        assert open_address(asked.pk, bytes(asked.sealed_email)) == kept
        asked.delete()
    page.goto(base + FOLLOW)
    page.get_by_label("Je e-mailadres").fill("noor@example,com")
    page.get_by_role("button", name="Mail mij een link").click()
    expect(page.get_by_role("alert")).to_contain_text("Er staat een komma waar een punt hoort.")
    expect(page.get_by_label("Je e-mailadres")).to_have_value("noor@example,com")
