"""No room, or no database: what was typed comes back, with a button that sends it again."""

import html
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.faults.people import Complainant, assert_nothing_lost
from tests.faults.servers import IS_WHOLE, OF_THIS_RUN, running_site

pytestmark = pytest.mark.faults

DISK = 8 * 1024 * 1024
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


def fill_up(disk: Path) -> Path:
    """A file that leaves only a little room."""
    free = os.statvfs(disk)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(free.f_bavail * free.f_frsize - ROOM))
    return ballast


def refused(person: Complainant, story: str) -> bool:
    """Whether the last post was refused; then as it should be, with the story on the page."""
    response = person.form.response
    if response.status_code == 200:
        return False
    assert response.status_code == 503, response.status_code
    assert story in html.unescape(person.form.html)
    assert len(person.form.page.actions) == 1
    return True


def send_until_refused(person: Complainant) -> str:
    """Files long stories until one finds no room; returns that one."""
    for _ in range(200):
        story = person.write(length=20_000)
        person.form.send()
        if refused(person, story):
            return story
        assert person.keep_receipt(story), person.form.text
    raise AssertionError("200 long stories fitted on the small disk")


@pytest.mark.skipif(OF_THIS_RUN != "sqlite", reason="the small disk is for the SQLite file")
def test_on_a_full_disk_the_text_comes_back_and_files_later(whole_dose, record_property):
    refusals = 300 if whole_dose else 6
    with small_disk() as disk, running_site("sqlite", small_disk=disk) as site:
        site.start_web()
        ballast = fill_up(disk)
        first = Complainant(site, is_patient=False)
        story = send_until_refused(first)
        other = Complainant(site, is_patient=False)
        others = [send_until_refused(other) for _ in range(refusals - 1)]
        assert_nothing_lost(site, first.receipts | other.receipts)
        first.press_again()
        assert refused(first, story), "it fitted after all"
        ballast.unlink()
        for person, text in ((first, story), (other, others[-1])):
            person.press_again()
            assert person.keep_receipt(text), person.form.text
        assert_nothing_lost(site, first.receipts | other.receipts)
    record_property(
        "measured",
        f"sqlite: disk full, {refusals + 1} refusals, each a 503 with the text; 0 half stored; "
        "sent again after room was made: filed",
    )


def test_without_a_database_the_text_comes_back_and_files_later(record_property):
    if OF_THIS_RUN != "postgres" and not IS_WHOLE:
        pytest.skip("a SQLite file does not stop")
    with running_site("postgres") as site:
        site.start_web()
        person, early = Complainant(site, is_patient=False), Complainant(site, is_patient=False)
        story = person.write()
        site.database.stop_at_once()
        for _ in range(2):  # each of the two web workers, more or less
            person.form.send()
            assert refused(person, story), person.form.text
            person.press_again()
            assert refused(person, story), person.form.text
        first_step = early.write()
        assert refused(early, first_step), early.form.text
        site.database.start()
        person.press_again()
        assert person.keep_receipt(story), person.form.text
        early.press_again()
        early.form.send()
        assert early.keep_receipt(first_step), early.form.text
        assert_nothing_lost(site, person.receipts | early.receipts)
    record_property("measured", "postgres: stopped, 5 refusals, each a 503 with the text")
