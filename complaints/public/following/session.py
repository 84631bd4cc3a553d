"""Who is following a complaint: a cookie of its own kind, never a login of the CMS.

It holds the receipt code, encrypted under a key of the server, and when it was last used. So it
opens exactly what the code opens: a code replaced, or a case erased, ends it at once. It lasts 30
minutes from the last page; leaving ends it, and each copy of it (decisions 0010 and 0021).

And what a browser keeps of us: dropped after sending, and by the quick exit. What no header reaches
stands in docs/wat-een-browser-bewaart.md.
"""

import json
import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from complaints.cases.codes_and_links import end_session, is_ended
from complaints.cases.sealing import CodeUnknown, case_key_by_code
from complaints.models.keys_and_files import FollowLink
from complaints.public.suspicion import is_foreign
from complaints.vault.codes import CodeMistyped, new_code
from complaints.vault.keyring import TokenBroken, open_token, seal_token
from home.models import OrganisationSettings

logger = logging.getLogger(__name__)

USE = "follow-session"
PATH = "/klacht-volgen/"
IDLE_SECONDS = 30 * 60
WARN_SECONDS = 2 * 60  # before its end


@dataclass(frozen=True)
class Follower:
    """Somebody who came with the code of a case, and the key it opens the case with."""

    code: str = field(repr=False)
    case_id: UUID
    key: bytes = field(repr=False)
    session: UUID
    began: int  # when they came in, in milliseconds: what they read since is still new to them


def enter(code: str, session: UUID | None = None, began: int | None = None) -> Follower:
    """Returns whoever has this code; raises CodeMistyped and CodeUnknown."""
    case_id, key = case_key_by_code(code)
    return Follower(code, case_id, key, session or uuid4(), began or int(time.time() * 1000))


def follower_of(request: HttpRequest, *, is_renewed: bool = False) -> Follower | None:
    """Returns who this request is of; None without a cookie, or where it is over or not ours.

    `is_renewed`: by the code that the page it came from holds, of a button pressed twice the second
    time.
    """
    data = _running(request, by="code")
    if data is None:
        return None
    session = UUID(data["session"])
    code = minted(request, session) if is_renewed else data["code"]
    try:
        return enter(code, session, data["began"])
    except (CodeMistyped, CodeUnknown):
        return None


def mint(follower: Follower) -> str:
    """Returns a new code, sealed for a page that offers it to this follower."""
    return seal_token(new_code().encode(), use=f"{USE}-{follower.session.hex}")


def minted(request: HttpRequest, session: UUID) -> str:
    """Returns the code on the page this post came from; "" for none, or another's."""
    try:
        return open_token(request.POST.get("minted", ""), use=f"{USE}-{session.hex}").decode()
    except TokenBroken:
        return ""


def keep(response: HttpResponseBase, follower: Follower) -> HttpResponseBase:
    """Lets the follower stay for another 30 minutes; with the newest code, if they got one."""
    if cookie_name() in response.cookies:
        return response
    return _set(response, follower.session, {"code": follower.code, "began": follower.began})


def _running(request: HttpRequest, *, by: str) -> dict[str, Any] | None:
    """Returns what the cookie of a session holds that one came into by that, while it lasts."""
    data = _read(request)
    if data is None or by not in data or time.time() - data["at"] > IDLE_SECONDS:
        return None
    return None if is_ended(UUID(data["session"])) else data


def _read(request: HttpRequest) -> dict[str, Any] | None:
    """Returns what the cookie holds, over or not; None for one that is not ours."""
    try:
        content = open_token(request.COOKIES.get(cookie_name(), ""), use=USE)
    except TokenBroken:
        return None
    data: dict[str, Any] = json.loads(content)
    return data


def _set(response: HttpResponseBase, session: UUID, data: dict[str, Any]) -> HttpResponseBase:
    content = json.dumps(data | {"session": session.hex, "at": int(time.time())})
    response.set_cookie(
        cookie_name(),
        seal_token(content.encode(), use=USE),
        path=PATH,
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def keep_status(response: HttpResponse, link_id: UUID) -> HttpResponseBase:
    """Lets somebody who used a mailed link stay for another 30 minutes, for the status only."""
    return _set(response, link_id, {"link": link_id.hex})


def used_link(request: HttpRequest) -> FollowLink | None:
    """Returns the link somebody came in by, with its case; None without one, or once it ended."""
    data = _running(request, by="link")
    if data is None:
        return None
    used = FollowLink.objects.used().filter(pk=data["link"])
    return used.select_related("complaint").first()


def see_other() -> HttpResponse:
    """Goes to the page of the case."""
    return HttpResponse(status=303, headers={"Location": PATH})


def leave(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Ends the session of this request: its cookie is forgotten here, and no copy opens anything.

    Also where it is over here: a copy may have been renewed, even while this was on its way, so it
    is known as ended for twice as long as it can last. Without a database this browser forgets it.
    """
    if data := _read(request):
        until = timezone.now() + timedelta(seconds=2 * IDLE_SECONDS)
        try:
            end_session(UUID(data["session"]), until)
        except DatabaseError:
            logger.exception("follow.session_not_ended")
    if cookie_name() in request.COOKIES:  # a link in webmail comes without it, and ends nothing
        response.delete_cookie(cookie_name(), path=PATH, samesite="Strict")
    return response


def cookie_name() -> str:
    return "__Secure-volgen" if settings.SESSION_COOKIE_SECURE else "volgen"


def forget(response: HttpResponse) -> HttpResponse:
    """This answer is kept nowhere, and of this site nothing stays in the browser's cache."""
    add_never_cache_headers(response)
    response["Clear-Site-Data"] = '"cache"'
    return response


# No token: who leaves may have no cookies, and another site's request (`is_foreign`) ends nothing.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def quick_exit(request: HttpRequest) -> HttpResponse:
    """A script posts here when it has left already; without scripts this sends somebody on."""
    response = HttpResponse(status=204)
    if request.method != "POST":
        try:
            organisation = OrganisationSettings.for_request(request)
        except Exception:  # nobody is held here: on to where a new site leads
            logger.exception("exit.not_looked_up")
            organisation = OrganisationSettings()
        response = HttpResponse(status=303, headers={"Location": organisation.quick_exit_url})
    return response if is_foreign(request) else leave(request, forget(response))
