"""After erasing, nothing opens what was erased: the erasure key is replaced and forgotten.

Whatever can be erased lies under the erasure key too (`models.tables`). When something was, the
worker makes a new key, covers all that is there anew, and after a quarter of an hour forgets the
old one: what is left of the erased on a disk or in a backup opens for nobody. It may be killed at
any moment; the file of keys says how far it was.

The journal lies beside that file. It says what was erased or withdrawn, so that whoever restores
an older backup does it again (`backups.restoring`).
"""

import base64
import logging
import os
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from complaints.cases.audit import note
from complaints.cases.sealing import case_key, open_part, seal_part
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind, ErasureReason, Tombstone
from complaints.models.tables import LOCK, CoveredField, Destroyed, covered_fields, hold_keys
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import ERASURE, cover, key_id_of, locked_folder, uncover

logger = logging.getLogger(__name__)

BATCH = 500
KEPT_SECONDS = 15 * 60  # the old key: for who reads at that moment, and for a backup being made
LONGEST_SECONDS = 24 * 3600  # also a text that was sent, an address that was replaced


def note_destroyed(**_kwargs: Any) -> None:
    """Has the worker replace the key; call it in the transaction that destroys something."""
    Destroyed.objects.create()


def turn_key() -> None:
    """Goes on with replacing the erasure key, or begins with it when it is time; for the worker.

    What keeps it from that is logged, and keeps the worker from nothing else.
    """
    try:
        is_alone = len(ERASURE.all()) == 1
        age = abs(time.time() - ERASURE.path.stat().st_mtime)  # also where a clock ran ahead
        if is_alone:
            _begin(is_time=age >= LONGEST_SECONDS)
        elif age >= KEPT_SECONDS and not cover_anew():
            _forget()
    except OperationalError:  # somebody is between covering and storing: the next time, then
        logger.info("erasure_key.waits")
    except OSError:
        logger.exception("erasure_key.not_written")


def _begin(*, is_time: bool) -> None:
    """What was destroyed before the new key was there is under older keys only."""
    destroyed = list(Destroyed.objects.values_list("pk", flat=True))
    if destroyed or is_time:
        append(missed_lines())
        ERASURE.add()
        note(AccessKind.ERASURE_KEY)
        Destroyed.objects.filter(pk__in=destroyed).delete()
        logger.info("erasure_key.new covered=%s", cover_anew())


def cover_anew() -> int:
    """Puts all that is under an older key under the newest; returns how much that was.

    A row that was changed or erased meanwhile is left as it is: the new value is under the newest
    key already.
    """
    number, older = 0, {key.key_id for key in ERASURE.all()[1:]}
    for field in covered_fields():
        found = list(_under(field, older))
        for start in range(0, len(found), BATCH):
            with transaction.atomic():
                _cover(field, found[start : start + BATCH])
        number += len(found)
    return number


def _cover(field: CoveredField, found: list[tuple[Any, bytes, bytes]]) -> None:
    column, table, key = _names(field)
    hold_keys(connection)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET {column} = %s WHERE {key} = %s AND {column} = %s",  # noqa: S608 - our own names
            [(cover(inner), pk, stored) for pk, stored, inner in found],
        )


def _under(field: CoveredField, key_ids: Collection[str]) -> Iterator[tuple[Any, bytes, bytes]]:
    """Yields each row under one of these keys: its pk, what is stored, and what that covers.

    What does not open is left out: it is lost, and holds nothing up.
    """
    column, table, key = _names(field)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key}, {column} FROM {table} WHERE {column} IS NOT NULL")  # noqa: S608 - our own names
        for pk, stored in cursor.fetchall():
            covered = bytes(stored)
            if key_id_of(covered) in key_ids:
                try:
                    yield pk, covered, uncover(covered)
                except SealBroken:
                    logger.error("erasure_key.broken table=%s", field.model._meta.db_table)


def _names(field: CoveredField) -> tuple[str, str, str]:
    """Returns its column, its table and the key of that, as SQL."""
    meta, quoted = field.model._meta, connection.ops.quote_name
    return quoted(field.column), quoted(meta.db_table), quoted(meta.pk.column)


@transaction.atomic
def _forget() -> None:
    """Takes the older keys from the file, unless something is under them.

    Raises OperationalError while somebody does not end a transaction in which they covered: whoever
    files a complaint meanwhile waits behind us, so we do not wait for long.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '500ms'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    older = {key.key_id for key in ERASURE.all()[1:]}
    if not any(True for field in covered_fields() for _row in _under(field, older)):
        ERASURE.forget(older)
        logger.info("erasure_key.forgotten number=%s", len(older))


ERASED, WITHDRAWN = "erased", "withdrawn"


@dataclass(frozen=True)
class JournalLine:
    """What was done to which case, and when. `detail` is the rule it was erased by, in clear, or
    the purpose that consent was withdrawn for, sealed under the key of the case."""

    at: datetime
    what: str
    reference: str
    detail: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.what} {self.reference} {self.detail}\n"

    def purpose(self, case: Complaint) -> str:
        """The purpose; raises SealBroken, and KeyDestroyed for a case that is erased."""
        sealed = base64.urlsafe_b64decode(self.detail)
        return str(open_part(case_key(case.pk), case.pk, WITHDRAWN, sealed)).strip()


def note_erased(case: Complaint, rule: str) -> None:
    """Writes the line once the erasure is stored; one that was missed comes with the next key."""
    line = JournalLine(timezone.now(), ERASED, case.reference, rule)
    transaction.on_commit(lambda: append([line]), robust=True)


def note_withdrawn(case: Complaint, purpose: str) -> None:
    """Writes the line once it is stored; which consent it is, is for whoever has the case's key."""
    sealed = seal_part(case_key(case.pk), case.pk, WITHDRAWN, purpose.ljust(20))
    detail = base64.urlsafe_b64encode(sealed).decode()
    line = JournalLine(timezone.now(), WITHDRAWN, case.reference, detail)
    transaction.on_commit(lambda: append([line]), robust=True)


def missed_lines() -> list[JournalLine]:
    """Returns the erasures of which no line says so: the process was killed, or the disk full."""
    known = {line.reference for line in read_journal(journal_path()) if line.what == ERASED}
    whole = Tombstone.objects.exclude(rule__in=[ErasureReason.NOTES, ErasureReason.REGISTER])
    missed = [one for one in whole if one.reference not in known]
    return [JournalLine(one.at, ERASED, one.reference, one.rule) for one in missed]


def journal_path() -> Path:
    return ERASURE.path.with_suffix(".journal")


def read_journal(path: Path) -> list[JournalLine]:
    """Returns its lines, oldest first; one that a crash cut short is left out."""
    lines = []
    for text in path.read_text(errors="replace").splitlines() if path.exists() else []:
        try:
            at, what, reference, detail = text.split(" ")
            moment = datetime.fromisoformat(at).astimezone(UTC)
            lines.append(JournalLine(moment, what, reference, detail))
        except ValueError:
            logger.warning("journal.line_broken")
    return lines


def append(lines: Sequence[JournalLine | str]) -> None:
    """Puts them on disk, each on a line of its own, also after one that was cut short."""
    if not lines:
        return
    path = journal_path()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    with locked_folder(path.parent), os.fdopen(descriptor, "ab+") as file:
        size = file.seek(0, os.SEEK_END)
        is_cut = size > 0 and os.pread(file.fileno(), 1, size - 1) != b"\n"
        file.write(("\n" * is_cut + "".join(map(str, lines))).encode())
        file.flush()
        os.fsync(file.fileno())
