"""Files that go with a message: sealed as they arrive, the case's once sent, and to take along."""

import json
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError
from django.test import Client

from complaints.cases import attachments, conversation, rights
from complaints.cases.case import MOST_FILES_OF_CASE, is_intact
from complaints.events import EventKind
from complaints.files import store
from complaints.models.keys_and_files import Attachment
from complaints.public.following import acting
from tests.desk import url
from tests.evidence import on_disk, words_of_pdf
from tests.factories import make_staged_file
from tests.follow import FOLLOW, SCHEMA, act, entered, filed, fits, later, says
from tests.services import fresh

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]

TEXT = b"Op 3 maart belde de coach af."


def a_file(name="brief.txt", content=TEXT):
    return SimpleUploadedFile(name, content)


def send(client, *sent, message="Hierbij.", **more):
    return act(client, "write", message, files=list(sent), **more)


def nothing_left() -> bool:
    return not Attachment.objects.exists() and not on_disk()


def test_they_go_with_the_message_to_the_handler_and_can_be_taken_back_by_whoever_sent_them(
    me, case, desk
):
    page = send(me, a_file(), a_file("tweede.txt", b"Nog een."))
    says(page, "Je bericht is verstuurd.", "brief.txt", "tweede.txt")
    assert [row.position for row in case.attachments.all()] == [0, 1]
    assert b"".join(desk.get(url("file", case))) == TEXT
    assert is_intact(fresh(case))
    action = f"bestand:{case.attachments.first().pk.hex}"
    assert f'value="{action}"' in page.content.decode()
    answer = act(me, action)
    assert b"".join(answer) == TEXT
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer["Cache-Control"]


def test_a_file_alone_is_a_message_comes_after_those_of_the_complaint_and_is_nobody_elses(
    me, site, staff
):
    case, code = filed(files=[make_staged_file()])
    assert send(entered(code), a_file(), message="").status_code == 200
    assert [f.name for f in attachments.open_files(case)] == ["foto.png", "brief.txt"]
    for asked in (case.attachments.last().pk.hex, "0" * 32, "../../etc"):
        says(act(me, f"bestand:{asked}"), "Dit bestand kan niet worden geopend.", status=404)


def test_r66_what_is_not_taken_is_said_and_nothing_is_sent_or_left(me, case, code):
    for name, content, words in (
        ("virus.exe", b"MZ\x90\x00", "een soort bestand dat we niet aannemen"),
        ("foto.png", b"<html>geen foto", "een ander soort bestand dan de naam zegt"),
        ("leeg.txt", b"", "is leeg"),
    ):
        page = send(me, a_file(), a_file(name, content), message="Kijk hier eens naar.")
        says(page, words, "Kies je bestanden opnieuw", status=422)
        assert "Kijk hier eens naar.</textarea>" in page.content.decode()
        assert nothing_left()
    refused = send(me, a_file(), message=f"Mijn code is {code}")
    says(refused, "Haal je volgcode uit het bericht.", status=422)
    says(send(me, a_file(f"{code}.txt")), status=422)
    says(send(me, *(a_file(f"{n}.txt") for n in range(11))), status=422)  # ten go at once
    assert nothing_left()
    assert not case.events.filter(kind=EventKind.WROTE).exists()


def test_of_a_stranger_another_site_or_with_anything_but_a_message_no_file_is_kept(me):
    assert send(Client(), a_file()).status_code == 401
    assert nothing_left()
    elsewhere = {"origin": "https://elders.example"}
    assert send(me, a_file(), headers=elsewhere).status_code == 403
    assert nothing_left()
    for name in ("file", "q-bestanden", "message"):
        act(me, "write", **({"message": "Dag."} | {name: [a_file()]}))
        assert not Attachment.objects.exists()
    for action in ("json", "toestemming:coach:ja", "intrekken", "leave", ""):
        act(me, action, files=[a_file()])
        assert nothing_left()


