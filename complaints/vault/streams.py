"""Sealing large files in chunks, in bounded memory (the STREAM construction).

Layout: version (1), salt (16), then chunks of 1 MiB plaintext with a 16-byte tag each; the last
may be shorter, or empty. Each file has its own key (HKDF of key, salt and place), and each chunk's
nonce holds its number and whether it is the last: a file that is cut, longer, re-ordered, moved or
changed does not open there. See Hoang, Reyhanitabar, Rogaway and Vizár, CRYPTO 2015.
"""

import os
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import derive

VERSION = b"\x02"
SALT_BYTES = 16
HEADER_BYTES = len(VERSION) + SALT_BYTES
CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
COUNTER_BYTES = 11


def seal_stream(key: bytes, source: Iterable[bytes], *, place: str) -> Iterator[bytes]:
    """Seals the bytes of `source`, in pieces of any size, so that they open only at `place`.

    Holds at most 3 MiB beside the piece at hand. For an open file, pass `pieces(file)`.
    """
    salt = os.urandom(SALT_BYTES)
    yield VERSION + salt
    aead = _aead(key, salt, place)
    for number, (chunk, is_last) in enumerate(_blocks(source, CHUNK_BYTES)):
        yield aead.encrypt(_nonce(number, is_last), chunk, VERSION)


def open_stream(key: bytes, sealed_source: Iterable[bytes], *, place: str) -> Iterator[bytes]:
    """What `seal_stream` was given, in chunks of at most 1 MiB.

    Raises SealBroken at the first chunk that is not what was sealed there, before releasing any of
    it. Chunks released before that were good; the file is whole only when the iterator ends.
    """
    rest = iter(sealed_source)
    header, first = _header(rest)
    aead = _aead(key, header[len(VERSION) :], place)
    blocks = _blocks(_chained(first, rest), CHUNK_BYTES + TAG_BYTES)
    for number, (block, is_last) in enumerate(blocks):
        try:
            chunk = aead.decrypt(_nonce(number, is_last), block, VERSION)
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"chunk {number} does not open here") from error
        yield chunk


def pieces(file: BinaryIO, size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """An open file's bytes, at most `size` at a time."""
    return iter(lambda: file.read(size), b"")


def _aead(key: bytes, salt: bytes, place: str) -> AESGCM:
    return AESGCM(derive(key, f"stream|{place}", salt=salt))


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(COUNTER_BYTES) + bytes([is_last])


def _header(source: Iterator[bytes]) -> tuple[bytes, bytes]:
    """The header, and what came with it in the same piece."""
    start = b""
    while len(start) < HEADER_BYTES:
        piece = next(source, None)
        if piece is None:
            raise SealBroken("cut before the first chunk")
        start += piece
    if not start.startswith(VERSION):
        raise SealBroken("unknown version")
    return start[:HEADER_BYTES], start[HEADER_BYTES:]


def _chained(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _blocks(source: Iterable[bytes], size: int) -> Iterator[tuple[bytes, bool]]:
    """The bytes in blocks of exactly `size`, the last one shorter or empty and marked as such.

    A block is given out only when it is known whether another byte follows.
    """
    held = bytearray()
    for piece in source:
        view = memoryview(piece)
        for start in range(0, len(view), size):
            held += view[start : start + size]
            if len(held) > size:
                yield bytes(held[:size]), False
                del held[:size]
    yield bytes(held), True
