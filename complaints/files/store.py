"""Where sealed files lie on disk: one file each, named by its id alone, in 256 folders.

A file is on disk, name and all, before `close` returns: what the page acknowledges survives a
power cut. No byte that reaches this module is plain.
"""

import os
from contextlib import suppress
from pathlib import Path
from shutil import disk_usage
from typing import BinaryIO
from uuid import UUID

from django.conf import settings


def path_of(file_id: UUID) -> Path:
    return Path(settings.FILES_DIR, file_id.hex[:2], file_id.hex)


class NewFile:
    """A file being written. Ends with `close`, or with `remove_file` when it came to nothing."""

    def __init__(self, file_id: UUID) -> None:
        path = path_of(file_id)
        _make_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._folder = path.parent

    def write(self, sealed: bytes) -> None:
        self._file.write(sealed)

    def close(self) -> None:
        """Puts the bytes and then the name on disk."""
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())
        _sync(self._folder)

    def abandon(self) -> None:
        """Lets go of the open file, also where the disk is full."""
        with suppress(OSError):
            self._file.close()


def open_file(file_id: UUID) -> BinaryIO:
    return path_of(file_id).open("rb")


def has_file(file_id: UUID) -> bool:
    return path_of(file_id).is_file()


def remove_file(file_id: UUID) -> None:
    """Takes the file away; not being there is as good."""
    path_of(file_id).unlink(missing_ok=True)


def free_bytes() -> int:
    """Returns how much room the disk under the files has left."""
    folder = Path(settings.FILES_DIR)
    while not folder.exists():
        folder = folder.parent
    return disk_usage(folder).free


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
