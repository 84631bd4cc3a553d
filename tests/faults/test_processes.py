"""What real processes are: their weight, what they load, and what a monitor sees of them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.servers import ROOT, Site, ask, free_port, listens, wait_until
from tests.home.test_site import PAGES

pytestmark = pytest.mark.faults
MOST_MIB = 210  # 220 MB
MOST_MODULES = 2_300
DESK = ("/cms/", "/cms/complaints/complaint/")
# Read when a page needs them, not at each start.
LATER = {"segno", "qrcode", "pyrage", "moto", "boto3", "playwright", "pytest", "tqdm"}
LOADED = "import json, sys, config.wsgi; print(json.dumps([*sys.modules]))"


def resident_mib(pid: str) -> float:
    status = Path("/proc", pid, "status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


@pytest.mark.tail
def test_a_web_process_stays_small_after_every_kind_of_page_and_loads_no_more_than_needed(
    real_site: Site, measured
):
    real_site.start_web()
    cookie = real_site.inside("session")
    for _ in range(6):  # each process gets its share
        for path in (*PAGES, "/klacht-volgen/", "/klacht-verder/"):
            assert ask(real_site.port, path).status == 200, path
        for path in DESK:
            assert ask(real_site.port, path, Cookie=cookie).status == 200, path
    web = real_site.children["web"].pid
    workers = Path(f"/proc/{web}/task/{web}/children").read_text().split()
    sizes = [resident_mib(worker) for worker in workers]
    measured(f"MiB of each web process: {[*map(round, sizes)]}")
    assert len(sizes) == 2
    assert max(sizes) < MOST_MIB
    given = {"cwd": ROOT, "env": real_site.environment, "check": True, "stdout": subprocess.PIPE}
    done = subprocess.run([sys.executable, "-c", LOADED], **given)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert len(loaded) < MOST_MODULES
    assert not LATER & set(loaded)


def test_the_counts_are_on_a_port_of_this_machine_and_a_dead_worker_is_seen(real_site: Site):
    port = free_port()
    real_site.environment["METRICS_PORT"] = str(port)
    real_site.start_web()
    assert ask(real_site.port, "/health/live").status == 200
    ready = ask(real_site.port, "/health/ready")
    told = (ready.status, json.loads(ready.text))
    assert told == (503, {"is_well": False, "failing": ["worker"]})
    real_site.start_worker()
    is_ready = lambda: ask(real_site.port, "/health/ready").status == 200  # noqa: E731
    wait_until(is_ready, "the worker makes it ready")
    wait_until(lambda: listens(port), "the worker serves")
    assert 'site_job_failed{job="mail"} 0.0' in ask(port, "/metrics").text
