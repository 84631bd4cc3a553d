"""A file of a case as an answer: always downloaded, never shown by the browser, never kept."""

from collections.abc import Iterator

from django.http import StreamingHttpResponse

from complaints.evidence.names import download_name

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


def attachment(name: str) -> str:
    """The header that makes a browser save it under that name."""
    return f'attachment; filename="{name}"'


def _whole(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest
