"""What `make run` runs: a complete site from nothing, the mail worker included, until Ctrl-C.

One command for one terminal; production has gunicorn and a separately kept worker instead.
"""

import errno
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.servers.basehttp import get_internal_wsgi_application, run

from demo.content import PASSWORD, PEOPLE

HOST = "127.0.0.1"
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Prepares the database, fills it with the demo, and serves site and mail worker."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("develop runs under the development settings only.")
        port = port_asked()
        require_free(port)
        for ending in ENDING_SIGNALS:
            signal.signal(ending, end)
        try:
            # Links in mails and pages carry the port in use, here and in the child processes.
            address = os.environ.setdefault("BASE_URL", f"http://localhost:{port}")
            settings.WAGTAILADMIN_BASE_URL = address
            prepare()
            self.serve(port)
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")

    def serve(self, port: int) -> None:
        """Serves until a signal; whatever was started by then is ended on the way out."""
        with children() as started:
            if os.environ.get("RELOAD") == "1":
                started += [manage("worker"), manage("runserver", f"{HOST}:{port}")]
                self.greet()
                started[-1].wait()
                return
            site = StaticFilesHandler(get_internal_wsgi_application())
            try:
                run(HOST, port, site, threading=True, on_bind=lambda _: self.start(started))
            except OSError as error:
                raise port_error(port, error) from None

    def start(self, started: list[subprocess.Popen[bytes]]) -> None:
        """The port is ours: the worker may start, and people may be told."""
        started.append(manage("worker"))
        self.greet()

    def greet(self) -> None:
        address = settings.WAGTAILADMIN_BASE_URL
        logins, mail = ", ".join(person[0] for person in PEOPLE), Path(settings.VAR, "mail")
        if mail.is_relative_to(settings.ROOT):
            mail = mail.relative_to(settings.ROOT)
        self.stdout.write(
            f"Site      {address}/\n"
            f"CMS       {address}/cms/\n"
            f"Klachten  {address}/cms/complaints/complaint/\n"
            f"Log in as {logins}; the password of each is: {PASSWORD}\n"
            f"Mail      lands as files in {mail}/\n"
            "Ctrl-C ends it."
        )
        self.stdout.flush()


def port_asked() -> int:
    asked = os.environ.get("PORT") or "8000"
    if not asked.isdecimal() or not 0 < int(asked) < 65536:
        raise CommandError(f"PORT is {asked!r}, not a port number. Try: make run PORT=8001")
    return int(asked)


def require_free(port: int) -> None:
    """Refuses a port that another program holds, on either meaning of `localhost`."""
    for family, host in ((socket.AF_INET, HOST), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family) as attempt:
                attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                attempt.bind((host, port))
        except OSError as error:
            if family is socket.AF_INET or error.errno == errno.EADDRINUSE:
                raise port_error(port, error) from None


def port_error(port: int, error: OSError) -> CommandError:
    if error.errno == errno.EADDRINUSE:
        problem = f"Port {port} is taken by another program."
    else:
        problem = f"Port {port} cannot be used ({error.strerror})."
    return CommandError(f"{problem} Try: make run PORT={8001 if port != 8001 else 8002}")


def end(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def prepare() -> None:
    """Every step is idempotent: a second run changes nothing that an editor changed."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # else WhiteNoise warns
    call_command("migrate", verbosity=0, interactive=False)
    call_command("bootstrap", verbosity=0)
    call_command("demo", verbosity=0)


def manage(*command: str) -> subprocess.Popen[bytes]:
    """A child in a session of its own: the terminal's Ctrl-C reaches it through us only."""
    return subprocess.Popen(  # noqa: S603 - our own manage.py
        [sys.executable, str(settings.ROOT / "manage.py"), *command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


@contextmanager
def children() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Ends every child in the list on the way out, with its own children."""
    started: list[subprocess.Popen[bytes]] = []
    try:
        yield started
    finally:
        for ending in ENDING_SIGNALS:
            signal.signal(ending, signal.SIG_IGN)
        for child in started:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
        for child in started:
            try:
                child.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
