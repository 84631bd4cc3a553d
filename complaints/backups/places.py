"""Where parts lie: a folder, or an S3 bucket (`s3://bucket/prefix`). A part is there whole or not.

Their names say which part it is, and of when. Of keys nothing stays that is older than a week: it
would open what was erased since.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import FileSystemStorage
from tqdm import tqdm

from complaints.backups.parts import Refused
from complaints.vault.keyring import locked_folder
from config.environment import in_bucket

logger = logging.getLogger(__name__)

CONTENT, KEYS, UNFINISHED = "content", "keys", ".unfinished"
NAME = "-%Y%m%dT%H%M%SZ.age"
KEYS_KEPT = timedelta(days=7)
ALL_KEPT = timedelta(days=2)  # of content; of each older day the first


def place(address: str) -> Any:
    """Returns the storage at a folder or in a bucket; raises Refused where there is none."""
    if not address:
        raise Refused("Set BACKUP_TO: a folder, or s3://bucket/prefix.")
    if "://" not in address:
        return FileSystemStorage(address, file_permissions_mode=0o600)
    from complaints.files.bucket import SealedBucket  # boto3 takes half a second

    try:
        return SealedBucket(**in_bucket(address))
    except ImproperlyConfigured as fault:
        raise Refused(str(fault)) from None


def name_of(part: str, at: datetime) -> str:
    return at.astimezone(UTC).strftime(part + NAME)


def parts_in(storage: Any, part: str) -> dict[datetime, str]:
    """Returns the names of these parts by their moments, oldest first."""
    found = {}
    for name in sorted(names_under(storage)):
        with suppress(ValueError):
            found[datetime.strptime(name, part + NAME).replace(tzinfo=UTC)] = name
    return found


def names_under(storage: Any, folder: str = "") -> Iterator[str]:
    """Yields the name of each file in a storage, folder by folder."""
    with suppress(FileNotFoundError):
        folders, files = storage.listdir(folder)
        yield from (folder + name for name in files)
        for name in folders:
            yield from names_under(storage, f"{folder}{name}/")


def newest_backup() -> datetime | None:
    """Returns of when the last whole backup is; None without one, or where nobody can look."""
    try:
        storage = place(settings.BACKUP_TO)
        return max(parts_in(storage, CONTENT).keys() & parts_in(storage, KEYS), default=None)
    except Exception:  # of a bucket, of a network, of a disk
        logger.exception("backup.not_seen")
        return None


def forget_older(storage: Any, now: datetime) -> None:
    """Removes keys after a week, and of content what the settings say not to keep."""
    old = [name for at, name in parts_in(storage, KEYS).items() if now - at > KEYS_KEPT]
    old += [name for name in names_under(storage) if name.endswith(UNFINISHED)]  # of a kill
    kept, days = timedelta(days=settings.BACKUP_KEEP_DAYS), set()
    for at, name in parts_in(storage, CONTENT).items():
        is_first, age = at.date() not in days, now - at
        days.add(at.date())
        if age > kept or (age > ALL_KEPT and not is_first):
            old.append(name)
    for name in old:
        storage.delete(name)


@contextmanager
def alone(storage: Any) -> Iterator[None]:
    """Waits for whoever writes to the same folder; a bucket shows no part that is not whole."""
    if not isinstance(storage, FileSystemStorage):
        yield
        return
    folder = Path(storage.path(""))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked_folder(folder):
        yield


@contextmanager
def written(storage: Any, name: str, total: int | None = None) -> Iterator[Any]:
    """Gives what to write a part to. What breaks off leaves nothing under that name."""
    is_folder = isinstance(storage, FileSystemStorage)
    draft = name + UNFINISHED if is_folder else name  # S3 shows it once it is whole
    if is_folder:
        Path(storage.path(draft)).touch(mode=0o600)
    out = storage.open(draft, "wb")
    try:
        with tqdm.wrapattr(out, "write", total=total, desc=name, disable=None) as shown:
            yield shown
        if is_folder:
            out.flush()
            os.fsync(out.fileno())
            Path(storage.path(draft)).rename(storage.path(name))
        out.close()
    except BaseException:
        with suppress(OSError):  # the fault itself is what to tell
            if not is_folder:
                out.abort()
            storage.delete(draft)
        raise
