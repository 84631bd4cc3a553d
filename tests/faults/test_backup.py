"""Backups are made while people file. What was acknowledged before one began is whole in it."""

import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyrage
import pytest

from tests.faults.people import assert_nothing_lost
from tests.faults.servers import PATIENCE, ROOT, Site
from tests.faults.test_killed import Crowd

pytestmark = [pytest.mark.faults, pytest.mark.tail]


def manage(site: Site, *command: Any) -> float:
    began = time.monotonic()
    program = [sys.executable, "manage.py", *map(str, command)]
    given = {"cwd": ROOT, "env": site.environment, "timeout": PATIENCE, "text": True}
    done = subprocess.run(program, **given, capture_output=True)
    assert done.returncode == 0, done.stderr
    return time.monotonic() - began


def empty_site(site: Site, folder: Path, number: int) -> Site:
    """An installation beside it, with the same key ring and nothing else."""
    folder.mkdir()
    url = f"sqlite:///{folder / 'db.sqlite3'}"
    if site.database.kind == "postgres":
        name = f"restored{number}"
        url = site.database.url.replace("/postgres?", f"/{name}?")
        psql = [site.database.server.bin_path / "psql", site.database.url]
        subprocess.run([*psql, "-c", f"CREATE DATABASE {name}"], check=True, capture_output=True)
    other = Site(folder, SimpleNamespace(kind=site.database.kind, url=url))
    other.environment["BACKUP_PG_BIN"] = site.environment["BACKUP_PG_BIN"]
    (folder / "vault.keys").write_bytes((site.folder / "vault.keys").read_bytes())
    return other


def test_a_backup_during_writes_holds_each_complaint_whole_or_not_at_all(
    real_site, whole_dose, record_property
):
    complaints, number = (600, 4) if whole_dose else (40, 1)
    identity = pyrage.x25519.Identity.generate()
    key = real_site.folder / "identity"
    key.write_text(str(identity))
    folders = [real_site.folder / f"backups{one}" for one in range(number)]
    real_site.environment["BACKUP_RECIPIENT"] = str(identity.to_public())
    server = getattr(real_site.database, "server", None)
    real_site.environment["BACKUP_PG_BIN"] = str(server.bin_path) if server else ""
    real_site.start_web()
    real_site.start_worker()
    crowd = Crowd(real_site, complaints)
    acknowledged: list[dict[str, str]] = []
    took = []
    for one, folder in enumerate(folders):
        crowd.wait_for(complaints * (one + 1) // (number + 2))
        acknowledged.append(
            {r: s for person in crowd.people for r, s in [*person.receipts.items()]}
        )
        real_site.environment["BACKUP_TO"] = str(folder)
        took.append(manage(real_site, "backup"))
    receipts = crowd.receipts()
    assert_nothing_lost(real_site, receipts)
    found = []
    for one, (folder, before) in enumerate(zip(folders, acknowledged, strict=True)):
        other = empty_site(real_site, real_site.folder / f"other{one}", one)
        manage(other, "restore", folder, "--identity", key)
        assert_nothing_lost(other, before, more_allowed=complaints)
        found.append(len(other.inside("contents")["complaints"]) - len(before))
    record_property(
        "measured",
        f"{real_site.database.kind}: {number} backups ({max(took):.1f} s at most) while "
        f"{complaints} were filed; restored, each had all acknowledged before it began and "
        f"{found} of those filed meanwhile, 0 half",
    )
