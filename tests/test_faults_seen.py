"""A fault answers the visitor kindly, and tells whoever keeps the site where it was (R-40)."""

import io
import json
import logging
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from complaints.cases.attachments import destroy_expired_files
from complaints.files import store
from complaints.management.commands import worker
from complaints.paper import documents
from complaints.public.filing import drafts, send, views
from complaints.public.following import views as following
from complaints.staff import handlers, register
from complaints.vault.codes import new_code
from complaints.worker import delivery, jobs
from config.logs import MOST_FRAMES, AsJson, WithoutRequest, where
from tests.complaints.paper.test_paper import make_receipt
from tests.complaints.public.form_filler import RESUME, Filler
from tests.complaints.staff.test_register import GIVEN, token_in, url
from tests.desk import client_for
from tests.evidence import named
from tests.factories import make_complaint, make_staged_file
from tests.follow import FOLLOW, act, entered, filed

CANARY = "kanarie-Zx9"
UPLOAD = "upload.failed"


@pytest.fixture
def handler():
    """The one that the settings configure, writing where a test can read."""
    ours = [each for each in logging.getLogger().handlers if each.filters]
    assert [type(test) for each in ours for test in each.filters] == [WithoutRequest]
    usual, formatter = ours[0].setStream(io.StringIO()), ours[0].formatter
    yield ours[0]
    ours[0].setStream(usual)
    ours[0].setFormatter(formatter)


@pytest.fixture
def console(handler):
    return handler.stream.getvalue


class Fault(DatabaseError, OSError):
    """What the tests raise."""


def broken(*_args, **_kwargs):
    story = CANARY
    try:
        raise KeyError(story)
    except KeyError as cause:
        fault = Fault(story)
        fault.add_note(story)
        raise fault from cause


FAULT_LINE = broken.__code__.co_firstlineno + 7


def test_a_trace_tells_files_lines_and_classes_and_no_value():
    def mixed():
        try:
            broken()
        except Fault as first:
            wrong = SyntaxError(CANARY, (CANARY, 1, 1, CANARY))
            raise ExceptionGroup(CANARY, [wrong, first])  # noqa: B904 - its context counts

    with pytest.raises(ExceptionGroup) as caught:
        mixed()
    told = "\n".join(where(caught.value))
    assert CANARY not in told
    for line in ("ExceptionGroup", "one of them SyntaxError", "one of them Fault"):
        assert line in told.splitlines()
    assert "caused by KeyError" in told.splitlines()
    assert f'File "{__file__}", line {FAULT_LINE}, in broken' in told


def test_a_trace_ends_also_where_causes_go_round_or_recursion_is_endless():
    one, other = ValueError(), KeyError()
    one.__cause__, other.__cause__ = other, one
    assert list(where(one)) == ["ValueError", "caused by KeyError"]

    def deeper():
        deeper()

    with pytest.raises(RecursionError) as caught:
        deeper()
    assert len(list(where(caught.value))) == MOST_FRAMES + 1


def fill_in(**answers):
    return Filler().start().next(probleem="De coach kwam niet.", **answers).response


def send_it():
    return Filler().start().to_check().send().response


def write_with_a_file():
    _case, code = filed()
    return act(entered(code), "write", "x", files=[named("brief.pdf")])


def register_at_the_desk(**more):
    client = client_for(User.objects.get(username="confidant"))
    return client.post(url(), GIVEN | {"token": token_in(client.get(url()))} | more)


def deliver():
    make_complaint()
    delivery.deliver_due()


def destroy_what_is_old():
    make_staged_file()
    destroy_expired_files(timezone.now() + timedelta(days=2))


WRITE = (store.NewFile, "write")
# What breaks, who comes by there, what they are answered and what the log says of it.
PLACES = {
    "a post of the form": (views, "answer", fill_in, 503, "complaint.not_stored"),
    "a file with it": (*WRITE, lambda: fill_in(bestanden=[named("brief.pdf")]), 503, UPLOAD),
    "the confirmation": (send, "answer_with_confirmation", send_it, 200, "confirmation.plain"),
    "a draft": (
        *(drafts, "open_draft", lambda: Client().post(RESUME, {"code": new_code()})),
        *(503, "draft.not_opened"),
    ),
    "the follow page": (
        *(following.session, "used_link", lambda: Client().get(FOLLOW)),
        *(503, "follow.not_answered"),
    ),
    "a file with a message": (*WRITE, write_with_a_file, 503, UPLOAD),
    "registering": (
        *(register, "register_complaint", register_at_the_desk),
        *(503, "complaint.not_registered"),
    ),
    "a scan": (*WRITE, lambda: register_at_the_desk(scans=[named("brief.pdf")]), 422, UPLOAD),
    "a mail": (delivery, "_message", deliver, None, "mail.waits"),
    "the worker": (
        *(jobs, "runs", lambda: worker.Command()._look()),
        *(None, "worker.failed"),
    ),
    "a file too old": (store, "remove_file", destroy_what_is_old, None, "failed.by_itself of=file"),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_fault_is_answered_kindly_and_seen_in_the_log(place, site, staff, monkeypatch, console):
    where_it_breaks, name, act, status, event = PLACES[place]
    monkeypatch.setattr(where_it_breaks, name, broken)
    answer = act()
    assert status is None or answer.status_code == status
    written = console()
    for words in (event, "[Fault]", "caused by KeyError"):
        assert words in written
    assert f'File "{__file__}", line {FAULT_LINE}, in broken' in written
    assert CANARY not in written


def test_the_token_of_a_mailed_link_reaches_no_log(site, monkeypatch, console):
    visitor, link = Client(raise_request_exception=False), f"{FOLLOW}link/{CANARY}/"
    assert visitor.get(link).status_code == 410
    monkeypatch.setattr(following, "fresh_link", broken)
    assert visitor.get(link).status_code == 500
    assert console().count(f"{FOLLOW}link/.../") >= 2
    visitor.post(link.replace("link", "LINK"))  # no page: a 404
    assert f"{FOLLOW}LINK/.../" in console()
    monkeypatch.setattr(handlers.InvitationView, "get_user", broken)
    visitor.get(f"/cms/uitnodiging/MQ/{CANARY}/")
    assert "/cms/uitnodiging/MQ/.../" in console()
    assert CANARY not in console()


def test_for_machines_an_event_is_one_line_with_its_moment_and_the_frames(handler, console):
    handler.setFormatter(AsJson())
    try:
        broken()
    except Fault:
        logging.getLogger("try").exception("it.failed case=%s", "KM-1")
    logging.getLogger("try").warning("as it is\nhere")
    first, second = (json.loads(line) for line in console().splitlines())
    told = {"level": "ERROR", "logger": "try", "event": "it.failed case=KM-1 [Fault]"}
    assert first | told == first
    assert datetime.fromisoformat(first["at"]).utcoffset() is not None
    assert "caused by KeyError" in first["frames"]
    assert any(f"line {FAULT_LINE}, in broken" in frame for frame in first["frames"])
    assert (second["event"], second["frames"]) == ("as it is", ["here"])
    assert CANARY not in console()


def test_paper_that_cannot_be_set_as_it_is_says_why(monkeypatch, console):
    answers = iter([broken])
    really = documents._compile
    monkeypatch.setattr(documents, "_compile", lambda *given: next(answers, really)(*given))
    assert documents.typeset("receipt.typ", documents._data(make_receipt())).startswith(b"%PDF")
    assert "paper.set_again [Fault]" in console()
    assert CANARY not in console()
