"""Posts with files that no browser sends: dropped before a byte is kept, in little memory."""

import gc
import io
import tracemalloc
from itertools import chain, repeat

import pytest
from django.test import Client, RequestFactory

from complaints.cases import uploads
from complaints.models.keys_and_files import Attachment
from complaints.public.filing.views import fill_in
from tests.complaints.public.form_filler import POST
from tests.evidence import MIB, PDF, named, on_disk

pytestmark = pytest.mark.django_db

FILE = ("q-bestanden", "een.pdf", PDF)
ATTACH = ("action", None, b"attach")


@pytest.fixture
def token(at_files):
    """The token of a form at the step that asks for files, as a part of a body."""
    return ("token", None, at_files.token.encode())


def raw(*parts: tuple[str, str | None, bytes]) -> tuple[bytes, str]:
    """A multipart body of (field, file name, content), in that order."""
    body = b""
    for name, file_name, content in parts:
        extra = f'; filename="{file_name}"' if file_name is not None else ""
        head = f'--grens\r\nContent-Disposition: form-data; name="{name}"{extra}\r\n\r\n'
        body += head.encode() + content + b"\r\n"
    return body + b"--grens--\r\n", "multipart/form-data; boundary=grens"


def post_raw(*parts, cut: int | None = None):
    body, content_type = raw(*parts)
    return Client().generic("POST", POST, body[:cut], content_type=content_type)


@pytest.fixture
def arrivals(monkeypatch):
    """Every file that anything was kept of, however shortly."""
    seen = []
    create = Attachment.objects.create
    monkeypatch.setattr(
        Attachment.objects, "create", lambda **row: seen.append(row) or create(**row)
    )
    return seen


def test_files_without_a_token_before_it_or_where_none_is_asked_are_dropped(token, arrivals):
    for made_up in (b"", b"verzonnen", b"\xff\xfe"):
        assert post_raw(("token", None, made_up), FILE).status_code == 400
    assert arrivals == []
    for field in ("bestanden", "q-probleem", "q-verwacht", "token", "website"):
        assert post_raw(token, (field, "een.pdf", PDF), ATTACH).status_code == 200
    post_raw(token, ("at", None, b"check"), FILE, ("action", None, b"back"))
    assert arrivals == []
    post_raw(FILE, token, ATTACH)
    assert arrivals == []
    post_raw(token, FILE, ATTACH)
    assert len(arrivals) == 1


def test_a_post_cut_off_too_large_or_with_junk_after_its_files_leaves_nothing(token, settings):
    post_raw(token, ("q-bestanden", "een.pdf", PDF + bytes(3 * MIB)), cut=2 * MIB)
    assert not Attachment.objects.exists()
    assert not on_disk()
    story = ("q-verwacht", None, b"a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    assert post_raw(token, FILE, story).status_code == 413
    assert not on_disk()
    request = RequestFactory().generic("POST", POST, b"x", content_type=raw()[1])
    request.META["CONTENT_LENGTH"] = str(uploads.MOST_POST_BYTES + 1)
    assert fill_in(request).status_code == 413, "before it is read"


def test_files_sent_after_filing_are_destroyed(at_files):
    at_files.to_check().press("change:0:bestanden")
    before = at_files.data("next", bestanden=[named("later.pdf")])
    at_files.to_check().send().post(before).says(status=409)
    assert not on_disk()
    assert not Attachment.objects.exists()


class Stream(io.RawIOBase):
    """A body made while it is read, so that the test itself holds nothing of it."""

    def __init__(self, head: bytes, size: int, tail: bytes):
        self.pieces = chain([head], repeat(bytes(65536), size // 65536), [tail])
        self.held = b""

    def read(self, size=-1):
        while len(self.held) < size and (piece := next(self.pieces, b"")):
            self.held += piece
        given, self.held = self.held[:size], self.held[size:]
        return given


@pytest.mark.parametrize("size", [19 * MIB, 300 * MIB], ids=["20 MB", "300 MB"])
def test_memory_stays_under_64_mb_whatever_arrives(token, size):
    fields, content_type = raw(token, ATTACH, ("q-bestanden", "groot.pdf", b"%PDF-"))
    head, tail = fields.rsplit(b"\r\n--grens--", 1)[0], b"%%EOF\r\n--grens--\r\n"
    request = RequestFactory().generic("POST", POST, b"x", content_type=content_type)
    request.META["CONTENT_LENGTH"] = str(len(head) + size + len(tail))
    request.environ["wsgi.input"] = request._stream = Stream(head, size, tail)
    gc.collect()
    tracemalloc.start()
    try:
        response = fill_in(request)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    is_taken = size < uploads.MOST_BYTES
    assert (response.status_code, len(on_disk())) == ((200, 1) if is_taken else (422, 0))
    assert peak < 16 * MIB
