"""`make run`: a clear line where it cannot start, and a whole site with its worker where it can."""

import ast
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from demo.content import PEOPLE
from demo.management.commands.develop import port_asked, require_free
from tests.database import MIGRATED
from tests.faults.servers import free_port

LOGINS = [person[0] for person in PEOPLE]
ROOT = Path(settings.ROOT)
ENVIRONMENT = ROOT / "tools" / "environment.py"
PATIENCE = 300  # seconds until a site that does not come is given up
NOT_OURS = (
    "DATABASE_URL",
    "TEST_SCRATCH",
    "BASE_URL",
    "RELOAD",
    "VAULT_KEY_FILE",
    "ERASURE_KEY_FILE",
)
CHANGE = """
from complaints.models.pages import ProcedurePage
page = ProcedurePage.objects.get()
page.introduction = "<p>Dit schreef de redactie tussen twee starts.</p>"
page.save_revision().publish()
"""


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another program holds."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


class TestThePort:
    def test_a_taken_port_is_told_in_one_line_that_names_port(self, taken, monkeypatch, settings):
        settings.DEBUG = False
        with pytest.raises(CommandError, match="development settings only"):
            call_command("develop")
        settings.DEBUG = True
        monkeypatch.setenv("PORT", str(taken))
        with pytest.raises(CommandError) as refused:
            call_command("develop")
        line = str(refused.value)
        assert f"Port {taken} is taken" in line
        assert "make run PORT=" in line
        assert "\n" not in line

    def test_the_port_it_advises_is_another_one(self):
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):  # somebody else holds it: taken all the same
                other.bind(("127.0.0.1", 8001))
                other.listen()
            with pytest.raises(CommandError, match="PORT=8002"):
                require_free(8001)

    def test_without_port_it_is_8000_and_what_is_no_port_is_told_in_one_line(self, monkeypatch):
        monkeypatch.setenv("PORT", "")
        assert port_asked() == 8000
        monkeypatch.delenv("PORT")
        assert port_asked() == 8000
        for asked in ("0", "65536", "-1", "abc", "80.5", " 8000", "²"):
            monkeypatch.setenv("PORT", asked)
            with pytest.raises(CommandError, match=r"not a port number\..*PORT=8001$") as refused:
                port_asked()
            assert "\n" not in str(refused.value), asked


def make_environment(patch: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs tools/environment.py as make does, in a Python that lacks something."""
    program = (
        "import hashlib, importlib.util, json, pathlib, runpy, subprocess, sys\n"
        f"{patch}\n"
        f"sys.argv = ['environment.py', 'requirements.txt', {str(folder)!r}]\n"
        f"runpy.run_path({str(ENVIRONMENT)!r}, run_name='__main__')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )


class TestTheEnvironment:
    def test_what_is_missing_is_told_in_one_line(self, tmp_path):
        find = "found = importlib.util.find_spec\nimportlib.util.find_spec = lambda n: None"
        for patch, says in (
            ("sys.version_info = (3, 6, 9, 'final', 0)", "make run PYTHON=python3.11"),
            ("sys.version_info = (3, 10, 14, 'final', 0)", "this is 3.10"),
            (find, "apt-get install python3-venv"),
            (f"{find} if n == 'ensurepip' else found(n)", "apt-get install python3-venv"),
        ):
            finished = make_environment(patch, tmp_path / "venv")
            assert finished.returncode == 1, patch
            assert says in finished.stderr
            assert len(finished.stderr.splitlines()) == 1
            assert "Traceback" not in finished.stderr + finished.stdout
            assert not (tmp_path / "venv").exists()

    def test_an_old_python_can_read_it_far_enough_to_say_so(self):
        ast.parse(ENVIRONMENT.read_text(), feature_version=(3, 6))


class Site:
    """`manage.py develop` as a process of its own, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "log"
        self.database = folder / "var" / "db.sqlite3"
        own = {
            "VAR_DIR": str(folder / "var"),
            "PORT": str(self.port),
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        }
        self.environment = {k: v for k, v in os.environ.items() if k not in NOT_OURS} | own
        self.process: subprocess.Popen[bytes] | None = None

    def manage(self, *command: str) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *command]

    def start(self) -> None:
        """Returns when the start page comes."""
        patient_until = time.monotonic() + PATIENCE
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                self.manage("develop"),
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        while "Ctrl-C" not in self.output or not self.get("/"):
            assert self.process.poll() is None, self.output
            assert time.monotonic() < patient_until, self.output
            time.sleep(0.2)

    @property
    def output(self) -> str:
        return self.log.read_text()

    def get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://localhost:{self.port}{path}", timeout=10) as page:
                return page.read().decode()
        except urllib.error.URLError:
            return ""

    def rows(self) -> dict[str, list[int]]:
        """The numbers of the pages, users, cases, sessions and migrations that there are."""
        tables = ("wagtailcore_page", "auth_user", "complaints_complaint", "django_session")
        with closing(sqlite3.connect(self.database)) as database:
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

    def end(self, how: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout=30)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            for pid in self.family():
                os.kill(pid, signal.SIGKILL)
            self.process.wait()


@pytest.fixture
def developed(tmp_path, django_db_setup) -> Iterator[Site]:
    """From nothing; on SQLite as the tests' database was migrated, but for the table of sessions.

    That spares twenty seconds, and leaves something to migrate and all to bootstrap.
    """
    site = Site(tmp_path)
    if (migrated := Path(settings.VAR, MIGRATED)).exists():
        site.database.parent.mkdir()
        shutil.copy(migrated, site.database)
        with closing(sqlite3.connect(site.database)) as database:
            database.execute("DROP TABLE django_session")
            database.execute("DELETE FROM django_migrations WHERE app = 'sessions'")
            database.commit()
    yield site
    site.kill()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


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
    assert developed.end() == 0
    assert "Stopped." in developed.output
    assert "Traceback" not in developed.output
    assert not [pid for pid in family if is_alive(pid)]
    with pytest.raises(ProcessLookupError):
        os.killpg(developed.process.pid, 0)

    change = developed.manage("shell", "--no-imports", "-c", CHANGE)
    subprocess.run(change, env=developed.environment, check=True, capture_output=True, timeout=60)
    made = developed.rows()
    developed.start()
    assert "redactie tussen twee starts" in developed.get("/klachtenprocedure/")
    assert developed.end(signal.SIGTERM) == 0
    assert developed.rows() == made, "a second start makes nothing anew"
