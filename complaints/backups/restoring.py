"""Puts a backup into an empty installation: content of any age, with the newest keys there are.

Both parts are read to their end before anything is written. What fails after that is undone.
"""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import BinaryField, Value
from django.utils import timezone

from complaints.backups.journal import apply_journal
from complaints.backups.parts import PIECE, Refused, identities_in, read_part
from complaints.backups.places import CONTENT, KEYS, being_read, parts_in, place
from complaints.backups.taking import (
    COVERED,
    DATABASE,
    ERASURE_KEY,
    FILES,
    JOURNAL,
    MEDIA,
    WRAPS,
    as_stored,
    counts,
    names_under,
    pg_program,
)
from complaints.cases.contents import open_answers
from complaints.cases.forgetting import journal_path, merge_journal, read_journal
from complaints.cases.sealing import LOOKUP_ID, case_keys
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.covered import CoveredField, covered_fields
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import OwedMail
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import ERASURE, RING, SERVER

BATCH = 500
Tell = Callable[[str], Any]


def restore(address: str, identity: Path, content: str, tell: Tell) -> None:
    """Restores the newest content that lies there, or the one of that name. Raises Refused."""
    storage, identities = place(address), identities_in(identity)
    names = {part: list(parts_in(storage, part).values()) for part in (CONTENT, KEYS)}
    for part, found in names.items():
        if not found:
            raise Refused(f"There is no {part} part in {address}. Both are needed.")
    if content and content not in names[CONTENT]:
        raise Refused(f"{content} is not in {address}. There is: {', '.join(names[CONTENT])}.")
    content, newest = content or names[CONTENT][-1], names[KEYS][-1]
    require_empty()
    with being_read(storage, newest, "reads") as source:
        held: dict[str, bytes] = {}
        keys = read_part(source, identities, lambda name, data: held.update({name: data.read()}))
    with being_read(storage, content, "checks") as source:
        about = read_part(source, identities, lambda _name, _data: None)
    require_fitting(keys, about, held)
    try:
        with being_read(storage, content, "restores") as source:
            write_content(lambda take: read_part(source, identities, take))
        require_counts(about)
        call_command("migrate", interactive=False, verbosity=0)
        ERASURE.merge(held[ERASURE_KEY].decode())
        merge_journal(held[JOURNAL].decode(errors="replace"))
        with transaction.atomic():
            put_wraps(json.loads(held[WRAPS]))
            put_covered(json.loads(held[COVERED]))
        applied = apply_journal(read_journal(journal_path()), tell)
        opened = open_all(tell)
    except BaseException as fault:
        empty_again()
        if isinstance(fault, OSError | Error):
            raise Refused(f"It broke off, and was undone: {fault}") from fault
        raise
    tell(f"{content} is restored with {newest}: {opened} complaints open.")
    tell(f"{applied} erasures and withdrawals of since were done again.")


def require_empty() -> None:
    """Raises Refused where something is that could be overwritten."""
    require_empty_database()
    if any(names_under(default_storage, "")):
        raise Refused("The media folder is not empty. Move what is in it elsewhere.")
    if any(names_under(store.sealed_files(), "")):
        raise Refused("The folder of sealed files is not empty. Move what is in it elsewhere.")


def require_empty_database() -> None:
    with connection.cursor() as cursor:
        if connection.introspection.table_names(cursor):
            raise Refused("The database is not empty. Make a new one, and name it in DATABASE_URL.")


def require_fitting(keys: dict[str, Any], about: dict[str, Any], held: dict[str, bytes]) -> None:
    """Raises Refused where these parts, this version and these settings are not of each other."""
    if (keys["part"], about["part"]) != (KEYS, CONTENT):
        raise Refused("A part was given the name of the other. Give both their own names again.")
    if datetime.fromisoformat(keys["at"]) < datetime.fromisoformat(about["at"]):
        raise Refused("The newest keys are older than this content. Choose older --content.")
    if about["database"] != connection.vendor:
        raise Refused(
            f"This content is of {about['database']}, and DATABASE_URL of {connection.vendor}. "
            "Restore it into its own kind, and move it from there: manage.py copy_from."
        )
    known = MigrationLoader(None).disk_migrations
    unknown = [
        name for name in map(tuple, about["migrations"] + keys["migrations"]) if name not in known
    ]
    if unknown:
        version = ".".join(unknown[0])
        raise Refused(f"It is of a newer version of the site, with {version}. Install that first.")
    holders = {row["holder"] for row in json.loads(held[WRAPS])}
    ring = {SERVER + key.key_id for key in RING.all()}
    if missing := {name for name in holders if name.startswith(SERVER)} - ring:
        raise Refused(
            f"VAULT_KEY_FILE lacks the key {missing.pop().removeprefix(SERVER)}. Put the copy "
            "there that was kept apart since that key was made."
        )


