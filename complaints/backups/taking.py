"""Takes a backup while people file: database and keys as they were at one moment.

Keys are written first: the newest are never older than any content. A file is there before its row.
"""

import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

from django.conf import settings
from django.core import serializers
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from complaints.backups.parts import (
    CONTENT,
    KEYS,
    PIECE,
    Member,
    Refused,
    alone,
    forget_older,
    name_of,
    names_under,
    parts_in,
    place,
    refusing,
    write_part,
    written,
)
from complaints.cases.forgetting import journal_path
from complaints.files import store
from complaints.models.keys_and_files import Attachment, KeyWrap
from complaints.models.outbox import OwedMail
from complaints.models.tables import covered_fields

WITHOUT_ROWS = ("keystore_keywrap", "keystore_destroyed", "django_session")
DATABASE, FILES, MEDIA, JOURNAL = "database", "files", "media", "erasure.journal"


@refusing("No backup was made")
@alone(waits=True)
def take_backup() -> datetime:
    """Writes both parts, then removes what is too old; returns of when they are. Raises Refused."""
    storage, recipients = place(settings.BACKUP_TO), settings.BACKUP_RECIPIENT
    if not recipients:
        raise Refused("Set BACKUP_RECIPIENT: the public key of age that backups are sealed to.")
    last = [storage.size(name) for name in parts_in(storage, CONTENT).values()][-1:]
    moment = moment_of_postgres if connection.vendor == "postgresql" else moment_of_sqlite
    with moment() as dump:
        at = timezone.now().replace(microsecond=0)
        about = {
            "at": at.isoformat(),
            "database": connection.vendor,
            "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
            "counts": counts() | dict.fromkeys(WITHOUT_ROWS, 0),
        }
        for part, members in ((KEYS, keys()), (CONTENT, content(dump))):
            expected = sum(last) if part == CONTENT else None
            with written(storage, name_of(part, at), expected) as out:
                write_part(out, members, about | {"part": part}, recipients)
        forget_older(storage, at)
    return at


def counts() -> dict[str, int]:
    """Returns how many rows each table has."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - our own names
            found[table] = cursor.fetchone()[0]
    return found


def covered_models() -> dict[Any, list[str]]:
    """Returns what goes with the keys: whatever can be erased, and of a mail that it was sent."""
    found: dict[Any, list[str]] = {}
    for field in covered_fields():
        found.setdefault(field.model, []).append(field.attname)
    found[OwedMail] += ["sent_at", "dropped_reason"]
    return found


def keys() -> Iterator[Member]:
    """Yields the rows of each such table without the erasure key, which so needs no copy."""
    for model, names in covered_models().items():
        rows = model._base_manager.order_by("pk").iterator()
        found = serializers.serialize("python", rows, fields=None if model is KeyWrap else names)
        yield model._meta.label, json.dumps(found, default=str).encode()
    journal = journal_path()
    yield JOURNAL, journal.read_bytes() if journal.exists() else b""


def content(dump: Iterator[bytes]) -> Iterator[Member]:
    """Yields the dump in pieces, each sealed file, and the media."""
    yield from ((f"{DATABASE}/{number:06}", data) for number, data in enumerate(dump))
    for pk in Attachment.objects.values_list("pk", flat=True):
        with suppress(FileNotFoundError), store.open_file(pk) as sealed:  # erased since
            yield f"{FILES}/{pk.hex}", sealed.read()
    for name in names_under(default_storage):
        with suppress(FileNotFoundError), default_storage.open(name) as file:
            yield f"{MEDIA}/{name}", file.read()


@contextmanager
def moment_of_postgres() -> Iterator[Iterator[bytes]]:
    """One transaction sees it all; `pg_dump` looks through the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        options = ["--format=custom", f"--snapshot={cursor.fetchone()[0]}"]
        yield pg_dump(options + [f"--exclude-table-data={table}" for table in WITHOUT_ROWS])


def pg_dump(options: list[str]) -> Iterator[bytes]:
    with pg_program("pg_dump", *options, pipe="stdout") as dump:
        while data := dump.read(PIECE):
            yield data


@contextmanager
def pg_program(name: str, *options: str, pipe: str) -> Iterator[Any]:
    """Gives a pipe of a program of PostgreSQL at our database; what is wrong it says itself."""
    connection.ensure_connection()
    there = connection.connection.info
    at = ("--host", there.host, "--port", str(there.port), "--username", there.user)
    command = [str(Path(settings.BACKUP_PG_BIN, name)), *options, *at, "--dbname", there.dbname]
    _psql, secret = connection.client.settings_to_cmd_args_env(connection.settings_dict, [])
    given: dict[str, Any] = {"env": os.environ | (secret or {}), pipe: PIPE}
    with suppress(BrokenPipeError), Popen(command, **given) as process:  # noqa: S603 - our own
        yield getattr(process, pipe)
    if process.returncode:
        raise Refused(f"{name} failed. Is it of the version of the server? See BACKUP_PG_BIN.")


@contextmanager
def moment_of_sqlite() -> Iterator[Iterator[bytes]]:
    """One transaction reads it all, and keeps nobody from writing."""
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield sqlite_dump()
        finally:
            cursor.execute("ROLLBACK")


def sqlite_dump() -> Iterator[bytes]:
    """Copies it into memory, where keys and freed pages are taken out."""
    with closing(sqlite3.connect(":memory:")) as copy:
        connection.connection.backup(copy)
        for table in WITHOUT_ROWS:
            copy.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        copy.commit()
        copy.execute("VACUUM")
        dump = copy.serialize()
    yield from (dump[at : at + PIECE] for at in range(0, len(dump), PIECE))
