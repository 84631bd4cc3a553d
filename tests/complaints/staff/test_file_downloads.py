"""The files of a case at the desk: the original exactly, and a copy that tells nothing."""

import gc
import io
import tracemalloc
from uuid import uuid4

import pytest
from django.urls import reverse
from PIL import Image

from complaints.cases.attachments import open_files
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment
from tests.desk import NAME, client_for, url
from tests.evidence import (
    MIB,
    PDF,
    PHOTO_COMMENT,
    bomb,
    filed_with,
    named,
    photo_that_tells,
    picture,
)
from tests.factories import make_complaint, make_staged_file

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, settings):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


def url_of(name: str, case: Complaint, file_id) -> str:
    return reverse(NAME + name, args=[case.pk, file_id])


@pytest.fixture
def desk(site, staff):
    return client_for(staff.confidant)


def test_a_handler_downloads_the_original_exactly(desk):
    photo = photo_that_tells()
    case = filed_with(named('fo"to.jpg', photo))
    (file,) = open_files(case)
    assert url_of("file", case, file.id) in desk.get(url("inspect", case)).content.decode()
    answer = desk.get(url_of("file", case, file.id))
    assert answer.streaming
    assert answer.getvalue() == photo
    assert answer["Content-Length"] == str(len(photo))


@pytest.mark.parametrize("name", ["file", "copy"])
def test_a_download_never_runs_in_a_browser(desk, name):
    case = filed_with(named("foto.jpg", picture()))
    (file,) = open_files(case)
    answer = desk.get(url_of(name, case, file.id))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"


def test_the_readers_copy_of_a_photo_tells_nothing(desk):
    case = filed_with(named("foto.jpg", photo_that_tells()))
    (file,) = open_files(case)
    data = desk.get(url_of("copy", case, file.id)).content
    assert Image.open(io.BytesIO(data)).size == (30, 40)
    assert PHOTO_COMMENT not in data


def test_a_picture_that_cannot_be_copied_says_so_and_its_original_stays(desk):
    case = filed_with(named("groot.png", bomb()))
    (file,) = open_files(case)
    answer = desk.get(url_of("copy", case, file.id), follow=True)
    assert "kan geen leeskopie worden gemaakt. Download het origineel." in answer.content.decode()
    assert desk.get(url_of("file", case, file.id)).getvalue() == bomb()


def test_no_readers_copy_of_what_is_no_picture(desk):
    case = filed_with(named("een.pdf"))
    (file,) = open_files(case)
    assert url_of("copy", case, file.id) not in desk.get(url("inspect", case)).content.decode()
    assert desk.get(url_of("copy", case, file.id)).status_code == 404


@pytest.mark.parametrize("is_away", [True, False])
def test_a_file_that_is_away_or_was_changed_gives_no_200(desk, is_away):
    case = filed_with(named("een.pdf"))
    (file,) = open_files(case)
    path = store.path_of(file.id)
    sealed = path.read_bytes()
    path.write_bytes(sealed[:-1] + bytes([sealed[-1] ^ 1]))
    if is_away:
        store.remove_file(file.id)
    answer = desk.get(url_of("file", case, file.id), follow=True)
    assert answer.redirect_chain == [(url("inspect", case), 302)]
    assert "Dit bestand kan niet worden geopend." in answer.content.decode()


def test_a_row_that_was_changed_shows_in_the_case_file(desk):
    case = filed_with(named("een.pdf"))
    case.attachments.update(sealed=b"anders")
    page = desk.get(url("inspect", case)).content.decode()
    assert "bestanden bij deze klacht die niet kunnen worden geopend" in page
    assert "De coach" in page or "Wat de klager schreef" in page


def test_a_file_is_found_under_its_own_case_only(desk):
    case, other = filed_with(named("een.pdf")), make_complaint()
    (file,) = open_files(case)
    assert desk.get(url_of("file", other, file.id)).status_code == 404
    make_staged_file()
    for pk in (uuid4(), Attachment.objects.get(complaint=None).pk):
        assert desk.get(url_of("file", case, pk)).status_code == 404


def test_a_large_download_is_opened_piece_by_piece(desk):
    content = PDF + bytes(19 * MIB) + PDF
    case = filed_with(named("groot.pdf", content))
    (file,) = open_files(case)
    del content
    gc.collect()
    tracemalloc.start()
    try:
        size = sum(map(len, desk.get(url_of("file", case, file.id)).streaming_content))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size == file.size
    assert peak < 16 * MIB
