"""The server's key ring: a file outside the database, newest key first.

Each line holds a key's id and its 32 bytes in base64. New things are wrapped under the first key;
the others still open what is older. The keys themselves never encrypt content: each use derives
its own key (HKDF-SHA256), so that a form token can never be passed off as a wrapped case key.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from complaints.vault.cipher import KEY_BYTES, SealBroken


@dataclass(frozen=True)
class ServerKey:
    """One key of the ring; `derive` gives the key for one use."""

    key_id: str
    secret: bytes

    def derive(self, use: str, length: int = KEY_BYTES) -> bytes:
        return derive(self.secret, use, length)


def derive(secret: bytes, use: str, length: int = KEY_BYTES) -> bytes:
    """A key of `length` bytes for one named use of a random secret (HKDF-SHA256)."""
    return HKDF(hashes.SHA256(), length, salt=None, info=use.encode()).derive(secret)


def keyring() -> tuple[ServerKey, ...]:
    """The keys of VAULT_KEY_FILE, newest first; read again when the file changes."""
    path = Path(settings.VAULT_KEY_FILE)
    if not path.exists() and getattr(settings, "VAULT_KEY_FILE_MAY_BE_MADE", False):
        make_key_file(path)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise ImproperlyConfigured(f"VAULT_KEY_FILE cannot be read: {error.strerror}") from error


def server_key(key_id: str) -> ServerKey:
    """The key of that id; raises SealBroken when the ring no longer holds it."""
    for key in keyring():
        if key.key_id == key_id:
            return key
    raise SealBroken(f"the key ring holds no key {key_id}")


def make_key_file(path: Path) -> None:
    """Writes a ring of one new key, readable by its owner only; never over an existing file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(new_line())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its ring is the ring
    finally:
        draft.unlink()


def new_line() -> str:
    """A line of the key file with a fresh key."""
    return f"{secrets.token_hex(4)} {base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"


@lru_cache(maxsize=4)
def _read(path: Path, _mtime: int) -> tuple[ServerKey, ...]:
    keys = []
    for line in path.read_text().splitlines():
        if line.strip():
            key_id, encoded = line.split()
            keys.append(ServerKey(key_id, base64.b64decode(encoded)))
    if not keys or any(len(key.secret) != KEY_BYTES for key in keys):
        raise ImproperlyConfigured("VAULT_KEY_FILE holds no usable key.")
    return tuple(keys)


def seal_token(plaintext: bytes, *, use: str) -> bytes:
    """Encrypts under the newest server key so that equal input gives equal output (AES-SIV).

    For state that travels with the visitor: a page that holds nothing personal yet is the same
    for everyone, and every later one differs by the nonce inside.
    """
    return AESSIV(keyring()[0].derive(use, 64)).encrypt(plaintext, [use.encode()])


def open_token(token: bytes, *, use: str) -> bytes:
    """What `seal_token` was given; raises SealBroken when no key of the ring opens it."""
    for key in keyring():
        try:
            return AESSIV(key.derive(use, 64)).decrypt(token, [use.encode()])
        except (InvalidTag, ValueError):
            continue
    raise SealBroken("no key of the ring opens this token")
