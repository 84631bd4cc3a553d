"""Slows whoever guesses, before a password is hashed, and bounds how many are hashed at once.

Per account and per network, under a random key that is forgotten every ten minutes: no address is
kept. A passkey asks for no password, so its owner gets in while somebody else is guessing.
"""

import threading
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest

from accounts.browsers import Browser
from complaints.public.suspicion import ForgetfulRate

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
