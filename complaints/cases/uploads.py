"""Takes the files out of a post as it arrives: sealed piece by piece, judged, never plain on disk.

One upload handler for every page that asks for files: the form, a message, registering at the desk.
The page says which files it wants; everything else is read and dropped.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Count, Sum
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParser
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from complaints.cases.attachments import StoredFile, destroy_staged, upload_place
from complaints.files import store
from complaints.files.kinds import Kind, Problem, judged, shown_name
from complaints.models.keys_and_files import STAGED_FOR, Attachment
from complaints.vault import cipher
from complaints.vault.cipher import SealedReader, StreamSealer

logger = logging.getLogger(__name__)

MOST_FILES = 10
MOST_BYTES = 20 * 1024 * 1024  # 20 MB, as whoever counts in thousands or in 1024s reads it
MOST_POST_BYTES = 1024**3  # no form holds as much; not a byte of it is read


@dataclass(frozen=True)
class Wanted:
    """What files a post may bring: which question each field answers, how many in all, if any."""

    questions: Mapping[str, str] = field(default_factory=dict)
    most: int = MOST_FILES
    has_room: bool = True


def take_files(
    request: HttpRequest,
    wanted: Callable[[QueryDict], Wanted],
    *,
    most_bytes: int = MOST_POST_BYTES,
) -> "SealedUploads":
    """From here on the files in the request's body go to the handler returned, and nowhere else.

    `wanted` is asked at the first file, with the fields that came before it. A longer body than
    `most_bytes` raises RequestDataTooBig before any of it is read.
    """
    uploads = SealedUploads(request, wanted, most_bytes)
    request.upload_handlers = [uploads]

    def parse(meta: Any, body: Any) -> Any:
        parser = MultiPartParser(meta, body, [uploads], request.encoding)
        uploads.posted_so_far = lambda: parser._post  # type: ignore[attr-defined]  # not in stubs
        return parser.parse()

    vars(request)["parse_file_upload"] = parse  # for this request alone
    return uploads


def take_no_files(request: HttpRequest) -> None:
    """Reads past the files in the request's body: not a byte of them reaches the disk."""
    take_files(request, lambda _posted: Wanted())


def uploads_of(request: HttpRequest) -> list["Upload"]:
    """Returns every file that came with the post and was wanted, whether it was taken or not."""
    sent = [upload for _name, files in request.FILES.lists() for upload in files]
    return [upload for upload in sent if isinstance(upload, Upload)]


def arrived(request: HttpRequest) -> list[StoredFile]:
    """Returns the files of the post that were taken."""
    return [upload.stored for upload in uploads_of(request) if upload.stored is not None]


