"""Files of keys outside the database, newest key first: the server's ring, and the erasure key.

Each line holds a key's id and its 32 bytes in base64. New things are wrapped under the first key;
the others still open what is older. The keys of the ring never encrypt content: each use derives
its own, so that a form token can never be passed off as a wrapped case key.

What a file seals begins with the id of its key. The erasure key lives for a short while. It lies
around whatever can be erased (`cover`), so that forgetting it takes what is left of that on the
disk of the database (`cases.forgetting`).
"""

import base64
import fcntl
import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from complaints.vault.cipher import KEY_BYTES, SealBroken, derive, open_sealed, seal

KEY_ID_BYTES = 8


@dataclass(frozen=True)
class ServerKey:
    """One key of a file; `derive` gives the key for one use."""

    key_id: str
    secret: bytes = field(repr=False)

    def derive(self, use: str, length: int = KEY_BYTES) -> bytes:
        return _derived(self, use, length)


@lru_cache(maxsize=32)
def _derived(key: ServerKey, use: str, length: int) -> bytes:
    return derive(key.secret, use, length)


def key_id_of(sealed: bytes | memoryview) -> str:
    """Returns the id of the key of a file that this is sealed under."""
    return bytes(sealed[:KEY_ID_BYTES]).decode("ascii", "replace")


@dataclass(frozen=True)
class KeyFile:
    """The keys in the file that a setting names."""

    setting: str

    @property
    def path(self) -> Path:
        return Path(getattr(settings, self.setting))

    def all(self) -> tuple[ServerKey, ...]:
        """The keys, newest first; read again when the file changes."""
        name = str(getattr(settings, self.setting))
        try:
            state = os.stat(name)  # noqa: PTH116 - a Path takes longer, and each wrap asks
            return _read(name, (state.st_mtime_ns, state.st_ino, state.st_size))
        except ValueError:
            raise ImproperlyConfigured(f"{self.setting} holds no usable key.") from None
        except FileNotFoundError:
            if not getattr(settings, "VAULT_KEY_FILE_MAY_BE_MADE", False):
                raise ImproperlyConfigured(f"{self.setting} names no file.") from None
            make_key_file(self.path)
            return self.all()
        except OSError as error:
            raise ImproperlyConfigured(
                f"{self.setting} cannot be read: {error.strerror}"
            ) from error

    def key(self, key_id: str) -> ServerKey:
        """The key of that id; raises SealBroken when the file no longer holds it."""
        for _look in range(2):
            for key in self.all():
                if key.key_id == key_id:
                    return key
            _read.cache_clear()  # a shared folder may tell seconds late that the file was replaced
        raise SealBroken(f"{self.setting} holds no key {key_id}")

    def seal(self, use: str, plaintext: bytes, owner: object = "") -> bytes:
        """Seals under the newest key, whose id stands before it, for one use and one owner."""
        key = self.all()[0]
        return key.key_id.encode() + seal(key.derive(use), plaintext, place=f"{use}|{owner}")

    def open(self, use: str, sealed: bytes | memoryview, owner: object = "") -> bytes:
        """Returns what `seal` was given; raises SealBroken for anything else."""
        key = self.key(key_id_of(sealed)).derive(use)
        return open_sealed(key, bytes(sealed[KEY_ID_BYTES:]), place=f"{use}|{owner}")

    def add(self) -> ServerKey:
        """Puts a fresh key first and returns it; the older keys stay.

        On disk before it returns, so that nothing is ever under a key that a crash takes away.
        Raises OSError when the file cannot be replaced.
        """
        self.all()
        self._rewrite(lambda lines: [new_line(), *lines])
        return self.all()[0]

    def forget(self, key_ids: Collection[str]) -> None:
        """Takes keys out, never the newest. What is under them is lost for good."""
        self._rewrite(
            lambda lines: [lines[0], *(x for x in lines[1:] if x.split()[0] not in key_ids)]
        )

    def _rewrite(self, change: Callable[[list[str]], list[str]]) -> None:
        """Replaces the file in one step, for one process at a time; its owner stays its owner."""
        path = self.path.resolve()
        with as_who_started(), locked_folder(path.parent):
            lines = [line for line in path.read_text().splitlines(keepends=True) if line.strip()]
            if not lines[-1].endswith("\n"):
                lines[-1] += "\n"
            draft, owner = _draft(path, "".join(change(lines))), path.stat()
            try:
                if os.geteuid() == 0 or owner.st_uid != os.geteuid():
                    os.chown(draft, owner.st_uid, owner.st_gid)
                draft.chmod(owner.st_mode & 0o640)
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)


