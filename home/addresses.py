"""Where an address leads that no page answers to: its page's new one, or the same in small letters.

In place of Wagtail's middleware, which sends a page that was renamed there and back, and then
taken down, to itself.
"""

from django.http import HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes
from wagtail.contrib.redirects.middleware import RedirectMiddleware, get_redirect
from wagtail.contrib.redirects.models import Redirect

CMS = "/cms/"
SAFE = ("GET", "HEAD")


class AddressMiddleware(RedirectMiddleware):
    """Wagtail's redirects, those that end somewhere; then addresses typed in capitals."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if response.status_code != 404:
            return response
        known = get_redirect(request, Redirect.normalise_path(request.path, decode_unicode=False))
        if known is None:
            answer: HttpResponseBase = super().process_response(request, response)
            return in_small_letters(request) or answer if answer is response else answer
        page = known.redirect_page
        goes_round = same(known.redirect_link, request.path) if page is None else not page.live
        return response if goes_round else super().process_response(request, response)


def same(link: str, path: str) -> bool:
    return link.rstrip("/").lower() == path.rstrip("/").lower()


def in_small_letters(request: HttpRequest) -> HttpResponsePermanentRedirect | None:
    """The way to the address in small letters; None where it stands in them already."""
    path = request.path.lower()
    secret = reverse("follow_link", args=["-"])[:-2]  # what follows this is a mailed token
    if path.startswith(secret):
        path = secret + request.path[len(secret) :]
    if path == request.path or request.path.startswith(CMS) or request.method not in SAFE:
        return None
    query = request.META.get("QUERY_STRING", "")
    address = escape_leading_slashes(escape_uri_path(path))
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
