"""Files that go with a message: sealed as they arrive, the case's once sent, and to take along."""

from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client

from complaints.cases import attachments, conversation
from complaints.cases.case import MOST_FILES_OF_CASE, is_intact
from complaints.events import EventKind
from complaints.files import store
from complaints.models.case import Complaint
from complaints.models.keys_and_files import Attachment
from complaints.public.following import acting
from tests.desk import client_for
from tests.factories import make_staged_file
from tests.follow import FOLLOW, entered, filed, text_of

pytestmark = pytest.mark.django_db

TEXT = b"Op 3 maart belde de coach af."


@pytest.fixture
def mine(site, staff):
    case, code = filed()
    return SimpleNamespace(case=case, code=code, me=entered(code))


def a_file(name="brief.txt", content=TEXT):
    return SimpleUploadedFile(name, content)


def send(client, *sent, message="Hierbij.", **more):
    return client.post(FOLLOW, {"action": "write", "message": message, "files": list(sent), **more})


def on_disk():
    return {path.name for path in Path(settings.FILES_DIR).rglob("*") if path.is_file()}


@pytest.fixture
def was_on_disk():
    """Other tests of this process leave files behind."""
    return on_disk()


def test_they_go_with_the_message_and_the_handler_gets_them_as_they_were(mine, staff):
    page = send(mine.me, a_file(), a_file("tweede.txt", b"Nog een."))
    assert "Je bericht is verstuurd." in text_of(page)
    assert "brief.txt, tweede.txt" in text_of(page)
    rows = list(mine.case.attachments.all())
    assert [row.position for row in rows] == [0, 1]
    handler = client_for(staff.confidant)
    address = f"/cms/complaints/complaint/file/{mine.case.pk}/{rows[0].pk}/"
    assert b"".join(handler.get(address)) == TEXT
    assert is_intact(Complaint.objects.get(pk=mine.case.pk))


def test_a_file_alone_is_a_message(mine):
    assert send(mine.me, a_file(), message="").status_code == 200
    assert mine.case.attachments.count() == 1


def test_they_come_after_those_of_the_complaint(site, staff):
    case, code = filed(files=[make_staged_file()])
    assert send(entered(code), a_file()).status_code == 200
    assert [f.name for f in attachments.open_files(case)] == ["foto.png", "brief.txt"]


def test_the_complainant_downloads_what_is_theirs(mine):
    page = send(mine.me, a_file())
    (row,) = mine.case.attachments.all()
    assert f'value="bestand:{row.pk.hex}"' in page.content.decode()
    answer = mine.me.post(FOLLOW, {"action": f"bestand:{row.pk.hex}"})
    assert b"".join(answer) == TEXT
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("which", ["of another", "unknown", "nonsense"])
def test_another_file_is_not_there(mine, which):
    other, _code = filed(files=[make_staged_file()])
    theirs = Attachment.objects.get(complaint=other).pk.hex
    asked = {"of another": theirs, "unknown": "0" * 32, "nonsense": "../../etc"}[which]
    page = mine.me.post(FOLLOW, {"action": f"bestand:{asked}"})
    assert page.status_code == 404
    assert "Dit bestand kan niet worden geopend." in text_of(page)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("virus.exe", b"MZ", "een soort bestand dat we niet aannemen"),
        ("foto.png", b"geen foto", "een ander soort bestand dan de naam zegt"),
        ("leeg.txt", b"", "is leeg"),
    ],
)
def test_r66_what_is_not_taken_is_said_and_nothing_is_sent_or_left(
    mine, was_on_disk, name, content, words
):
    page = send(mine.me, a_file(), a_file(name, content), message="Kijk hier eens naar.")
    assert page.status_code == 422
    read = text_of(page)
    assert words in read
    assert "Kies je bestanden opnieuw" in read
    assert "Kijk hier eens naar.</textarea>" in page.content.decode()
    assert not mine.case.events.filter(kind=EventKind.WROTE).exists()
    assert not Attachment.objects.exists()
    assert on_disk() == was_on_disk


def test_more_than_ten_at_once_are_not_taken(mine):
    page = send(mine.me, *(a_file(f"{n}.txt") for n in range(11)))
    assert page.status_code == 422
    assert not Attachment.objects.exists()


def test_a_message_that_is_refused_leaves_no_file(mine):
    page = send(mine.me, a_file(), message=f"Mijn code is {mine.code}")
    assert page.status_code == 422
    assert "Haal je volgcode uit het bericht." in text_of(page)
    assert not Attachment.objects.exists()


def test_a_file_named_after_the_code_is_refused(mine):
    assert send(mine.me, a_file(f"{mine.code}.txt")).status_code == 422
    assert not Attachment.objects.exists()


def test_a_case_holds_so_many_files_and_no_more(mine, monkeypatch):
    monkeypatch.setattr(conversation, "MOST_FILES_OF_CASE", 2)
    assert MOST_FILES_OF_CASE == 50
    assert send(mine.me, a_file(), a_file("b.txt")).status_code == 200
    page = send(mine.me, a_file("c.txt"))
    assert page.status_code == 422
    assert "Er passen niet meer bestanden bij je klacht." in text_of(page)
    assert mine.case.attachments.count() == 2
    assert send(mine.me, message="Zonder bestand.").status_code == 200


class TestWhoMay:
    def test_a_stranger_leaves_nothing(self, site, staff, was_on_disk):
        assert send(Client(), a_file()).status_code == 401
        assert not Attachment.objects.exists()
        assert on_disk() == was_on_disk

    def test_a_post_from_elsewhere_leaves_nothing(self, mine):
        page = send(mine.me, a_file(), headers={"origin": "https://elders.example"})
        assert page.status_code in (200, 403)
        elsewhere = mine.me.post(
            FOLLOW,
            {"action": "write", "message": "x", "files": [a_file("elders.txt")]},
            headers={"origin": "https://elders.example"},
        )
        assert elsewhere.status_code == 403
        assert not any(f.name == "elders.txt" for f in attachments.open_files(mine.case))

    @pytest.mark.parametrize("action", ["leave", "json", "intrekken", "toestemming:coach:ja", ""])
    def test_files_with_anything_but_a_message_are_not_kept(self, mine, was_on_disk, action):
        mine.me.post(FOLLOW, {"action": action, "files": [a_file()]})
        assert not Attachment.objects.exists()
        assert on_disk() == was_on_disk

    @pytest.mark.parametrize("name", ["file", "q-bestanden", "message"])
    def test_files_at_another_name_are_dropped(self, mine, name):
        mine.me.post(FOLLOW, {"action": "write", "message": "Dag.", name: [a_file()]})
        assert not Attachment.objects.exists()


def test_a_fault_while_sending_gives_the_text_back_and_leaves_no_file(mine, monkeypatch):
    monkeypatch.setattr(acting, "write_to_handler", Mock(side_effect=DatabaseError))
    page = send(mine.me, a_file(), message="Dit wil ik niet kwijt.")
    assert page.status_code == 503
    assert "Dit wil ik niet kwijt.</textarea>" in page.content.decode()
    assert not Attachment.objects.exists()


def test_a_full_disk_gives_the_text_back(mine, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.NewFile, "write", full)
    page = send(mine.me, a_file(), message="Dit wil ik niet kwijt.")
    assert page.status_code == 503
    assert "Dit wil ik niet kwijt.</textarea>" in page.content.decode()
    assert not Attachment.objects.exists()
