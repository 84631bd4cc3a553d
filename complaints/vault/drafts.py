"""The key of a draft: the code that its writer holds opens it, and nothing else does."""

import hmac
from dataclasses import dataclass, field
from functools import cached_property

from complaints.vault import cipher
from complaints.vault.codes import parse_code
from complaints.vault.keyring import derive


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
