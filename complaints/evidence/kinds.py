"""What kinds of file are taken, and whether one is what its name says, by its content (R-66)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

import puremagic

from complaints.evidence import structure
from complaints.evidence.names import extension


class Problem(Enum):
    """Why a file is not taken."""

    TYPE = "type"  # a kind we do not take
    MISNAMED = "misnamed"  # its content is not what its name says
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    DAMAGED = "damaged"
    TOO_MANY = "too_many"
    NO_ROOM = "no_room"


@dataclass(frozen=True)
class Kind:
    """A kind of file: its names, what puremagic may call it, and whether one of it is whole."""

    name: str
    extensions: frozenset[str]
    magic: frozenset[str]
    is_whole: Callable[[BinaryIO], bool]
    is_image: bool = False


def _kind(
    name: str, names: str, magic: str, whole: Callable[[BinaryIO], bool], *, image: bool = False
) -> Kind:
    found = frozenset(f".{end}" for end in magic.split())
    return Kind(name, frozenset(names.split()), found, whole, is_image=image)


KINDS = {
    kind.name: kind
    for kind in (
        _kind("pdf", "pdf", "pdf", structure.is_whole_pdf),
        _kind("jpg", "jpg jpeg jpe jfif", "jpg jpeg", structure.is_whole_jpeg, image=True),
        _kind("png", "png", "png apng", structure.is_whole_png, image=True),
        _kind("heic", "heic heif", "heic heif", structure.is_whole_heic, image=True),
        _kind("webp", "webp", "webp", structure.is_whole_webp, image=True),
        _kind("docx", "docx", "docx", structure.is_whole_docx),
        _kind("odt", "odt", "odt docx zip", structure.is_whole_odt),
        _kind("txt", "txt", "", structure.is_text),
    )
}
UNLISTED_HEIC = (b"ftypmif1", b"ftypmsf1")  # puremagic 1.30 does not know these brands
_BY_EXTENSION = {end: kind for kind in KINDS.values() for end in kind.extensions}
EXTENSIONS = tuple(_BY_EXTENSION)


def judged(name: str, file: BinaryIO) -> Kind | Problem:
    """The kind of a file that is not empty, when its name and its content agree and it is whole.

    `file` can be read and sought; it is read a piece at a time.
    """
    kind = _BY_EXTENSION.get(extension(name))
    if kind is None:
        return Problem.TYPE
    if kind.magic and not kind.magic & _recognised(file):
        return Problem.MISNAMED
    file.seek(0)
    if not kind.is_whole(file):
        return Problem.DAMAGED if kind.magic else Problem.MISNAMED
    return kind


def _recognised(file: BinaryIO) -> set[str]:
    """The extensions that fit the first and the last bytes."""
    file.seek(4)
    if file.read(8) in UNLISTED_HEIC:
        return {".heic"}
    file.seek(0)
    try:
        return {match.extension for match in puremagic.magic_stream(file)}
    except (puremagic.PureError, ValueError):
        return set()
