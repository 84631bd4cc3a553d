"""Whether the site lives and is ready, for a monitor or a proxy; and how many requests it answers.

Asked before anything else: no session, no cookie, and any Host. It names parts, and says no more.
"""

import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse

from complaints.cases.sealing import require_keys
from complaints.cases.uploads import has_room
from complaints.staff.selfcheck import is_worker_there

if TYPE_CHECKING:
    from prometheus_client import Histogram

Answer = Callable[[HttpRequest], HttpResponse]


def is_database_there() -> bool:
    connection.ensure_connection()
    return connection.is_usable()


@cache
def newest_migrations() -> frozenset[tuple[str, str]]:
    """Returns what the code asks to have been applied; it changes with the code only."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def is_migrated() -> bool:
    return newest_migrations() <= set(MigrationRecorder(connection).applied_migrations())


def do_keys_open() -> bool:
    require_keys()
    return True


PARTS: dict[str, Callable[[], bool]] = {
    "database": is_database_there,
    "migrations": is_migrated,
    "keys": do_keys_open,
    "worker": is_worker_there,
    "disk": has_room,
}


def failing() -> list[str]:
    """Returns the parts that are not in order; without a database nothing else is asked."""
    found = []
    for name, is_so in PARTS.items():
        try:
            is_fine = is_so()
        except (Error, OSError, ImproperlyConfigured):
            is_fine = False
        if not is_fine:
            found.append(name)
            if name == "database":
                break
    return found


class Health:
    """Answers `/health/live` while the process does, `/health/ready` once all parts are."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/health/live":
            answer: HttpResponse = JsonResponse({"live": True})
        elif request.path == "/health/ready":
            found = failing()
            answer = JsonResponse({"ready": not found, "failing": found})
            answer.status_code = 503 if found else 200
        else:
            return self.get_response(request)
        answer["Cache-Control"] = "no-store"
        return answer


@cache
def request_seconds() -> "Histogram":
    """Returns what all processes add to; its library is loaded where it is asked for."""
    Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).mkdir(parents=True, exist_ok=True)
    from prometheus_client import Histogram

    return Histogram("site_request_seconds", "How long requests took.", ["status"])


class CountsRequests:
    """Counts requests by status class, and how long each took; nothing of what was asked."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.seconds = request_seconds()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        answer = self.get_response(request)
        status = f"{answer.status_code // 100}xx"
        self.seconds.labels(status).observe(time.perf_counter() - began)
        return answer
