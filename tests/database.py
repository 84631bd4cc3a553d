"""The tests' database: made once in a run, copied for each worker, put back after each commit.

Migrations and `bootstrap` take twenty seconds, a copy takes next to none. The first worker that
needs a database makes the template, under a lock on which the others wait; each then works in a
copy of its own. Every run makes the template anew, so it is never that of an older code. Only
`--reuse-db` keeps it, and has `migrate` and `bootstrap` add what is missing.
"""

import fcntl
import gc
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

FIRST_ROWS = "first_rows"  # the PostgreSQL schema that keeps what a test must find
MIGRATED = "migrated.sqlite3"  # the template as `migrate` leaves it, for who starts from nothing


def forget_copies(scratch: Path, *, keep_template: bool) -> None:
    """Removes what an earlier run left in this folder; for the process that starts a run."""
    (scratch / "template.made").unlink(missing_ok=True)
    for path in scratch.glob("test*.sqlite3*"):
        if not (keep_template and path.name == "test.sqlite3"):
            path.unlink()


def connect_to_copy(*, keep_template: bool) -> None:
    """Makes the template if this run has none yet, and connects this process to a fresh copy."""
    creation = connection.creation
    template = creation._get_test_db_name()
    made = Path(settings.VAR, "template.made")
    worker = os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with Path(settings.VAR, "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            gc.disable()  # else it looks at each model that each migration renders: a fifth of all
            creation.create_test_db(
                verbosity=0, autoclobber=True, serialize=False, keepdb=keep_template
            )
            gc.enable()
            if connection.vendor == "sqlite":
                copy_rows(template, Path(settings.VAR, MIGRATED))
            call_command("bootstrap", verbosity=0)
            if connection.vendor == "postgresql":
                keep_first_rows()
            made.touch()
        connection.close()  # no copy can be made of a database in use
        connection.settings_dict["NAME"] = template
        creation.clone_test_db(suffix=worker, verbosity=0, autoclobber=True)
    copy = creation.get_test_db_clone_settings(worker)["NAME"]
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = copy


def put_back() -> None:
    """Every row as it was in the template, whatever a test committed.

    In PostgreSQL in one transaction; foreign keys are checked at its end. To delete is faster than
    to truncate, which makes new files for each table and index.
    """
    if connection.vendor == "sqlite":
        copy_rows(connection.settings_dict["TEST"]["NAME"], connection.settings_dict["NAME"])
        return
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'DELETE FROM "{table}"')  # noqa: S608 - the names are our own
            cursor.execute(f'INSERT INTO "{table}" TABLE {FIRST_ROWS}."{table}"')


def copy_rows(of: str, to: str | Path) -> None:
    """Makes one SQLite database the same as another."""
    with closing(sqlite3.connect(of)) as template, closing(sqlite3.connect(to)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        template.backup(copy)


def keep_first_rows() -> None:
    """Copies every table that has rows to a schema of its own, in the same database."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP SCHEMA IF EXISTS {FIRST_ROWS} CASCADE; CREATE SCHEMA {FIRST_ROWS}")
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'CREATE TABLE {FIRST_ROWS}."{table}" AS TABLE "{table}"')
