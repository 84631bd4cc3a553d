"""The files of a case at the desk: the original exactly, and a copy that tells nothing."""

import gc
import io
import tracemalloc
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image

from complaints.cases.attachments import open_files
from complaints.files import store
from tests.desk import NAME, reads, says, url
from tests.evidence import MIB, PDF, PHOTO_COMMENT, bomb, filed_with, named, photo_that_tells
from tests.factories import make_complaint, make_staged_file

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, settings):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


def test_a_handler_downloads_the_original_exactly_and_a_copy_that_tells_nothing(desk):
    """No download runs in a browser."""
    photo = photo_that_tells()
    case = filed_with(named('fo"to.jpg', photo))
    original, copy = (desk.get(url(name, case)) for name in ("file", "copy"))
    for found in (original, copy):
        assert found.status_code == 200
        assert found["Content-Type"] == "application/octet-stream"
        assert found["Content-Disposition"].startswith("attachment; filename=")
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in found["Cache-Control"]
        assert found["Cross-Origin-Resource-Policy"] == "same-origin"
    assert url("file", case) in desk.get(url("inspect", case)).content.decode()
    assert original.streaming
    assert original.getvalue() == photo
    assert original["Content-Length"] == str(len(photo))
    assert Image.open(io.BytesIO(copy.content)).size == (30, 40)
    assert PHOTO_COMMENT not in copy.content


def test_a_picture_that_cannot_be_copied_says_so_and_what_is_none_has_no_copy(desk):
    case = filed_with(named("groot.png", bomb()))
    answer = desk.get(url("copy", case), follow=True)
    says(answer, "kan geen leeskopie worden gemaakt. Download het origineel.")
    assert desk.get(url("file", case)).getvalue() == bomb()
    paper = make_complaint(files=[make_staged_file("een.txt", b"Tekst.")])
    assert desk.get(url("copy", paper)).status_code == 404
    assert url("copy", paper) not in desk.get(url("inspect", paper)).content.decode()


@pytest.mark.every_database
def test_a_file_that_was_changed_or_is_away_or_of_no_case_opens_not_and_a_changed_row_shows(desk):
    case = filed_with(named("een.pdf"))
    (file,) = open_files(case)
    path = Path(settings.FILES_DIR, store.name_of(file.id))
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    for _time in ("changed", "away"):
        answer = desk.get(url("file", case), follow=True)
        assert answer.redirect_chain == [(url("inspect", case), 302)]
        says(answer, "Dit bestand kan niet worden geopend.")
        store.remove_file(file.id)
    for pk in (uuid4(), make_staged_file().id):
        assert desk.get(reverse(NAME + "file", args=[case.pk, pk])).status_code == 404
    case.attachments.update(sealed=b"anders")
    damage = "bestanden bij deze klacht die niet kunnen worden geopend"
    reads(desk, "inspect", case, damage, "Wat de klager schreef")


def test_a_large_download_is_opened_piece_by_piece(desk):
    content = PDF + bytes(19 * MIB) + PDF
    case = filed_with(named("groot.pdf", content))
    (file,) = open_files(case)
    del content
    gc.collect()
    tracemalloc.start()
    try:
        size = sum(map(len, desk.get(url("file", case)).streaming_content))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == file.size
    assert peak < 16 * MIB
