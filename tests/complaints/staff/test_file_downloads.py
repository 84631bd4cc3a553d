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
from complaints.models.keys_and_files import Attachment
from tests.desk import NAME, reads, says, url
from tests.evidence import MIB, PDF, PHOTO_COMMENT, bomb, filed_with, named, photo_that_tells
from tests.factories import make_complaint, make_staged_file

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, settings):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


def answer_of(desk, name: str, *added, **options):
    """The case that was filed with these, and what `file` or `copy` of the first answers."""
    case = filed_with(*added)
    return case, desk.get(url(name, case), **options)


def test_a_handler_downloads_the_original_exactly(desk):
    photo = photo_that_tells()
    case, answer = answer_of(desk, "file", named('fo"to.jpg', photo))
    assert url("file", case) in desk.get(url("inspect", case)).content.decode()
    assert answer.streaming
    assert answer.getvalue() == photo
    assert answer["Content-Length"] == str(len(photo))


def test_the_readers_copy_of_a_photo_tells_nothing_and_no_download_runs_in_a_browser(desk):
    case, answer = answer_of(desk, "copy", named("foto.jpg", photo_that_tells()))
    for found in (answer, desk.get(url("file", case))):
        assert found.status_code == 200
        assert found["Content-Type"] == "application/octet-stream"
        assert found["Content-Disposition"].startswith("attachment; filename=")
        assert found["X-Content-Type-Options"] == "nosniff"
        assert found["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert "no-store" in found["Cache-Control"]
        assert found["Cross-Origin-Resource-Policy"] == "same-origin"
    assert Image.open(io.BytesIO(answer.content)).size == (30, 40)
    assert PHOTO_COMMENT not in answer.content


def test_a_picture_that_cannot_be_copied_says_so_and_its_original_stays(desk):
    case, answer = answer_of(desk, "copy", named("groot.png", bomb()), follow=True)
    says(answer, "kan geen leeskopie worden gemaakt. Download het origineel.")
    assert desk.get(url("file", case)).getvalue() == bomb()


def test_no_readers_copy_of_what_is_no_picture(desk):
    case, answer = answer_of(desk, "copy", named("een.pdf"))
    assert answer.status_code == 404
    assert url("copy", case) not in desk.get(url("inspect", case)).content.decode()


@pytest.mark.every_database
def test_a_file_that_was_changed_or_is_away_gives_no_200_and_a_changed_row_shows(desk):
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
    case.attachments.update(sealed=b"anders")
    damage = "bestanden bij deze klacht die niet kunnen worden geopend"
    reads(desk, "inspect", case, damage, "Wat de klager schreef")


@pytest.mark.every_database
def test_a_file_is_found_under_its_own_case_only(desk):
    case, other = filed_with(named("een.pdf")), make_complaint()
    make_staged_file()
    theirs = (other, case.attachments.get().pk)
    for found, pk in (theirs, (case, uuid4()), (case, Attachment.objects.get(complaint=None).pk)):
        assert desk.get(reverse(NAME + "file", args=[found.pk, pk])).status_code == 404


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
