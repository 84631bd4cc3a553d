"""The files of a complaint, from when they were sent up (see `uploads`) until they are destroyed.

With `uploads` the one writer of `Attachment` and of the files on disk. A row is there before its
file and goes after it, so nothing on disk is ever without a row that the clock looks at.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from complaints.cases.case import by_itself
from complaints.cases.sealing import key_to_read, open_part, seal_part
from complaints.events import SHOWN
from complaints.files import store
from complaints.files.kinds import KINDS
from complaints.models.case import Complaint, Event
from complaints.models.keys_and_files import Attachment, Draft
from complaints.vault.cipher import open_stream

AT_ONCE = 1000  # files that one tick of the clock destroys
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)  # staged until then is: to be destroyed now


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
        """Returns the file that `to_data` wrote."""
        return cls(**(data | {"id": UUID(data["id"]), "key": bytes.fromhex(data["key"])}))

    @property
    def is_image(self) -> bool:
        return self.kind in KINDS and KINDS[self.kind].is_image

    def chunks(self) -> Iterator[bytes]:
        """Yields what was sent, a MiB at a time; raises SealBroken, OSError where it is gone."""
        with store.open_file(self.id) as file:
            yield from open_stream(self.key, file, place=upload_place(self.id))


@dataclass(frozen=True)
class FiledFile(StoredFile):
    """A file of a case: the event that it came with, and from which side."""

    event_id: int
    is_from_us: bool


def attach_files(
    *,
    event: Event,
    key: bytes,
    files: Sequence[StoredFile],
    at: datetime,
    after: int = 0,
    is_from_us: bool = False,
) -> None:
    """Makes staged files the case's: their keys go under its own. Call it in its transaction.

    They came with `event`, after the first `after` files of the case, and stay as they are. Raises
    FilesGone for one that is not staged any more; the transaction then leaves the others staged.
    """
    case_id = event.complaint_id
    for position, file in enumerate(files, start=after):
        sealed = seal_part(key, case_id, _part(file.id), {"v": 1, "file": file.to_data()})
        is_held = (
            Attachment.objects.fresh(at)
            .filter(pk=file.id)
            .update(
                complaint=case_id,
                event=event,
                is_from_us=is_from_us,
                position=position,
                sealed=sealed,
            )
        )
        if not is_held or not store.has_file(file.id):
            raise FilesGone


def still_staged(files: Sequence[StoredFile]) -> list[StoredFile]:
    """Returns those of the files that can still be filed."""
    fresh = Attachment.objects.fresh(timezone.now())
    ids = set(fresh.filter(pk__in=[file.id for file in files]).values_list("pk", flat=True))
    return [file for file in files if file.id in ids]


def keep_with(draft: Draft, files: Sequence[StoredFile], *, until: datetime) -> None:
    """Keeps staged files as long as the draft that holds their keys; others it held go at once."""
    held = [file.id for file in files]
    detach_files(draft.attachments.staged().exclude(pk__in=held))
    Attachment.objects.staged().filter(pk__in=held).update(staged_until=until, draft=draft)


def open_files(
    complaint: Complaint, key: bytes | None = None, *, is_own: bool = False
) -> list[FiledFile]:
    """Returns the files of a case, in order; for its complainant, as `is_own`, without those of
    our notes. The caller asks the permission first."""
    found = complaint.attachments
    rows = list(found.filter(event__kind__in=SHOWN) if is_own else found.all())
    key = key or (key_to_read(complaint) if rows else b"")
    return [_opened(row, key) for row in rows]


def _opened(row: Attachment, key: bytes) -> FiledFile:
    place: Any = row.complaint_id
    part = open_part(key, place, _part(row.pk), bytes(row.sealed or b""))
    came: dict[str, Any] = {"event_id": row.event_id, "is_from_us": row.is_from_us}
    return FiledFile(**vars(StoredFile.from_data(part["file"])), **came)


def detach_files(files: QuerySet[Attachment]) -> None:
    """Takes files from their case or draft, inside the transaction that erases that.

    They are destroyed when that has been stored; should that fail, by the clock.
    """
    taken = {"complaint": None, "event": None, "sealed": None, "draft": None}
    files.update(staged_until=LONG_AGO, **taken)
    transaction.on_commit(destroy_expired_files, robust=True)


def destroy_expired_files(now: datetime | None = None) -> None:
    """Destroys files that were staged for long enough, or taken from their case; for the clock.

    A file that the disk will not part with keeps its row, for the next time; it stops no other.
    """
    expired = Attachment.objects.expired(now or timezone.now())
    for file_id in list(expired.values_list("pk", flat=True)[:AT_ONCE]):
        with by_itself(f"file {file_id}"):
            destroy_staged([file_id])


def destroy_staged(file_ids: Collection[UUID]) -> None:
    """Destroys files that are of no case; a file that was filed meanwhile is left alone."""
    for file_id in file_ids:
        with transaction.atomic():
            row = Attachment.objects.staged().select_for_update().filter(pk=file_id).first()
            if row is not None:
                store.remove_file(file_id)
                row.delete()


def _part(file_id: UUID) -> str:
    return f"file|{file_id}"


def upload_place(file_id: UUID) -> str:
    return f"upload|{file_id}"
