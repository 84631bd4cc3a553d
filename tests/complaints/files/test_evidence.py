"""What a file is, whatever its name says; the copy that a reader takes; names shown inert."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from complaints.files import kinds
from complaints.files import picture as pictures
from complaints.files.kinds import Problem, download_name, judged, shown_name
from tests.evidence import (
    DOCX,
    MIB,
    ODT,
    PDF,
    PHOTO_COMMENT,
    bomb,
    heic,
    photo_that_tells,
    picture,
    zipped,
)

MACROS = dict.fromkeys(
    ("[Content_Types]_dot_xml", "word__document_dot_xml", "word__vbaProject_dot_bin"), b""
)


def odt_with(part: str) -> bytes:
    parts = {"mimetype": kinds.ODT, "content_dot_xml": b"<o/>", part: b""}
    return zipped(**parts)


HOSTILE = {
    "html as jpg": ("foto.jpg", b"<html><script>alert(1)</script></html>", Problem.MISNAMED),
    "svg as png": ("plaatje.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>", Problem.MISNAMED),
    "exe as pdf": ("brief.pdf", b"MZ" + bytes(500), Problem.MISNAMED),
    "exe": ("virus.exe", b"MZ" + bytes(500), Problem.TYPE),
    "html": ("pagina.html", b"<html></html>", Problem.TYPE),
    "html as txt": ("tekst.txt", b"\xef\xbb\xbf \n<!DOCTYPE html><p>x", Problem.MISNAMED),
    "svg without a name": ("plaatje", b"<?xml version='1.0'?><svg/>", Problem.TYPE),
    "rtf": ("brief.rtf", b"{\\rtf1 tekst}", Problem.TYPE),
    "a script": ("doe.sh", b"#!/bin/sh\nls\n", Problem.TYPE),
    "a film": ("foto.heic", b"\x00\x00\x00\x18ftypisom" + bytes(90), Problem.MISNAMED),
    "an old document": ("brief.doc", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(90), Problem.TYPE),
    "a zip": ("alles.zip", zipped(a_dot_txt=b"a"), Problem.TYPE),
    "half a jpg without a name": ("foto", picture()[:-200], Problem.DAMAGED),
    "zip as docx": ("brief.docx", zipped(a_dot_txt=b"a"), Problem.DAMAGED),
    "docx with macros": ("brief.docx", zipped(**MACROS), Problem.DAMAGED),
    "odt with macros": ("brief.odt", odt_with("Basic__Standard__Module1_dot_xml"), Problem.DAMAGED),
    "odt with a script": ("brief.odt", odt_with("Scripts__python__x_dot_py"), Problem.DAMAGED),
    "half a jpg": ("foto.jpg", picture()[:-200], Problem.DAMAGED),
    "half a png": ("foto.png", picture("PNG")[:-20], Problem.DAMAGED),
    "half a webp": ("foto.webp", picture("WEBP")[:-20], Problem.DAMAGED),
    "half a heic": ("foto.heic", heic()[:-20], Problem.DAMAGED),
    "half a pdf": ("brief.pdf", PDF[:-10], Problem.DAMAGED),
    "docx behind half a zip": ("brief.docx", ODT[:60] + DOCX, Problem.DAMAGED),
    "half a docx": ("brief.docx", DOCX[:-30], Problem.DAMAGED),
    "bytes as txt": ("tekst.txt", b"abc\x00\x01\x02", Problem.MISNAMED),
    "a jpg of padding": ("foto.jpg", b"\xff\xd8" + b"\xff" * MIB, Problem.DAMAGED),
    "a png of nothing": ("f.png", picture("PNG")[:33] + bytes(MIB), Problem.DAMAGED),
}


def test_what_is_not_what_it_says_is_refused_and_a_zip_that_claims_a_huge_directory_not_read():
    found = {what: judged(name, io.BytesIO(data)) for what, (name, data, _why) in HOSTILE.items()}
    assert found == {what: problem for what, (_name, _data, problem) in HOSTILE.items()}
    end = zipped(a=b"")[-22:]
    claims = end[:12] + (64 * MIB).to_bytes(4, "little") + end[16:]
    assert judged("brief.docx", io.BytesIO(DOCX + bytes(65 * MIB) + claims)) == Problem.DAMAGED


def test_what_a_file_is_counts_not_what_it_is_called():
    """Its name stays as it was given; what is saved ends in what it is."""
    text = b"Hij zei: nee.\r\n"
    for name, content, kind, saved in (
        ("brief.txt", PDF, "pdf", "brief.pdf"),
        ("scan", PDF, "pdf", "scan.pdf"),
        ("verslag 9.12.2026", PDF, "pdf", "verslag-9-12-2026.pdf"),
        ("foto.jpeg.heic", picture(), "jpg", "foto-jpeg.jpg"),
        ("foto.jpg.svg", picture(), "jpg", "foto-jpg.jpg"),
        ("foto.jpg", picture("PNG"), "png", "foto.png"),
        ("IMG_1.JPG", heic(), "heic", "IMG_1.heic"),
        ("plaatje.exe", picture("WEBP"), "webp", "plaatje.webp"),
        ("brief.zip", DOCX, "docx", "brief.docx"),
        ("brief.odt", DOCX, "docx", "brief.docx"),
        ("brief.docx", ODT, "odt", "brief.odt"),
        ("README", text, "txt", "README.txt"),
        ("gesprek.html", text, "txt", "gesprek.txt"),
        ("whatsapp.csv", "Crème <b>".encode("cp1252"), "txt", "whatsapp.txt"),
    ):
        assert judged(name, io.BytesIO(content)) is kinds.KINDS[kind], name
        assert (shown_name(name), download_name(name, kind)) == (name, saved)


TELLS = (b"Exif", b"GeheimeTelefoon", PHOTO_COMMENT)


def copied(content: bytes) -> Image.Image:
    data, _kind = pictures.reader_copy([content])
    assert not any(tells in data for tells in (*TELLS, b"<script>"))
    return Image.open(io.BytesIO(data))


def test_a_readers_copy_has_the_pixels_upright_and_tells_nothing_else_nor_what_hangs_after_them():
    original = photo_that_tells()
    assert all(tells in original for tells in TELLS)
    copy = copied(original)
    assert copy.size == (30, 40)
    assert not copy.getexif()
    assert "comment" not in copy.info
    heic()
    for form, becomes in {"PNG": "PNG", "WEBP": "JPEG", "HEIF": "JPEG"}.items():
        assert copied(picture(form)).format == becomes, form
    polyglot = picture("PNG") + b"<script>alert(1)</script>"
    assert judged("foto.png", io.BytesIO(polyglot)) is kinds.KINDS["png"]
    assert copied(polyglot).format == "PNG"


def test_what_cannot_be_copied_is_not(monkeypatch):
    """Nor what takes too long."""
    for content in (b"", b"<svg/>", picture()[:100], b"GIF89a" + bytes(50), bomb()):
        assert len(content) < MIB
        with pytest.raises(pictures.NotCopied):
            pictures.reader_copy([content])
    monkeypatch.setattr(pictures, "PATIENCE_SECONDS", 0.01)
    with pytest.raises(pictures.NotCopied):
        pictures.reader_copy([picture()])


def test_the_copying_program_has_little_memory_and_writes_no_file(tmp_path):
    """Whatever a hostile picture would make it do; the first is the control."""
    all_memory, a_file = "bytes(2 * 1024**3)", "open('written', 'wb', 0).write(b'x')"
    ours = {"PYTHONPATH": str(Path(pictures.__file__).parents[2])}
    for work, outcome in (("bytes(16)", (0, b"done")), (all_memory, (1, b"")), (a_file, (1, b""))):
        program = (
            "import sys; from complaints.files import picture; "
            f"picture.copied = lambda data: {work} and b'done'; sys.exit(picture.main())"
        )
        command = [sys.executable, "-c", program]
        done = subprocess.run(command, input=b"", cwd=tmp_path, env=ours, capture_output=True)
        assert (done.returncode, done.stdout) == outcome, work


SHOWN = {
    "brief.pdf": "brief.pdf",
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\Users\\fien\\brief.pdf": "brief.pdf",
    "foto\u202egpj.exe": "fotogpj.exe",
    "a\u200bb\u2060c.pdf": "abc.pdf",
    "a\r\nb\x00\x07.pdf": "a b.pdf",
    "فيديو.pdf": "فيديو.pdf",
    "x" * 300 + ".pdf": "x" * 95 + "….pdf",
    "...": "bestand",
    "\u202e": "bestand",
}
DOWNLOADED = {
    'a"; filename="b.html': "a-filename-b.pdf",
    "crème brûlée.pdf": "creme-brulee.pdf",
    "فيديو.pdf": "bestand.pdf",
    "CON.pdf": "CON.pdf",
    "a.html.pdf": "a-html.pdf",
    "-rf.pdf": "rf.pdf",
    "x" * 300 + ".pdf": "x" * 60 + ".pdf",
}


def test_a_hostile_name_is_shown_inert_and_a_download_has_a_plain_one_with_one_extension():
    assert {given: shown_name(given) for given in SHOWN} == SHOWN
    assert max(map(len, SHOWN.values())) <= 100
    assert {given: download_name(given, "pdf") for given in DOWNLOADED} == DOWNLOADED
