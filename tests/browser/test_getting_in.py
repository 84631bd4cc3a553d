"""A colleague's first day and every day, with a passkey (Chromium's virtual one) or with codes."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client
from playwright.sync_api import expect

from accounts.factors import INVITED, LOCKED
from accounts.sessions import SEEN_AT, SessionStore
from complaints.vault.keyring import seal_secret
from tests.accounts.doors import code_of, type_password, with_app, without_factor
from tests.browser.conftest import stands_at

DESK = "/cms/complaints/complaint/"
PHONE = {"width": 360, "height": 740}
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_authenticator(page):
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    added = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return cdp, added["authenticatorId"]


def hand_over(page, base, client):
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])


def session_of(page) -> SessionStore:
    (cookie,) = (c for c in page.context.cookies() if c["name"] == settings.SESSION_COOKIE_NAME)
    return SessionStore(cookie["value"])


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def invited(staff, base):
    """A browser of a colleague who has just chosen their password."""
    client = without_factor(staff.confidant)
    session = client.session
    session[INVITED] = staff.confidant.pk
    session.save()
    return client


def test_from_the_invitation_to_a_passkey_and_back_in_with_it_while_somebody_guesses(
    watched, base, staff, invited, check
):
    page = watched(viewport=PHONE)
    hand_over(page, base, invited)
    cdp, authenticator = with_authenticator(page)

    page.goto(f"{base}/cms/")
    stands_at(page, "Kies je tweede stap")
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
    page.wait_for_url(f"{base}{DESK}")
    (passkey,) = Authenticator.objects.filter(user=staff.confidant, type="webauthn")
    assert passkey.wrap().is_passwordless

    page.goto(f"{base}/cms/login/middelen/")
    expect(page.get_by_text("Mijn laptop")).to_be_visible()
    expect(page.get_by_role("link", name="Verwijderen")).to_have_count(0)  # it is the last
    check(page)
    page.request.post(  # what the sidebar's button sends
        f"{base}/cms/logout/", form={"csrfmiddlewaretoken": token(page)}, headers={"Origin": base}
    )

    for number in range(12):
        type_password(Client(REMOTE_ADDR=f"10.0.{number}.1"), staff.confidant, password="fout")
    page.goto(f"{base}{DESK}")
    stands_at(page, "Inloggen bij AKM KunstMaat")
    check(page)
    press(page, "Inloggen met een passkey")
    page.wait_for_url(f"{base}{DESK}")

    session = session_of(page)
    session[SEEN_AT] = time.time() - 16 * 60
    session.save()
    page.goto(f"{base}{DESK}")
    stands_at(page, "Bevestig dat jij het bent")
    check(page)
    cdp.send(
        "WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False}
    )
    press(page, "Bevestig met je passkey")
    expect(page.get_by_text("Dat is niet gelukt")).to_be_visible()
    assert session_of(page)[LOCKED]
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    press(page, "Bevestig met je passkey")
    page.wait_for_url(f"{base}{DESK}")
    assert page.evaluate("window.violations") == []


def token(page) -> str:
    (cookie,) = (c for c in page.context.cookies() if c["name"] == settings.CSRF_COOKIE_NAME)
    return cookie["value"]


def test_without_scripts_a_password_and_the_app_are_enough_at_once(
    new_context, base, staff, invited
):
    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    hand_over(page, base, invited)
    page.goto(f"{base}/cms/")
    page.get_by_role("link", name="App instellen").click()
    secret = page.locator(".door-secret").inner_text()
    other = with_app(get_user_model().objects.create_user("ander"))
    other.data = {"secret": seal_secret(secret)}
    page.get_by_label("Code").fill(code_of(other))
    press(page, "Zet de app aan")
    stands_at(page, "Bewaar deze herstelcodes")
    codes = page.locator(".door-codes li").all_inner_texts()
    page.context.clear_cookies()

    page.goto(f"{base}{DESK}")
    expect(page.get_by_role("button", name="Inloggen met een passkey")).to_be_hidden()
    page.get_by_label("Gebruikersnaam").fill("confidant")
    page.get_by_label("Wachtwoord").fill("test")
    press(page, "Inloggen")
    stands_at(page, "Nu de tweede stap")
    page.get_by_label("Code").fill("0000000")
    press(page, "Ga verder")
    expect(page.get_by_role("alert")).to_contain_text("Deze code klopt niet")
    page.get_by_label("Code").fill(codes[0])
    press(page, "Ga verder")
    page.wait_for_url(re.compile(f"{re.escape(base)}/cms/.*"))
    assert page.goto(f"{base}{DESK}").status == 200