def test_a_fault_while_sending_returns_the_text_and_no_file_is_left(me):
    for broken, name, fault in (
        (acting, "write_to_handler", DatabaseError),
        (store.NewFile, "write", OSError(28, "No space left on device")),
    ):
        with patch.object(broken, name, side_effect=fault):
            page = send(me, a_file(), message="Dit wil ik niet kwijt.")
        assert page.status_code == 503
        assert "Dit wil ik niet kwijt.</textarea>" in page.content.decode()
        assert not Attachment.objects.exists()


class TestFromAHandler:
    @pytest.fixture
    def sent(self, case, confidant):
        files = [make_staged_file("afspraken.txt", TEXT), make_staged_file("rooster.txt", b"Ma.")]
        given = {"text": "Hierbij de afspraken.", "files": files, "by": confidant}
        conversation.write_to_complainant(complaint=case, **given)
        return [file.id.hex for file in files]

    def test_the_complainant_finds_them_there_and_takes_them_along(self, me, code, case, sent):
        for moment in ({}, {"days": 1}):
            with later(**moment):
                client = entered(code)
                page = client.get(FOLLOW).content.decode()
                message = page.index("Hierbij de afspraken.")
                places = [page.index(f'value="bestand:{file_id}"') for file_id in sent]
                assert message < places[0] < places[1] < message + 2500
                assert page.count("afspraken.txt</bdi>") == page.count("rooster.txt</bdi>") == 1
                assert b"".join(act(client, f"bestand:{sent[0]}")) == TEXT
        assert is_intact(fresh(case))

    def test_data_and_paper_say_from_whom_each_came_and_when(self, me, case, sent):
        send(me, a_file("mijn.txt"))
        data = json.loads(act(me, "json").content)
        fits(data, json.loads(SCHEMA.read_text()))
        at = {line["kind"]: line["at"] for line in data["history"]}
        assert [(f["name"], f["by"], f["sent_at"]) for f in data["files"]] == [
            ("afspraken.txt", "organisation", at["answered"]),
            ("rooster.txt", "organisation", at["answered"]),
            ("mijn.txt", "complainant", at["wrote"]),
        ]
        paper = words_of_pdf(act(me, "pdf").content)
        assert "afspraken.txt, rooster.txt" in paper
        assert "Hoort mijn coach hiervan?" in paper

    def test_a_case_holds_so_many_of_each_side_and_no_more(
        self, me, case, sent, monkeypatch, confidant
    ):
        assert MOST_FILES_OF_CASE == 50
        monkeypatch.setattr(conversation, "MOST_FILES_OF_CASE", 2)
        says(send(me, a_file(), a_file("b.txt")))
        full = "Er passen niet meer bestanden bij je klacht."
        says(send(me, a_file("c.txt")), full, status=422)
        given = {"text": "", "by": confidant, "files": [make_staged_file()]}
        with pytest.raises(conversation.TooManyFiles):
            conversation.write_to_complainant(complaint=case, **given)
        kept = list(case.attachments.values_list("position", "is_from_us", "event__kind"))
        ours, theirs = EventKind.ANSWERED.value, EventKind.WROTE.value
        assert kept == [(0, True, ours), (1, True, ours), (2, False, theirs), (3, False, theirs)]
        says(send(me, message="Zonder bestand."))

    def test_nothing_is_stored_if_one_is_gone_and_erasing_takes_them(self, case, sent, confidant):
        gone = make_staged_file("weg.txt", TEXT)
        attachments.destroy_staged([gone.id])
        count, files = case.events.count(), [make_staged_file(), gone]
        with pytest.raises(attachments.FilesGone):
            conversation.write_to_complainant(complaint=case, text="", by=confidant, files=files)
        assert case.events.count() == count
        with pytest.raises(conversation.EmptyMessage):
            conversation.write_to_complainant(complaint=case, text=" ", by=confidant)
        rights.erase_content(complaint=case, by=None, reason=rights.ErasureReason.REQUEST)
        assert not Attachment.objects.filter(pk__in=sent).exclude(complaint=None, event=None)
