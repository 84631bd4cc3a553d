"""Junk posted at the form: a page or a clear 4xx, never a 500, nothing stored, text given back."""

import html
import json
import re
from dataclasses import replace
from urllib.parse import quote_from_bytes

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from complaints.models.case import Complaint, Event
from complaints.models.form import ComplaintFormPage
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact, OwedMail
from complaints.public.filing.pages import first_state
from complaints.questions import Question, Step
from tests.complaints.models.test_form_builder import FIELD_TYPES
from tests.complaints.public.form_filler import FORM, POST, Filler
from tests.faults.servers import IS_WHOLE

pytestmark = pytest.mark.django_db

TYPED = "Wat ik schreef over de coach."
BOUNDARY = "grens"
PARTS = f"multipart/form-data; boundary={BOUNDARY}"
URLENCODED = "application/x-www-form-urlencoded"
WRONG_ACTIONS = [
    *("", " ", "past:", "past:past:past", "past:\x00", "back:back", "stay", "send:send"),
    *("nergens", "😀", "change:", "change:abc", "change:99:x", "change:-1:x"),
    f"change:{'9' * 5000}:x",  # more digits than int() takes
    *("change:²:x", "change:٣:x"),  # isdigit() says yes, int() says no
]
FIELDS = [
    *("action", "at", "consent_", "consent_filing", "q-probleem", "q-email", "q-voor_wie"),
    *("q-gezondheid", "shown", "token", "website"),
]

