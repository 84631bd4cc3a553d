"""Takes the files out of a post as it arrives: sealed piece by piece, never plain on disk.

Only a post of somebody we know of can leave anything here, where files are asked, and no more than
fits: everything else is read and dropped.
"""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import DatabaseError
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser

from complaints.cases.attachments import MOST_FILES, Incoming, StoredFile, destroy_staged, has_room
from complaints.files.kinds import EXTENSIONS, Problem, extension, shown_name
from complaints.public.filing.fields import PREFIX
from complaints.public.filing.state import FormState, TokenBroken

logger = logging.getLogger(__name__)

MOST_POST_BYTES = 1024**3  # no form holds as much; not a byte of it is read


class WithoutFiles(FileUploadHandler):
    """Drops files that nobody asked for, before a byte of them reaches the disk."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class Upload(UploadedFile):
    """One file of a post: `stored`, or the `problem` for which it was not taken."""

    def __init__(self, question: str, file_name: str) -> None:
        super().__init__(file=None, name="upload")
        self.question = question
        self.shown_name = shown_name(file_name)
        self.stored: StoredFile | None = None
        self.problem: Problem | None = None

    def close(self) -> None:
        """There is nothing open."""


class SealedUploads(FileUploadHandler):
    """Base of our upload handlers. A fault waits in `failure` until the text is read."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.posted: Callable[[], QueryDict] = QueryDict
        self.failure: Exception | None = None
        self._taken: list[StoredFile] = []
        self._upload: Upload | None = None
        self._incoming: Incoming | None = None

    def is_asked(self, field_name: str) -> bool:
        """Whether files at this name are wanted of whoever sends them, now."""
        raise NotImplementedError

    def held(self) -> int:
        """How many files there are already, beside those of this post."""
        return 0

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name for it
        content_length: int,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if content_length > MOST_POST_BYTES:
            raise RequestDataTooBig

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        if self.failure is not None or not self.is_asked(field_name):
            raise SkipFile
        self._upload = Upload(field_name.removeprefix(f"{PREFIX}-"), file_name)
        self._guarded(self._begin, self._upload)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._incoming is not None:
            self._guarded(self._incoming.add, raw_data)

    def file_complete(self, file_size: int) -> Upload | None:
        upload, self._upload = self._upload, None
        if upload is not None and self._incoming is not None:
            self._guarded(self._finish, upload)
        return upload

    def upload_interrupted(self) -> None:
        self._guarded(self._drop)

    def discard(self) -> None:
        """Leaves nothing of this post's files. What cannot be destroyed now is the clock's."""
        try:
            self._drop()
            destroy_staged([file.id for file in self._taken])
        except (OSError, DatabaseError):
            logger.warning("files.left_to_the_clock", exc_info=True)

    def _begin(self, upload: Upload) -> None:
        upload.problem = self._refusal(upload)
        if upload.problem is None:
            self._incoming = Incoming(question=upload.question, name=upload.shown_name)

    def _finish(self, upload: Upload) -> None:
        assert self._incoming is not None  # noqa: S101 - asked by file_complete
        verdict = self._incoming.finish()
        self._incoming = None
        if isinstance(verdict, Problem):
            upload.problem = verdict
        else:
            upload.stored = verdict
            self._taken.append(verdict)

    def _drop(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.discard()

    def _refusal(self, upload: Upload) -> Problem | None:
        """Why not a byte of this file is kept."""
        if extension(upload.shown_name) not in EXTENSIONS:
            return Problem.TYPE
        if self.held() + len(self._taken) >= MOST_FILES:
            return Problem.TOO_MANY
        return None if has_room() else Problem.NO_ROOM

    def _guarded(self, work: Callable[..., None], *args: Any) -> None:
        """Keeps a fault for later: raised while a post is read, it would lose what was typed."""
        try:
            work(*args)
        except Exception as error:
            logger.exception("upload.failed")
            self.failure = error
            self.discard()


class FormUploads(SealedUploads):
    """Files of the form: only of a post that begins with a token of ours, at a step that asks."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._state: FormState | None = None

    def held(self) -> int:
        return len(self._state.files) if self._state is not None else 0

    def is_asked(self, field_name: str) -> bool:
        """Whether the token that came before it is at a step with this question."""
        posted = self.posted()
        try:
            self._state = self._state or FormState.open(posted.get("token", ""))
        except (TokenBroken, UnicodeError):
            return False
        here = self._state.definition.steps[self._state.step].questions
        asked = {f"{PREFIX}-{question.clean_name}" for question in here if question.is_files}
        return field_name in asked and not posted.get("at")


class _TokenFirstParser(MultiPartParser):
    """Django's parser, which lets a handler see the fields that came before a file."""

    def posted_so_far(self) -> QueryDict:
        return self._post  # type: ignore[attr-defined]  # not in the stubs


def take_files(request: HttpRequest, uploads: SealedUploads) -> None:
    """From here on the files in the request's body go to `uploads`, and nowhere else."""
    request.upload_handlers = [uploads]

    def parse(meta: Any, body: Any) -> Any:
        parser = _TokenFirstParser(meta, body, [uploads], request.encoding)
        uploads.posted = parser.posted_so_far
        return parser.parse()

    vars(request)["parse_file_upload"] = parse  # for this request alone
