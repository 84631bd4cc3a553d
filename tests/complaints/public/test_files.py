"""Files with a complaint, for somebody at the form: which are taken, how they are shown."""

from unittest.mock import patch

import pytest
from django.db import DatabaseError

from complaints.cases import attachments, contents, uploads
from complaints.files import store
from complaints.files.kinds import Problem
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.keys_and_files import Attachment
from tests.complaints.public.form_filler import POST, Filler
from tests.desk import url
from tests.evidence import (
    DOCX,
    MIB,
    ODT,
    PDF,
    heic,
    named,
    on_disk,
    photo_that_tells,
    picture,
    words_of_pdf,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def filler(at_files):
    return at_files


def filed_names() -> list[str]:
    return [file.name for file in attachments.open_files(Complaint.objects.get())]


GOOD = {
    "brief.pdf": lambda: PDF,
    "foto.JPG": photo_that_tells,
    "scherm.png": lambda: picture("PNG"),
    "foto.webp": lambda: picture("WEBP"),
    "foto.heic": heic,
    "brief.docx": lambda: DOCX,
    "brief.odt": lambda: ODT,
    "aantekening.txt": lambda: "Hij zei: «nee».\r\n".encode(),
    "oud.txt": lambda: "Crème, zei ze.".encode("cp1252"),
    "venster.txt": lambda: "Hij zei nee.".encode("utf-16"),
}


def test_each_kind_is_taken_and_comes_back_byte_for_byte(filler):
    given = {name: make() for name, make in GOOD.items()}
    filler.to_check(bestanden=[named(*file) for file in given.items()]).send()
    files = attachments.open_files(Complaint.objects.get())
    assert {file.name: b"".join(file.chunks()) for file in files} == given
    assert [file.size for file in files] == [*map(len, given.values())]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("virus.exe", b"MZ\x90\x00", "een soort bestand dat we niet aannemen. Bewaar het als pdf"),
        ("foto.jpg", b"<html>", "een ander soort bestand dan de naam zegt. Open het, bewaar"),
        ("foto.jpg", picture()[:-200], "beschadigd of niet helemaal aangekomen"),
        ("leeg.pdf", b"", "is leeg. Kijk of je het goede bestand koos"),
        ("groot.pdf", PDF + bytes(uploads.MOST_BYTES), "is groter dan 20 MB. Maak het kleiner"),
    ],
    ids=["type", "misnamed", "damaged", "empty", "too large"],
)
def test_r66_an_error_names_the_file_and_how_to_mend_it(filler, name, content, words):
    filler.next(bestanden=[named(name, content), named("goed.pdf")], verwacht="Blijft staan.")
    filler.says(f"‘{name}’ is", words, "goed.pdf", status=422)
    assert filler.html.count("data-error-summary") == 1
    assert 'href="#id_q-bestanden"' in filler.html
    assert filler.page.values["q-verwacht"] == ["Blijft staan."]
    assert len(on_disk()) == 1
    filler.to_check().send()
    assert filed_names() == ["goed.pdf"]


def test_r66_a_refused_file_is_told_whatever_button_was_pressed(filler):
    for action in ("back", "attach", "next"):
        again = Filler(filler.client)._read(filler.response)
        again.press(action, probleem="x", bestanden=[named("virus.exe", b"MZ\x90\x00")])
        again.says("virus.exe", status=422)
    for problem in Problem:
        upload = uploads.Upload("bestanden", "x.pdf")
        upload.problem = problem
        assert "‘x.pdf’" in upload.problem_in_words, "every problem has words"


def test_a_file_of_exactly_20_mb_is_taken(filler):
    content = PDF + bytes(uploads.MOST_BYTES - 2 * len(PDF)) + PDF
    filler.next(bestanden=[named("precies.pdf", content)]).says(status=200)
    assert Attachment.objects.get().size == uploads.MOST_BYTES == 20 * MIB


def test_the_eleventh_file_is_refused_and_a_whole_album_keeps_what_was_typed(filler):
    filler.next(bestanden=[named(f"{number}.pdf") for number in range(150)], verwacht="Blijft.")
    filler.says("‘10.pdf’ is niet toegevoegd: er passen 10 bestanden bij een klacht.", status=422)
    assert filler.page.values["q-verwacht"] == ["Blijft."]
    assert len(on_disk()) == 10
    filler.press("attach", bestanden=[named("nog-een.pdf")])
    filler.says("‘nog-een.pdf’ is niet toegevoegd", status=422)