junk = settings(
    max_examples=25 if IS_WHOLE else 6,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
texts = st.text(max_size=60)  # surrogates cannot be sent as UTF-8: see the tests on bytes
names = st.sampled_from(FIELDS) | texts.filter(bool)


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.fixture
def token(site):
    return first_state(ComplaintFormPage.objects.get()).seal()


def is_fine(response, *statuses: int) -> str:
    """A whole Dutch page leading back to the form, with one of these statuses; nothing stored."""
    page = response.content.decode()
    assert response.status_code in (statuses or (200, 422)), page[:2000]
    assert '<html lang="nl">' in page
    assert page.count("<h1") == 1
    assert FORM in page or POST in page
    assert "set-cookie" not in {name.lower() for name in response.headers}
    for model in (Complaint, Event, KeyWrap, OwedMail, CaseContact):
        assert not model.objects.exists()
    return page


def is_refused(response, status: int) -> str:
    page = is_fine(response, status)
    assert f'href="{FORM}"' in page
    assert "Er is niets opgeslagen" in page
    return html.unescape(page)


def post_raw(client: Client, body: bytes, content_type: str):
    return client.generic("POST", POST, body, content_type=content_type)


def multipart(fields: dict[str, bytes]) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value
        + b"\r\n"
        for name, value in fields.items()
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class TestRandom:
    @junk
    @given(fields=st.dictionaries(names, st.lists(texts, max_size=3), max_size=8))
    @example(fields={"token": ["\x00"], "q-probleem": [TYPED]})
    def test_random_fields_without_a_token_are_refused(self, site, client, fields):
        is_refused(client.post(POST, fields), 400)

    @junk
    @given(fields=st.dictionaries(names, st.lists(texts, max_size=3), max_size=8))
    @example(fields={"q-probleem": ["\x00"], "at": ["\x00"], "shown": [",,\x00"]})
    def test_random_fields_beside_a_good_token_are_a_page(self, token, client, fields):
        is_fine(client.post(POST, fields | {"token": token}))

    @junk
    @given(at=st.integers(0, 4000), flip=st.integers(1, 127), is_cut=st.booleans())
    def test_a_token_cut_or_changed_is_refused_the_text_kept(self, token, client, at, flip, is_cut):
        at %= len(token) - 2  # the last characters may hold bits that decode to nothing
        changed = chr(ord(token[at]) ^ flip)
        broken = token[:at] if is_cut else token[:at] + changed + token[at + 1 :]
        if not is_cut and not re.fullmatch(r"[\w-]", changed, re.ASCII):
            broken = token[:at] + token[at + 1 :]
        page = is_refused(client.post(POST, {"token": broken, "q-probleem": TYPED}), 400)
        assert TYPED in page

    @junk
    @given(body=st.binary(max_size=400))
    @pytest.mark.parametrize(
        "content_type",
        [
            *(URLENCODED, PARTS, "multipart/form-data", "application/json"),
            *("text/plain", "image/png", "x", ""),
        ],
    )
    def test_random_bytes_of_any_type_are_refused(self, site, client, content_type, body):
        is_refused(post_raw(client, body, content_type), 400)

    @junk
    @given(action=texts, rest=texts)
    def test_any_action_on_a_good_token_is_a_page(self, token, client, action, rest):
        for tried in (action, f"change:{action}:{rest}", f"past:{rest}"):
            is_fine(client.post(POST, {"token": token, "action": tried, "q-probleem": TYPED}))


def test_a_wrong_action_is_a_page_and_loses_nothing_of_what_was_typed(token, client):
    for action in WRONG_ACTIONS:
        response = client.post(POST, {"token": token, "action": action, "q-probleem": TYPED})
        if TYPED not in is_fine(response):
            filler = Filler(client)._read(response).press("back")
            assert TYPED in filler.text + str(filler.page.values), action


@pytest.mark.parametrize("field_type", FIELD_TYPES)
@settings(junk, max_examples=25 if IS_WHOLE else 3)
@given(values=st.lists(texts | st.sampled_from(["1e999999999", "NaN", "-0", "1,5"]), max_size=3))
@example(values=["\x00"])
@example(values=["9" * 5000])
def test_junk_in_a_question_of_any_kind_is_a_page(token, client, field_type, values):
    state = first_state(ComplaintFormPage.objects.get())
    question = Question("vraag", "Vraag", field_type, choices=("Ja", "Nee"), required=True)
    definition = replace(state.definition, steps=(Step("Stap", "", (question,)),) * 2)
    sealed = replace(state, definition=definition, shown=("vraag",)).seal()
    for action in ("next", "back", "send"):
        is_fine(client.post(POST, {"token": sealed, "action": action, "q-vraag": values}))


def test_broken_utf8_is_taken_with_replacement_characters_and_a_null_byte_told(token, client):
    for broken in (b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"\xf5\x90"):
        told = b"Voor " + broken + b" na"
        percent = f"token={token}&q-probleem={quote_from_bytes(told)}".encode()
        parts = multipart({"token": token.encode(), "q-probleem": told})
        for body, content_type in ((parts, PARTS), (percent, URLENCODED)):
            filler = Filler(client)._read(post_raw(client, body, content_type))
            filler.says(status=200).to_check()
            assert re.search("Voor \ufffd+ na", filler.text), broken
    surrogate = multipart({"token": token.encode(), "q-probleem": b"+2AA-"})
    is_fine(post_raw(client, surrogate, f"{PARTS}; charset=utf-7"))
    page = is_fine(client.post(POST, {"token": token, "q-probleem": f"{TYPED}\x00"}), 422)
    assert "onzichtbare teken" in page
    assert TYPED in page


def test_a_body_that_cannot_be_read_is_refused_in_words(token, client):
    """Of another kind or character set, with a wrong boundary, cut off, or of many files."""
    whole = multipart({"token": token.encode(), "q-probleem": TYPED.encode()})
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="f"; filename="f.txt"'
    as_json = json.dumps({"token": token, "action": "next", "q-probleem": TYPED}).encode()
    charsets = ("utf-16", "base64", "idna", "undefined", "rot13", "x")
    for body, content_type in (
        *((multipart({"q-probleem": b"x"}), f"{PARTS}; charset={name}") for name in charsets),
        *((b"q-probleem=x", f"{URLENCODED}; charset={name}") for name in charsets),
        *((whole, f"multipart/form-data{rest}") for rest in ("", "; boundary=", "; boundary=é")),
        (whole, f"multipart/form-data; boundary={'x' * 300}"),
        *((whole[:kept], PARTS) for kept in (1, 20, 60, 120)),
        (f"{head}\r\n\r\nx\r\n".encode() * 1001 + whole, PARTS),
        *((as_json, kind) for kind in ("application/json", "text/plain", "text/xml")),
    ):
        is_refused(post_raw(client, body, content_type), 400)


def test_too_much_is_refused_in_words_and_an_answer_too_long_comes_back_whole(token, client):
    fields = {f"q-{number}": "x" for number in range(10_000)} | {"token": token}
    story = "a" * 10 * 1024 * 1024
    for too_much in (
        client.post(POST, fields),
        client.post(POST, {"token": token, "q-probleem": story}),
        post_raw(client, f"token={token}&q-probleem={story}".encode(), URLENCODED),
    ):
        assert "meer tekst" in is_refused(too_much, 413)
    story = "verhaal " * 100_000
    assert story in is_fine(client.post(POST, {"token": token, "q-probleem": story}), 422)
    for path in (f"{POST}?token=x&q-probleem=y", POST):
        assert client.get(path)["Location"] == FORM, "asking instead of posting"
