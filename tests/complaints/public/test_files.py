"""Files with a complaint: taken sealed, kept a day until it is sent, given to its handler alone."""

import gc
import io
import os
import tracemalloc
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
import time_machine
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.test import Client, RequestFactory
from django.utils import timezone
from pypdf import PdfReader
from wagtail.models import ModelLogEntry, ReferenceIndex
from wagtail.search.index import class_is_indexed

from complaints.cases import attachments, filing, uploads
from complaints.cases.attachments import FilesGone, StoredFile, open_files
from complaints.cases.contents import open_answers
from complaints.cases.rights import ErasureReason, erase_content
from complaints.cases.sealing import KeyDestroyed, case_key
from complaints.cases.uploads import MOST_BYTES
from complaints.files import store
from complaints.files.kinds import Problem
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.keys_and_files import Attachment, KeyWrap
from complaints.public.filing import views
from complaints.public.filing.state import FormState
from complaints.public.filing.views import fill_in
from complaints.vault.cipher import SealBroken
from complaints.worker.clock import tick
from tests.complaints.public.form_filler import POST, Filler
from tests.desk import client_for, url
from tests.evidence import (
    DOCX,
    MIB,
    ODT,
    PDF,
    filed_with,
    heic,
    named,
    photo_that_tells,
    picture,
)
from tests.factories import make_complaint, make_filing

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, settings):
    settings.FILES_DIR = tmp_path / "files"
    return settings.FILES_DIR


@pytest.fixture
def filler(site):
    """Someone at the step that asks for files."""
    filler = Filler().start().next(probleem="De coach kwam niet.").next()
    assert "q-bestanden" in filler.page.names
    return filler


def on_disk() -> list[Path]:
    return [path for path in Path(settings.FILES_DIR).rglob("*") if path.is_file()]


def content_of(file: StoredFile) -> bytes:
    return b"".join(file.chunks())


# What is taken.


GOOD = {
    "brief.pdf": lambda: PDF,
    "foto.JPG": picture,
    "foto.jpeg": photo_that_tells,
    "scherm.png": lambda: picture("PNG"),
    "foto.webp": lambda: picture("WEBP"),
    "foto.heic": heic,
    "brief.docx": lambda: DOCX,
    "brief.odt": lambda: ODT,
    "aantekening.txt": lambda: "Hij zei: «nee».\r\n".encode(),
    "oud.txt": lambda: "Crème, zei ze.".encode("cp1252"),
    "venster.txt": lambda: "Hij zei nee.".encode("utf-16"),
}


@pytest.mark.parametrize("name", GOOD)
def test_each_kind_is_taken_and_comes_back_byte_for_byte(filler, name):
    content = GOOD[name]()
    filler.to_check(bestanden=[named(name, content)]).send()
    (file,) = open_files(Complaint.objects.get())
    assert (file.name, file.size, content_of(file)) == (name, len(content), content)


# what one is told.


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("virus.exe", b"MZ", "een soort bestand dat we niet aannemen. Bewaar het als pdf"),
        ("foto.jpg", b"<html>", "een ander soort bestand dan de naam zegt. Open het, bewaar"),
        ("foto.jpg", picture()[:-200], "beschadigd of niet helemaal aangekomen"),
        ("leeg.pdf", b"", "is leeg. Kijk of je het goede bestand koos"),
        ("groot.pdf", PDF + bytes(MOST_BYTES), "is groter dan 20 MB. Maak het kleiner"),
    ],
    ids=["type", "misnamed", "damaged", "empty", "too large"],
)
def test_r66_an_error_names_the_file_and_how_to_mend_it(filler, name, content, words):
    filler.next(bestanden=[named(name, content), named("goed.pdf")], verwacht="Blijft staan.")
    assert filler.response.status_code == 422
    assert filler.html.count("data-error-summary") == 1
    assert 'href="#id_q-bestanden"' in filler.html
    assert f"'{name}' is" in filler.text
    assert words in filler.text
    assert "goed.pdf" in filler.text
    assert filler.page.values["q-verwacht"] == ["Blijft staan."]
    assert len(on_disk()) == 1
    filler.to_check().send()
    assert [file.name for file in open_files(Complaint.objects.get())] == ["goed.pdf"]


