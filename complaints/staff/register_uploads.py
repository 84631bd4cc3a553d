"""Takes scans out of a post of the desk as it arrives: sealed piece by piece, never plain."""

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from complaints.cases.attachments import (
    MOST_BYTES,
    MOST_FILES,
    Incoming,
    StoredFile,
    destroy_staged,
    has_room,
)
from complaints.files.kinds import EXTENSIONS, Problem, extension, shown_name

logger = logging.getLogger(__name__)

FIELD = "scans"
MOST_POST_BYTES = (MOST_FILES + 1) * MOST_BYTES


class Scan(UploadedFile):
    """One file of a post: `stored`, or the `problem` for which it was not taken."""

    def __init__(self, file_name: str) -> None:
        super().__init__(file=None, name="scan")
        self.shown_name = shown_name(file_name)
        self.stored: StoredFile | None = None
        self.problem: Problem | None = None

    def close(self) -> None:
        """There is nothing open."""


class SealedScans(FileUploadHandler):
    """Django's upload handler for a page whose view knows who is asking.

    A fault waits in `failure`: raised while the post is read, it would lose what was typed.
    """

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.failure: Exception | None = None
        self._taken: list[StoredFile] = []
        self._scan: Scan | None = None
        self._incoming: Incoming | None = None

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
        if self.failure is not None or field_name != FIELD:
            raise SkipFile
        self._scan = Scan(file_name)
        self._guarded(self._begin, self._scan)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._incoming is not None:
            self._guarded(self._incoming.add, raw_data)

    def file_complete(self, file_size: int) -> Scan | None:
        scan, self._scan = self._scan, None
        if scan is not None and self._incoming is not None:
            self._guarded(self._finish, scan)
        return scan

    def upload_interrupted(self) -> None:
        self._guarded(self._drop)

    def discard(self) -> None:
        """Leaves nothing of this post's files; what cannot be destroyed now is the clock's."""
        self._guarded(self._drop)
        self._guarded(destroy_staged, [file.id for file in self._taken])

    def _begin(self, scan: Scan) -> None:
        if extension(scan.shown_name) not in EXTENSIONS:
            scan.problem = Problem.TYPE
        elif len(self._taken) >= MOST_FILES:
            scan.problem = Problem.TOO_MANY
        elif not has_room():
            scan.problem = Problem.NO_ROOM
        else:
            self._incoming = Incoming(question=FIELD, name=scan.shown_name)

    def _finish(self, scan: Scan) -> None:
        incoming, self._incoming = self._incoming, None
        verdict = incoming.finish() if incoming is not None else Problem.EMPTY
        if isinstance(verdict, Problem):
            scan.problem = verdict
        else:
            scan.stored = verdict
            self._taken.append(verdict)

    def _drop(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.discard()

    def _guarded(self, work: Callable[..., None], *args: Any) -> None:
        try:
            work(*args)
        except Exception as error:
            logger.exception("upload.failed")
            self.failure = self.failure or error


def take_scans(request: HttpRequest) -> SealedScans:
    """From here on the files in the request's body go to the handler returned, nowhere else."""
    scans = SealedScans(request)
    request.upload_handlers = [scans]
    return scans


def problem_in_words(scan: Scan) -> str:
    """What is wrong with a file, and how to mend it."""
    words = {
        Problem.TYPE: _(
            "„%(name)s” is een soort bestand dat we niet aannemen. Maak er een pdf van."
        ),
        Problem.MISNAMED: _(
            "„%(name)s” is vanbinnen een ander soort bestand. Maak er een pdf van."
        ),
        Problem.TOO_LARGE: _("„%(name)s” is groter dan %(size)s MB. Knip het in delen."),
        Problem.EMPTY: _("„%(name)s” is leeg. Kijk of je het goede bestand koos."),
        Problem.DAMAGED: _("„%(name)s” is beschadigd. Scan het opnieuw, of bewaar het opnieuw."),
        Problem.TOO_MANY: _("„%(name)s” past er niet bij: er passen %(count)s bestanden in."),
        Problem.NO_ROOM: _("„%(name)s” is niet toegevoegd: er is nu geen plaats voor bestanden."),
    }
    facts = {"name": scan.shown_name, "size": MOST_BYTES // 1024**2, "count": MOST_FILES}
    return words[scan.problem or Problem.EMPTY] % facts
