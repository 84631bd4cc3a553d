"""The case desk at 100 and at 10,000 complaints: milliseconds a page, and the export's memory.

Run in a scratch site. `pages NUMBER` makes that many complaints, and then prints the milliseconds
of each page whose name it reads, so that sites of two sizes can be measured in turns. `export WHAT`
prints as JSON its rows a second and the MiB it took above idle.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import django

from benchmarks.export import take

SIZES = (100, 10_000)
TURNS = 15
LIST = "/cms/complaints/complaint/"
PAGES = {
    "List": f"{LIST}?whose=mine",
    "List of all": f"{LIST}?status=all",
    "Case file": f"{LIST}inspect/{{case}}/",
}


def handler() -> Any:
    from django.contrib.auth import get_user_model
    from django.contrib.auth.signals import user_logged_in
    from django.test import Client

    from tests.accounts.doors import show_factor

    user_logged_in.connect(show_factor)
    client = Client(HTTP_HOST="localhost")
    client.force_login(get_user_model().objects.get(username="bench"))
    return client


def in_turns(sites: Iterable[dict[str, str]]) -> dict[str, dict[str, float]]:
    """Milliseconds of each page by size: the median of TURNS in which each site is asked once.

    Each site, by its environment, has a process of its own. A first turn warms up, uncounted.
    """
    command = [sys.executable, "-m", "benchmarks.desk", "pages"]
    pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "bufsize": 1}
    asked = {
        str(size): subprocess.Popen([*command, str(size)], env=site, **pipes)  # noqa: S603
        for size, site in zip(SIZES, sites, strict=True)
    }
    took: dict[str, dict[str, list[float]]] = {size: {name: [] for name in PAGES} for size in asked}
    for process in asked.values():
        _read(process)
    for turn in range(TURNS + 1):
        for name in PAGES:
            for size, process in asked.items():
                print(name, file=process.stdin)
                milliseconds = _read(process)
                if turn:
                    took[size][name].append(milliseconds)
    for process in asked.values():
        process.communicate()
    return {
        size: {name: statistics.median(times) for name, times in pages.items()}
        for size, pages in took.items()
    }


def _read(process: subprocess.Popen[str]) -> float:
    return float(process.stdout.readline())  # type: ignore[union-attr]


def answer_pages(number: int) -> None:
    """Makes the complaints and says so by a zero; then the milliseconds of each page asked for."""
    from django.core.management import call_command

    from complaints.models.case import Complaint

    call_command("seed_complaints", number, verbosity=0)
    client = handler()
    case = Complaint.objects.filter(route="confidant").order_by("reference").first()
    assert case is not None  # noqa: S101 - just made
    print(0, flush=True)  # noqa: T201
    for line in sys.stdin:
        print(_milliseconds(client, PAGES[line.strip()].format(case=case.pk)), flush=True)  # noqa: T201


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


if __name__ == "__main__":
    django.setup()
    if sys.argv[1] == "pages":
        answer_pages(int(sys.argv[2]))
    else:
        print(json.dumps(export_now(" ".join(sys.argv[2:]))))  # noqa: T201
