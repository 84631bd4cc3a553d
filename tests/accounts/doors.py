"""How tests get in: with a factor's record at once, or by way of the pages."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters
from allauth.mfa.utils import decrypt
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from accounts.sessions import BEGAN_AT, SEEN_AT

LOGIN = "/cms/login/"
PASSWORD = "een lang en eigen wachtwoord"  # of whoever is invited
IN_2100 = 4_102_444_800


def show_factor(request: HttpRequest, user: Any, **_signal: Any) -> None:
    """Writes that a session has shown a factor, and never grows old; of `Client.force_login`.

    Its request has no address, by which it is known from one of a browser.
    """
    if not request.path:
        record_authentication(request, user, "mfa", type="totp")
        request.session[SEEN_AT] = request.session[BEGAN_AT] = IN_2100


def without_factor(user: Any) -> Client:
    """A browser with a session that was opened by a password alone."""
    client = Client()
    client.force_login(user)
    forget_factor(client)
    return client


def forget_factor(client: Client) -> None:
    session = client.session
    del session["account_authentication_methods"]
    session.save()


def with_app(user: Any) -> Authenticator:
    """Gives the account an app with codes, and recovery codes."""
    app = TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP").instance
    RecoveryCodes.activate(user)
    return app


def code_of(app: Authenticator, step: int = 0) -> str:
    """What the app shows now; each code works once, the next `step` is taken too."""
    now = list(counters())[1]
    return format_hotp_value(hotp_value(decrypt(app.data["secret"]), now + step))


def type_password(client: Client, user: Any, password: str = "test") -> Any:
    return client.post(LOGIN, {"login": user.username, "password": password})


def enter_code(client: Client, code: str) -> Any:
    return client.post(address("mfa_authenticate"), {"code": code})


def logged_in(user: Any) -> tuple[Client, Authenticator]:
    """A browser in which this person came in by the pages, and their app."""
    app, client = with_app(user), Client()
    type_password(client, user)
    enter_code(client, code_of(app))
    return client, app


def accept(link: str) -> tuple[Client, Any, Any]:
    """A browser in which somebody follows an invitation and sets `PASSWORD`; and both answers."""
    client = Client()
    opened = client.get(link, follow=True)
    at = opened.redirect_chain[-1][0] if opened.redirect_chain else link
    return (
        client,
        opened,
        client.post(at, dict.fromkeys(("new_password1", "new_password2"), PASSWORD)),
    )


def is_in(client: Client) -> bool:
    return SESSION_KEY in client.session and client.get("/cms/").status_code == 200


def address(name: str, *args: Any) -> str:
    return reverse(name, args=args)
