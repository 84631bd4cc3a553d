"""Who may open a case or a draft: each holder wraps its key in a way only they undo."""

import hashlib
import hmac
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Protocol
from uuid import UUID

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from complaints.vault import cipher
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import parse_code
from complaints.vault.keyring import ServerKey, derive


class HolderLocked(Exception):
    """This holder can wrap keys, but its own secret is not here to unwrap one."""


class Holder(Protocol):
    """One who may open a case. `kind` and `holder_id` name them; `name` is both, as stored."""

    kind: ClassVar[str]

    @property
    def holder_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    def wrap(self, key: bytes, complaint_id: UUID) -> bytes:
        """The content key (32 bytes), for this holder and this complaint only."""
        ...

    def unwrap(self, wrapped: bytes, complaint_id: UUID) -> bytes:
        """The content key; raises SealBroken for a wrap of another holder, case or content."""
        ...


class Named(ABC):
    """Gives a holder the name it is stored under: its kind, and its id where it has one."""

    kind: ClassVar[str]

    @property
    @abstractmethod
    def holder_id(self) -> str: ...

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.holder_id}" if self.holder_id else self.kind

    def place(self, complaint_id: UUID) -> str:
        return f"wrap|{complaint_id}|{self.name}"


class Symmetric(Named):
    """Wraps and unwraps with one 32-byte key."""

    @property
    @abstractmethod
    def wrapping_key(self) -> bytes: ...

    def wrap(self, key: bytes, complaint_id: UUID) -> bytes:
        return cipher.seal(self.wrapping_key, key, place=self.place(complaint_id))

    def unwrap(self, wrapped: bytes, complaint_id: UUID) -> bytes:
        return cipher.open_sealed(self.wrapping_key, wrapped, place=self.place(complaint_id))


@dataclass(frozen=True)
class ServerHolder(Symmetric):
    """The server, by one key of its ring."""

    kind: ClassVar[str] = "server"
    key: ServerKey

    @property
    def holder_id(self) -> str:
        return self.key.key_id

    @cached_property
    def wrapping_key(self) -> bytes:
        return self.key.derive("wrap")


@dataclass(frozen=True)
class CodeHolder(Symmetric):
    """The complainant, by the receipt code; any spelling of it. Raises CodeMistyped.

    `lookup_key` is a secret of the server (32 bytes). It goes into both the wrapping key and the
    lookup, so that a stolen database alone gives nothing to test guesses of a code against.
    """

    kind: ClassVar[str] = "code"
    code: str = field(repr=False)
    lookup_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", parse_code(self.code))

    @property
    def holder_id(self) -> str:
        return ""  # a case has one code at a time

    @cached_property
    def wrapping_key(self) -> bytes:
        return derive(self.code.encode(), "code-wrap", salt=self.lookup_key)

    @cached_property
    def lookup(self) -> bytes:
        """By which the code finds its wrap: HMAC-SHA256, 32 bytes."""
        return hmac.digest(derive(self.lookup_key, "code-lookup"), self.code.encode(), "sha256")


@dataclass(frozen=True)
class PersonHolder(Named):
    """A person, by an X25519 key pair of 32 bytes each; without the private key it only wraps.

    A sealed box has no associated data, so the place's hash travels inside it.
    """

    kind: ClassVar[str] = "person"
    person_id: str
    public_key: bytes
    private_key: bytes | None = field(default=None, repr=False)

    @property
    def holder_id(self) -> str:
        return self.person_id

    def wrap(self, key: bytes, complaint_id: UUID) -> bytes:
        return SealedBox(PublicKey(self.public_key)).encrypt(self._bound(complaint_id) + key)

    def unwrap(self, wrapped: bytes, complaint_id: UUID) -> bytes:
        """As `Holder.unwrap`; raises HolderLocked without the private key."""
        if self.private_key is None:
            raise HolderLocked(self.name)
        try:
            opened = SealedBox(PrivateKey(self.private_key)).decrypt(bytes(wrapped))
        except CryptoError as error:
            raise SealBroken("does not open here") from error
        bound = self._bound(complaint_id)
        if not hmac.compare_digest(opened[: len(bound)], bound):
            raise SealBroken("a wrap of another case or holder")
        return opened[len(bound) :]

    def _bound(self, complaint_id: UUID) -> bytes:
        return hashlib.sha256(self.place(complaint_id).encode()).digest()


@dataclass(frozen=True)
class DraftKey:
    """Seals and opens one draft by its code, in any spelling. Raises CodeMistyped.

    `lookup_key` is a secret of the server (32 bytes). As with a receipt code (`CodeHolder`) it goes
    into both the key and the look-up: a stolen database gives nothing to test guesses against. The
    labels are a draft's own, so that a receipt code never opens a draft, nor the other way about.
    """

    code: str = field(repr=False)
    lookup_key: bytes = field(repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", parse_code(self.code))

    @cached_property
    def lookup(self) -> bytes:
        """By which the code finds its draft: HMAC-SHA256, 32 bytes."""
        return hmac.digest(derive(self.lookup_key, "draft-lookup"), self.code.encode(), "sha256")

    def seal(self, content: bytes) -> bytes:
        """Content sealed for this draft only."""
        return cipher.seal(self._sealing_key, content, place=self._place)

    def open(self, sealed: bytes) -> bytes:
        """What `seal` sealed with the same code; raises SealBroken for anything else."""
        return cipher.open_sealed(self._sealing_key, sealed, place=self._place)

    @cached_property
    def _sealing_key(self) -> bytes:
        return derive(self.code.encode(), "draft-content", salt=self.lookup_key)

    @property
    def _place(self) -> str:
        return f"draft|{self.lookup.hex()}|content"
