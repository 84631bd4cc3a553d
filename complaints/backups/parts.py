"""One part of a backup: a tar inside age, sealed to keys of which this server has the public half.

It streams both ways, so nothing of it is ever in clear on a disk. Last in it is a manifest:
versions, counts and the hash of each member. `age -d part | tar -x` reads it without this program.

Parts lie in a folder, or in an S3 bucket (`s3://bucket/prefix`); one is there whole or not. Their
names say which part it is, and of when. Of keys nothing stays that is older than a week: it would
open what was erased since.
"""

import json
import logging
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import pyrage
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage
from django.core.files.utils import validate_file_name
from django.core.management.base import CommandError
from django.db import Error
from tqdm import tqdm

from complaints.cases.forgetting import journal_path
from complaints.vault.keyring import locked_folder
from config.environment import in_bucket

logger = logging.getLogger(__name__)

CONTENT, KEYS, UNFINISHED = "content", "keys", ".unfinished"
NAME = "-%Y%m%dT%H%M%SZ.age"
KEYS_KEPT = timedelta(days=7)
ALL_KEPT = timedelta(days=2)  # of content; of each older day the first
MANIFEST = "manifest.json"
TOLD = {"part", "at", "database", "migrations", "counts"}  # of a manifest
PIECE = 4 * 1024 * 1024  # bytes of a dump in one member
Member = tuple[str, bytes]


class Refused(CommandError):
    """Why there is no backup or no restoring, in plain words, with what to do."""


@contextmanager
def refusing(what: str) -> Iterator[None]:
    """Refuses by name where a disk, a bucket or the database fails.

    Of the database no more than the kind of fault: its words may quote a row.
    """
    try:
        yield
    except Error as fault:
        raise Refused(f"{what}: {type(fault).__name__}") from None
    except OSError as fault:
        raise Refused(f"{what}: {fault}") from fault


@contextmanager
def alone(*, waits: bool) -> Iterator[None]:
    """Waits for whoever backs up or restores here, or refuses: one would undo the other's work.

    The lock lies beside the erasure key: machines that share a database share that too.
    """
    folder = journal_path().with_name("backup")  # that of the journal is locked to write in it
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as held:
        try:
            held.enter_context(locked_folder(folder, waits=waits))
        except BlockingIOError:
            raise Refused("Another backs up or restores here now. Wait for it.") from None
        yield


def write_part(
    out: Any, members: Iterable[Member], manifest: dict[str, Any], recipients: str
) -> None:
    """Seals these members into `out`, and the manifest with their hashes after them."""
    hashes: dict[str, str] = {}
    try:
        keys = [pyrage.x25519.Recipient.from_str(text) for text in recipients.split()]
        with (
            _beside(lambda plain: pyrage.encrypt_io(plain, out, keys), "wb") as plain,
            tarfile.open(fileobj=plain, mode="w|") as tar,
        ):

            def add(name: str, data: bytes) -> None:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, BytesIO(data))

            for name, data in members:
                hashes[name] = sha256(data).hexdigest()
                add(name, data)
            add(MANIFEST, json.dumps(manifest | {"hashes": hashes}).encode())
    except pyrage.RecipientError:
        raise Refused("BACKUP_RECIPIENT is no public key of age: it begins with age1.") from None
    except pyrage.EncryptError as fault:
        raise Refused(f"No backup was made: {fault}") from fault


def read_part(source: IO[bytes], identities: list[Any]) -> Iterator[Member]:
    """Yields each member, and last the manifest, which is only there when all the rest is right."""
    hashes, data = dict[str, str](), b""
    try:
        with (
            _beside(lambda plain: pyrage.decrypt_io(source, plain, identities), "rb") as plain,
            tarfile.open(fileobj=plain, mode="r|") as tar,
        ):
            for info in tar:
                is_ours = _is_plain(info) and info.name not in hashes
                file = tar.extractfile(info) if is_ours else None
                if file is None:
                    raise Refused(f"{info.name!a} in it is no file of a backup: others made this.")
                data = file.read()
                hashes[info.name] = sha256(data).hexdigest()
                if info.name != MANIFEST:
                    yield info.name, data
            while plain.read(PIECE):
                pass
    except (tarfile.TarError, pyrage.DecryptError, OSError, ValueError) as fault:
        if "No matching keys" in str(fault):
            raise Refused("It is sealed to the key of another than this identity.") from fault
        raise Refused("It is cut short or damaged. Take another copy.") from fault
    about: Any = None
    with suppress(ValueError):
        about = json.loads(data) if hashes.pop(MANIFEST, "") else None
    if not isinstance(about, dict) or about.get("hashes") != hashes or not about.keys() >= TOLD:
        raise Refused("What it holds is not what its manifest says. Take another copy.")
    yield MANIFEST, data


def _is_plain(info: tarfile.TarInfo) -> bool:
    """Whether it is a whole file whose name stays below its folder, and can be written down."""
    with suppress(UnicodeError, SuspiciousFileOperation):
        info.name.encode()
        validate_file_name(info.name, allow_relative_path=True)
        return info.isreg() and not info.issparse() and info.name.isprintable()
    return False


@contextmanager
def _beside(work: Callable[[IO[bytes]], Any], mode: str) -> Iterator[IO[bytes]]:
    """Works on one end of a pipe in a thread of its own, and gives the other; raises its fault."""
    ours, theirs = os.pipe() if mode == "rb" else os.pipe()[::-1]

    def run() -> None:
        with os.fdopen(theirs, "wb" if mode == "rb" else "rb") as file:
            work(file)

    with ThreadPoolExecutor(1) as apart:
        working = apart.submit(run)
        try:
            with os.fdopen(ours, mode) as file:
                yield file
        except (tarfile.TarError, BrokenPipeError):  # the other end was closed, and says why
            working.result()
            raise
        working.result()


def identities_in(path: Path) -> list[Any]:
    """Returns the private keys in a file as `age-keygen` writes it."""
    try:
        lines = path.read_text().splitlines()
        keys = [line for line in lines if line.strip() and not line.startswith("#")]
        return [pyrage.x25519.Identity.from_str(key.strip()) for key in keys]
    except (OSError, ValueError, pyrage.IdentityError):
        raise Refused(f"{path} holds no identity of age: AGE-SECRET-KEY-1 and more.") from None


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
def written(storage: Any, name: str, total: int | None = None) -> Iterator[Any]:
    """Gives what to write a part to. What breaks off leaves nothing under that name."""
    is_folder = isinstance(storage, FileSystemStorage)
    draft = name + UNFINISHED if is_folder else name  # S3 shows it once it is whole
    if is_folder:
        Path(storage.path("")).mkdir(mode=0o700, parents=True, exist_ok=True)
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
