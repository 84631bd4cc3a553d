"""Takes a backup while people file: database and keys as they were at one moment.

Keys are written first, so that the newest keys are never older than any content. A file is there
before the row that names it, so each row of that moment has its file, unless it was erased since.
"""

import base64
import io
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import BinaryField, ExpressionWrapper, F
from django.utils import timezone

from complaints.backups.parts import PIECE, Member, Refused, pieces, whole, write_part
from complaints.backups.places import (
    CONTENT,
    KEYS,
    forget_older,
    name_of,
    parts_in,
    place,
    written,
)
from complaints.cases.forgetting import journal_path
from complaints.files import store
from complaints.models.covered import covered_fields
from complaints.models.keys_and_files import Attachment, KeyWrap
from complaints.vault.keyring import ERASURE

WITHOUT_ROWS = ("keystore_keywrap", "keystore_destroyed", "django_session")
DATABASE, FILES, MEDIA = "database", "files", "media"  # in the content
WRAPS, COVERED, ERASURE_KEY, JOURNAL = "wraps", "covered", "erasure.keys", "erasure.journal"
SNAPSHOT = "snapshot"


@dataclass(frozen=True)
class Moment:
    """The database as it was at one moment: where to ask it, and its dump without keys."""

    alias: str
    dump: Iterator[Member]
    erasure_key: bytes  # the file as it was then: it opens what is covered


def take_backup() -> datetime:
    """Writes both parts, then removes what is too old; returns of when they are. Raises Refused."""
    storage, recipients = place(settings.BACKUP_TO), settings.BACKUP_RECIPIENT.split()
    if not recipients:
        raise Refused("Set BACKUP_RECIPIENT: the public key of age that backups are sealed to.")
    last = [storage.size(name) for name in parts_in(storage, CONTENT).values()][-1:]
    at = timezone.now().replace(microsecond=0)
    snapshot = snapshot_of_postgres if connection.vendor == "postgresql" else snapshot_of_sqlite
    with snapshot() as moment:
        about = described(moment.alias, at)
        with written(storage, name_of(KEYS, at)) as out:
            write_part(out, keys(moment), about | {"part": KEYS}, recipients)
        with written(storage, name_of(CONTENT, at), total=sum(last) or None) as out:
            write_part(out, content(moment), about | {"part": CONTENT}, recipients)
    forget_older(storage, at)
    return at


def described(alias: str, at: datetime) -> dict[str, Any]:
    """Returns what a copy is held against before and after it is restored."""
    return {
        "at": at.isoformat(),
        "database": connections[alias].vendor,
        "migrations": sorted(MigrationRecorder(connections[alias]).applied_migrations()),
        "counts": counts(alias) | dict.fromkeys(WITHOUT_ROWS, 0),
    }


def counts(alias: str) -> dict[str, int]:
    """Returns how many rows each table has."""
    found = {}
    with connections[alias].cursor() as cursor:
        for table in connections[alias].introspection.table_names(cursor):
            cursor.execute(f'SELECT COUNT(*) FROM "{table}"')  # noqa: S608 - our own names
            found[table] = cursor.fetchone()[0]
    return found


def keys(moment: Moment) -> Iterator[Member]:
    """Yields whatever can be erased as it lies under the erasure key, that key, and the journal."""
    yield whole(ERASURE_KEY, moment.erasure_key)
    raw = as_stored("wrapped")
    wraps = KeyWrap.objects.using(moment.alias).annotate(raw=raw).order_by("pk")
    yield whole(
        WRAPS, encoded(wraps.values("complaint_id", "holder", "lookup", "works_from", "raw"))
    )
    yield whole(COVERED, encoded(covered_columns(moment.alias)))
    journal = journal_path()
    yield whole(JOURNAL, journal.read_bytes() if journal.exists() else b"")


def covered_columns(alias: str) -> Iterator[tuple[str, Any, bytes]]:
    """Yields what is covered in other tables: the column, whose row it is, what is stored."""
    for field in covered_fields():
        if field.model is not KeyWrap:
            rows = field.model._base_manager.using(alias).exclude(**{field.attname: None})
            for pk, raw in rows.annotate(raw=as_stored(field.attname)).values_list("pk", "raw"):
                yield str(field), pk, raw


