"""Who is following a complaint: a cookie of its own kind, never a login of the CMS.

It holds the receipt code, encrypted under a key of the server, and when it was last used. So it
opens exactly what the code opens: a code replaced, or a case erased, ends it at once. It lasts 30
minutes from the last page, in this browser only (docs/decisions/0010-following-a-complaint.md).
"""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from complaints.cases.sealing import CodeUnknown, case_key_by_code
from complaints.models.case import Complaint
from complaints.models.ways_back import FollowLink
from complaints.vault.codes import CodeMistyped
from complaints.vault.keyring import TokenBroken, open_token, seal_token

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
    began: int  # when they came in, in milliseconds: what they read since is still new to them


def enter(code: str, began: int | None = None) -> Follower:
    """Returns whoever has this code; raises CodeMistyped and CodeUnknown."""
    case_id, key = case_key_by_code(code)
    return Follower(code, case_id, key, began or int(time.time() * 1000))


def follower_of(request: HttpRequest) -> Follower | None:
    """Returns who this request is of; None without a cookie, or where it is over or not ours."""
    data = _read(request)
    if data is None or "code" not in data:
        return None
    try:
        return enter(data["code"], data.get("began"))
    except (CodeMistyped, CodeUnknown):
        return None


def keep(response: HttpResponseBase, follower: Follower) -> HttpResponseBase:
    """Lets the follower stay for another 30 minutes; with the newest code, if they got one."""
    data = {"code": follower.code, "began": follower.began}
    return response if cookie_name() in response.cookies else _set(response, data)


def _read(request: HttpRequest) -> dict[str, Any] | None:
    """Returns what the cookie holds; None for one that is over or not ours."""
    try:
        content = open_token(request.COOKIES.get(cookie_name(), ""), use=USE)
    except TokenBroken:
        return None
    data: dict[str, Any] = json.loads(content)
    return data if time.time() - data["at"] <= IDLE_SECONDS else None


def _set(response: HttpResponseBase, data: dict[str, Any]) -> HttpResponseBase:
    content = json.dumps(data | {"at": int(time.time())})
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
    return _set(response, {"link": link_id.hex})


def status_case_of(request: HttpRequest) -> tuple[UUID, Complaint] | None:
    """Returns the link used and its case; None without one, or once a newer link took its place."""
    data = _read(request)
    if data is None or "link" not in data:
        return None
    used = FollowLink.objects.exclude(used_at=None).filter(pk=data["link"])
    found = used.select_related("complaint").first()
    return (found.pk, found.complaint) if found is not None else None


def leave(response: HttpResponse) -> HttpResponse:
    """Forgets the follower in this browser."""
    response.delete_cookie(cookie_name(), path=PATH, samesite="Strict")
    return response


def cookie_name() -> str:
    return "__Secure-volgen" if settings.SESSION_COOKIE_SECURE else "volgen"
