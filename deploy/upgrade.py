"""From the running version to the one beside this file, and back when that does not come up.

Nobody is refused meanwhile: systemd holds the socket, so a visitor waits. Only where the tables
change is the site held still, so that nothing is filed between the copy of the database and the
moment at which that copy might have to be put back.
"""

import fcntl
import os
import shutil
import socket
import subprocess
import time
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO
from urllib.parse import unquote, urlsplit

import installer
from installer import CURRENT, ENVIRONMENT, HOME, LOCK, USER, VAR, Failed, attempt, manage, run

DUMP = VAR / "before-upgrade.dump"
PROBE = VAR / "probe.sock"
WEB = Path("/run/klachten/web.sock")
PATIENCE = 90  # seconds for a version to give its first answer
KEPT = 3  # versions


def main(given: dict[str, str]) -> None:
    """Upgrades; raises Failed, with the old version running, where the new one is no good."""
    old = CURRENT.resolve()
    print("- version: beside the running one")
    installer.need("version", given)
    new = installer.version(given)
    run_backup()
    try:
        manage("check", version=new)
    except Failed as failure:
        raise Failed(f"The new version does not load. Nothing was changed.\n{failure}") from None
    with LOCK.open() as lock:
        is_dumped = False
        try:
            if attempt(
                new / ".venv/bin/python", new / "manage.py", "migrate", "--check"
            ).returncode:
                print("- database: copied, then changed; visitors wait")
                fcntl.flock(lock, fcntl.LOCK_EX)  # what is started waits for this: see systemd/
                run("systemctl", "stop", "klachten-worker", "klachten-web")
                database_tool("pg_dump", "--format=custom", "--file", DUMP)
                is_dumped = True
                manage("migrate", "--verbosity", "0", version=new)
            come_up(new, given, lock)
        except (Exception, KeyboardInterrupt) as failure:  # whatever it is, somebody has to serve
            print("- back: the new version did not come up")
            go_back(old, given, lock, is_dumped=is_dumped)
            was = " with the database as it was" if is_dumped else ""
            why = str(failure) or "It was interrupted."
            raise Failed(f"The old version runs again{was}. What went wrong:\n{why}") from failure
    DUMP.unlink(missing_ok=True)
    prune(new)
    print(f"\nUpgraded to {new.name}. Before it was {old.name}.")


def run_backup() -> None:
    """A backup before anything is touched, where there is somewhere to put it."""
    wants = installer.pairs_in(ENVIRONMENT).get("BACKUP_TO")
    if wants and (CURRENT / "complaints/management/commands/backup.py").exists():
        print("- backup: before anything is touched")
        manage("backup")


def come_up(new: Path, given: dict[str, str], lock: TextIO) -> None:
    """Tries the new version beside the old one, makes it the one that runs, and asks it again."""
    manage("bootstrap", "--verbosity", "0", version=new)
    manage("collectstatic", "--no-input", "--verbosity", "0", version=new)
    print("- try: does it answer, apart from the visitors")
    command = (new / ".venv/bin/python", "-m", "gunicorn", "--config", "site/config/gunicorn.py")
    as_user = ("runuser", "-u", USER, "--", *command, "--bind", f"unix:{PROBE}", "config.wsgi")
    with TemporaryFile("w+") as log:  # where the site's user puts no link for root to follow
        tried = subprocess.Popen([*map(str, as_user)], cwd=new, stdout=log, stderr=log)
        try:
            wait_for_answer(PROBE, tried)
        except Failed as failure:
            log.seek(0)
            raise Failed(f"{failure}\n{log.read()[-6000:]}") from None
        finally:
            tried.terminate()
            tried.wait()
    run_version(new, given, lock)


def run_version(folder: Path, given: dict[str, str], lock: TextIO) -> None:
    """Makes that version the one that runs."""
    print(f"- run: {folder.name}")
    installer.switch(folder)
    installer.units(given)
    installer.proxy(given)
    run("nginx", "-t")
    fcntl.flock(lock, fcntl.LOCK_UN)
    run("systemctl", "restart", "klachten-web", "klachten-worker")
    run("systemctl", "reload", "nginx")
    wait_for_answer(WEB)
    run("systemctl", "is-active", "klachten-web", "klachten-worker")


def go_back(old: Path, given: dict[str, str], lock: TextIO, *, is_dumped: bool) -> None:
    """The old version on the old tables; nobody could file anything in between."""
    if is_dumped:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run("systemctl", "stop", "klachten-worker", "klachten-web")
        plain = DUMP.with_suffix(".sql")
        run("runuser", "-u", USER, "--", "pg_restore", "--no-owner", "--file", plain, DUMP)
        anew = "drop schema public cascade; create schema public"
        whole = ("--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1")
        database_tool("psql", *whole, "--command", anew, "--file", plain)
        plain.unlink()
        DUMP.unlink()
    manage("collectstatic", "--no-input", "--verbosity", "0", version=old)
    run_version(old, given, lock)


def database_tool(program: str, *options: str | Path) -> None:
    """A tool of PostgreSQL on the site's database; its password is not on the command line."""
    url = urlsplit(installer.pairs_in(ENVIRONMENT)["DATABASE_URL"])
    secret = os.environ | {"PGPASSWORD": unquote(url.password or "")}
    bare = url._replace(netloc=url.netloc.replace(f":{url.password}@", "@")).geturl()
    as_user = ("runuser", "-u", USER, "--", program, "--dbname", bare)
    run(*as_user, *options, env=secret, cwd=VAR)


def wait_for_answer(path: Path, process: subprocess.Popen[bytes] | None = None) -> None:
    """Returns once the home page is served at that socket; raises Failed when it is not."""
    host = urlsplit(installer.pairs_in(ENVIRONMENT)["BASE_URL"]).netloc
    said = "no answer"
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and (process is None or process.poll() is None):
        connection = HTTPConnection(host, timeout=PATIENCE)
        connection.sock = socket.socket(socket.AF_UNIX)
        try:
            connection.sock.connect(str(path))
            connection.request("GET", "/", headers={"X-Forwarded-Proto": "https"})
            said = str(connection.getresponse().status)
            if said == "200":
                return
        except OSError as error:
            said = str(error)
        finally:
            connection.close()
        time.sleep(0.5)
    raise Failed(f"The home page does not come: {said}.")


def prune(new: Path) -> None:
    """Removes versions of long ago, and the packages that none of the others has."""
    versions = sorted((HOME / "versions").iterdir())
    for folder in versions[:-KEPT]:
        shutil.rmtree(folder)
    used = {(folder / ".venv").resolve() for folder in versions[-KEPT:]}
    for folder in (HOME / "packages").iterdir():
        if folder not in used:
            shutil.rmtree(folder)
