"""The first day: a manager lets in the confidant, who lets in another. With the clicks counted."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle, sign_in, tail
from tests.browser.test_desk_pages import LOOKS, TOO_WIDE
from tests.browser.test_getting_in import with_authenticator
from tests.factories import make_user
from tests.services import send_all

MOST_CLICKS = 3  # to admit a confidant, typing apart
COUNTED = """addEventListener("click", (event) => event.isTrusted && event.detail &&
  sessionStorage.setItem("clicks", 1 + Number(sessionStorage.getItem("clicks"))), true)"""


def clicks(page: Page) -> int:
    return int(page.evaluate("sessionStorage.getItem('clicks') || 0"))


@pytest.mark.parametrize("look", ["a desk", pytest.param("a phone in the dark", marks=tail)])
def test_from_no_handler_to_two_in_three_clicks_each(base, watched, is_clean, look):
    def arrive(name: str) -> Page:
        page = watched(reduced_motion="reduce", **LOOKS[look])
        page.context.add_init_script(COUNTED)
        if name:
            sign_in(page, base, name)
        return page

    def looks_well(page: Page) -> None:
        settle(page)
        is_clean(page, within="main")
        assert page.evaluate(TOO_WIDE) == 0, page.url

    def admit(page: Page, name: str) -> None:
        form = page.locator("form", has=page.get_by_role("button", name="Toelaten"))
        for label, text in (("E-mailadres", f"{name}@example.com"), ("Voornaam", name)):
            form.get_by_label(label).fill(text)
        form.get_by_label("Achternaam").fill("Nieuw")
        page.get_by_role("button", name="Toelaten").click()
        expect(page.get_by_text(f"{name} Nieuw is toegelaten")).to_be_visible()
        assert clicks(page) <= MOST_CLICKS

    make_user("manager")
    manager = arrive("manager")
    manager.goto(f"{base}/cms/")
    expect(manager.get_by_role("heading", name="Site in orde")).to_be_visible()
    looks_well(manager)
    manager.goto(f"{base}/cms/complaints/behandelaars/")
    admit(manager, "Noor")
    looks_well(manager)
    manager.get_by_role("link", name="Site in orde").click()
    expect(manager.get_by_text("Er is een vertrouwenspersoon")).to_be_visible()
    looks_well(manager)
    for address in ("handleiding/beheer", "complaints/logboek"):
        assert manager.goto(f"{base}/cms/{address}/").status == 200
        looks_well(manager)

    (link,) = re.findall(r"\S+/cms/uitnodiging/\S+", "".join(mail.body for mail in send_all()))
    invited = arrive("")
    invited.goto(re.sub(r"https?://[^/]+", base, link))
    looks_well(invited)
    for field in ("new_password1", "new_password2"):
        invited.locator(f"[name={field}]").fill("Een-Lang-Woord-9")
    invited.get_by_role("button", name="Wachtwoord opslaan").click()
    expect(invited.get_by_role("heading", name="Kies je tweede stap")).to_be_visible()
    assert clicks(invited) == 1
    with_authenticator(invited)
    invited.get_by_role("link", name="Passkey toevoegen").click()
    invited.get_by_role("button", name="Maak de passkey").click()
    invited.get_by_role("link", name="Ik heb ze bewaard").click()
    invited.wait_for_url(f"{base}/cms/complaints/complaint/")
    invited.evaluate("sessionStorage.clear()")
    invited.get_by_role("button", name="Acties").click()
    invited.get_by_role("link", name="Behandelaars").click()
    admit(invited, "Pim")
    looks_well(invited)
    invited.goto(re.sub(r"https?://[^/]+", base, link))
    expect(invited.get_by_text("Deze link werkt niet meer").first).to_be_visible()
    looks_well(invited)
