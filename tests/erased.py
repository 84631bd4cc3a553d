"""What somebody finds who has the disk of the database: every covered value that was ever on it."""

import os
import re
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from complaints.cases import forgetting
from complaints.models.tables import covered_fields
from complaints.vault import keyring

HEAD = 40  # of a value: the id of its key, and the nonce, by which it is known
WAL_PAGE = 8192  # bytes; the layout of XLogPageHeaderData is PostgreSQL's


def covered_values() -> list[bytes]:
    """What the database holds now in the columns that are covered, as it holds it."""
    found = []
    for field in covered_fields():
        column, table, _key = forgetting._names(field)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 - our own names
            found += [bytes(value) for (value,) in cursor.fetchall()]
    return found


def bytes_on_disk() -> Iterator[tuple[Path, bytes]]:
    """Every file of the database, with everything written that can be written now.

    The write-ahead log of PostgreSQL comes as one, without the headers of its pages, for a value
    may go on behind one.
    """
    log = b""
    for path in sorted(data_files()):
        with suppress(FileNotFoundError):  # PostgreSQL drops a snapshot or another test's table
            if path.parent.name != "pg_wal":
                yield path, path.read_bytes()
            else:
                log += without_page_headers(path.read_bytes())
    yield Path("pg_wal"), log


def without_page_headers(log: bytes) -> bytes:
    """What a file of the write-ahead log says; its first page has a long header."""
    pages = (log[at : at + WAL_PAGE] for at in range(0, len(log), WAL_PAGE))
    return b"".join(page[24 if number else 40 :] for number, page in enumerate(pages))


def data_files() -> list[Path]:
    """Of tables, TOAST and the write-ahead log."""
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        return list(name.parent.glob(f"{name.name}*"))
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        return [path for path in Path(cursor.fetchone()[0]).rglob("*") if path.is_file()]


def is_on_disk(value: bytes) -> bool:
    return any(value in data for _path, data in bytes_on_disk())


def hits(ids: Iterable[str]) -> Iterator[tuple[bytes, int]]:
    """Each place on the disk where something covered by one of these keys begins."""
    pattern = re.compile(b"|".join(key_id.encode() for key_id in ids))
    for _path, data in bytes_on_disk():
        yield from ((data, hit.start()) for hit in pattern.finditer(data))


def heads_on_disk(ids: Iterable[str]) -> set[bytes]:
    """What begins there, to know values by."""
    return {data[at : at + HEAD] for data, at in hits(ids)}


def found_on_disk(values: list[bytes]) -> list[bytes]:
    """Those of the values that stand whole in some file of the database."""
    by_head = {value[:HEAD]: value for value in values}
    found = set()
    for data, at in hits({keyring.key_id_of(value) for value in values}):
        value = by_head.get(data[at : at + HEAD])
        if value is not None and data.startswith(value, at):
            found.add(value)
    return list(found)


def opened(found: list[bytes]) -> int:
    """How many of what was found open with the keys there are now."""
    number = 0
    for value in found:
        try:
            number += bool(keyring.uncover(value))
        except keyring.SealBroken:
            continue
    return number


def let_pass(seconds: float) -> None:
    """Makes the file of the erasure key as old as if so long ago it was changed."""
    then = time.time() - seconds
    os.utime(settings.ERASURE_KEY_FILE, (then, then))


def run_the_worker() -> None:
    """The next quarter of an hour, as far as the erasure key goes."""
    forgetting.turn_key()
    let_pass(forgetting.KEPT_SECONDS)
    forgetting.turn_key()