def as_stored(name: str) -> ExpressionWrapper:
    """A covered column without being uncovered."""
    return ExpressionWrapper(F(name), output_field=BinaryField())


class Encoder(DjangoJSONEncoder):
    """Bytes as base64, by which Django's own fields know them again."""

    def default(self, o: Any) -> Any:
        return (
            base64.b64encode(o).decode()
            if isinstance(o, bytes | memoryview)
            else super().default(o)
        )


def encoded(rows: Iterable[Any]) -> bytes:
    return json.dumps(list(rows), cls=Encoder).encode()


def content(moment: Moment) -> Iterator[Member]:
    """Yields the dump, each sealed file, and the media."""
    yield from moment.dump
    for pk in Attachment.objects.using(moment.alias).values_list("pk", flat=True):
        with suppress(FileNotFoundError), store.open_file(pk) as file:  # erased since
            data = file.read()
            yield whole(f"{FILES}/{pk.hex}", data)
    for name in names_under(default_storage, ""):
        with suppress(FileNotFoundError), default_storage.open(name) as file:
            yield Member(f"{MEDIA}/{name}", file.size, file.chunks(PIECE))


def names_under(storage: Any, folder: str) -> Iterator[str]:
    """Yields the name of each file in a storage, folder by folder."""
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for name in sorted(files):
        yield f"{folder}{name}"
    for name in sorted(folders):
        yield from names_under(storage, f"{folder}{name}/")


@contextmanager
def snapshot_of_postgres() -> Iterator[Moment]:
    """One transaction sees it all; `pg_dump` looks through the same."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        options = ["--format=custom", f"--snapshot={cursor.fetchone()[0]}"]
        options += [f"--exclude-table-data={table}" for table in WITHOUT_ROWS]
        yield Moment("default", pg_dump(options), ERASURE.path.read_bytes())


def pg_dump(options: list[str]) -> Iterator[Member]:
    with pg_program("pg_dump", *options, stdout=subprocess.PIPE) as process:
        yield from pieces(DATABASE, process.stdout)


@contextmanager
def pg_program(name: str, *options: str, **pipes: Any) -> Iterator[Any]:
    """Runs a program of PostgreSQL on our database; raises Refused with what it says is wrong."""
    connection.ensure_connection()
    there = connection.connection.info
    command = [str(Path(settings.BACKUP_PG_BIN, name)), *options, "--dbname", there.dsn]
    pipes |= {"env": os.environ | {"PGPASSWORD": there.password}, "stderr": subprocess.PIPE}
    try:
        process = subprocess.Popen(command, **pipes)  # noqa: S603 - our own program
    except FileNotFoundError:
        raise Refused(
            f"{name} is not there: install postgresql-client, or set BACKUP_PG_BIN."
        ) from None
    with process:
        try:
            yield process
        except BrokenPipeError:
            pass  # it says why
        except BaseException:
            process.kill()
            raise
        said = process.communicate()[1].decode(errors="replace")
    if process.returncode:
        raise Refused(f"{name} failed: {said.strip()}")


@contextmanager
def snapshot_of_sqlite() -> Iterator[Moment]:
    """A copy in memory, of what is there and not of freed pages; then one without keys."""
    address = f"file:snapshot-{uuid4()}?mode=memory&cache=shared"
    connections.databases[SNAPSHOT] = connections.databases["default"] | {
        "NAME": address,
        "OPTIONS": {},
    }
    try:
        copy = connections[SNAPSHOT]
        copy.connect()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [address])
        yield Moment(SNAPSHOT, dump_of_sqlite(copy), ERASURE.path.read_bytes())
    finally:
        connections[SNAPSHOT].close()
        del connections[SNAPSHOT], connections.databases[SNAPSHOT]


def dump_of_sqlite(copy: Any) -> Iterator[Member]:
    with closing(sqlite3.connect(":memory:")) as other:
        copy.connection.backup(other)
        for table in WITHOUT_ROWS:
            other.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
        other.commit()
        other.execute("VACUUM")
        yield from pieces(DATABASE, io.BytesIO(other.serialize()))