WORDS = {  # what is wrong with a file, and how to mend it
    Problem.TYPE: _(
        "‘%(name)s’ is een soort bestand dat we niet aannemen. Bewaar het als pdf, foto (jpg, "
        "png, heic of webp), docx, odt of txt, en voeg het dan toe."
    ),
    Problem.MISNAMED: _(
        "‘%(name)s’ is vanbinnen een ander soort bestand dan de naam zegt. Open het, bewaar "
        "het opnieuw als pdf of jpg, zonder wachtwoord, en voeg dat bestand toe."
    ),
    Problem.TOO_LARGE: _(
        "‘%(name)s’ is groter dan %(size)s MB. Maak het kleiner of knip het in delen, en voeg "
        "het dan toe."
    ),
    Problem.EMPTY: _(
        "‘%(name)s’ is leeg. Kijk of je het goede bestand koos, en voeg het opnieuw toe."
    ),
    Problem.DAMAGED: _(
        "‘%(name)s’ is beschadigd of niet helemaal aangekomen. Open het op je eigen apparaat, "
        "bewaar het opnieuw en voeg het dan toe."
    ),
    Problem.TOO_MANY: _(
        "‘%(name)s’ is niet toegevoegd: er passen %(count)s bestanden bij een klacht. "
        "Verwijder een ander bestand, of zet er een paar samen in een pdf."
    ),
    Problem.NO_ROOM: _("‘%(name)s’ is niet toegevoegd: er is nu geen plaats voor bestanden."),
}


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

    @property
    def problem_in_words(self) -> str:
        """What is wrong with the file, and how to mend it; empty where nothing is."""
        if self.problem is None:
            return ""
        facts = {"name": self.shown_name, "size": MOST_BYTES // 1024**2, "count": MOST_FILES}
        return str(WORDS[self.problem] % facts)


class SealedUploads(FileUploadHandler):
    """Django's upload handler for the files a page wants; each becomes an `Upload`.

    A fault waits in `failure`: raised while the post is read, it would lose what was typed.
    """

    def __init__(
        self, request: HttpRequest, wanted: Callable[[QueryDict], Wanted], most_bytes: int
    ) -> None:
        super().__init__(request)
        self.posted_so_far: Callable[[], QueryDict] = QueryDict
        self.failure: Exception | None = None
        self._ask = wanted
        self._wanted: Wanted | None = None
        self._most_bytes = most_bytes
        self._taken: list[StoredFile] = []
        self._upload: Upload | None = None
        self._incoming: Incoming | None = None

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name for it
        content_length: int,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if content_length > self._most_bytes:
            raise RequestDataTooBig

    def new_file(self, field_name: str, file_name: str, *args: Any, **kwargs: Any) -> None:
        with self._keeping_faults():
            self._wanted = self._wanted or self._ask(self.posted_so_far())
        wanted = self._wanted or Wanted()
        if self.failure is not None or field_name not in wanted.questions:
            raise SkipFile
        self._upload = upload = Upload(wanted.questions[field_name], file_name)
        with self._keeping_faults():
            if len(self._taken) >= wanted.most:
                upload.problem = Problem.TOO_MANY
            elif not (wanted.has_room and has_room()):
                upload.problem = Problem.NO_ROOM
            else:
                self._incoming = Incoming(question=upload.question, name=upload.shown_name)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._incoming is not None:
            with self._keeping_faults():
                self._incoming.add(raw_data)

    def file_complete(self, file_size: int) -> Upload | None:
        upload, self._upload = self._upload, None
        if upload is not None and self._incoming is not None:
            with self._keeping_faults():
                verdict = self._incoming.finish()
                self._incoming = None
                if isinstance(verdict, Problem):
                    upload.problem = verdict
                else:
                    upload.stored = verdict
                    self._taken.append(verdict)
        return upload

    def upload_interrupted(self) -> None:
        """Leaves nothing of the file that was arriving."""
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            with _left_to_the_clock():
                incoming.discard()

    def discard(self) -> None:
        """Leaves nothing of this post's files. What became a case's stays."""
        self.upload_interrupted()
        with _left_to_the_clock():
            destroy_staged([file.id for file in self._taken])

    @contextmanager
    def _keeping_faults(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            logger.exception("upload.failed")
            self.failure = error
            self.upload_interrupted()


@contextmanager
def _left_to_the_clock() -> Iterator[None]:
    """Returns what cannot be destroyed now, the clock destroys after a day."""
    try:
        yield
    except (OSError, DatabaseError):
        logger.warning("files.left_to_the_clock", exc_info=True)


def has_room(times: int = 1) -> bool:
    """Whether more may be staged: a bound on the bytes, on the files, and on the disk.

    With `times` whether there is that many times as much room as has to be: if not, it gets scarce.
    """
    totals = Attachment.objects.staged().aggregate(bytes=Sum("size"), files=Count("pk"))
    return (
        (totals["bytes"] or 0) * times + MOST_BYTES <= settings.FILES_MOST_STAGED_BYTES
        and totals["files"] * times < settings.FILES_MOST_STAGED
        and free_bytes() >= settings.FILES_LEAST_FREE_BYTES * times
    )


def free_bytes() -> int:
    """Returns the room left on the disk; and in a bucket, which has no end, up to our own bound."""
    free = store.free_bytes()
    if settings.FILES_URL:
        stored = Attachment.objects.aggregate(bytes=Sum("size"))["bytes"] or 0
        free = min(free, settings.FILES_MOST_STORED_BYTES - stored)
    return free


class Incoming:
    """One file as it arrives: sealed piece by piece under a key of its own, then judged."""

    def __init__(self, *, question: str, name: str) -> None:
        self.question, self.name = question, name
        self.id, self.key, self.size = uuid4(), cipher.new_key(), 0
        until = timezone.now() + STAGED_FOR
        Attachment.objects.create(id=self.id, staged_until=until, size=MOST_BYTES)
        try:
            self._file = store.NewFile(self.id)
        except OSError:
            destroy_staged([self.id])
            raise
        self._sealer = StreamSealer(self.key, place=upload_place(self.id))
        if not connection.in_atomic_block:
            close_old_connections()  # back to the pool: what comes in slowly holds none

    def add(self, piece: bytes) -> None:
        """Seals a piece; of a file that is too large already nothing more is kept."""
        self.size += len(piece)
        if self.size <= MOST_BYTES:
            self._write(self._sealer.push(piece))

    def finish(self) -> StoredFile | Problem:
        """Returns the file, now on disk; or why it is not taken: then nothing of it is left."""
        verdict = self._judged()
        if isinstance(verdict, Problem):
            self.discard()
            return verdict
        Attachment.objects.filter(pk=self.id).update(size=self.size)
        return StoredFile(self.id, self.question, self.name, verdict.name, self.size, self.key)

    def discard(self) -> None:
        """Leaves nothing of it."""
        self._file.abandon()
        destroy_staged([self.id])

    def _judged(self) -> Kind | Problem:
        if self.size > MOST_BYTES:
            return Problem.TOO_LARGE
        if not self.size:
            return Problem.EMPTY
        self._write(self._sealer.finish())
        self._file.close()
        with store.open_file(self.id) as sealed:
            reader = SealedReader(self.key, sealed, place=upload_place(self.id))
            return judged(self.name, BufferedReader(reader))

    def _write(self, sealed: Iterable[bytes]) -> None:
        for block in sealed:
            self._file.write(block)
