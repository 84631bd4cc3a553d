"""One part of a backup: a tar inside age, sealed to keys of which this server has the public half.

It streams both ways, so nothing of it is ever in clear on a disk. What has no known length, such
as a dump, lies in it in pieces: `age -d part | tar -x` and `cat database/*` give it back without
this program. Last in it is what it holds: versions, counts and the hash of each member.
"""

import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, cast

import pyrage

MANIFEST = "manifest.json"
FORMAT = 1
PIECE = 4 * 1024 * 1024  # bytes of what is in memory at one moment


class Refused(Exception):
    """Why there is no backup or no restoring, in plain words, with what to do."""


@dataclass(frozen=True)
class Member:
    """A file in the tar: its name, its size and its bytes as they come."""

    name: str
    size: int
    chunks: Iterable[bytes]


def whole(name: str, data: bytes) -> Member:
    return Member(name, len(data), [data])


def pieces(folder: str, stream: IO[bytes]) -> Iterator[Member]:
    """Yields a stream of any length as members that follow each other."""
    number = 0
    while data := stream.read(PIECE):
        yield whole(f"{folder}/{number:06}", data)
        number += 1


def write_part(
    out: Any, members: Iterable[Member], manifest: dict[str, Any], recipients: list[str]
) -> None:
    """Seals these members into `out`, and the manifest with their hashes after them.

    Raises Refused; what stopped it is its cause.
    """
    keys = [_recipient(text) for text in recipients]
    tar = _Stream(_tar(members, manifest | {"format": FORMAT}))
    try:
        pyrage.encrypt_io(io.BufferedReader(tar, PIECE), out, keys)
    except pyrage.EncryptError as error:
        raise Refused(str(tar.fault or error)) from tar.fault or error


def _recipient(text: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise Refused("BACKUP_RECIPIENT is no public key of age: it begins with age1.") from None


def _tar(members: Iterable[Member], manifest: dict[str, Any]) -> Iterator[bytes]:
    hashes: dict[str, str] = {}
    for member in members:
        yield from _entry(member, hashes)
    yield from _entry(whole(MANIFEST, json.dumps(manifest | {"hashes": hashes}).encode()), {})
    yield bytes(2 * tarfile.BLOCKSIZE)


def _entry(member: Member, hashes: dict[str, str]) -> Iterator[bytes]:
    info = tarfile.TarInfo(member.name)
    info.size, digest, done = member.size, sha256(), 0
    yield info.tobuf()
    for chunk in member.chunks:
        digest.update(chunk)
        done += len(chunk)
        yield chunk
    if done != member.size:
        raise OSError(f"{member.name} changed while it was copied")
    hashes[member.name] = digest.hexdigest()
    yield bytes(-member.size % tarfile.BLOCKSIZE)


class _Stream(io.RawIOBase):
    """Bytes as they come, to be read; `fault` is what went wrong where they come from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks, self._rest = chunks, memoryview(b"")
        self.fault: BaseException | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._chunks))
        except StopIteration:
            return 0
        except BaseException as fault:
            self.fault = fault
            raise
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


def identities_in(path: Path) -> list[Any]:
    """Returns the private keys in a file as `age-keygen` writes it; raises Refused."""
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
        keys = [line for line in lines if line and not line.startswith("#")]
        return [pyrage.x25519.Identity.from_str(key) for key in keys]
    except (OSError, ValueError, pyrage.IdentityError):
        raise Refused(f"{path} holds no identity of age: AGE-SECRET-KEY-1 and more.") from None


def read_part(
    source: IO[bytes], identities: list[Any], take: Callable[[str, IO[bytes]], Any]
) -> dict[str, Any]:
    """Gives `take` each member, to read as far as it wants; returns the manifest at the end.

    Only then it is sure that nothing was cut off or changed: what is taken is not to be trusted
    before. Raises Refused.
    """
    hashes: dict[str, str] = {}
    manifest: dict[str, Any] = {}
    with _opened(source, identities) as tar:
        for info in tar:
            stream = _Hashed(tar.extractfile(info))
            if info.name == MANIFEST:
                manifest = json.load(stream)
            else:
                take(info.name, cast("IO[bytes]", stream))
                while stream.read(PIECE):
                    pass
                hashes[info.name] = stream.digest.hexdigest()
    if manifest.get("format") != FORMAT:
        raise Refused(f"It has another format than {FORMAT}, the one that this version reads.")
    if manifest["hashes"] != hashes:
        raise Refused("What it holds is not what its manifest says. Take another copy.")
    return manifest


class _Hashed(io.RawIOBase):
    """A stream, and the hash of what was read of it."""

    def __init__(self, stream: IO[bytes] | None) -> None:
        super().__init__()
        self._stream, self.digest = stream or io.BytesIO(), sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self.digest.update(data)
        return data


@contextmanager
def _opened(source: IO[bytes], identities: list[Any]) -> Iterator[tarfile.TarFile]:
    """Decrypts beside us, into a pipe; raises Refused where that did not come to its end."""
    faults: list[Exception] = []
    end, begin = os.pipe()

    def decrypt() -> None:
        try:
            with os.fdopen(begin, "wb") as out:
                pyrage.decrypt_io(source, out, identities)
        except Exception as fault:
            faults.append(fault)

    thread = threading.Thread(target=decrypt)
    thread.start()
    try:
        with os.fdopen(end, "rb") as plain, tarfile.open(fileobj=plain, mode="r|") as tar:
            yield tar
            while plain.read(PIECE):
                pass
    except tarfile.TarError as fault:
        faults.append(fault)
    finally:
        thread.join()
    if any("No matching keys" in str(fault) for fault in faults):
        raise Refused("This identity opens it not: it is sealed to the key of another.")
    if faults:
        raise Refused("It is cut short or damaged. Take another copy.") from faults[0]
