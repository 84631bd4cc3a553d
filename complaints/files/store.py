"""Where sealed files lie, and how one is handed out.

They lie in a folder, or in a bucket (`FILES_URL`), named by their ids alone, and no byte there is
plain. A file is there, name and all, before `close` returns, and not before it is whole: what the
page acknowledges survives a power cut.

Always downloaded: a browser never shows one, and never keeps it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, storages
from django.http import HttpResponse, StreamingHttpResponse

from complaints.files.kinds import download_name

if TYPE_CHECKING:
    from complaints.files.bucket import SealedBucket

PART = ".part"  # not whole yet; whoever is killed meanwhile leaves it, and its row, for the clock


def sealed_files() -> "Folder | SealedBucket":
    return cast("Folder | SealedBucket", storages["sealed"])


def name_of(file_id: UUID) -> str:
    return f"{file_id.hex[:2]}/{file_id.hex}"


class NewFile:
    """A file being written, without a name until `close` gives it one; or let go of."""

    def __init__(self, file_id: UUID) -> None:
        self._name = name_of(file_id)
        _make_folder(Path(settings.FILES_DIR))
        self._file = TemporaryFile(dir=settings.FILES_DIR)  # noqa: SIM115 - closed below

    def write(self, sealed: bytes) -> None:
        self._file.write(sealed)

    def close(self) -> None:
        with self._file:
            self._file.seek(0)
            sealed_files().save(self._name, File(self._file))

    def abandon(self) -> None:
        """Lets go of the open file, also where the disk is full."""
        with suppress(OSError):
            self._file.close()


def open_file(file_id: UUID) -> BinaryIO:
    return cast("BinaryIO", sealed_files().open(name_of(file_id)))


def has_file(file_id: UUID) -> bool:
    return sealed_files().exists(name_of(file_id))


def remove_file(file_id: UUID) -> None:
    """Takes the file away; not being there is as good."""
    sealed_files().delete(name_of(file_id))


def free_bytes() -> int:
    """Returns how much room the disk under the files has left; also files for a bucket pass it."""
    folder = Path(settings.FILES_DIR)
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


class Folder(FileSystemStorage):
    """Django's own, in `FILES_DIR`, for whoever needs to be sure that a file is on the disk."""

    @property
    def location(self) -> str:
        return str(settings.FILES_DIR)

    def _save(self, name: str, content: File) -> str:
        """Puts the bytes on disk, and then the name."""
        path, part = Path(self.path(name)), Path(self.path(name + PART))
        _make_folder(path.parent)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(descriptor)
        part.rename(path)
        _sync(path.parent)
        return name

    def delete(self, name: str) -> None:
        super().delete(name)
        super().delete(name + PART)

    def keeps_versions(self) -> bool:
        return False


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


HEADERS = {
    "Content-Type": "application/octet-stream",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def file_answer(
    *, name: str, kind: str, size: int, chunks: Iterator[bytes]
) -> StreamingHttpResponse:
    """Streams `size` bytes. The first chunk is opened before the 200: a changed file gives none."""
    body = StreamingHttpResponse(chain([next(chunks)], chunks), headers=HEADERS)
    body["Content-Length"] = size
    body["Content-Disposition"] = attachment(download_name(name, kind))
    return body


def pdf_answer(pdf: bytes, name: str) -> HttpResponse:
    """Returns the PDF, to be saved under that name."""
    headers = {"Content-Disposition": attachment(name), "Cache-Control": "no-store"}
    return HttpResponse(pdf, content_type="application/pdf", headers=headers)


def attachment(name: str) -> str:
    """The header that makes a browser save it under that name."""
    return f'attachment; filename="{name}"'
