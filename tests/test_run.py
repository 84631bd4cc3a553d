"""`make run`: a clear line where it cannot start, and a whole site with its worker where it can."""

import ast
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from demo.content import PEOPLE
from demo.management.commands.develop import port_asked
from tests.database import MIGRATED
from tests.faults.servers import PATIENCE, ROOT, Site, Sqlite, wait_until

LOGINS = [person[0] for person in PEOPLE]
ENVIRONMENT = ROOT / "tools" / "environment.py"
CHANGE = """
from complaints.models.pages import ProcedurePage
page = ProcedurePage.objects.get()
page.introduction = "<p>Dit schreef de redactie tussen twee starts.</p>"
page.save_revision().publish()
"""


def test_a_taken_port_is_told_in_one_line_that_advises_another(monkeypatch, settings):
    settings.DEBUG = False
    with pytest.raises(CommandError, match="development settings only"):
        call_command("develop")
    settings.DEBUG = True
    with ExitStack() as held:
        other = held.enter_context(socket.create_server(("127.0.0.1", 0)))
        with suppress(OSError):  # somebody else holds it: taken all the same
            held.enter_context(socket.create_server(("127.0.0.1", 8001)))
        for port, advised in ((other.getsockname()[1], 8001), (8001, 8002)):
            monkeypatch.setenv("PORT", str(port))
            with pytest.raises(CommandError) as refused:
                call_command("develop")
            line = f"Port {port} is taken by another program. Try: make run PORT={advised}"
            assert str(refused.value) == line


def test_without_port_it_is_8000_and_what_is_no_port_is_told_in_one_line(monkeypatch):
    monkeypatch.setenv("PORT", "")
    assert port_asked() == 8000
    monkeypatch.delenv("PORT")
    assert port_asked() == 8000
    for asked in ("0", "65536", "-1", "abc", "80.5", " 8000", "²"):
        monkeypatch.setenv("PORT", asked)
        with pytest.raises(CommandError, match=r"not a port number\..*PORT=8001$") as refused:
            port_asked()
        assert "\n" not in str(refused.value), asked


def test_of_the_environment_what_is_missing_is_told_in_one_line(tmp_path):
    """Run as make does, in a Python that lacks something; an old one can read it that far."""
    find = "found = importlib.util.find_spec\nimportlib.util.find_spec = lambda n: None"
    for patch, says in (
        ("sys.version_info = (3, 6, 9, 'final', 0)", "make run PYTHON=python3.11"),
        ("sys.version_info = (3, 10, 14, 'final', 0)", "this is 3.10"),
        (find, "apt-get install python3-venv"),
        (f"{find} if n == 'ensurepip' else found(n)", "apt-get install python3-venv"),
    ):
        program = (
            "import hashlib, importlib.util, json, pathlib, runpy, subprocess, sys\n"
            f"{patch}\n"
            f"sys.argv = ['environment.py', 'requirements.txt', {str(tmp_path / 'venv')!r}]\n"
            f"runpy.run_path({str(ENVIRONMENT)!r}, run_name='__main__')\n"
        )
        given = {"capture_output": True, "text": True, "timeout": 60}
        finished = subprocess.run([sys.executable, "-c", program], **given)
        assert finished.returncode == 1, patch
        assert says in finished.stderr
        assert len(finished.stderr.splitlines()) == 1
        assert "Traceback" not in finished.stderr + finished.stdout
        assert not (tmp_path / "venv").exists()
    ast.parse(ENVIRONMENT.read_text(), feature_version=(3, 6))


class Developed(Site):
    """`manage.py develop` as a process of its own, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        own = {"DJANGO_SETTINGS_MODULE": "config.settings.dev"}
        super().__init__(folder, Sqlite(folder), **own)
        self.environment["PORT"] = str(self.port)

    def start(self) -> None:
        """Returns when the start page comes."""
        self._start("develop", [sys.executable, "manage.py", "develop"])
        self.process = self.children["develop"]
        wait_until(lambda: self.process.poll() is not None or self.comes(), "the start page")
        assert self.process.poll() is None, self.output

    def comes(self) -> bool:
        return "Ctrl-C" in self.output and bool(self.get("/"))

    @property
    def output(self) -> str:
        return self.log("develop")

    def get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=10) as page:
                return page.read().decode()
        except urllib.error.URLError:
            return ""

    def rows(self) -> dict[str, list[int]]:
        """The numbers of the pages, users, cases, sessions and migrations that there are."""
        tables = ("wagtailcore_page", "auth_user", "complaints_complaint", "django_session")
        with closing(sqlite3.connect(self.folder / "db.sqlite3")) as database:
            return {
                table: [row for (row,) in database.execute(f"SELECT rowid FROM {table}")]  # noqa: S608 - our own names
                for table in (*tables, "django_migrations")
            }

    def family(self) -> set[int]:
        """The process and all that descend from it."""
        listed = subprocess.check_output(["ps", "-A", "-o", "pid=,ppid="], text=True)
        parents = [tuple(map(int, line.split())) for line in listed.splitlines()]
        found = {self.process.pid}
        while more := {pid for pid, parent in parents if parent in found} - found:
            found |= more
        return found

    def finish(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=PATIENCE)


@pytest.fixture
def developed(tmp_path, django_db_setup, monkeypatch) -> Iterator[Developed]:
    """From nothing; on SQLite as the tests' database was migrated, but for the table of sessions.

    That spares twenty seconds, and leaves something to migrate and all to bootstrap.
    """
    for name in ("BASE_URL", "RELOAD", "VAULT_KEY_FILE", "ERASURE_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    if (migrated := Path(settings.VAR, MIGRATED)).exists():
        shutil.copy(migrated, tmp_path / "db.sqlite3")
        with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
            database.execute("DROP TABLE django_session")
            database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
            database.commit()
    site = Developed(tmp_path)
    yield site
    for pid in site.family() if site.process.poll() is None else ():
        os.kill(pid, signal.SIGKILL)


def test_a_site_from_nothing_that_keeps_what_an_editor_changed_and_ends_at_ctrl_c(developed):
    developed.start()
    address = f"http://localhost:{developed.port}"
    for told in (f"{address}/", f"{address}/cms/", f"{address}/cms/complaints/", *LOGINS):
        assert told in developed.output
    assert "the password of each is: demo" in developed.output
    assert len(LOGINS) == 4
    assert "redactie tussen twee starts" not in developed.get("/klachtenprocedure/")

    family = developed.family()
    assert len(family) == 2, "the site and the mail worker"
    assert developed.finish(signal.SIGINT) == 0
    assert "Stopped." in developed.output
    assert "Traceback" not in developed.output
    assert not [pid for pid in family if Path(f"/proc/{pid}").exists()]
    with pytest.raises(ProcessLookupError):
        os.killpg(developed.process.pid, 0)

    change = [sys.executable, "manage.py", "shell", "--no-imports", "-c", CHANGE]
    given = {"cwd": ROOT, "env": developed.environment, "timeout": 60}
    subprocess.run(change, check=True, capture_output=True, **given)
    made = developed.rows()
    developed.start()
    assert "redactie tussen twee starts" in developed.get("/klachtenprocedure/")
    assert developed.finish(signal.SIGTERM) == 0
    assert developed.rows() == made, "a second start makes nothing anew"