@pytest.mark.parametrize("action", ["back", "attach", "next"])
def test_r66_a_refused_file_is_told_whatever_button_was_pressed(filler, action):
    filler.press(action, bestanden=[named("virus.exe")])
    assert filler.response.status_code == 422
    assert "virus.exe" in filler.text


def test_a_file_of_exactly_20_mb_is_taken(filler):
    content = PDF + bytes(MOST_BYTES - 2 * len(PDF)) + PDF
    filler.next(bestanden=[named("precies.pdf", content)])
    assert filler.response.status_code == 200
    (row,) = Attachment.objects.all()
    assert row.size == MOST_BYTES == 20 * MIB


def test_the_eleventh_file_is_refused_and_ten_are_kept(filler):
    filler.next(bestanden=[named(f"{number}.pdf") for number in range(11)])
    assert filler.response.status_code == 422
    assert "'10.pdf' is niet toegevoegd: er passen 10 bestanden bij een klacht." in filler.text
    assert len(on_disk()) == 10
    filler.press("attach", bestanden=[named("nog-een.pdf")])
    assert "'nog-een.pdf' is niet toegevoegd" in filler.text


def test_a_whole_album_keeps_what_was_typed(filler):
    filler.next(bestanden=[named(f"{number}.pdf") for number in range(150)], verwacht="Blijft.")
    assert filler.response.status_code == 422
    assert filler.page.values["q-verwacht"] == ["Blijft."]


# The list while filling in.


def test_a_file_is_listed_with_its_size_and_can_be_taken_away(filler):
    filler.press("attach", bestanden=[named("een.pdf"), named("twee.pdf")], verwacht="Blijft.")
    assert "een.pdf" in filler.text
    assert f"{len(PDF)} bytes" in filler.text.replace("\xa0", " ")
    remove = [action for action in filler.page.actions if action.startswith("unfile:")]
    assert len(remove) == len(on_disk()) == 2
    filler.press(remove[0])
    assert "een.pdf" not in filler.text
    assert "twee.pdf" in filler.text
    assert filler.page.values["q-verwacht"] == ["Blijft."]
    assert len(on_disk()) == 1
    filler.to_check().send()
    assert [file.name for file in open_files(Complaint.objects.get())] == ["twee.pdf"]


def test_another_forms_file_cannot_be_taken_away(filler):
    filler.press("attach", bestanden=[named("een.pdf")])
    (row,) = Attachment.objects.all()
    other = Filler().start().next(probleem="x").next()
    other.press(f"unfile:{row.pk.hex}")
    assert other.response.status_code == 200
    assert len(on_disk()) == 1


def test_files_stay_through_next_back_and_an_error(filler):
    filler.next(bestanden=[named("een.pdf")])
    filler.next(email="geen adres")
    assert filler.response.status_code == 422
    filler.press("back")
    assert "een.pdf" in filler.text
    filler.press("back").next(bestanden=[]).next()
    filler.to_check(email="noor@example.org").send()
    assert [file.name for file in open_files(Complaint.objects.get())] == ["een.pdf"]


def test_files_are_on_the_check_page_the_confirmation_and_in_the_answers(filler):
    filler.to_check(bestanden=[named("een.pdf"), named("twee.txt", b"hoi")])
    assert "een.pdf twee.txt" in filler.text
    filler.send()
    assert "Je klacht is ontvangen" in filler.text
    assert "een.pdf twee.txt" in filler.text
    answers = {answer.name: answer for answer in open_answers(Complaint.objects.get())}
    assert answers["bestanden"].value == ["een.pdf", "twee.txt"]
    assert answers["bestanden"].field_type == "files"
    copy = filler.client.post(POST, filler.data("copy"))
    paper = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(copy.content)).pages)
    assert "een.pdf" in paper
    assert "twee.txt" in paper


def test_enter_goes_on_and_takes_no_file_away(filler):
    """The first button of a form is the one that Enter presses."""
    filler.press("attach", bestanden=[named("een.pdf")])
    assert filler.page.actions[0] == "next"


def test_a_required_question_for_files_is_mended_by_a_file(site):
    page = ComplaintFormPage.objects.get()
    page.form_fields.filter(clean_name="bestanden").update(required=True)
    filler = Filler().start().next(probleem="x").next().next()
    assert filler.response.status_code == 422
    assert "Vul 'Heb je bestanden die je klacht ondersteunen?' in." in filler.text
    filler.next(bestanden=[named("een.pdf")])
    assert filler.response.status_code == 200
    filler.to_check().send()
    assert Complaint.objects.get().attachments.count() == 1


