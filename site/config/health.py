"""Whether the site lives and is ready, for a monitor or a proxy.

Asked before anything else: no session, no cookie, and any Host. What is not well it names to the
machine itself alone.
"""

from collections.abc import Callable
from functools import cache

from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

from complaints.cases.uploads import has_room
from complaints.staff.selfcheck import do_keys_open, is_worker_there


def is_database_there() -> bool:
    connection.ensure_connection()
    return connection.is_usable()


@cache
def newest_migrations() -> frozenset[tuple[str, str]]:
    """Returns what the code asks to have been applied; it changes with the code only."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def is_migrated() -> bool:
    return newest_migrations() <= set(MigrationRecorder(connection).applied_migrations())


PARTS: dict[str, Callable[[], bool]] = {
    "migrations": is_migrated,
    "keys": do_keys_open,
    "worker": is_worker_there,
    "disk": has_room,
}


def is_so(part: Callable[[], bool]) -> bool:
    try:
        return part()
    except (Error, OSError):
        return False


def failing() -> list[str]:
    """Returns the parts that are not in order; without a database nothing else is asked."""
    if not is_so(is_database_there):
        return ["database"]
    return [name for name, part in PARTS.items() if not is_so(part)]


def is_from_here(request: HttpRequest) -> bool:
    """Whether a program of this machine asks, and no proxy does for somebody: that would say so."""
    is_passed_on = any(name.startswith(("HTTP_X_", "HTTP_FORWARDED")) for name in request.META)
    return request.META.get("REMOTE_ADDR", "") in {"", "127.0.0.1", "::1"} and not is_passed_on


class Health:
    """Answers `/health/live` while the process does, `/health/ready` once all parts are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in ("/health/live", "/health/ready"):
            return self.get_response(request)
        found = failing() if request.path.endswith("ready") else []
        told = {"failing": found} if is_from_here(request) else {}
        answer = JsonResponse({"is_well": not found} | told, status=503 if found else 200)
        answer["Cache-Control"] = "no-store"
        return answer
