"""Acknowledged means on disk: a commit waits for the disk, and the settings say so."""

import os
import shutil
import subprocess

import pytest

from tests.faults.people import Complainant, assert_nothing_lost
from tests.faults.servers import OF_THIS_RUN, Site, running_site

pytestmark = pytest.mark.faults

IN_FORCE = {
    "sqlite": {"journal_mode": "wal", "synchronous": "2", "secure_delete": "1"},
    "postgres": {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"},
}


def test_the_settings_that_make_a_commit_last_are_in_force(real_site):
    assert real_site.inside("durability") == IN_FORCE[real_site.database.kind]


def can_trace() -> bool:
    strace = shutil.which("strace")
    return (
        bool(strace) and not subprocess.run([strace, "-f", "true"], capture_output=True).returncode
    )


def synced(site: Site) -> int:
    """How often a process of the web server has waited for the write-ahead log to be on disk."""
    lines = site.log_file("strace").read_text().splitlines()
    return sum("-wal>" in line and "sync(" in line for line in lines)


@pytest.mark.skipif(OF_THIS_RUN != "sqlite", reason="PostgreSQL's own processes sync its log")
def test_each_complaint_is_on_disk_before_it_is_acknowledged(whole_dose, record_property):
    if not can_trace():
        pytest.skip("no strace, or it may not trace here")
    complaints = 200 if whole_dose else 10
    with running_site("sqlite") as site:
        output = os.fspath(site.log_file("strace"))
        site.start_web("strace", "-f", "-y", "-e", "trace=fdatasync,fsync", "-o", output)
        person = Complainant(site)
        person.file()
        before = synced(site)
        for number in range(1, complaints + 1):
            person.file()
            assert synced(site) - before >= number, "acknowledged before it was on disk"
        count = synced(site) - before
        site.end_web()
        assert_nothing_lost(site, person.receipts)
    record_property("measured", f"sqlite: {count} syncs of the log for {complaints} complaints")