def test_without_files_a_complaint_is_filed_as_before(filler):
    filler.to_check().send()
    assert "Je klacht is ontvangen" in filler.text
    assert open_files(Complaint.objects.get()) == []


def test_posting_names_as_text_adds_no_file(filler):
    filler.next(bestanden="verzonnen.pdf").to_check().send()
    answers = {answer.name: answer.value for answer in open_answers(Complaint.objects.get())}
    assert answers["bestanden"] == ""


# Names.


def test_a_name_is_escaped_wherever_it_is_shown(filler, staff):
    filler.press("attach", bestanden=[named("<img src=x onerror=alert(1)>.pdf")])
    assert "<img src=x" not in filler.html
    assert "&lt;img src=x onerror=alert(1)&gt;.pdf" in filler.html
    filler.to_check()
    assert "<img src=x" not in filler.html
    filler.send()
    assert "<img src=x" not in filler.html
    client = client_for(staff.confidant)
    page = client.get(url("inspect", Complaint.objects.get())).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


# Sealed, and where.


def test_no_plain_byte_is_on_disk_before_or_after_filing(filler, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    content = b"%PDF-1.4 " + b"kanarie in een bestand " * 200_000 + b"%%EOF"
    filler.next(bestanden=[named("kanarie.pdf", content)])
    (path,) = on_disk()
    assert b"kanarie" not in path.read_bytes()
    assert "kanarie" not in str(path)
    filler.to_check().send()
    assert on_disk() == [path]
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_key_of_a_staged_file_is_in_the_token_and_nowhere_else(filler):
    filler.press("attach", bestanden=[named("een.pdf")])
    (file,) = FormState.open(filler.page.values["token"][0]).files
    (row,) = Attachment.objects.all()
    assert row.sealed is None
    assert content_of(file) == PDF
    assert file.key.hex() not in filler.html
    assert file.key.hex() not in str(Attachment.objects.values())


def test_filing_leaves_the_bytes_and_seals_the_key_with_the_case(filler):
    filler.press("attach", bestanden=[named("een.pdf")])
    (path,) = on_disk()
    before = path.read_bytes()
    filler.to_check().send()
    assert path.read_bytes() == before
    (file,) = open_files(Complaint.objects.get())
    assert content_of(file) == PDF
    assert b"een.pdf" not in bytes(Attachment.objects.get().sealed)


def test_without_the_cases_key_a_file_is_lost(filler):
    case = filed_with(named("een.pdf"))
    KeyWrap.objects.filter(complaint_id=case.pk).delete()
    with pytest.raises(KeyDestroyed):
        open_files(case)


def test_a_row_of_another_case_does_not_open(filler):
    case = filed_with(named("een.pdf"))
    other = make_complaint()
    case.attachments.update(complaint=other)
    with pytest.raises(SealBroken):
        open_files(other)


def test_the_file_and_its_folder_are_on_disk_before_the_page_says_so(filler, monkeypatch):
    synced = []
    fsync = os.fsync

    def note(descriptor):
        synced.append(Path(f"/proc/self/fd/{descriptor}").resolve())
        fsync(descriptor)

    monkeypatch.setattr(store.os, "fsync", note)
    filler.press("attach", bestanden=[named("een.pdf")])
    (path,) = on_disk()
    assert path in synced
    assert synced.index(path.parent) > synced.index(path)
    assert path.stat().st_mode & 0o077 == 0


def test_nothing_of_a_file_is_in_wagtails_own_stores(filler, staff):
    filed_with(named("een.pdf"))
    assert not ReferenceIndex.model_is_indexable(Attachment)
    assert not class_is_indexed(Attachment)
    assert not ModelLogEntry.objects.filter(label__contains="een.pdf").exists()


# Once, and all or nothing.


def test_a_token_sent_twice_files_its_files_once(filler):
    filler.to_check(bestanden=[named("een.pdf")])
    data = filler.data("send", consent_filing="on")
    for _ in range(2):
        assert Client().post(POST, data).status_code == 200
    assert Complaint.objects.get().attachments.count() == len(on_disk()) == 1


def test_a_filing_that_fails_leaves_the_files_staged_and_can_be_sent_again(filler, monkeypatch):
    filler.to_check(bestanden=[named("een.pdf")])

    with monkeypatch.context() as patch:
        patch.setattr(
            filing.notifications, "owe_filed", Mock(side_effect=DatabaseError("disk full"))
        )
        filler.press("send", consent_filing="on")
    assert filler.response.status_code == 503
    assert Attachment.objects.get().complaint is None
    assert len(on_disk()) == 1
    filler.press("send")
    assert content_of(open_files(Complaint.objects.get())[0]) == PDF


def test_a_file_is_filed_with_one_complaint_only(filler):
    filler.press("attach", bestanden=[named("een.pdf")])
    held = FormState.open(filler.page.values["token"][0]).files
    filler.to_check().send()
    with pytest.raises(FilesGone):
        filing.file_complaint(filing=make_filing(files=held))
    assert Complaint.objects.count() == 1


def test_a_file_destroyed_between_check_and_send_is_told_and_nothing_is_filed(filler):
    filler.to_check(bestanden=[named("weg.pdf"), named("goed.pdf")])
    held = FormState.open(filler.page.values["token"][0]).files
    store.remove_file(held[0].id)
    filler.send()
    assert not Complaint.objects.exists()
    attachments.destroy_staged([held[0].id])
    filler.send()
    assert filler.response.status_code == 422
    assert "'weg.pdf' is er niet meer" in filler.text
    assert "goed.pdf" in filler.text
    filler.to_check().send()
    assert [file.name for file in open_files(Complaint.objects.get())] == ["goed.pdf"]


def test_two_clicks_at_the_same_moment_never_say_that_a_file_is_gone(filler, monkeypatch):
    """The first is filed while the second has just looked whether it was."""
    filler.to_check(bestanden=[named("een.pdf")])
    data = filler.data("send", consent_filing="on")
    Client().post(POST, data)
    answers = iter([None])
    look = views.filed_with
    monkeypatch.setattr(views, "filed_with", lambda nonce: next(answers, look(nonce)))
    second = Client().post(POST, data)
    assert second.status_code == 200
    assert Complaint.objects.get().reference in second.content.decode()


# A day.


@pytest.mark.parametrize(("hours", "left"), [(23.9, 1), (24.1, 0)])
def test_a_file_that_is_not_sent_is_destroyed_after_24_hours(site, hours, left):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        filler = Filler().start().next(probleem="x").next()
        filler.press("attach", bestanden=[named("een.pdf")])
    with time_machine.travel(start + timedelta(hours=hours), tick=False):
        tick()
    assert Attachment.objects.count() == len(on_disk()) == left


def test_the_clock_leaves_the_files_of_a_case_alone(filler):
    case = filed_with(named("een.pdf"))
    with time_machine.travel(timezone.now() + timedelta(days=400), tick=False):
        tick()
    assert content_of(open_files(case)[0]) == PDF


def test_a_file_gone_after_a_day_is_told_and_the_words_are_kept(filler):
    filler.press("attach", bestanden=[named("een.pdf")], verwacht="Blijft staan.")
    attachments.destroy_staged(Attachment.objects.values_list("pk", flat=True))
    filler.next()
    assert filler.response.status_code == 422
    assert "'een.pdf' is er niet meer. We bewaren een bestand 24 uur" in filler.text
    assert filler.page.values["q-verwacht"] == ["Blijft staan."]
    filler.to_check().send()
    assert "Je klacht is ontvangen" in filler.text


def test_who_comes_back_after_a_day_is_told_which_files_to_add_again(site):
    start = timezone.now()
    with time_machine.travel(start, tick=False):
        filler = Filler().start().next(probleem="x").next()
        filler.to_check(bestanden=[named("een.pdf")])
    with time_machine.travel(start + timedelta(hours=25), tick=False):
        tick()
        filler.send()
        assert "meer dan een dag geleden" in filler.text
        assert "'een.pdf' is er niet meer." in filler.text
        filler.send()
    assert "Je klacht is ontvangen" in filler.text
    assert open_files(Complaint.objects.get()) == []


def test_a_file_the_disk_will_not_part_with_stops_no_other(filler, monkeypatch):
    filler.press("attach", bestanden=[named("een.pdf"), named("twee.pdf")])
    stuck, _free = Attachment.objects.order_by("pk")
    remove = store.remove_file

    def refuse(file_id):
        if file_id == stuck.pk:
            raise OSError("read-only")
        remove(file_id)

    monkeypatch.setattr(store, "remove_file", refuse)
    tick(timezone.now() + timedelta(hours=25))
    assert on_disk() == [store.path_of(stuck.pk)]
    assert list(Attachment.objects.all()) == [stuck]


def test_a_staged_file_of_a_day_old_cannot_be_filed_even_before_the_clock_came(filler):
    filler.press("attach", bestanden=[named("een.pdf")])
    held = FormState.open(filler.page.values["token"][0]).files
    later = timezone.now() + timedelta(hours=25)
    with pytest.raises(FilesGone):
        filing.file_complaint(filing=make_filing(files=held), at=later)


# Erasure.


@pytest.mark.django_db(transaction=True)
def test_erasing_a_case_destroys_its_files_and_nobody_elses(site):
    case = filed_with(named("een.pdf"), named("twee.pdf"))
    Filler().start().next(probleem="x").next().press("attach", bestanden=[named("ander.pdf")])
    (kept,) = Attachment.objects.staged()
    erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    assert list(Attachment.objects.all()) == [kept]
    assert on_disk() == [store.path_of(kept.pk)]


@pytest.mark.django_db(transaction=True)
def test_files_that_cannot_be_removed_at_erasure_go_by_the_clock(site, monkeypatch):
    case = filed_with(named("een.pdf"))

    with monkeypatch.context() as patch:
        patch.setattr(store, "remove_file", Mock(side_effect=OSError("read-only")))
        erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    assert len(on_disk()) == 1
    tick()
    assert on_disk() == []


def test_an_erasure_that_fails_leaves_the_files(site, monkeypatch):
    case = filed_with(named("een.pdf"))

    with monkeypatch.context() as patch:
        patch.setattr(Complaint, "save", Mock(side_effect=RuntimeError))
        with pytest.raises(RuntimeError):
            erase_content(complaint=case, by=None, reason=ErasureReason.REQUEST)
    assert content_of(open_files(case)[0]) == PDF


@pytest.mark.parametrize("fields", [{"sealed": b"x"}, {"complaint": True}])
def test_the_database_refuses_a_row_that_is_neither_staged_nor_filed(db, fields):
    if "complaint" in fields:
        fields = {"complaint": make_complaint()}
    with pytest.raises(IntegrityError), transaction.atomic():
        Attachment.objects.create(staged_until=timezone.now(), size=1, **fields)


# Faults and abuse.


def test_a_full_disk_gives_the_text_back_and_leaves_nothing(filler, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(
            store.NewFile, "write", Mock(side_effect=OSError(28, "No space left on device"))
        )
        filler.next(bestanden=[named("een.pdf")], verwacht="Niet kwijtraken.")
    assert filler.response.status_code == 503
    assert "Niet kwijtraken." in filler.html
    assert "Voeg de bestanden die je net koos daarna opnieuw toe." in filler.text
    assert not Attachment.objects.exists()
    assert on_disk() == []
    filler.press("next")
    assert filler.response.status_code == 200


def test_a_database_that_is_down_gives_the_text_back(filler, monkeypatch):
    monkeypatch.setattr(Attachment.objects, "create", Mock(side_effect=DatabaseError("gone")))
    filler.next(bestanden=[named("een.pdf")], verwacht="Niet kwijtraken.")
    assert filler.response.status_code == 503
    assert "Niet kwijtraken." in filler.html
    assert on_disk() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FILES_MOST_STAGED_BYTES", MOST_BYTES - 1),
        ("FILES_MOST_STAGED", 0),
        ("FILES_LEAST_FREE_BYTES", 10**18),
    ],
)
def test_beyond_the_bounds_only_files_are_refused(filler, settings, name, value):
    setattr(settings, name, value)
    filler.next(bestanden=[named("een.pdf")])
    assert filler.response.status_code == 422
    assert "er is nu geen plaats voor bestanden. Ga verder zonder dit bestand." in filler.text
    assert on_disk() == []
    filler.to_check().send()
    assert "Je klacht is ontvangen" in filler.text


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


