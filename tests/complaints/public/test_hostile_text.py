"""Everything a complainant writes is hostile: markup, bidi and zero-width tricks, endless lines.

In messages, names and names of files; shown inert on the follow page, at the desk, in mails, on
paper and in the data to take along.
"""

import io
import json
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from tests.desk import NAME, url
from tests.factories import make_answers
from tests.follow import FOLLOW, act, entered, filed
from tests.services import send_all, tick

pytestmark = pytest.mark.django_db

TRICKS = {  # each in every place at once; the parts of one stand under each other
    "markup": (
        *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'),
        *("' onmouseover='alert(1)' x='", "</textarea><svg onload=alert(1)>"),
        *("{{ 7|add:7 }}{% now 'Y' %}", '#eval("1+1") $x$ @ref <label> = Kop'),
    ),
    "letters": (
        *("rekening \u202e\u2066123\u2069\u202c klaar", "ge\u200bheim\u200d\ufeff\u00ad woord"),
        *("\x00\x08\x1b[31m\ufffe\U000e0041", "Z" + "\u0301" * 2_000),
    ),
    "a line end in a header": ("Dag\r\nBcc: ander@example.com",),
    "a long line": ("a" * 50_000,),
}


class Tags(HTMLParser):
    """Every tag of an answer, and every event handler among its attributes."""

    def __init__(self, response) -> None:
        super().__init__()
        self.tags, self.handlers = [], []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.handlers += [name for name, _value in attrs if name.startswith("on")]


@pytest.mark.parametrize("tricks", TRICKS.values(), ids=TRICKS)
def test_what_is_hostile_is_inert_wherever_it_is_shown(site, staff, desk, tricks):
    hostile = "\n".join(tricks)
    whole = hostile.replace("\x00", "")
    name = whole.strip()[:1000] or "x"
    case, code = filed(answers=make_answers(problem=whole, name=name))
    mine = SimpleNamespace(case=case, me=entered(code), desk=desk)
    sent = [SimpleUploadedFile("bijlage.txt", b"inhoud")]
    assert act(mine.me, "write", hostile, files=sent).status_code == 200
    adds_no_tag(mine)
    stands_in_no_mail(tricks, staff)
    is_in_the_data_as_it_was_written(mine, hostile)
    goes_on_paper_as_text(mine, hostile)


def adds_no_tag(mine):
    """Neither to the follow page nor to the case file."""
    other, code = filed()
    harmless = entered(code)
    act(harmless, "write", "Gewoon.")
    for found, expected in (
        (mine.me.get(FOLLOW), harmless.get(FOLLOW)),
        (mine.desk.get(url("inspect", mine.case)), mine.desk.get(url("inspect", other))),
    ):
        assert found.status_code == 200
        tags, safe = Tags(found), Tags(expected)
        assert tags.handlers == safe.handlers
        for tag in ("script", "svg", "img"):
            assert tags.tags.count(tag) == safe.tags.count(tag)


def stands_in_no_mail(tricks, staff):
    tick()
    ours = {"noor@example.com", *(user.email for user in vars(staff).values())}
    told = [trick.replace("\x00", "").strip()[:20] for trick in tricks]
    mails = send_all()
    assert mails
    for sent in mails:
        assert "\n" not in sent.subject
        assert not [words for words in told if words in sent.subject + sent.body]
        assert len(sent.recipients()) == 1
        assert set(sent.recipients()) <= ours


def is_in_the_data_as_it_was_written(mine, hostile):
    data = json.loads(act(mine.me, "json").content)
    (message,) = [h["texts"]["message"] for h in data["history"] if h["kind"] == "wrote"]
    assert message == hostile.replace("\r\n", "\n").replace("\x00", "").strip()


def goes_on_paper_as_text(mine, hostile):
    reader = PdfReader(io.BytesIO(act(mine.me, "pdf").content))
    assert "/JavaScript" not in str(reader.trailer["/Root"])
    text = "".join(page.extract_text() for page in reader.pages)
    assert "\u202e" not in text
    assert ("#eval" in text) == ("eval" in hostile)


FILE_NAMES = [
    *("<img src=x onerror=alert(1)>.txt", "reken\u202etxt.exe.txt", "ge\u200bheim.txt"),
    "../../../etc/passwd.txt",
    "a" * 5_000 + ".txt",
    "aan'hal;ing%0D%0ASet-Cookie: x=1.txt",
    "=cmd|' /C calc'!A0.txt",
]


def test_a_hostile_name_of_a_file_is_tamed_everywhere(me, case, desk):
    files = [SimpleUploadedFile(name, b"inhoud") for name in FILE_NAMES]
    page = act(me, "write", "x", files=files)
    for shown in (page, desk.get(url("inspect", case))):
        assert Tags(shown).handlers == []
        for trick in ("\u202e", "\u200b"):
            assert trick not in shown.content.decode()
    rows = case.attachments.all()
    assert len(rows) == len(FILE_NAMES)
    for row in rows:
        at_the_desk = reverse(f"{NAME}file", args=[case.pk, row.pk])
        for download in (act(me, f"bestand:{row.pk.hex}"), desk.get(at_the_desk)):
            header = download["Content-Disposition"]
            assert "\n" not in header
            assert "/" not in header
            assert len(header) < 300
            assert b"".join(download) == b"inhoud"
