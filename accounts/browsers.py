"""Which browsers somebody logged in from before: the browser itself keeps it, sealed.

No address and no kind of browser is stored anywhere. A cookie that is taken spares its taker a
mail to the handlers, and opens nothing.
"""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from complaints.vault.keyring import TokenBroken, open_token, seal_token

USE = "browser"
YEAR_SECONDS = 365 * 24 * 3600
MOST = 20  # accounts that one browser remembers


@dataclass(frozen=True)
class Browser:
    """A random name, and the accounts that logged in here, by their pk."""

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
