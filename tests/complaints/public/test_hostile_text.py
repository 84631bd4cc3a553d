"""Everything a complainant writes is hostile: markup, bidi and zero-width tricks, endless lines.

In messages, names and names of files; shown inert on the follow page, at the desk, in mails, on
paper and in the data to take along.
"""

import io
import json
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pypdf import PdfReader

from complaints.worker.clock import tick
from complaints.worker.delivery import deliver_due
from tests.desk import LIST, client_for
from tests.factories import make_answers
from tests.follow import FOLLOW, entered, filed, text_of

pytestmark = pytest.mark.django_db

TRICKS = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(1)>',
    "attribute": "' onmouseover='alert(1)' x='",
    "textarea": "</textarea><svg onload=alert(1)>",
    "template": "{{ 7|add:7 }}{% now 'Y' %}",
    "typst": '#eval("1+1") $x$ @ref <label> = Kop',
    "bidi": "rekening \u202e\u2066123\u2069\u202c klaar",
    "zero width": "ge\u200bheim\u200d\ufeff\u00ad woord",
    "newline in a header": "Dag\r\nBcc: ander@example.com",
    "long line": "a" * 50_000,
    "many marks": "Z" + "\u0301" * 2_000,
    "odd": "\x00\x08\x1b[31m\ufffe\U000e0041",
}


class Tags(HTMLParser):
    """Every tag with its attributes' names, and every event handler among them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.handlers = [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.handlers += [name for name, _value in attrs if name.startswith("on")]


def tags_of(response) -> Tags:
    parser = Tags()
    parser.feed(response.content.decode())
    return parser


@pytest.fixture(params=TRICKS.values(), ids=TRICKS)
def hostile(request):
    return request.param


@pytest.fixture
def mine(site, staff, hostile):
    name = hostile.replace("\x00", "").strip()[:1000] or "x"
    case, code = filed(answers=make_answers(problem=hostile.replace("\x00", ""), name=name))
    desk = client_for(staff.confidant)
    return SimpleNamespace(case=case, code=code, me=entered(code), desk=desk)


def write(mine, text, file_name="bijlage.txt"):
    files = [SimpleUploadedFile(file_name, b"inhoud")]
    return mine.me.post(FOLLOW, {"action": "write", "message": text, "files": files})


def test_what_is_hostile_is_inert_wherever_it_is_shown(mine, hostile, staff):
    assert write(mine, hostile).status_code == 200
    adds_no_tag(mine)
    stands_in_no_mail(hostile, staff)
    is_in_the_data_as_it_was_written(mine, hostile)
    goes_on_paper_as_text(mine, hostile)


def adds_no_tag(mine):
    """Neither to the follow page nor to the case file."""
    address = f"{LIST}inspect/{mine.case.pk}/"
    other, code = filed()
    harmless = entered(code)
    harmless.post(FOLLOW, {"action": "write", "message": "Gewoon."})
    for found, expected in (
        (mine.me.get(FOLLOW), harmless.get(FOLLOW)),
        (mine.desk.get(address), mine.desk.get(f"{LIST}inspect/{other.pk}/")),
    ):
        assert found.status_code == 200
        tags, safe = tags_of(found), tags_of(expected)
        assert tags.handlers == safe.handlers
        assert tags.tags.count("script") == safe.tags.count("script")
        assert "svg" not in tags.tags or tags.tags.count("svg") == safe.tags.count("svg")
        assert tags.tags.count("img") == safe.tags.count("img")


def stands_in_no_mail(hostile, staff):
    tick()
    while deliver_due():
        pass
    ours = {"noor@example.com", *(user.email for user in vars(staff).values())}
    told = hostile.replace("\x00", "").strip()[:20]
    assert mail.outbox
    for sent in mail.outbox:
        assert "\n" not in sent.subject
        assert told not in sent.subject + sent.body
        assert len(sent.recipients()) == 1
        assert set(sent.recipients()) <= ours


def is_in_the_data_as_it_was_written(mine, hostile):
    data = json.loads(mine.me.post(FOLLOW, {"action": "json"}).content)
    (message,) = [h["texts"]["message"] for h in data["history"] if h["kind"] == "wrote"]
    assert message == hostile.replace("\r\n", "\n").replace("\x00", "").strip()


def goes_on_paper_as_text(mine, hostile):
    answer = mine.me.post(FOLLOW, {"action": "pdf"})
    assert answer.status_code == 200
    reader = PdfReader(io.BytesIO(answer.content))
    assert "/JavaScript" not in str(reader.trailer["/Root"])
    text = "".join(page.extract_text() for page in reader.pages)
    assert "\u202e" not in text
    if "eval" in hostile:
        assert "#eval" in text


FILE_NAMES = [
    "<img src=x onerror=alert(1)>.txt",
    "reken\u202etxt.exe.txt",
    "ge\u200bheim.txt",
    "../../../etc/passwd.txt",
    "a" * 5_000 + ".txt",
    "aan'hal;ing%0D%0ASet-Cookie: x=1.txt",
    "=cmd|' /C calc'!A0.txt",
]


@pytest.mark.parametrize("name", FILE_NAMES)
def test_a_hostile_name_of_a_file_is_tamed_everywhere(site, staff, name):
    case, code = filed()
    me, desk = entered(code), Client()
    desk.force_login(staff.confidant)
    page = me.post(
        FOLLOW, {"action": "write", "message": "x", "files": [SimpleUploadedFile(name, b"inhoud")]}
    )
    row = case.attachments.first()
    assert row is not None
    case_file = desk.get(f"{LIST}inspect/{case.pk}/")
    for shown in (page, case_file):
        assert tags_of(shown).handlers == []
        for trick in ("\u202e", "\u200b"):
            assert trick not in shown.content.decode()
    for download in (
        me.post(FOLLOW, {"action": f"bestand:{row.pk.hex}"}),
        desk.get(f"{LIST}file/{case.pk}/{row.pk}/"),
    ):
        header = download["Content-Disposition"]
        assert "\n" not in header
        assert "/" not in header
        assert len(header) < 300
        assert b"".join(download) == b"inhoud"
    assert text_of(me.get(FOLLOW))
