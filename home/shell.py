"""What is the same on every page: header, footer and addresses, rendered once an edition.

An edition lasts until somebody changes a page or a setting. It stands in the database, so every
server process sees a change with the next request.
"""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

if TYPE_CHECKING:
    from wagtail.models import Site

SHELL_SECONDS = 60
_request = threading.local()


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: for how long the shell may be used again, and under which key."""
    key = SimpleLazyObject(lambda: f"{request.get_host()} {get_language()} {edition()}")
    return {"shell_seconds": SHELL_SECONDS, "shell_key": key}


def edition() -> UUID | None:
    """The edition of the pages now; within a request it is asked once."""
    from home.models import OrganisationSettings

    known: dict[str, UUID | None] = getattr(_request, "known", {})
    if "edition" not in known:
        editions = OrganisationSettings.objects.order_by("pk").values_list("edition", flat=True)
        known["edition"] = editions.first()
    return known["edition"]


def begin_edition(**_kwargs: Any) -> None:
    """Makes the next page, in whatever process, render its own header and footer."""
    from home.models import OrganisationSettings

    OrganisationSettings.objects.update(edition=uuid4())
    getattr(_request, "known", {}).clear()


def site_of(request: HttpRequest) -> "Site | None":
    """The site of this request with its root page, looked up once an edition."""
    from wagtail.models import Site

    key = f"site-{edition()}-{request.get_host()}"
    site = cache.get_or_set(key, lambda: Site.find_for_request(request), SHELL_SECONDS)
    request._wagtail_site = site  # type: ignore[attr-defined]  # where Wagtail looks first
    return site


def page_addresses(ids: Iterable[int]) -> dict[int, str]:
    """The address of each of these pages, by its id; empty for a page that is gone."""
    from wagtail.models import Page

    keys = {f"address-{edition()}-{pk}": pk for pk in ids}
    known = cache.get_many(keys)
    if len(known) < len(keys):
        new = {key: pk for key, pk in keys.items() if key not in known}
        pages = Page.objects.in_bulk(new.values())
        found = {key: (pages[pk].url or "") if pk in pages else "" for key, pk in new.items()}
        cache.set_many(found, SHELL_SECONDS)
        known |= found
    return {pk: known[key] for key, pk in keys.items()}


def phone_to_call(request: HttpRequest) -> str:
    """The organisation's number, looked up once an edition."""
    from home.models import OrganisationSettings

    key = f"phone-{edition()}-{request.get_host()}"
    look_up = lambda: OrganisationSettings.for_request(request).phone  # noqa: E731
    return str(cache.get_or_set(key, look_up, SHELL_SECONDS))


@receiver(request_started)
def _remember(**_kwargs: Any) -> None:
    _request.known = {}


@receiver(request_finished)
def _forget(**_kwargs: Any) -> None:
    vars(_request).clear()