def test_without_a_token_of_ours_not_a_byte_is_kept(filler, arrivals):
    file = ("q-bestanden", "een.pdf", PDF)
    for token in (b"", b"verzonnen", b"\xff\xfe"):
        assert post_raw(("token", None, token), file).status_code == 400
    assert arrivals == []


def test_a_file_before_the_token_is_dropped(filler, arrivals):
    token = ("token", None, filler.page.values["token"][0].encode())
    post_raw(("q-bestanden", "een.pdf", PDF), token, ("action", None, b"next"))
    assert arrivals == []
    post_raw(token, ("q-bestanden", "een.pdf", PDF), ("action", None, b"next"))
    assert len(arrivals) == 1


@pytest.mark.parametrize("field", ["bestanden", "q-probleem", "q-verwacht", "token", "website"])
def test_a_file_at_a_question_that_asks_for_none_is_dropped(filler, arrivals, field):
    token = ("token", None, filler.page.values["token"][0].encode())
    answer = post_raw(token, (field, "een.pdf", PDF), ("action", None, b"next"))
    assert answer.status_code == 200
    assert arrivals == []


def test_a_file_beside_a_page_that_asks_no_questions_is_dropped(filler, arrivals):
    token = ("token", None, filler.page.values["token"][0].encode())
    file = ("q-bestanden", "een.pdf", PDF)
    post_raw(token, ("at", None, b"check"), file, ("action", None, b"back"))
    assert arrivals == []