def test_a_file_is_listed_with_its_size_and_stays_until_it_is_taken_away(filler):
    """Through next, back and an error; by its own form alone."""
    filler.press("attach", bestanden=[named("een.pdf"), named("twee.pdf")], verwacht="Blijft.")
    filler.says("een.pdf")
    assert f"{len(PDF)} bytes" in filler.text.replace("\xa0", " ")
    assert filler.page.actions[0] == "next", "Enter goes on and takes no file away"
    remove = [action for action in filler.page.actions if action.startswith("unfile:")]
    for action in remove:
        Filler().start().press(action).says(status=200)
    assert len(remove) == len(on_disk()) == 2
    filler.press(remove[0]).says("twee.pdf")
    assert "een.pdf" not in filler.text
    assert filler.page.values["q-verwacht"] == ["Blijft."]
    assert len(on_disk()) == 1
    filler.next().next(email="geen adres").says(status=422)
    filler.press("back").says("twee.pdf").next(bestanden=[])
    filler.to_check(email="noor@example.org").send()
    assert filed_names() == ["twee.pdf"]


def test_files_are_on_the_check_page_the_copy_and_in_the_answers(filler):
    filler.to_check(bestanden=[named("een.pdf"), named("twee.txt", b"hoi")])
    filler.says("een.pdf twee.txt").send().says("Je klacht is ontvangen")
    answers = {answer.name: answer for answer in contents.open_answers(Complaint.objects.get())}
    assert answers["bestanden"].value == ["een.pdf", "twee.txt"]
    assert answers["bestanden"].field_type == "files"
    copy = filler.client.post(POST, filler.data("copy"))
    assert "een.pdf twee.txt" in words_of_pdf(copy.content)


def test_a_required_question_for_files_is_mended_by_a_file_and_by_no_name_of_one(site, own_folder):
    page = ComplaintFormPage.objects.get()
    row = next(row for row in page.questions.raw_data if row["id"] == "bestanden")
    row["value"]["needed"] = "required"
    page.save()
    filler = Filler().start()
    for given in ({}, {"bestanden": "verzonnen.pdf"}):
        filler.next(probleem="x", **given).says("Vul ‘Bestanden toevoegen’ in.", status=422)
    filler.next(bestanden=[named("een.pdf")]).says(status=200).to_check().send()
    assert filed_names() == ["een.pdf"]


def test_a_name_is_escaped_wherever_it_is_shown(filler, desk):
    shown = [filler.press("attach", bestanden=[named("<img src=x onerror=alert(1)>.pdf")]).html]
    shown += [filler.to_check().html]
    filler.send()
    shown += [desk.get(url("inspect", Complaint.objects.get())).content.decode()]
    for page in shown:
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;.pdf" in page


def test_where_a_file_cannot_be_kept_the_text_stays_and_the_complaint_goes(filler, settings):
    for broken, name, fault in (
        (store.NewFile, "write", OSError(28, "No space left on device")),
        (Attachment.objects, "create", DatabaseError("gone")),
    ):
        again = Filler(filler.client)._read(filler.response)
        with patch.object(broken, name, side_effect=fault):
            again.next(probleem="x", bestanden=[named("een.pdf")], verwacht="Niet kwijtraken.")
        again.says("Voeg de bestanden die je net koos daarna opnieuw toe.", status=503)
        assert "Niet kwijtraken." in again.html
        assert not Attachment.objects.exists()
        assert not on_disk()
        again.press("next").says(status=200)
    full = "er is nu geen plaats voor bestanden. Ga verder zonder dit bestand."
    for name, value in (
        ("FILES_MOST_STAGED_BYTES", uploads.MOST_BYTES - 1),
        ("FILES_MOST_STAGED", 0),
        ("FILES_LEAST_FREE_BYTES", 10**18),
    ):
        before = getattr(settings, name)
        setattr(settings, name, value)
        filler.press("attach", bestanden=[named("een.pdf")]).says(full, status=422)
        assert not on_disk()
        setattr(settings, name, before)
    filler.to_check().send().says("Je klacht is ontvangen")
