"""Slows whoever guesses: before a password is hashed, in how, and in how many at once.

Per account and per network, under a random key that is forgotten every ten minutes: no address is
kept. A passkey asks for no password, so its owner gets in while somebody else is guessing.
"""

import json
import secrets
import threading
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from complaints.public.suspicion import ForgetfulRate
from complaints.vault.keyring import TokenBroken, open_token, seal_token

WHILE = 600
account_tries = ForgetfulRate("accounts", most=10, seconds=WHILE)
network_tries = ForgetfulRate("networks", most=30, seconds=WHILE)
code_tries = ForgetfulRate("factors", most=10, seconds=WHILE)
# What was asked of a browser and answered by it.
passkeys_asked = ForgetfulRate("passkeys", seconds=WHILE)

AT_ONCE = 1  # of each process: takes 46 MB and a core
PATIENCE_SECONDS = 2
# Whoever logged in from this browser before waits for no stranger.
hashing = {is_known: threading.BoundedSemaphore(AT_ONCE) for is_known in (False, True)}

USE = "browser"
YEAR_SECONDS = 365 * 24 * 3600
MOST = 20  # accounts that one browser remembers


class OneCore(Argon2PasswordHasher):
    """Argon2id by one core in 46 MiB, twice over: above what OWASP asks.

    Django's takes 100 MiB and eight threads at once, so that few who guess slow all down.
    """

    time_cost = 2
    memory_cost = 46 * 1024
    parallelism = 1


@dataclass(frozen=True)
class Browser:
    """A browser somebody logged in from: a random name, and the accounts, by their pk.

    It keeps that itself, sealed; we store no address and no kind of browser. Whoever takes the
    cookie spares themselves a mail to the handlers, and opens nothing.
    """

    name: str
    accounts: tuple[int, ...] = ()

    @classmethod
    def of(cls, request: HttpRequest) -> "Browser":
        try:
            cookie = request.COOKIES.get(settings.BROWSER_COOKIE_NAME, "")
            name, accounts = json.loads(open_token(cookie, use=USE))
        except (TokenBroken, ValueError):
            return cls(secrets.token_hex(8))
        return cls(name, tuple(accounts))

    def remember(self, user: Any, response: HttpResponse) -> None:
        accounts = [user.pk, *(pk for pk in self.accounts if pk != user.pk)][:MOST]
        response.set_cookie(
            settings.BROWSER_COOKIE_NAME,
            seal_token(json.dumps([self.name, accounts]).encode(), use=USE),
            max_age=YEAR_SECONDS,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Strict",
        )


def known_browser(request: HttpRequest, username: str) -> str:
    """The name of the browser, where the owner of that account logged in from before; else ""."""
    browser = Browser.of(request)
    theirs = User.objects.filter(pk__in=browser.accounts, username__iexact=username.strip())
    return browser.name if theirs.exists() else ""


def is_password_braked(request: HttpRequest, username: str) -> bool:
    """Counts a try, right or wrong; whether this network or this account had too many.

    A network that had too many uses up no tries of an account any more. A browser that its owner
    logged in from before has tries of its own: nobody else uses them up.
    """
    if network_tries.is_passed(request):
        return True
    name = f"{username.strip().casefold()} {known_browser(request, username)}"
    return account_tries.count_name(name) > account_tries.most


def is_code_braked(user: Any) -> bool:
    """Counts a try at the codes of this account, right or wrong; whether it had too many."""
    return code_tries.count_name(str(user.pk)) > code_tries.most
