"""Where parts lie: a folder, or an S3 bucket (`s3://bucket/prefix`). A part is there whole or not.

Their names say which part it is and of when. Of keys nothing stays that is older than a week: it
would open what was erased since.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import FileSystemStorage
from tqdm import tqdm

from complaints.backups.parts import Refused
from config.places import in_bucket

logger = logging.getLogger(__name__)

CONTENT, KEYS = "content", "keys"
KEYS_KEPT = timedelta(days=7)
ALL_KEPT = timedelta(days=2)  # of content; of each older day the first
UNFINISHED = ".unfinished"  # in a folder: of a backup that was killed
S3 = "s3://"
S3_PIECE = 16 * 1024 * 1024  # S3 takes ten thousand of them


def place(address: str) -> Any:
    """Returns the storage at a folder or in a bucket; raises Refused where there is none."""
    if not address:
        raise Refused("Set BACKUP_TO: a folder, or s3://bucket/prefix.")
    if not address.startswith(S3):
        return FileSystemStorage(address, file_permissions_mode=0o600)
    from complaints.files.bucket import SealedBucket  # boto3 takes half a second

    return SealedBucket(**in_bucket(address))


def name_of(part: str, at: datetime) -> str:
    return f"{part}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.age"


def parts_in(storage: Any, part: str) -> dict[datetime, str]:
    """Returns the names of these parts by their moments, oldest first."""
    try:
        names = storage.listdir("")[1]
    except FileNotFoundError:
        return {}
    found = {}
    for name in sorted(names):
        try:
            at = datetime.strptime(name, f"{part}-%Y%m%dT%H%M%SZ.age").replace(tzinfo=UTC)
        except ValueError:
            continue
        found[at] = name
    return found


def newest_backup() -> datetime | None:
    """Returns of when the last whole backup is; None without one, or where nobody can look."""
    try:
        storage = place(settings.BACKUP_TO)
        both = parts_in(storage, CONTENT).keys() & parts_in(storage, KEYS).keys()
    except Exception:  # of a bucket, of a network, of a disk
        logger.exception("backup.not_seen")
        return None
    return max(both, default=None)


def forget_older(storage: Any, now: datetime) -> None:
    """Removes keys after a week, and of content what the settings say not to keep."""
    for at, name in parts_in(storage, KEYS).items():
        if now - at > KEYS_KEPT:
            storage.delete(name)
    kept, days = timedelta(days=settings.BACKUP_KEEP_DAYS), set()
    for at, name in parts_in(storage, CONTENT).items():
        is_first, age = at.date() not in days, now - at
        days.add(at.date())
        if age > kept or (age > ALL_KEPT and not is_first):
            storage.delete(name)
    for name in storage.listdir("")[1]:
        if name.endswith(UNFINISHED) and now - storage.get_modified_time(name) > ALL_KEPT:
            storage.delete(name)


@contextmanager
def written(storage: Any, name: str, *, total: int | None = None) -> Iterator[Any]:
    """Gives what to write a part to. What went wrong half-way leaves nothing under that name."""
    made = _in_folder if isinstance(storage, FileSystemStorage) else _in_bucket
    with made(storage, name) as out, shown(out, "write", name, total) as counted:
        yield counted


@contextmanager
def being_read(storage: Any, name: str, doing: str) -> Iterator[IO[bytes]]:
    """Gives a part to read, as it comes."""
    text = f"{doing} {name}"
    with storage.open(name) as source, shown(source, "read", text, source.size) as counted:
        yield counted


def shown(stream: Any, method: str, text: str, total: int | None) -> Any:
    """Shows how far a stream is, on a terminal only."""
    return tqdm.wrapattr(stream, method, total=total, desc=text, disable=None)


@contextmanager
def _in_folder(storage: FileSystemStorage, name: str) -> Iterator[IO[bytes]]:
    path = Path(storage.path(name))
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(UNFINISHED)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(descriptor)
        draft.rename(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _in_bucket(storage: Any, name: str) -> Iterator["_Upload"]:
    upload = storage.bucket.Object(storage.place(name)["Key"]).initiate_multipart_upload()
    try:
        out = _Upload(upload)
        yield out
        out.send()
        upload.complete(MultipartUpload={"Parts": out.sent})
    except BaseException:
        upload.abort()
        raise


class _Upload:
    """Sends what is written, in pieces of the size that S3 wants."""

    def __init__(self, upload: Any) -> None:
        self._upload, self._waiting = upload, bytearray()
        self.sent: list[dict[str, Any]] = []

    def write(self, data: bytes) -> int:
        self._waiting += data
        if len(self._waiting) >= S3_PIECE:
            self.send()
        return len(data)

    def flush(self) -> None: ...

    def send(self) -> None:
        number = len(self.sent) + 1
        tag = self._upload.Part(number).upload(Body=bytes(self._waiting))["ETag"]
        self.sent.append({"ETag": tag, "PartNumber": number})
        self._waiting.clear()
