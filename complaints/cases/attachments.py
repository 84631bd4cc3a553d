"""The files of a complaint, from the first byte that arrives until they are destroyed.

The one writer of `Attachment` and of the files on disk. A row is there before its file and goes
after it, so nothing on disk is ever without a row that the clock looks at.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BufferedReader
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone

from complaints.cases.sealing import case_key, open_part, seal_part
from complaints.files import store
from complaints.files.kinds import KINDS, Kind, Problem, judged
from complaints.models.attachment import STAGED_FOR, Attachment
from complaints.models.case import Complaint
from complaints.vault import cipher
from complaints.vault.streams import SealedReader, StreamSealer, open_stream, pieces

logger = logging.getLogger(__name__)

MOST_FILES = 10
MOST_BYTES = 20 * 1024 * 1024  # 20 MB, as whoever counts in thousands or in 1024s reads it
AT_ONCE = 1000  # files that one tick of the clock destroys
LET_GO = datetime(1970, 1, 1, tzinfo=UTC)  # staged until then is: to be destroyed now


class FilesGone(Exception):
    """A file that should be filed is there no more: destroyed after a day, or filed before."""


@dataclass(frozen=True)
class StoredFile:
    """A file as its holder knows it: what it is, and the key that opens it."""

    id: UUID
    question: str
    name: str
    kind: str
    size: int
    key: bytes = field(repr=False)

    def to_data(self) -> dict[str, Any]:
        return vars(self) | {"id": self.id.hex, "key": self.key.hex()}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "StoredFile":
        """The file that `to_data` wrote."""
        return cls(**(data | {"id": UUID(data["id"]), "key": bytes.fromhex(data["key"])}))

    @property
    def is_image(self) -> bool:
        return self.kind in KINDS and KINDS[self.kind].is_image

    def chunks(self) -> Iterator[bytes]:
        """What was sent, a MiB at a time; raises SealBroken, and OSError where it is gone."""
        with store.open_file(self.id) as file:
            yield from open_stream(self.key, pieces(file), place=_place(self.id))


def has_room() -> bool:
    """Whether strangers may stage more: a bound on their bytes, their files, and the disk."""
    totals = Attachment.objects.staged().aggregate(bytes=Sum("size"), files=Count("pk"))
    return (
        (totals["bytes"] or 0) + MOST_BYTES <= settings.FILES_MOST_STAGED_BYTES
        and totals["files"] < settings.FILES_MOST_STAGED
        and store.free_bytes() >= settings.FILES_LEAST_FREE_BYTES
    )


class Incoming:
    """One file as it arrives: sealed piece by piece under a key of its own, then judged."""

    def __init__(self, *, question: str, name: str, at: datetime | None = None) -> None:
        self.question, self.name = question, name
        self.id, self.key, self.size = uuid4(), cipher.new_key(), 0
        until = (at or timezone.now()) + STAGED_FOR
        Attachment.objects.create(id=self.id, staged_until=until, size=MOST_BYTES)
        try:
            self._file = store.NewFile(self.id)
        except OSError:
            destroy_staged([self.id])
            raise
        self._sealer = StreamSealer(self.key, place=_place(self.id))

    @property
    def is_too_large(self) -> bool:
        return self.size > MOST_BYTES

    def add(self, piece: bytes) -> None:
        """Seals a piece; of a file that is too large already nothing more is kept."""
        self.size += len(piece)
        if not self.is_too_large:
            self._write(self._sealer.push(piece))

    def finish(self) -> StoredFile | Problem:
        """The file, on disk for certain; or why it is not taken, and then nothing of it is left."""
        verdict = self._judged()
        if isinstance(verdict, Problem):
            self.discard()
            return verdict
        Attachment.objects.filter(pk=self.id).update(size=self.size)
        return StoredFile(self.id, self.question, self.name, verdict.name, self.size, self.key)

    def discard(self) -> None:
        """Leaves nothing of it."""
        self._file.abandon()
        destroy_staged([self.id])

    def _judged(self) -> Kind | Problem:
        if self.is_too_large:
            return Problem.TOO_LARGE
        if not self.size:
            return Problem.EMPTY
        self._write(self._sealer.finish())
        self._file.close()
        with store.open_file(self.id) as sealed:
            reader = SealedReader(self.key, sealed, place=_place(self.id))
            return judged(self.name, BufferedReader(reader))

    def _write(self, sealed: Iterable[bytes]) -> None:
        for block in sealed:
            self._file.write(block)


def attach_files(
    *,
    complaint: Complaint,
    key: bytes,
    files: Sequence[StoredFile],
    at: datetime,
    after: int = 0,
) -> None:
    """Makes staged files the complaint's: their keys go under its own. Call it in its transaction.

    They come after the first `after` files of the case.

    The files stay as they are. Raises FilesGone for one that is not staged any more; the caller's
    transaction then leaves the others staged.
    """
    for position, file in enumerate(files, start=after):
        sealed = seal_part(key, complaint.pk, _part(file.id), {"v": 1, "file": file.to_data()})
        claimed = Attachment.objects.fresh(at).filter(pk=file.id)
        is_ours = claimed.update(complaint=complaint, position=position, sealed=sealed)
        if not is_ours or not store.has_file(file.id):
            raise FilesGone


def still_staged(files: Sequence[StoredFile], now: datetime | None = None) -> list[StoredFile]:
    """Those of the files that can still be filed."""
    fresh = Attachment.objects.fresh(now or timezone.now())
    ids = set(fresh.filter(pk__in=[file.id for file in files]).values_list("pk", flat=True))
    return [file for file in files if file.id in ids]


def keep_staged(files: Sequence[StoredFile], *, until: datetime) -> None:
    """Keeps staged files as long as the draft that holds their keys."""
    staged = Attachment.objects.staged().filter(pk__in=[file.id for file in files])
    staged.update(staged_until=until)


def open_files(complaint: Complaint, key: bytes | None = None) -> list[StoredFile]:
    """The files of a case, in order. The caller asks the permission first."""
    rows = list(complaint.attachments.all())
    key = key or (case_key(complaint.pk) if rows else b"")
    return [_opened(row, complaint, key) for row in rows]


def let_go(complaint: Complaint) -> None:
    """Takes a case's files from it, inside the transaction that erases it.

    They are destroyed when that has been stored; should that fail, by the clock.
    """
    complaint.attachments.update(complaint=None, sealed=None, staged_until=LET_GO)
    transaction.on_commit(destroy_expired, robust=True)


def destroy_expired(now: datetime | None = None) -> None:
    """Destroys what was staged for long enough or let go of; for the clock.

    A file that the disk will not part with keeps its row, for the next time; it stops no other.
    """
    expired = Attachment.objects.expired(now or timezone.now())
    for file_id in list(expired.values_list("pk", flat=True)[:AT_ONCE]):
        try:
            destroy_staged([file_id])
        except OSError:
            logger.exception("files.not_destroyed")


def destroy_staged(file_ids: Collection[UUID]) -> None:
    """Destroys files that are of no case; a file that was filed meanwhile is left alone."""
    for file_id in file_ids:
        with transaction.atomic():
            row = Attachment.objects.staged().select_for_update().filter(pk=file_id).first()
            if row is not None:
                store.remove_file(file_id)
                row.delete()


def _opened(row: Attachment, complaint: Complaint, key: bytes) -> StoredFile:
    content = open_part(key, complaint.pk, _part(row.pk), bytes(row.sealed or b""))
    return StoredFile.from_data(content["file"])


def _part(file_id: UUID) -> str:
    return f"file|{file_id}"


def _place(file_id: UUID) -> str:
    return f"upload|{file_id}"
