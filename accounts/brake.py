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

AT_ONCE = 2  # each takes some 100 MB and a core
PATIENCE_SECONDS = 2
hashing = threading.BoundedSemaphore(AT_ONCE)


def is_password_braked(request: HttpRequest, username: str) -> bool:
    """Counts a try, right or wrong; whether this network or this account had too many.

    A network that had too many uses up no tries of an account any more. A browser that its owner
    logged in from before has tries of its own: nobody else uses them up.
    """
    if network_tries.is_passed(request):
        return True
    name, browser = username.strip().casefold(), Browser.of(request)
    if User.objects.filter(pk__in=browser.accounts, username__iexact=name).exists():
        name = f"{name} {browser.name}"
    return account_tries.count_name(name) > account_tries.most


def is_code_braked(user: Any) -> bool:
    """Counts a try at the codes of this account, right or wrong; whether it had too many."""
    return code_tries.count_name(str(user.pk)) > code_tries.most
