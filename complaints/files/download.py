"""How a file of a case is handed out: always downloaded, never shown by the browser, never kept.

Of a picture also a copy of its pixels alone, made in a process apart (see `picture`).
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator

from django.http import HttpResponse, StreamingHttpResponse

from complaints.files import picture
from complaints.files.kinds import download_name

SECONDS = 30
MOST_BYTES = 64 * 1024 * 1024


class NotCopied(Exception):
    """The picture is too large, damaged or hostile; only the original can be given."""


def reader_copy(source: Iterable[bytes]) -> tuple[bytes, str]:
    """The pixels alone, and the kind they are in now (png or jpg); raises NotCopied.

    Nothing of it touches the disk: the picture goes by a pipe, and so does the copy.
    """
    command = [sys.executable, "-I", "-B", picture.__file__]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no word of it from outside
            command,
            input=b"".join(source),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env={"OMP_NUM_THREADS": "1"},
            check=True,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise NotCopied(type(error).__name__) from None
    if not 0 < len(done.stdout) <= MOST_BYTES:
        raise NotCopied("nothing came back")
    return done.stdout, "png" if done.stdout.startswith(b"\x89PNG") else "jpg"


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
    body = StreamingHttpResponse(_whole(next(chunks), chunks), headers=HEADERS)
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


def _whole(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
