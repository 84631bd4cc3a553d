"""What kinds of file are taken, and of which kind a file is, whatever it is called (R-66).

Judged by its content and outline alone: nothing is decoded or unpacked. File names are whatever
somebody's device made of them; here they become harmless.
"""

import codecs
import re
import struct
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from io import BytesIO
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

MOST_CHARACTERS = 100
NAMELESS = "bestand"
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ENDING = re.compile(r"(?<=.)\.[A-Za-z][A-Za-z0-9]{0,4}$")  # "v1.2" and "9.12.2026" have none


def shown_name(name: str) -> str:
    """The name as people may see it: no path, nothing invisible or overriding, at most 100 long.

    Letters of every script stay. The extension stays when the rest has to be cut.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", last))
    visible = "".join(c for c in plain if not unicodedata.category(c).startswith("C"))
    words = " ".join(visible.split()).strip(".")
    stem, dot, end = words.rpartition(".")
    if dot and stem and len(end) <= 10:
        return f"{_shortened(stem, len(end) + 1)}.{end}"
    return _shortened(words, 0) or NAMELESS


def extension_of(name: str) -> str:
    """Returns what stands after the last full stop, in small letters."""
    return name.rpartition(".")[2].casefold() if "." in name else ""


def download_name(name: str, kind: str) -> str:
    """A name for a header and a disk: plain letters, and one extension, that of what it is."""
    stem = unicodedata.normalize("NFKD", _ENDING.sub("", shown_name(name)))
    plain = _SAFE.sub("-", stem.encode("ascii", "ignore").decode()).replace(".", "-").strip("-_")
    return f"{plain[:60].strip('-') or NAMELESS}.{kind}"


def _shortened(text: str, room: int) -> str:
    most = MOST_CHARACTERS - room
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


PIECE = 1024 * 1024
TAIL = 64 * 1024
MOST_DIRECTORY = 256 * 1024  # of a zip: a document has dozens of parts, not ten thousand
MOST_PARTS = 20_000  # segments, chunks, boxes: a picture of 20 MB has a few thousand
ODT = b"application/vnd.oasis.opendocument.text"
MACROS = ("Basic/", "Scripts/")  # the folders in an ODT that hold them
TEXT_CODECS = ("utf-8-sig", "cp1252")
TEXT_CONTROLS = "\t\n\r\f"


def is_whole_pdf(file: BinaryIO) -> bool:
    """Begins as a PDF and has an end; some programs write a little after it."""
    start = file.read(5)
    file.seek(max(0, _size(file) - TAIL))
    return start == b"%PDF-" and b"%%EOF" in file.read()


def is_whole_jpeg(file: BinaryIO) -> bool:
    """Has its segments in order up to the picture, and an end of the picture after that."""
    if file.read(2) != b"\xff\xd8":
        return False
    for _part in range(MOST_PARTS):
        marker = file.read(2)
        if len(marker) < 2 or marker[0] != 0xFF:
            return False
        if marker == b"\xff\xff":  # padding
            file.seek(-1, 1)
            continue
        if marker[1] == 0xDA:
            return _contains(file, b"\xff\xd9")
        size = file.read(2)
        if len(size) < 2 or not _skip(file, int.from_bytes(size) - 2):
            return False
    return False


def is_whole_png(file: BinaryIO) -> bool:
    """Goes on up to its last chunk; what hangs after that is not shown to anybody."""
    return file.read(8) == b"\x89PNG\r\n\x1a\n" and _contains(file, b"IEND\xaeB`\x82")


def is_whole_webp(file: BinaryIO) -> bool:
    head = file.read(12)
    return (
        head[:4] == b"RIFF"
        and head[8:] == b"WEBP"
        and 8 + struct.unpack("<I", head[4:8])[0] <= _size(file)
    )


def is_whole_heic(file: BinaryIO) -> bool:
    """The boxes fit in the file, and one of them describes the picture."""
    size, at, names = _size(file), 0, set()
    for _part in range(MOST_PARTS):
        file.seek(at)
        head = file.read(16)
        length = {0: size - at, 1: int.from_bytes(head[8:])}.get(
            short := int.from_bytes(head[:4]), short
        )
        if len(head) < 8 or length < 8 or at + length > size:
            return False
        names.add(head[4:8])
        at += length
        if at == size:
            return {b"ftyp", b"meta", b"mdat"} <= names
    return False


def is_whole_docx(file: BinaryIO) -> bool:
    """A zip with a Word text in it, and no macros."""
    names = _zip_names(file)
    return {"[Content_Types].xml", "word/document.xml"} <= names and not any(
        name.lower().endswith("vbaproject.bin") for name in names
    )


def is_whole_odt(file: BinaryIO) -> bool:
    """A zip that says in its first part, which is never compressed, that it is an ODF text.

    Without macros, as a docx.
    """
    start = file.read(38 + len(ODT))
    if start[:4] != b"PK\x03\x04" or start[30:] != b"mimetype" + ODT:
        return False
    names = _zip_names(file)
    return "content.xml" in names and not any(name.startswith(MACROS) for name in names)


def is_text(file: BinaryIO) -> bool:
    """Decodes as UTF-8, UTF-16 or Windows-1252 to its end, without control bytes."""
    start = file.read(2)
    utf_16 = start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    return any(_decodes(file, codec) for codec in (("utf-16",) if utf_16 else TEXT_CODECS))


def _decodes(file: BinaryIO, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    file.seek(0)
    try:
        texts = (decoder.decode(piece) for piece in _pieces(file))
        return all(_is_plain(text) for text in texts) and _is_plain(decoder.decode(b"", True))
    except UnicodeDecodeError:
        return False


def _is_plain(text: str) -> bool:
    controls = {c for c in set(text) if ord(c) < 32 or 127 <= ord(c) < 160}
    return controls <= set(TEXT_CONTROLS)


def _zip_names(file: BinaryIO) -> set[str]:
    """The names in a zip's directory; none when it is not whole or far too large.

    Only the end of the file is read, so that a directory can be no larger than that. The first
    part has to stand where the file begins: a zip that hangs behind something else is refused.
    """
    start = max(0, _size(file) - MOST_DIRECTORY - TAIL)
    file.seek(start)
    try:
        with ZipFile(BytesIO(file.read())) as archive:
            parts = archive.infolist()
    except (BadZipFile, NotImplementedError, ValueError, struct.error):
        return set()
    is_whole = min((part.header_offset for part in parts), default=None) == -start
    return {part.filename for part in parts} if is_whole else set()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(PIECE), b"")


def _contains(file: BinaryIO, wanted: bytes) -> bool:
    before = b""
    for piece in _pieces(file):
        if wanted in before + piece:
            return True
        before = piece[1 - len(wanted) :]
    return False


def _size(file: BinaryIO) -> int:
    return file.seek(0, 2)


def _skip(file: BinaryIO, length: int) -> bool:
    """Goes on by `length`; false where the file ends before that."""
    at, size = file.tell(), _size(file)
    file.seek(min(at + max(length, 0), size))
    return length >= 0 and at + length <= size


class Problem(Enum):
    """Why a file is not taken."""

    TYPE = "type"  # a kind we do not take
    MISNAMED = "misnamed"  # a kind we do not take, under a name that says otherwise
    TOO_LARGE = "too_large"
    EMPTY = "empty"
    DAMAGED = "damaged"
    TOO_MANY = "too_many"
    NO_ROOM = "no_room"


@dataclass(frozen=True)
class Kind:
    """A kind of file: the endings of its names, how it begins, whether one of it is whole."""

    name: str
    extensions: str
    begins: re.Pattern[bytes]
    is_whole: Callable[[BinaryIO], bool]
    is_image: bool = False


# Text, that is: what a browser or a shell would run is text too, and none we take.
_PLAIN = re.compile(
    rb"(?!(?:\xef\xbb\xbf)?\s*<(?:!|\?|html|head|body|svg|script))(?!%PDF-|%!PS|#!|\{\\rtf)",
    re.IGNORECASE,
)
_ZIP = re.compile(rb"PK\x03\x04")
_HEIC = re.compile(rb".{4}ftyp(?:mif1|msf1|hei[cxms]|hev[cxms])", re.DOTALL)
KINDS = {
    kind.name: kind
    for kind in (
        Kind("pdf", "pdf", re.compile(rb"%PDF-"), is_whole_pdf),
        Kind("jpg", "jpg jpeg jpe jfif", re.compile(rb"\xff\xd8"), is_whole_jpeg, is_image=True),
        Kind("png", "png", re.compile(rb"\x89PNG"), is_whole_png, is_image=True),
        Kind("heic", "heic heif", _HEIC, is_whole_heic, is_image=True),
        Kind("webp", "webp", re.compile(rb"RIFF....WEBP", re.DOTALL), is_whole_webp, is_image=True),
        Kind("docx", "docx", _ZIP, is_whole_docx),
        Kind("odt", "odt", _ZIP, is_whole_odt),
        Kind("txt", "txt", _PLAIN, is_text),
    )
}
TEXT = KINDS["txt"]
_SHARED = {KINDS["docx"], KINDS["odt"], TEXT}  # much else begins as one of these
_BY_EXTENSION = {end: kind for kind in KINDS.values() for end in kind.extensions.split()}


def judged(name: str, file: BinaryIO) -> Kind | Problem:
    """The kind of a file that is not empty, by its content; `name` chooses the words if it is none.

    `file` can be read and sought; it is read a piece at a time.
    """
    file.seek(0)
    start = file.read(64)
    begun = [kind for kind in KINDS.values() if kind.begins.match(start)]
    begun = [kind for kind in begun if kind is not TEXT] or begun
    for kind in begun:
        file.seek(0)
        if kind.is_whole(file):
            return kind
    named = _BY_EXTENSION.get(extension_of(name))
    if (named in begun and named is not TEXT) or not _SHARED.issuperset(begun):
        return Problem.DAMAGED
    return Problem.MISNAMED if named else Problem.TYPE
