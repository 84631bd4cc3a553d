"""The case desk at 100, 10,000 and 100,000 complaints: seconds a page, and the export's memory.

Run in a scratch site. Prints JSON: milliseconds of each page at each size (medians, the pages in
turns), and of each export its rows a second and the MiB it took above idle.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import django

SIZES = (100, 10_000, 100_000)
TURNS = 25
EXPORTS = ("csv", "csv answers", "xlsx", "plain csv", "plain xlsx")
LIST = "/cms/complaints/complaint/"


def client_of(username: str) -> Any:
    from django.contrib.auth import get_user_model
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    client.force_login(get_user_model().objects.get(username=username))
    return client


def pages_now() -> dict[str, float]:
    """Milliseconds of each page: the median of TURNS, in turns, after one to warm up."""
    from complaints.models.case import Complaint

    client = client_of("bench")
    case = Complaint.objects.filter(route="confidant").order_by("reference").first()
    assert case is not None  # noqa: S101 - just made
    pages = {
        "List": LIST,
        "List of all": f"{LIST}?whose=all&status=all",
        "Board": f"{LIST}bord/?whose=all",
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


def seed(number: int) -> None:
    from django.core.management import call_command

    call_command("seed_complaints", number, verbosity=0)


def submit_plain(number: int) -> None:
    """As many submissions of Wagtail's own form page, with the same texts."""
    from wagtail.contrib.forms.models import FormSubmission

    from benchmarks.management.commands.seed_complaints import STORY
    from benchmarks.plain.models import PlainFormPage

    page = PlainFormPage.objects.get()
    rows = (
        FormSubmission(page=page, form_data={"probleem": STORY, "naam": "Fien Verzonnen"})
        for _ in range(number)
    )
    FormSubmission.objects.bulk_create(rows, batch_size=1000)


def export_now(what: str) -> dict[str, float]:
    """One export, taken as a web server takes it: piece by piece, nothing kept."""
    idle = _peak_mib()
    begun = time.perf_counter()
    for _piece in _plain(what) if what.startswith("plain") else _ours(what):
        pass  # sent, in production
    seconds = time.perf_counter() - begun
    return {"rate": _rows(what) / seconds, "mib": _peak_mib() - idle}


def _rows(what: str) -> int:
    """How many there were to take: of ours, those that this handler may see."""
    from wagtail.contrib.forms.models import FormSubmission

    from complaints.models.case import Complaint

    if what.startswith("plain"):
        return FormSubmission.objects.count()
    return Complaint.objects.exclude(route="deputy").count()


def _ours(what: str) -> Iterable[bytes]:
    kind, _, answers = what.partition(" ")
    client = client_of("bench")
    client.get(LIST)
    fields = {"format": kind} | ({"answers": "on"} if answers else {})
    query = "?whose=all&status=all&suspect=all"
    return client.post(f"{LIST}export/{query}", fields).streaming_content  # type: ignore[no-any-return]


def _plain(what: str) -> Iterable[bytes]:
    from benchmarks.plain.models import PlainFormPage

    page, client = PlainFormPage.objects.get(), client_of("root")
    address = f"/cms/forms/submissions/{page.pk}/?export={what.removeprefix('plain ')}"
    answer = client.get(address)
    return answer.streaming_content if answer.streaming else [answer.content]


def _peak_mib() -> float:
    """The most this process took so far; `getrusage` would count what its parent had taken."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def in_own_process(what: str) -> dict[str, float]:
    """Memory once taken is not given back, so each export has a process of its own."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "benchmarks.desk", what],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def measure() -> dict[str, Any]:
    from django.contrib.auth import get_user_model

    pages, there = {}, 0
    for size in SIZES:
        seed(size - there)
        pages[str(size)], there = pages_now(), size
    get_user_model().objects.create_superuser("root", email="root@example.org")
    submit_plain(SIZES[-1])
    return {"pages": pages, "exports": {what: in_own_process(what) for what in EXPORTS}}


def main() -> None:
    django.setup()
    what = sys.argv[1] if len(sys.argv) > 1 else ""
    print(json.dumps(export_now(what) if what else measure()))  # noqa: T201


if __name__ == "__main__":
    main()
