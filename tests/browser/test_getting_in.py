"""A colleague's first day and every day, with a passkey (Chromium's virtual one).

A manager lets in the confidant, who lets in another: each in three clicks, typing apart.
"""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.factors import LOCKED
from accounts.sessions import SEEN_AT, SessionStore
from tests.accounts.doors import type_password
from tests.browser.conftest import check, check_desk, push, stands_at, tail
from tests.browser.test_desk_pages import LOOKS
from tests.desk import LIST
from tests.factories import make_user
from tests.services import send_all

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def cookie(page: Page, name: str) -> str:
    (value,) = (each["value"] for each in page.context.cookies() if each["name"] == name)
    return value


def session_of(page: Page) -> SessionStore:
    return SessionStore(cookie(page, settings.SESSION_COOKIE_NAME))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


@pytest.mark.parametrize("look", ["a desk", pytest.param("a phone in the dark", marks=tail)])
def test_from_no_handler_to_two_who_get_in_with_a_passkey_while_somebody_guesses(
    base, new_page, desk, costs, look
):
    def admit(page: Page, name: str) -> None:
        form = page.locator("form", has=page.get_by_role("button", name="Toelaten"))
        given = {"E-mailadres": f"{name}@example.com", "Voornaam": name, "Achternaam": "Nieuw"}
        for label, text in given.items():
            form.get_by_label(label).fill(text)
        page.get_by_role("button", name="Toelaten").click()
        expect(page.get_by_text(f"{name} Nieuw is toegelaten")).to_be_visible()
        check_desk(page)

    make_user("manager")
    manager = desk("manager", **LOOKS[look])
    manager.goto(f"{base}/cms/")
    expect(manager.get_by_role("heading", name="Site in orde")).to_be_visible()
    check_desk(manager)
    manager.goto(f"{base}/cms/complaints/behandelaars/")
    with costs(3, scrolls=3):
        admit(manager, "Noor")
    manager.get_by_role("link", name="Site in orde").click()
    expect(manager.get_by_text("Er is een vertrouwenspersoon")).to_be_visible()
    check_desk(manager)
    for address in ("handleiding/beheer", "complaints/logboek"):
        assert manager.goto(f"{base}/cms/{address}/").status == 200
        check_desk(manager)

    (link,) = re.findall(r"\S+/cms/uitnodiging/\S+", "".join(mail.body for mail in send_all()))
    link = re.sub(r"https?://[^/]+", base, link)
    page = new_page(**LOOKS[look])
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    added = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(link)
    check(page)
    for field in ("new_password1", "new_password2"):
        page.locator(f"[name={field}]").fill("Een-Lang-Woord-9")
    with costs(1, scrolls=1):
        push(page, "Wachtwoord opslaan", at="Kies je tweede stap")
    check(page)
    page.emulate_media(color_scheme="dark")
    check(page)
    page.get_by_role("link", name="Passkey toevoegen").click()
    page.get_by_label("Naam, om hem later te herkennen").fill("Mijn laptop")
    check(page)
    press(page, "Maak de passkey")
    stands_at(page, "Bewaar deze herstelcodes")
    expect(page.locator(".door-codes li")).to_have_count(10)
    check(page)
    page.get_by_role("link", name="Ik heb ze bewaard").click()
    page.wait_for_url(base + LIST)
    (passkey,) = Authenticator.objects.filter(user__first_name="Noor", type="webauthn")
    assert passkey.wrap().is_passwordless
    with costs(3, scrolls=3):
        page.get_by_role("button", name="Acties").click()
        page.get_by_role("link", name="Behandelaars").click()
        admit(page, "Pim")
    page.goto(link)
    expect(page.get_by_text("Deze link werkt niet meer").first).to_be_visible()
    check(page)

    page.goto(f"{base}/cms/login/middelen/")
    expect(page.get_by_text("Mijn laptop")).to_be_visible()
    expect(page.get_by_role("link", name="Verwijderen")).to_have_count(0)  # it is the last
    check(page)
    token = {"csrfmiddlewaretoken": cookie(page, settings.CSRF_COOKIE_NAME)}
    page.request.post(f"{base}/cms/logout/", form=token, headers={"Origin": base})
    for number in range(12):
        type_password(Client(REMOTE_ADDR=f"10.0.{number}.1"), passkey.user, password="fout")
    page.goto(base + LIST)
    stands_at(page, "Inloggen bij AKM KunstMaat")
    check(page)
    without_scripts = new_page(java_script_enabled=False)
    without_scripts.goto(base + LIST)
    stands_at(without_scripts, "Inloggen bij AKM KunstMaat")
    expect(without_scripts.get_by_role("button", name="Inloggen met een passkey")).to_be_hidden()
    press(page, "Inloggen met een passkey")
    page.wait_for_url(base + LIST)

    session = session_of(page)
    session[SEEN_AT] = time.time() - 16 * 60
    session.save()
    page.goto(base + LIST)
    stands_at(page, "Bevestig dat jij het bent")
    check(page)
    verified = {"authenticatorId": added["authenticatorId"]}
    cdp.send("WebAuthn.setUserVerified", verified | {"isUserVerified": False})
    press(page, "Bevestig met je passkey")
    expect(page.get_by_text("Dat is niet gelukt")).to_be_visible()
    assert session_of(page)[LOCKED]
    cdp.send("WebAuthn.setUserVerified", verified | {"isUserVerified": True})
    press(page, "Bevestig met je passkey")
    page.wait_for_url(base + LIST)
