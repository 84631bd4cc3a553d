"""What is the same on every page: header, footer and addresses, rendered once an edition.

An edition lasts until somebody changes a page or a setting. It stands in the database, so every
server process sees a change with the next request.
"""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

from django.core.cache import caches
from django.core.signals import request_finished, request_started
from django.db.models import Exists, OuterRef
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

if TYPE_CHECKING:
    from wagtail.models import Page, Site

SHELL_SECONDS = 60
KEPT = "template_fragments"  # in each process, also where another cache is shared
_request = threading.local()


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor: for how long the shell may be used again, and under which key."""
    _request.current = request
    day = timezone.localdate()  # who reads depends on it
    key = SimpleLazyObject(lambda: f"{request.get_host()} {get_language()} {day} {edition()}")
    return {"shell_seconds": SHELL_SECONDS, "shell_key": key}


def edition() -> UUID | None:
    """The edition of the pages now; within a request it is asked once."""
    from home.models import OrganisationSettings

    known: dict[str, Any] = getattr(_request, "known", {})
    if "edition" not in known:
        found = OrganisationSettings.objects.raw(  # made by Django it takes longer than to ask
            "SELECT id, edition FROM home_organisationsettings ORDER BY id LIMIT 1"
        )
        known["edition"] = next((settings.edition for settings in found), None)
    return cast("UUID | None", known["edition"])


def begin_edition(**_kwargs: Any) -> None:
    """Makes the next page, in whatever process, render its own header and footer."""
    from home.models import OrganisationSettings

    OrganisationSettings.objects.update(edition=uuid4())
    getattr(_request, "known", {}).clear()


def site_of(request: HttpRequest) -> "Site | None":
    """The site of this request with its root page, looked up once an edition."""
    from wagtail.models import Site

    _request.current = request
    key = f"site-{edition()}-{request.get_host()}"
    site = caches[KEPT].get_or_set(key, lambda: Site.find_for_request(request), SHELL_SECONDS)
    request._wagtail_site = site  # type: ignore[attr-defined]  # where Wagtail looks first
    return site


def offered() -> "dict[int, Page]":
    """Each page a link may lead to, by its id, in the order of the tree; looked up once an edition.

    A stranger can open these, some with a password. A page that was taken down is not offered,
    nor one that is for staff only, or stands below one.
    """
    from wagtail.models import Page, PageViewRestriction

    def look_up() -> "dict[int, Page]":
        staff_only = PageViewRestriction.objects.filter(
            page=OuterRef("pk"),
            restriction_type__in=[PageViewRestriction.LOGIN, PageViewRestriction.GROUPS],
        )
        pages = Page.objects.annotate(is_closed=Exists(staff_only)).order_by("path")
        pages = pages.only("path", "depth", "live", "title", "url_path", "show_in_menus")
        closed = tuple(page.path for page in pages if page.is_closed)
        return {page.pk: page for page in pages if page.live and not page.path.startswith(closed)}

    known: dict[str, Any] = getattr(_request, "known", {})
    if "offered" not in known:
        known["offered"] = caches[KEPT].get_or_set(f"offered-{edition()}", look_up, SHELL_SECONDS)
    return cast("dict[int, Page]", known["offered"])


def page_addresses(ids: Iterable[int]) -> dict[int, str]:
    """The address of each of these pages, by its id; empty for a page that is not offered."""
    pages, request = offered(), getattr(_request, "current", None)
    return {pk: pages[pk].get_url(request) or "" if pk in pages else "" for pk in ids}


def phone_to_call(request: HttpRequest) -> str:
    """The organisation's number, looked up once an edition."""
    from home.models import OrganisationSettings

    key = f"phone-{edition()}-{request.get_host()}"
    look_up = lambda: OrganisationSettings.for_request(request).phone  # noqa: E731
    return str(caches[KEPT].get_or_set(key, look_up, SHELL_SECONDS))


@receiver(request_started)
def _remember(**_kwargs: Any) -> None:
    _request.known = {}


@receiver(request_finished)
def _forget(**_kwargs: Any) -> None:
    vars(_request).clear()
