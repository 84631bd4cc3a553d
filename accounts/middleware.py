"""What every page of the CMS asks of a session: a second factor, and that somebody is there."""

import time
from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.factors import LOCKED, factors_of, has_shown_factor, may_begin, needs_factor
from accounts.sessions import SEEN_AT
from complaints.staff.pages import give_back
from config.middleware import CASE_DESK, CMS

FRESH_SECONDS = 15 * 60
WRITE_SECONDS = 60  # how exactly it is kept when somebody was last there
OPEN = {
    *("account_login", "account_logout", "mfa_authenticate", "mfa_login_webauthn"),
    *("mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("invitation", "wagtailadmin_sprite", "wagtailadmin_javascript_catalog"),
}
PINGS = "wagtailadmin_editing_sessions"
# A post that is answered with a file, a code or a letter; and one that shows what was typed only.
DESK = "complaints_complaint_modeladmin_"
READ_BY_A_POST = {f"{DESK}export", f"{DESK}code", f"{DESK}extend"}
WRITTEN_BY_THEM = {f"{DESK}register"}


class SecondFactor:
    """Keeps a session that has shown no factor out of the CMS, and an old one out of the desk."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Of a post that did nothing the page is not shown while the desk is locked."""
        response = self.get_response(request)
        match = request.resolver_match
        is_shown = response.status_code in (200, 409, 422) and request.method == "POST"
        if not is_shown or match is None or match.url_name in WRITTEN_BY_THEM:
            return response
        if not request.path_info.startswith(CASE_DESK) or not request.session.get(LOCKED):
            return response
        return _unsent(request) or redirect(request.path)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not request.path_info.startswith(CMS) or match is None or match.url_name in OPEN:
            return None
        if not request.user.is_authenticated:
            return None
        note_activity(request)
        if not has_shown_factor(request):
            is_about_factors = (match.url_name or "").startswith("mfa_")
            if may_begin(request) if is_about_factors else not needs_factor(request.user):
                return None
            return _asked(request, _way_to_a_factor)
        if request.session.get(LOCKED) and _is_reading(request):
            return _unsent(request) or _asked(request, _way_to_a_factor)
        return None


def _unsent(request: HttpRequest) -> HttpResponse | None:
    if request.method != "POST":
        return None
    return give_back(request, _("Je was langer dan een kwartier weg. Er is niets verstuurd."))


def note_activity(request: HttpRequest) -> None:
    """Keeps when somebody was last there; what the editor sends by itself is nobody.

    After a quarter of an hour the desk is locked. A post still goes through, so that what was
    typed is not lost; the page after it asks for the factor, and what was not done is given back.
    """
    now, match = time.time(), request.resolver_match
    away = now - request.session.get(SEEN_AT, now)
    if away > FRESH_SECONDS:
        request.session[LOCKED] = True
    is_ping = match is not None and PINGS in match.namespaces
    if is_ping or request.headers.get("Accept") == "application/json":  # the latter is autosave
        return
    if away > WRITE_SECONDS or SEEN_AT not in request.session:
        request.session[SEEN_AT] = now


def _is_reading(request: HttpRequest) -> bool:
    match = request.resolver_match
    is_post = request.method not in ("GET", "HEAD")
    if is_post and (match is None or match.url_name not in READ_BY_A_POST):
        return False
    return request.path_info.startswith(CASE_DESK)


def _asked(request: HttpRequest, ask: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    if request.headers.get("x-requested-with") == "XMLHttpRequest":
        raise PermissionDenied
    return ask(request)


def _way_to_a_factor(request: HttpRequest) -> HttpResponse:
    """To the factor they have, to making their first, or to how they get an invitation."""
    if factors_of(request.user):
        return _confirm(request)
    if may_begin(request):
        return redirect("mfa_index")
    return render(request, "account/no_factor.html", status=403)


def _confirm(request: HttpRequest) -> HttpResponse:
    methods = get_adapter().get_reauthentication_methods(request.user)
    return redirect_to_login(request.get_full_path(), login_url=methods[0]["url"])