def write_content(read: Callable[[Callable[[str, IO[bytes]], None]], Any]) -> None:
    """Writes the members as they come: the database first, then files."""
    with ExitStack() as stack:
        restored = postgres if connection.vendor == "postgresql" else sqlite
        database = stack.enter_context(restored())

        def take(name: str, data: IO[bytes]) -> None:
            folder, _, rest = name.partition("/")
            if folder == DATABASE:
                shutil.copyfileobj(data, database, PIECE)
                return
            stack.close()  # the database is whole
            if folder == FILES:
                file = store.NewFile(UUID(rest))
                shutil.copyfileobj(data, cast("IO[bytes]", file), PIECE)
                file.close()
            elif folder == MEDIA:
                default_storage.save(rest, ContentFile(data.read()))

        read(take)


@contextmanager
def postgres() -> Iterator[IO[bytes]]:
    options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    with pg_program("pg_restore", *options, stdin=subprocess.PIPE) as process:
        yield process.stdin


@contextmanager
def sqlite() -> Iterator[IO[bytes]]:
    connection.close()
    with Path(connection.settings_dict["NAME"]).open("wb") as file:
        yield file


def require_counts(about: dict[str, Any]) -> None:
    found, expected = counts("default"), about["counts"]
    for table, number in expected.items():
        if found.get(table) != number:
            raise Refused(f"{table} has {found.get(table)} rows and not {number}: undone.")


def put_wraps(rows: list[dict[str, Any]]) -> None:
    """Stores the wraps of the cases that are there, as they were stored."""
    there = {str(pk) for pk in Complaint.objects.values_list("pk", flat=True)} | {str(LOOKUP_ID)}
    KeyWrap.objects.bulk_create(
        (
            KeyWrap(
                complaint_id=row["complaint_id"],
                holder=row["holder"],
                lookup=row["lookup"] and base64.b64decode(row["lookup"]),
                works_from=row["works_from"],
                wrapped=as_it_was(row["raw"]),
            )
            for row in rows
            if row["complaint_id"] in there
        ),
        batch_size=1000,
    )


def as_it_was(raw: str) -> Value:
    """Bytes that are covered already."""
    return Value(base64.b64decode(raw), output_field=BinaryField())


def put_covered(rows: list[list[Any]]) -> None:
    """Puts what the keys part has in each covered column; what it has not was erased since."""
    newest: dict[str, dict[str, str]] = {}
    for column, pk, raw in rows:
        newest.setdefault(column, {})[str(pk)] = raw
    for field in covered_fields():
        if field.model is not KeyWrap:
            _put(field, newest.get(str(field), {}))


def _put(field: CoveredField, newest: dict[str, str]) -> None:
    name, every = field.attname, field.model._base_manager.all()
    gone = []
    for pk, raw in every.exclude(**{name: None}).values_list("pk", as_stored(name)):
        if str(pk) not in newest:
            gone.append(pk)
        elif newest[str(pk)] != base64.b64encode(raw).decode():
            every.filter(pk=pk).update(**{name: as_it_was(newest[str(pk)])})
    lost = every.filter(pk__in=gone)
    if field.model is OwedMail:  # its words or address went when it was sent
        lost.filter(sent_at=None).update(sent_at=timezone.now(), dropped_reason="restored")
    if field.null:
        lost.update(**{name: None})
    else:
        lost.delete()


def open_all(tell: Tell) -> int:
    """Opens every complaint and returns how many did; tells which did not, or have no key.

    Raises Refused where none does: then the keys are not of this database. One that was broken
    before keeps nobody from the others.
    """
    pks = list(Complaint.objects.exclude(sealed=b"").values_list("pk", flat=True))
    wrapped = set(KeyWrap.objects.values_list("complaint_id", flat=True))
    broken, with_key = [], [pk for pk in pks if pk in wrapped]
    for start in range(0, len(with_key), BATCH):
        batch = with_key[start : start + BATCH]
        keys = case_keys(batch)
        for case in Complaint.objects.filter(pk__in=batch):
            try:
                open_answers(case, keys[case.pk])
            except (SealBroken, KeyError):
                broken.append(case.reference)
    if with_key and len(broken) == len(with_key):
        raise Refused("No complaint opens with the keys that are there. It was undone.")
    if broken:
        tell(f"{len(broken)} complaints do not open: {', '.join(broken)}.")
    if gone := len(pks) - len(with_key):
        tell(f"{gone} complaints have no key any more: they were erased since.")
    return len(with_key) - len(broken)


def empty_again() -> None:
    """Takes away what was written of a backup that came to nothing; all of it is ours."""
    empty_database_again()
    for storage in (default_storage, store.sealed_files()):
        for name in list(names_under(storage, "")):
            storage.delete(name)


def empty_database_again() -> None:
    connection.close()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for table in connection.introspection.table_names(cursor):
                cursor.execute(f'DROP TABLE "{table}" CASCADE')
    else:
        for ending in ("", "-wal", "-shm"):
            Path(f"{connection.settings_dict['NAME']}{ending}").unlink(missing_ok=True)
