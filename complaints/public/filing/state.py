"""The form's memory: one encrypted hidden token that travels with the visitor.

No session, no cookie, nothing stored before the complainant sends (design decision 7). It holds
the form as it was begun: an edit of the page half-way changes nothing for whoever fills it in.
"""

import json
import os
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from complaints.cases.attachments import StoredFile
from complaints.questions import Answer, FormDefinition, Question, Value, answers_as_asked
from complaints.vault.codes import draft_code_from_nonce
from complaints.vault.keyring import TokenBroken, open_token, seal_token

USE = "form-token"
NONCE_BYTES = 32
LIFETIME_SECONDS = 24 * 3600
MOST_BYTES = 8 * 1024 * 1024  # unpacked: far above a form full of answers, far below trouble


@dataclass(frozen=True)
class FormState:
    """Where someone is in the form. `nonce` is empty until the first step is valid."""

    definition: FormDefinition
    answers: dict[str, Value] = field(default_factory=dict)
    step: int = 0
    shown: tuple[str, ...] = ()
    visited: tuple[int, ...] = ()
    passed: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    nonce: bytes = b""
    minted_at: int = 0
    draft_code: str = ""
    files: tuple[StoredFile, ...] = ()

    @cached_property
    def visible_steps(self) -> list[tuple[int, list[Question]]]:
        """The steps that show, each with its index and the questions that show."""
        return self.definition.visible(self.answers)

    @cached_property
    def as_asked(self) -> list[Answer]:
        """The questions that show, as they were asked, with what was answered."""
        return answers_as_asked(self.definition, self.answers)

    @property
    def questions(self) -> list[Question]:
        """The questions that show at this step."""
        return dict(self.visible_steps).get(self.step, [])

    def at(self, index: int) -> "FormState":
        """Standing at that step, with the questions that show there."""
        shown = dict(self.visible_steps).get(index, [])
        return replace(self, step=index, shown=tuple(question.clean_name for question in shown))

    @property
    def is_expired(self) -> bool:
        """Whether the nonce is older than a day; the answers are as good as ever."""
        return bool(self.nonce) and time.time() - self.minted_at > LIFETIME_SECONDS

    def with_nonce(self) -> "FormState":
        """With a nonce: from here on this is one complaint, however often it is sent."""
        return self if self.nonce else self.with_new_nonce()

    def with_new_nonce(self) -> "FormState":
        return replace(self, nonce=os.urandom(NONCE_BYTES), minted_at=int(time.time()))

    def with_draft_code(self) -> "FormState":
        """With a code to come back with. Once made it stays, also under a newer nonce."""
        if self.draft_code:
            return self
        state = self.with_nonce()
        return replace(state, draft_code=draft_code_from_nonce(state.nonce))

    def taken_up(self) -> "FormState":
        """Returns it as if begun just now: a draft is not old. It stays the same complaint."""
        return replace(self, minted_at=int(time.time()))

    def marked(self, *marks: str) -> "FormState":
        """With marks of what looked like misuse, for the person who checks it later."""
        return replace(self, marks=tuple(dict.fromkeys([*self.marks, *marks])))

    def with_files(self, files: Iterable[StoredFile]) -> "FormState":
        """With exactly these files, and their names as the answers to the questions they are at."""
        files = tuple(files)
        asked = [q.clean_name for _step, q in self.definition.questions() if q.is_files]
        names = {name: [file.name for file in files if file.question == name] for name in asked}
        others = {name: value for name, value in self.answers.items() if name not in names}
        given: dict[str, Value] = {name: list(held) for name, held in names.items() if held}
        return replace(self, files=files, answers=others | given)

    def seal(self) -> str:
        """The token: compressed, encrypted, authenticated; equal for equal state."""
        return seal_token(self.pack(), use=USE)

    def pack(self) -> bytes:
        """The state as compressed bytes, in clear: for whoever seals them."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data |= {"nonce": self.nonce.hex(), "files": [file.to_data() for file in self.files]}
        return zlib.compress(json.dumps(data, default=vars, ensure_ascii=False).encode(), 6)

    @classmethod
    def open(cls, token: str) -> "FormState":
        """The state that `seal` sealed; raises TokenBroken for anything else."""
        try:
            return cls.unpack(open_token(token, use=USE))
        except (ValueError, zlib.error) as error:
            raise TokenBroken("no state of the form") from error

    @classmethod
    def unpack(cls, packed: bytes) -> "FormState":
        """The state that `pack` packed. Drafts live for weeks: a newer field has a default here."""
        unpacker = zlib.decompressobj()
        data: dict[str, Any] = json.loads(unpacker.decompress(packed, MOST_BYTES))
        for name in ("shown", "visited", "passed", "consents", "marks"):
            data[name] = tuple(data[name])
        data["definition"] = FormDefinition.from_data(data["definition"])
        data["nonce"] = bytes.fromhex(data["nonce"])
        data["files"] = tuple(StoredFile.from_data(file) for file in data.get("files", []))
        return cls(**data)
