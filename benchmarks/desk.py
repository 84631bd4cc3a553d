"""The case desk at 100 and at 10,000 complaints: milliseconds a page, and the export's memory.

Run in our scratch site. Prints JSON: milliseconds of each page at each size (medians, the pages in
turns), and of each export its rows a second and the MiB it took above idle.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterable
from typing import Any

import django

from benchmarks.export import in_own_process, take

SIZES = (100, 10_000)
TURNS = 9
EXPORTS = ("csv", "csv answers", "xlsx")
LIST = "/cms/complaints/complaint/"


def handler() -> Any:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.signals import user_logged_in
    from django.test import Client

    from tests.accounts.doors import show_factor

    user_logged_in.connect(show_factor)
    client = Client(HTTP_HOST="localhost")
    client.force_login(get_user_model().objects.get(username="bench"))
    return client


def pages_now() -> dict[str, float]:
    """Milliseconds of each page: the median of TURNS, in turns, after one to warm up."""
    from complaints.models.case import Complaint

    client = handler()
    case = Complaint.objects.filter(route="confidant").order_by("reference").first()
    assert case is not None  # noqa: S101 - just made
    pages = {
        "List": f"{LIST}?whose=mine",
        "List of all": f"{LIST}?status=all",
        "Case file": f"{LIST}inspect/{case.pk}/",
    }
    took: dict[str, list[float]] = {name: [] for name in pages}
    for turn in range(TURNS + 1):
        for name, path in pages.items():
            milliseconds = _milliseconds(client, path)
            if turn:
                took[name].append(milliseconds)
    return {name: statistics.median(times) for name, times in took.items()}


def _milliseconds(client: Any, path: str) -> float:
    begun = time.perf_counter()
    if client.get(path).status_code != 200:
        raise RuntimeError(path)
    return (time.perf_counter() - begun) * 1000


def export(what: str) -> Iterable[bytes]:
    kind, _, answers = what.partition(" ")
    client = handler()
    client.get(LIST)
    fields = {"format": kind} | ({"answers": "on"} if answers else {})
    query = "?whose=all&status=all&suspect=all"
    return client.post(f"{LIST}export/{query}", fields).streaming_content  # type: ignore[no-any-return]


def export_now(what: str) -> dict[str, float]:
    from complaints.models.case import Complaint

    return take(lambda: export(what), rows=Complaint.objects.exclude(route="deputy").count())


def measure() -> dict[str, Any]:
    from django.core.management import call_command

    pages, there = {}, 0
    for size in SIZES:
        call_command("seed_complaints", size - there, verbosity=0)
        pages[str(size)], there = pages_now(), size
    exports = {what: in_own_process("benchmarks.desk", what) for what in EXPORTS}
    return {"pages": pages, "exports": exports}


if __name__ == "__main__":
    django.setup()
    wanted = " ".join(sys.argv[1:])
    print(json.dumps(export_now(wanted) if wanted else measure()))  # noqa: T201
