"""Files as people send them: papers, pictures with what they tell, and what is not what it says."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pillow_heif
from django.conf import settings
from PIL import Image
from pypdf import PdfReader

from complaints.models.case import Complaint
from tests.complaints.public.form_filler import Filler

MIB = 1024 * 1024
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n"
PHOTO_COMMENT = b"geheim commentaar"


def named(name: str, content: bytes = PDF) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def picture(form: str = "JPEG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    out = io.BytesIO()
    Image.effect_noise(size, 50).convert("RGB").save(out, form, **options)
    return out.getvalue()


def photo_that_tells() -> bytes:
    """A JPEG on its side, with a place, a maker and a comment."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "GeheimeTelefoon"
    exif.get_ifd(0x8825)[2] = (52.0, 22.0, 12.0)
    return picture(exif=exif.tobytes(), comment=PHOTO_COMMENT)


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


DOCX = zipped(**{"[Content_Types]_dot_xml": b"<Types/>", "word__document_dot_xml": b"<w/>"})
ODT = zipped(mimetype=b"application/vnd.oasis.opendocument.text", content_dot_xml=b"<o/>")


def heic() -> bytes:
    pillow_heif.register_heif_opener()
    return picture("HEIF")


def bomb() -> bytes:
    """A small file that is a very large picture."""
    out = io.BytesIO()
    Image.new("L", (9000, 9000)).save(out, "PNG")
    return out.getvalue()


def words_of_pdf(content: bytes) -> str:
    """What stands on all its pages, on one line."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def filed_with(*added: io.BytesIO) -> Complaint:
    """A complaint as the form files it, with these."""
    Filler().start().to_check(bestanden=list(added)).send()
    return Complaint.objects.get()


def on_disk() -> set[Path]:
    """The sealed files there are, staged and filed alike."""
    return {path for path in Path(settings.FILES_DIR).rglob("*") if path.is_file()}
