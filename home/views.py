"""What answers an address: its page, what is in no page tree, where it leads now, or an error."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Exists
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
)
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import escape_uri_path
from django.utils.http import escape_leading_slashes
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from wagtail.contrib.redirects.middleware import RedirectMiddleware, get_redirect
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.url_routing import RouteResult
from wagtail.views import serve

from home.models import OrganisationSettings
from home.shell import site_of

KEPT_SECONDS = "1"  # by whole ticks of the proxy's clock, so that an old page is gone within two


def serve_page(request: HttpRequest, path: str) -> HttpResponse:
    """The live page at an address, or 404; Wagtail itself asks for each page on the way there."""
    site = site_of(request)
    page = _page_at(site.root_page, path) if site else None
    found = RouteResult(page) if page else None
    request._wagtail_route_for_request = found  # type: ignore[attr-defined]  # Wagtail looks here
    response: HttpResponse = serve(request, path)
    if page and response.status_code == 200 and not page.get_view_restrictions():
        response["Cache-Control"] = "no-cache"  # a browser asks whether it changed
        response["X-Accel-Expires"] = KEPT_SECONDS  # see config.middleware.PublicAnswers
    return response


def _page_at(root: Page, path: str) -> Page | None:
    """The page itself, knowing its parent where that is the root, and whether all are public."""
    url_path = root.url_path + path
    slug = url_path.rstrip("/").rpartition("/")[2]
    is_public = ~Exists(PageViewRestriction.objects.all())
    pages = Page.objects.live().only("content_type").annotate(all_are_public=is_public)
    found = pages.filter(slug=slug, url_path=url_path).first()
    page: Page | None = found and found.specific
    if page is not None and page.depth == root.depth + 1:
        page._cached_parent_obj = root  # as Wagtail's own routing leaves it
    return page


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Search engines may read the procedure; not the CMS, nor a form under way."""
    lines = [
        "User-agent: *",
        "Disallow: /cms/",
        "Disallow: /klacht-indienen/",
        f"Sitemap: {request.build_absolute_uri('/sitemap.xml')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def security_txt(request: HttpRequest) -> HttpResponse:
    """RFC 9116: where to report a leak in the site itself."""
    site = Site.find_for_request(request)
    email = OrganisationSettings.for_request(request).email if site else ""
    expires = timezone.now().replace(month=1, day=1, year=timezone.now().year + 1, microsecond=0)
    lines = [
        f"Contact: mailto:{email or settings.DEFAULT_FROM_EMAIL}",
        f"Expires: {expires.isoformat()}",
        "Preferred-Languages: nl, en",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
def image(_request: HttpRequest, name: str) -> FileResponse:
    """A picture of a page, wherever media lie. From a folder the proxy takes it by itself."""
    try:
        file = default_storage.open(f"images/{name}")
    except FileNotFoundError:
        raise Http404 from None
    return FileResponse(file, headers={"Cache-Control": "public, max-age=3600"})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A request that cannot be read, in words; too large or too many fields, mostly."""
    return render(request, "400.html", {"title": _("Dit kunnen we niet lezen")}, status=400)


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refused. What somebody may not see does not exist, so it reads as any missing page."""
    return render(request, "404.html", status=403)


class AddressMiddleware(RedirectMiddleware):
    """Wagtail's redirects, those that end somewhere; then addresses typed in capitals.

    Wagtail's own sends a page that was renamed there and back, and then taken down, to itself.
    """

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
        goes_round = not page.live if page else same(known.redirect_link, request.path)
        return response if goes_round else super().process_response(request, response)


def same(link: str, path: str) -> bool:
    return link.rstrip("/").lower() == path.rstrip("/").lower()


def in_small_letters(request: HttpRequest) -> HttpResponsePermanentRedirect | None:
    """The way to the address in small letters; None where it stands in them already."""
    path = request.path.lower()
    secret = reverse("follow_link", args=["-"])[:-2]  # what follows this is a mailed token
    if path.startswith(secret):
        path = secret + request.path[len(secret) :]
    is_right = path == request.path or request.path.startswith("/cms/")
    if is_right or request.method not in ("GET", "HEAD"):
        return None
    query = request.META.get("QUERY_STRING", "")
    address = escape_leading_slashes(escape_uri_path(path))
    return HttpResponsePermanentRedirect(f"{address}?{query}" if query else address)
