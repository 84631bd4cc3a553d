"""What every request passes: security headers by area, how much a stranger may post, who it is.

Before anything else whether the site lives and is ready, for a monitor or a proxy.
"""

from contextlib import suppress
from functools import cache
from traceback import walk_tb
from typing import Any

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.datastructures import MultiValueDictKeyError
from django.utils.deprecation import MiddlewareMixin
from django.views.defaults import page_not_found

from complaints.cases.uploads import has_room
from complaints.staff.selfcheck import do_keys_open, is_worker_there
from home.views import bad_request

CMS = "/cms/"
CASE_DESK = "/cms/complaints/"
STRICT = (CASE_DESK, "/cms/login/")
# What Wagtail asks of nothing: of no parent, of no address typed, of no form.
OF_NOTHING = {"permissions_for_user", "startswith", "is_valid"}
MOST_BYTES_ELSEWHERE = 256 * 1024  # the form and the follow page have limits of their own


@cache
def newest_migrations() -> frozenset[tuple[str, str]]:
    """Returns what the code asks to have been applied; it changes with the code only."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def is_migrated() -> bool:
    return newest_migrations() <= set(MigrationRecorder(connection).applied_migrations())


PARTS = {"keys": do_keys_open, "worker": is_worker_there, "disk": has_room}


def failing() -> list[str]:
    """Returns the parts that are not in order; without a database nothing else is asked."""
    try:
        found = [] if is_migrated() else ["migrations"]
    except (Error, OSError):
        return ["database"]
    for name, is_well in PARTS.items():
        with suppress(Error, OSError):
            if is_well():
                continue
        found.append(name)
    return found


def is_from_here(request: HttpRequest) -> bool:
    """Whether a program of this machine asks, and no proxy does for somebody: that would say so."""
    is_passed_on = any(name.startswith(("HTTP_X_", "HTTP_FORWARDED")) for name in request.META)
    return request.META.get("REMOTE_ADDR", "") in {"", "127.0.0.1", "::1"} and not is_passed_on


class Health(MiddlewareMixin):
    """Answers `/health/live` while the process does, `/health/ready` once all parts are.

    No session, no cookie, and any Host. What is not well it names to the machine itself alone.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if request.path not in ("/health/live", "/health/ready"):
            return None
        found = failing() if request.path.endswith("ready") else []
        told = {"failing": found} if is_from_here(request) else {}
        answer = JsonResponse({"is_well": not found} | told, status=503 if found else 200)
        answer["Cache-Control"] = "no-store"
        return answer


class ProxyNamesScheme(MiddlewareMixin):
    """Refuses by name where Django would send a visitor round in circles.

    Behind a proxy that does not say that its visitor came by https, every request looks like one
    that has to be sent there.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        is_named = request.is_secure() or "X-Forwarded-Proto" in request.headers
        if settings.SECURE_SSL_REDIRECT and not is_named:
            text = "The proxy must send X-Forwarded-Proto: see docs/running.md.\n"
            return HttpResponse(text, content_type="text/plain", status=503)
        return None


class SecurityHeadersMiddleware(CSPMiddleware):
    """django-csp with one policy per area, and the headers that Django leaves to us.

    Only Wagtail's own editor screens get `unsafe-inline`; the public site, logging in and the case
    desk, where complaints are read, do not.
    """

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,
    ) -> PolicyParts:
        parts: PolicyParts = super().get_policy_parts(request, response, report_only)
        if request.path.startswith(CMS) and not request.path.startswith(STRICT):
            parts.config = settings.CONTENT_SECURITY_POLICY_CMS["DIRECTIVES"]
        return parts

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        response = super().process_response(request, response)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), browsing-topics=()"
        )
        if request.path.startswith(CMS):
            response.setdefault("Cache-Control", "no-store")
        if {"private", "no-store"} & set(response.get("Cache-Control", "").split(", ")):
            # A proxy keeps none of it on its disk; ours keeps it in memory: deploy/nginx.conf.
            response.setdefault("X-Accel-Buffering", "no")
        return response


class PublicAnswers(GZipMiddleware):
    """What an answer to somebody without a cookie allows: to be compressed, and kept by the proxy.

    It holds no secret beside what was sent, so its length tells none. Kept for two seconds is only
    a page that `serve_page` says is for everybody, and only as the bare answer to a bare address.
    """

    def process_response(self, request: HttpRequest, response: Any) -> Any:
        meta = request.META
        known = meta.get("HTTP_COOKIE") or meta.get("HTTP_AUTHORIZATION") or response.cookies
        is_bare = request.method == "GET" and not meta.get("QUERY_STRING")
        if known or not (is_bare and response.status_code == 200):
            del response["X-Accel-Expires"]
        if known or not response.get("Content-Type", "").startswith("text/html"):
            return response
        return super().process_response(request, response)


class StrangersPostLittle(MiddlewareMixin):
    """Refuses a large post before any of it is read, unless somebody who is signed in sends it.

    The form and the follow page take long stories, and give the text back.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        is_large = not length.isdecimal() or int(length) > MOST_BYTES_ELSEWHERE
        if (
            is_large
            and request.method not in {"GET", "HEAD"}
            and request.path not in {reverse("fill_in"), reverse("follow")}
            and SESSION_KEY not in request.session
        ):
            return render(request, "400.html", status=413)
        return None


class WagtailMayNotFail(MiddlewareMixin):
    """Answers 4xx where a view of Wagtail fails over what it was sent, by the fault itself."""

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if not request.path.startswith(CMS) or request.path.startswith(CASE_DESK):
            return None
        if is_unreadable(request, exception):
            return bad_request(request, exception)
        is_no_number = isinstance(exception, ValueError) and "expected a number" in str(exception)
        if is_no_number or isinstance(exception, OverflowError):
            return page_not_found(request, exception)
        return None


def is_unreadable(request: HttpRequest, error: Exception) -> bool:
    """A form without a field it always has, a `next` that is no address, the root moved."""
    if isinstance(error, NoReverseMatch):
        asked = [request.POST.get("next"), request.GET.get("next")]
        return any(repr(given) in str(error) for given in asked if given)
    is_of_nothing = (
        isinstance(error, AttributeError) and error.name in OF_NOTHING and error.obj is None
    )
    if is_of_nothing or isinstance(error, KeyError):  # a field of a form, that was left out
        rooms = [frame.f_globals["__name__"] for frame, _line in walk_tb(error.__traceback__)]
        is_in_wagtail = any(str(room).startswith("wagtail.") for room in rooms[-1:])
        return is_in_wagtail or isinstance(error, MultiValueDictKeyError)
    return False


class WithProfile(ModelBackend):
    """Django's own backend; the user comes with their Wagtail profile, in one question."""

    def get_user(self, user_id: Any) -> User | None:
        users = get_user_model()._default_manager.select_related("wagtail_userprofile")
        user = users.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