RING = KeyFile("VAULT_KEY_FILE")
ERASURE = KeyFile("ERASURE_KEY_FILE")
keyring = RING.all
cover, uncover = partial(ERASURE.seal, "cover"), partial(ERASURE.open, "cover")


def make_key_file(path: Path) -> None:
    """Writes a file of one new key, readable by its owner only; never over an existing file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, new_line())
    with locked_folder(path.parent):
        try:
            os.link(draft, path)
        except FileExistsError:
            pass  # another process was first: its key is the key
        finally:
            draft.unlink()


def new_line() -> str:
    """A line of the key file with a fresh key."""
    return f"{secrets.token_hex(4)} {base64.b64encode(os.urandom(KEY_BYTES)).decode()}\n"


def _draft(path: Path, text: str) -> Path:
    """A file beside `path`, on disk, that only its owner reads."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft


@contextmanager
def as_who_started() -> Iterator[None]:
    """As root again, where that began a command to change keys: see `config.environment`.

    The file is root's on a server, so that a site that was broken into changes none of it.
    """
    ours, _, kept = os.getresuid()
    os.seteuid(kept)
    try:
        yield
    finally:
        os.seteuid(ours)


@contextmanager
def locked_folder(folder: Path, *, waits: bool = True) -> Iterator[None]:
    """Holds the folder against others who would change what is in it; syncs its names.

    Raises BlockingIOError where another does, unless it waits for that one.

    Also against other machines that share it: NFS locks no folder, so there a file in it.
    """
    way = fcntl.LOCK_EX if waits else fcntl.LOCK_EX | fcntl.LOCK_NB
    with ExitStack() as opened:
        descriptor = os.open(folder, os.O_RDONLY)
        opened.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, way)
        except BlockingIOError:
            raise
        except OSError:
            lock = opened.enter_context((folder / ".lock").open("ab"))
            fcntl.flock(lock, way)
        yield
        os.fsync(descriptor)


@lru_cache(maxsize=4)
def _read(name: str, _state: tuple[int, int, int]) -> tuple[ServerKey, ...]:
    keys = []
    for line in Path(name).read_text().splitlines():
        if line.strip():
            key_id, encoded = line.split()
            keys.append(ServerKey(key_id, base64.b64decode(encoded)))
    if not keys or any(len(key.secret) != KEY_BYTES for key in keys):
        raise ValueError
    return tuple(keys)


class TokenBroken(SealBroken):
    """A text that came back is not one that `seal_token` gave for this use."""


def seal_token(plaintext: bytes, *, use: str) -> str:
    """Encrypts under the newest server key so that equal input gives equal output (AES-SIV).

    For state that travels with the visitor, as text for a page, an address or a cookie: a page
    that holds nothing personal yet is the same for everyone, and every later one differs by the
    nonce inside.
    """
    sealed = AESSIV(keyring()[0].derive(use, 64)).encrypt(plaintext, [use.encode()])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def open_token(token: str, *, use: str) -> bytes:
    """Returns what `seal_token` was given; raises TokenBroken for any other text."""
    try:
        sealed = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
    except ValueError as error:
        raise TokenBroken("no token") from error
    for key in keyring():
        try:
            return AESSIV(key.derive(use, 64)).decrypt(sealed, [use.encode()])
        except (InvalidTag, ValueError):
            continue
    raise TokenBroken("no key of the ring opens this token")


def seal_secret(text: str) -> str:
    """Seals what opens an account, as text."""
    return base64.b64encode(RING.seal("secret", text.encode())).decode()


def open_secret(sealed: str) -> str:
    """Returns what `seal_secret` was given; raises SealBroken for anything else."""
    return RING.open("secret", base64.b64decode(sealed)).decode()