def test_a_post_cut_off_half_way_leaves_nothing(filler):
    token = ("token", None, filler.page.values["token"][0].encode())
    big = PDF + bytes(3 * MIB)
    post_raw(token, ("q-bestanden", "een.pdf", big), cut=2 * MIB)
    assert not Attachment.objects.exists()
    assert on_disk() == []


def test_a_post_that_is_junk_after_its_files_leaves_nothing(filler, settings):
    token = ("token", None, filler.page.values["token"][0].encode())
    story = ("q-verwacht", None, b"a" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1))
    answer = post_raw(token, ("q-bestanden", "een.pdf", PDF), story)
    assert answer.status_code == 413
    assert on_disk() == []


def test_files_sent_after_filing_are_destroyed(filler):
    filler.press("attach")
    before = filler.data("next", bestanden=[named("later.pdf")])
    filler.to_check().send()
    answer = filler.client.post(POST, before)
    assert answer.status_code == 409
    assert on_disk() == []
    assert not Attachment.objects.exists()


def test_an_enormous_post_is_refused_before_it_is_read(filler):
    request = RequestFactory().generic("POST", POST, b"x", content_type=raw()[1])
    request.META["CONTENT_LENGTH"] = str(uploads.MOST_POST_BYTES + 1)
    assert fill_in(request).status_code == 413


