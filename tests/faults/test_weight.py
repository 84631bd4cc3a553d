"""What a web process takes: memory after every kind of page, and what it loads before the first."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.servers import ROOT, Site
from tests.faults.test_kept import ask
from tests.home.test_site import PAGES

pytestmark = [pytest.mark.faults, pytest.mark.tail]
MOST_MIB = 210  # 220 MB
MOST_MODULES = 2_300
DESK = ("/cms/", "/cms/complaints/complaint/")
# Read when a page needs them, not at each start.
LATER = {"segno", "qrcode", "pyrage", "moto", "boto3", "playwright", "pytest", "tqdm"}
LOADED = "import json, sys, config.wsgi; print(json.dumps([*sys.modules]))"


def resident_mib(pid: str) -> float:
    status = Path("/proc", pid, "status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def test_a_web_process_stays_small_after_every_kind_of_page(real_site: Site, record_property):
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
    record_property("measured", f"MiB of each web process: {[*map(round, sizes)]}")
    assert len(sizes) == 2
    assert max(sizes) < MOST_MIB


def test_a_start_loads_no_more_than_the_site_needs(real_site: Site):
    given = {"cwd": ROOT, "env": real_site.environment, "check": True, "stdout": subprocess.PIPE}
    done = subprocess.run([sys.executable, "-c", LOADED], **given)
    loaded = json.loads(done.stdout.splitlines()[-1])
    assert len(loaded) < MOST_MODULES
    assert not LATER & set(loaded)
