"""The header and footer are the same on every page: rendered once, used again for a minute.

Whoever changes a page or a setting sees it at once where it was changed (`forget_shell`), and on
another server process within that minute. A member of staff always gets a fresh one.
"""

import hashlib
from typing import Any
from uuid import uuid4

from django.core.cache import cache
from django.http import HttpRequest
from django.utils.translation import get_language
from wagtail.rich_text import expand_db_html

SHELL_SECONDS = 60
_STAMP = "shell-stamp"


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: for how long the shell may be used again, and under which key."""
    if "_auth_user_id" in getattr(request, "session", {}):
        return {"shell_seconds": 0, "shell_key": uuid4().hex}
    stamp = cache.get(_STAMP, 0)
    return {
        "shell_seconds": SHELL_SECONDS,
        "shell_key": f"{request.get_host()} {get_language()} {stamp}",
    }


def rich_text(html: str) -> str:
    """An editor's rich text with its links looked up; the same text is looked up once a minute."""
    digest = hashlib.sha256(html.encode()).hexdigest()
    key = f"rich-text-{cache.get(_STAMP, 0)}-{digest}"
    return str(cache.get_or_set(key, lambda: expand_db_html(html), SHELL_SECONDS))


def phone_to_call(request: HttpRequest) -> str:
    """The organisation's number, looked up once a minute."""
    from home.models import OrganisationSettings

    key = f"phone-{cache.get(_STAMP, 0)}-{request.get_host()}"
    look_up = lambda: OrganisationSettings.for_request(request).phone  # noqa: E731
    return str(cache.get_or_set(key, look_up, SHELL_SECONDS))


def forget_shell(**_kwargs: Any) -> None:
    """Makes the next page render its own header and footer."""
    cache.set(_STAMP, cache.get(_STAMP, 0) + 1, None)
