"""AES-256-GCM with a version byte, bound to its place: what is short at once, files in chunks.

A key never serves two uses: each use derives its own (HKDF-SHA256).

A large file is sealed in bounded memory (the STREAM construction). Layout: version (1), salt (16),
then chunks of 1 MiB plaintext with a 16-byte tag each; the last may be shorter, or empty. Each file
has its own key (HKDF of key, salt and place), and each chunk's nonce holds its number and whether
it is the last: a file that is cut, longer, re-ordered, moved or changed does not open there. See
Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015.
"""

import io
import os
from collections.abc import Iterator
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"

STREAM_VERSION = b"\x02"
SALT_BYTES = 16
HEADER_BYTES = len(STREAM_VERSION) + SALT_BYTES
CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
COUNTER_BYTES = 11


class SealBroken(Exception):
    """A ciphertext is not what was sealed here: changed, cut, moved, or under another key."""


def new_key() -> bytes:
    """A fresh content key of 32 random bytes."""
    return AESGCM.generate_key(bit_length=KEY_BYTES * 8)


def derive(secret: bytes, use: str, length: int = KEY_BYTES, *, salt: bytes | None = None) -> bytes:
    """Returns a key of `length` bytes for one named use of a random secret."""
    return HKDF(hashes.SHA256(), length, salt=salt, info=use.encode()).derive(secret)


def seal(key: bytes, plaintext: bytes, *, place: str) -> bytes:
    """Seals `plaintext` so that it opens only with `key` and at the same `place`.

    `place` names whose it is and which part (``complaint|<uuid>|answers``): a ciphertext copied
    to another row or column does not open. Layout: version (1), nonce (12), ciphertext and tag.
    """
    nonce = os.urandom(NONCE_BYTES)
    return VERSION + nonce + AESGCM(key).encrypt(nonce, plaintext, _bound(place))


def open_sealed(key: bytes, sealed: bytes | memoryview, *, place: str) -> bytes:
    """Returns what was sealed with `key` at `place`; raises SealBroken for anything else."""
    sealed = bytes(sealed)
    if sealed[:1] != VERSION:
        raise SealBroken("unknown version")
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, ciphertext, _bound(place))
    except (InvalidTag, ValueError) as error:
        raise SealBroken("does not open here") from error


def _bound(place: str) -> bytes:
    return VERSION + b"|" + place.encode()


class StreamSealer:
    """Seals a file that is pushed in, piece by piece, so that it opens only at `place`.

    Write out what each call gives, in order: `push` for each piece, and `finish` once. Holds at
    most 2 MiB beside the piece at hand.
    """

    def __init__(self, key: bytes, *, place: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._out = STREAM_VERSION + salt
        self._aead = _aead(key, salt, place)
        self._held = bytearray()
        self._number = 0

    def push(self, piece: bytes) -> Iterator[bytes]:
        """Yields, sealed, whatever is certain to be followed by another byte."""
        yield from self._header()
        view = memoryview(piece)
        for start in range(0, len(view), CHUNK_BYTES):
            self._held += view[start : start + CHUNK_BYTES]
            if len(self._held) > CHUNK_BYTES:
                yield self._seal(bytes(self._held[:CHUNK_BYTES]), is_last=False)
                del self._held[:CHUNK_BYTES]

    def finish(self) -> Iterator[bytes]:
        """Yields the last chunk, which may be short or empty."""
        yield from self._header()
        yield self._seal(bytes(self._held), is_last=True)

    def _header(self) -> Iterator[bytes]:
        if self._out:
            yield self._out
            self._out = b""

    def _seal(self, chunk: bytes, *, is_last: bool) -> bytes:
        nonce, self._number = _nonce(self._number, is_last), self._number + 1
        return self._aead.encrypt(nonce, chunk, STREAM_VERSION)


def open_stream(key: bytes, sealed: BinaryIO, *, place: str) -> Iterator[bytes]:
    """Yields what a StreamSealer was given, in chunks of at most 1 MiB, out of an open file.

    Raises SealBroken at the first chunk that is not what was sealed there, before releasing any of
    it. Chunks released before that were good; the file is whole only when the iterator ends.
    """
    reader = SealedReader(key, sealed, place=place)
    return map(reader.chunk, range(reader.chunks))


class SealedReader(io.RawIOBase):
    """A sealed file to read from anywhere in it, as if it were open: one chunk in memory.

    For looking into a file, not for taking it out: only chunks that are read are checked, and a
    cut at the end shows when the last of them is. Raises SealBroken like `open_stream`.
    """

    def __init__(self, key: bytes, sealed: BinaryIO, *, place: str) -> None:
        super().__init__()
        self._sealed = sealed
        header = sealed.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES or not header.startswith(STREAM_VERSION):
            raise SealBroken("cut before the first chunk, or an unknown version")
        self._aead = _aead(key, header[len(STREAM_VERSION) :], place)
        size = sealed.seek(0, os.SEEK_END) - HEADER_BYTES
        self.chunks = max(1, -(-size // (CHUNK_BYTES + TAG_BYTES)))
        self.size = size - self.chunks * TAG_BYTES
        self._at = 0
        self._cached: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        if start + offset < 0:
            raise ValueError("before the start of the file")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        number, offset = divmod(self._at, CHUNK_BYTES)
        piece = self.chunk(number)[offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def chunk(self, number: int) -> bytes:
        """Returns that chunk; nothing past the last. Raises SealBroken."""
        if number >= self.chunks:
            return b""
        if self._cached[0] != number:
            self._sealed.seek(HEADER_BYTES + number * (CHUNK_BYTES + TAG_BYTES))
            block = self._sealed.read(CHUNK_BYTES + TAG_BYTES)
            nonce = _nonce(number, number == self.chunks - 1)
            try:
                self._cached = number, self._aead.decrypt(nonce, block, STREAM_VERSION)
            except (InvalidTag, ValueError) as error:
                raise SealBroken(f"chunk {number} does not open here") from error
        return self._cached[1]


def _aead(key: bytes, salt: bytes, place: str) -> AESGCM:
    return AESGCM(derive(key, f"stream|{place}", salt=salt))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(COUNTER_BYTES) + bytes([is_last])
