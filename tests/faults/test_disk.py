"""No room, or no database: what was typed comes back, with a button that sends it again.

Acknowledged means on disk: a commit waits for it.
"""

import html
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.people import Complainant, assert_nothing_lost
from tests.faults.servers import IS_WHOLE, OF_THIS_RUN, Site, running_site

pytestmark = pytest.mark.faults

DISK = 8 * 1024 * 1024
LONG = 20_000  # characters
ROOM = 400 * 1024  # what is left before the filing begins


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system of a few megabytes; skips where this machine lets us make none."""
    with TemporaryDirectory(prefix="klachten-disk-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode:
            pytest.skip("no small disk: mounting a tmpfs takes root")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def refused(person: Complainant, story: str) -> bool:
    """Whether the last post was refused; then as it should be, with the story on the page."""
    response = person.form.response
    if response.status_code == 200:
        return False
    assert response.status_code == 503, response.status_code
    assert story in html.unescape(person.form.html)
    assert len(person.form.page.actions) == 1
    return True


Trouble = tuple[Site, Callable[[], dict[str, str]], Callable[[], None]]


@contextmanager
def no_room() -> Iterator[Trouble]:
    """A site; what fills its disk, and returns what was filed until then; what ends that."""
    if OF_THIS_RUN != "sqlite":
        pytest.skip("the small disk is for the SQLite file")
    with small_disk() as disk, running_site("sqlite", small_disk=disk) as site:
        ballast = disk / "ballast"

        def fill_up() -> dict[str, str]:
            free, person = os.statvfs(disk), Complainant(site, is_patient=False)
            ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - ROOM))
            for _ in range(200):
                story = person.write(length=LONG)
                person.form.send()
                if refused(person, story):
                    return person.receipts
                assert person.keep_receipt(story), person.form.text
            raise AssertionError("200 long stories fitted on the small disk")

        yield site, fill_up, ballast.unlink


@contextmanager
def no_database() -> Iterator[Trouble]:
    """A site; what stops its database, and what starts it again."""
    if OF_THIS_RUN != "postgres" and not IS_WHOLE:
        pytest.skip("a SQLite file does not stop")
    with running_site("postgres") as site:
        yield site, lambda: site.database.stop_at_once() or {}, site.database.start


@pytest.mark.parametrize("trouble", [no_room, no_database])
def test_in_trouble_the_text_comes_back_and_files_later(trouble, measured):
    """At sending, and where that needs the database at the first step; nothing is half stored."""
    again = 150 if IS_WHOLE and trouble is no_room else 3
    with trouble() as (site, begin, end):
        site.start_web()
        *senders, early = (Complainant(site, is_patient=False) for _ in range(3))
        told = [(person, person.write(length=LONG)) for person in senders]
        receipts = begin()
        for person, story in told:
            person.form.send()
            for _ in range(again):
                assert refused(person, story), person.form.text
                person.press_again()
            assert refused(person, story), person.form.text
        if trouble is no_database:
            told.append((early, early.write()))
            assert refused(*told[-1]), early.form.text
        end()
        for person, story in told:
            person.press_again()
            if person is early:
                person.form.send()
            assert person.keep_receipt(story), person.form.text
            receipts |= person.receipts
        assert_nothing_lost(site, receipts)
    measured(
        f"{trouble.__name__}: {2 * again + 2} refusals, each a 503 with the text; 0 half stored; "
        "sent again afterwards: filed"
    )


def synced(site: Site) -> int:
    """How often a process of the web server has waited for the write-ahead log to be on disk."""
    lines = site.log_file("strace").read_text().splitlines()
    return sum("-wal>" in line and "sync(" in line for line in lines)


@pytest.mark.skipif(OF_THIS_RUN != "sqlite", reason="PostgreSQL's own processes sync its log")
def test_each_complaint_is_on_disk_before_it_is_acknowledged(measured):
    strace = shutil.which("strace")
    if not strace or subprocess.run([strace, "-f", "true"], capture_output=True).returncode:
        pytest.skip("no strace, or it may not trace here")
    complaints = 200 if IS_WHOLE else 10
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
    measured(f"sqlite: {count} syncs of the log for {complaints} complaints")
