"""Who may open a case or a draft: each holder wraps its key in a way only they undo."""

import hmac
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar
from uuid import UUID

from complaints.vault import cipher
from complaints.vault.codes import parse_code
from complaints.vault.keyring import ServerKey, derive


class Holder(ABC):
    """One who may open a case, with one 32-byte key that wraps and unwraps.

    `kind` and `holder_id` name them; `name` is both, as stored.
    """

    kind: ClassVar[str]

    @property
    @abstractmethod
    def holder_id(self) -> str: ...

    @property
    @abstractmethod
    def wrapping_key(self) -> bytes: ...

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.holder_id}" if self.holder_id else self.kind

    def wrap(self, key: bytes, complaint_id: UUID) -> bytes:
        """The content key (32 bytes), for this holder and this complaint only."""
        return cipher.seal(self.wrapping_key, key, place=self._place(complaint_id))

    def unwrap(self, wrapped: bytes, complaint_id: UUID) -> bytes:
        """The content key; raises SealBroken for a wrap of another holder, case or content."""
        return cipher.open_sealed(self.wrapping_key, wrapped, place=self._place(complaint_id))

    def _place(self, complaint_id: UUID) -> str:
        return f"wrap|{complaint_id}|{self.name}"


@dataclass(frozen=True)
class ServerHolder(Holder):
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
class CodeHolder(Holder):
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
