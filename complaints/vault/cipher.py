"""AES-256-GCM with a version byte, and associated data that binds a ciphertext to its place.

A key never serves two uses: each use derives its own (HKDF-SHA256).
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = b"\x01"


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


def open_sealed(key: bytes, sealed: bytes, *, place: str) -> bytes:
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
