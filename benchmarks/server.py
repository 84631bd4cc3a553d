"""The site under gunicorn on a scratch database, with a plain Wagtail form page beside ours."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = "/klachtenprocedure/formulier/"
PLAIN = "/gewoon/"
WAIT_SECONDS = 30

# Made inside the scratch site: the same questions on Wagtail's own form page, and on ours a form
# of two steps, so that filing costs as many pages as people expect of a short form.
PREPARE = """
from benchmarks.plain.models import PlainField, PlainFormPage
from complaints.models.form import ComplaintFormPage
from home.models import HomePage

form = ComplaintFormPage.objects.get()
plain = PlainFormPage(title="Gewoon", slug="gewoon", to_address="a@example.org",
                      from_address="b@example.org", subject="Nieuw")
like = {"coach": "singleline", "route": "singleline"}
for row in form.form_fields.all():
    if row.field_type not in {"step", "text", "files"}:
        plain.form_fields.add(PlainField(
            label=row.label, required=False, choices=row.choices, help_text=row.help_text,
            clean_name=row.clean_name, field_type=like.get(row.field_type, row.field_type)))
HomePage.objects.get().add_child(instance=plain)
plain.save_revision().publish()
rows = list(form.form_fields.all())
steps = [row for row in rows if row.field_type == "step"]
form.form_fields = [row for row in rows if row not in steps[1:]]
form.save_revision().publish()
"""


@contextmanager
def running_site(workers: int = 2) -> Iterator[tuple[str, int]]:
    """Serves the scratch site; gives its host and port, and ends it afterwards."""
    with tempfile.TemporaryDirectory(prefix="klachten-bench-") as scratch:
        environment = os.environ | {
            "VAR_DIR": scratch,
            "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "site")]),
        }
        for command in (["migrate", "-v0"], ["bootstrap", "-v0"]):
            _manage(environment, *command)
        _manage(environment, "shell", "-v0", "-c", PREPARE)
        port = _free_port()
        server = subprocess.Popen(  # noqa: S603
            [
                sys.executable,
                "-m",
                "gunicorn",
                "config.wsgi",
                "-w",
                str(workers),
                "-b",
                f"127.0.0.1:{port}",
                "--log-level",
                "error",
            ],
            env=environment,
            cwd=ROOT,
        )
        try:
            _wait(port)
            yield "127.0.0.1", port
        finally:
            server.terminate()
            server.wait()


def _manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *arguments], env=environment, cwd=ROOT, check=True
    )


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
    raise TimeoutError("the server did not start")