# Memory.


class Stream(io.RawIOBase):
    """A body made while it is read, so that the test itself holds nothing of it."""

    def __init__(self, head: bytes, size: int, tail: bytes):
        self.left = [iter([head]), (bytes(64 * 1024) for _ in range(size // 65536)), iter([tail])]
        self.held = b""

    def read(self, size=-1):
        while len(self.held) < size and self.left:
            piece = next(self.left[0], None)
            if piece is None:
                self.left.pop(0)
            else:
                self.held += piece
        given, self.held = self.held[:size], self.held[size:]
        return given


@pytest.mark.parametrize("size", [19 * MIB, 300 * MIB], ids=["20 MB", "300 MB"])
def test_memory_stays_under_64_mb_whatever_arrives(filler, size):
    token = filler.page.values["token"][0].encode()
    fields, content_type = raw(
        ("token", None, token), ("action", None, b"attach"), ("q-bestanden", "groot.pdf", b"%PDF-")
    )
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
    assert response.status_code == (200 if size < MOST_BYTES else 422)
    assert len(on_disk()) == (size < MOST_BYTES)
    assert peak < 16 * MIB


def test_every_problem_has_words():
    for problem in Problem:
        upload = uploads.Upload("bestanden", "x.pdf")
        upload.problem = problem
        assert "'x.pdf'" in upload.problem_in_words


def test_the_case_key_opens_what_the_server_key_alone_does_not(filler):
    case = filed_with(named("een.pdf"))
    key = case_key(case.pk)
    assert open_files(case, key)
    with pytest.raises(SealBroken):
        open_files(case, bytes(32))
