"""People file meanwhile, and what the site acknowledged is there, whole and once.

Processes are killed, a new version comes up (not one request fails), backups are made.
"""

import shutil
import socket
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyrage
import pytest

from tests.faults.nginx import behind_nginx
from tests.faults.people import Crowd, assert_nothing_lost
from tests.faults.servers import IS_WHOLE, PATIENCE, ROOT, Site

pytestmark = pytest.mark.faults


PROCESSES = [
    Site.kill_one_web_worker,
    lambda site: site.kill_and_start("web"),
    lambda site: site.kill_and_start("worker"),
]
NEMESIS = {
    "sqlite": PROCESSES,
    "postgres": [
        lambda site: site.database.crash(),
        *PROCESSES,
        lambda site: site.database.restart(),
    ],
}
# The settings that make a commit last.
IN_FORCE = {
    "sqlite": {"journal_mode": "wal", "synchronous": "2", "secure_delete": "1"},
    "postgres": {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"},
}


def test_kills_lose_no_acknowledged_complaint_nor_double_one(real_site, measured):
    complaints, kills = (1000, 12) if IS_WHOLE else (24, 3)
    ways = NEMESIS[real_site.database.kind]
    assert real_site.inside("durability") == IN_FORCE[real_site.database.kind]
    real_site.start_web()
    real_site.start_worker()
    began = time.monotonic()
    crowd = Crowd(real_site, complaints)
    steps = [partial(ways[number % len(ways)], real_site) for number in range(kills)]
    receipts = crowd.meanwhile(steps)
    seconds = time.monotonic() - began
    assert_nothing_lost(real_site, receipts)
    errors = sum(person.browser.errors for person in crowd.people)
    lost = sum(person.browser.answers // 7 for person in crowd.people)
    measured(
        f"{real_site.database.kind}: {kills} kills, {complaints} acknowledged in {seconds:.0f} s, "
        f"{errors} errors seen and sent again ({lost} of them lost answers), 0 lost, 0 double"
    )


@pytest.mark.tail
@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_not_one_request_fails_while_the_web_server_is_reloaded_and_started_anew(
    real_site, measured, tmp_path
):
    times = 8 if IS_WHOLE else 2
    with socket.create_server(("127.0.0.1", real_site.port), backlog=512) as listening:

        def start_anew() -> None:
            real_site.end_web()
            real_site.start_web_on(listening)

        real_site.start_web_on(listening)
        with behind_nginx(real_site, tmp_path):
            crowd = Crowd(real_site, 16 * times, is_calm=True)
            steps = [real_site.reload_web, start_anew, real_site.reload_web]
            receipts = crowd.meanwhile(steps * times)
        assert_nothing_lost(real_site, receipts)
    measured(
        f"{real_site.database.kind}: {2 * times} reloads and {times} restarts under load: "
        f"0 of {crowd.pages} pages and {len(receipts)} filings failed"
    )


def manage(site: Site, *command: Any) -> float:
    began = time.monotonic()
    program = [sys.executable, "manage.py", *map(str, command)]
    given = {"cwd": ROOT, "env": site.environment, "timeout": PATIENCE, "text": True}
    done = subprocess.run(program, **given, capture_output=True)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def empty_site(site: Site, folder: Path) -> Site:
    """An installation beside it, with the same key ring and nothing else."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'db.sqlite3'}"
    if site.database.kind == "postgres":
        url = site.database.url.replace("/postgres?", f"/{folder.name}?")
        psql = [site.database.server.bin_path / "psql", site.database.url]
        create = [*psql, "-c", f"CREATE DATABASE {folder.name}"]
        subprocess.run(create, check=True, capture_output=True)
    other = Site(folder, SimpleNamespace(kind=site.database.kind, url=url))
    other.environment["BACKUP_PG_BIN"] = site.environment["BACKUP_PG_BIN"]
    (folder / "vault.keys").write_bytes((site.folder / "vault.keys").read_bytes())
    return other


@pytest.mark.tail
def test_a_backup_holds_each_complaint_whole_or_not_at_all(real_site, measured):
    """All that was acknowledged before it began is in it."""
    complaints, number = (600, 4) if IS_WHOLE else (40, 1)
    identity = pyrage.x25519.Identity.generate()
    key = real_site.folder / "identity"
    key.write_text(str(identity))
    server = getattr(real_site.database, "server", None)
    real_site.environment["BACKUP_RECIPIENT"] = str(identity.to_public())
    real_site.environment["BACKUP_PG_BIN"] = str(server.bin_path) if server else ""
    real_site.start_web()
    real_site.start_worker()
    crowd, made, found = Crowd(real_site, complaints), [], []

    def back_up() -> None:
        before, folder = crowd.receipts, real_site.folder / f"backups{len(made)}"
        real_site.environment["BACKUP_TO"] = str(folder)
        made.append((folder, before, manage(real_site, "backup")))

    receipts = crowd.meanwhile([back_up] * number)
    assert_nothing_lost(real_site, receipts)
    for one, (folder, before, _took) in enumerate(made):
        other = empty_site(real_site, real_site.folder / f"restored{one}")
        manage(other, "restore", folder, "--identity", key)
        assert_nothing_lost(other, before, more_allowed=complaints)
        found.append(len(other.inside("contents")["complaints"]) - len(before))
    measured(
        f"{real_site.database.kind}: {number} backups ({max(took for *_, took in made):.1f} s at "
        f"most) while {complaints} were filed; restored, each had all acknowledged before it began "
        f"and {found} of those filed meanwhile, 0 half"
    )
