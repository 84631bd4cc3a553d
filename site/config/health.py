"""Whether the site lives and is ready, for a monitor or a proxy.

Asked before anything else: no session, no cookie, and any Host. It names parts, and says no more.
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


class Health:
    """Answers `/health/live` while the process does, `/health/ready` once all parts are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path not in ("/health/live", "/health/ready"):
            return self.get_response(request)
        found = failing() if request.path.endswith("ready") else []
        answer = JsonResponse({"failing": found}, status=503 if found else 200)
        answer["Cache-Control"] = "no-store"
        return answer
