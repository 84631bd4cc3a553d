"""What nginx may keep for a moment: the bare answer of a published page, and nothing of anybody."""

import gzip
from unittest.mock import Mock

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver
from wagtail.models import Page, PageViewRestriction

from complaints.models.pages import ProcedurePage
from config.middleware import PublicAnswers
from tests import follow
from tests.accounts.test_getting_in import addresses
from tests.desk import client_for
from tests.factories import make_user
from tests.home.test_site import PAGES, PROCEDURE

pytestmark = pytest.mark.django_db
KEPT = "X-Accel-Expires"


def kept(answer) -> bool:
    """Whether nginx is told to; then a browser asks each time, and nothing stands in the way."""
    if KEPT not in answer:
        return False
    assert answer[KEPT] == "1"
    assert answer["Cache-Control"] == "no-cache"
    assert answer.status_code == 200
    assert not answer.cookies
    return True


@pytest.mark.any_database
def test_of_all_addresses_only_published_pages_are_kept_and_only_bare(site, staff):
    """Each address, by whoever asks, with what, and how."""
    _case, code = follow.filed()
    there = {*addresses(get_resolver()), *PAGES, "/bestaat-niet/", "/Privacy/", "/privacy"}
    assert len(there) > 250
    assert {path for path in there if kept(Client().get(path))} == set(PAGES)
    public = [path for path in there if not path.startswith("/cms/")]
    clients = (
        Client(headers={"cookie": "onbekend=1"}),
        Client(headers={"authorization": "Basic eDp4"}),
        client_for(make_user("editor")),
        client_for(staff.confidant),
        follow.entered(code),
    )
    assert not [path for path in public for client in clients if kept(client.get(path))]
    for query in ("naam=Fien", "=", "page=2"):
        assert not [path for path in public if kept(Client().get(f"{path}?{query}"))]
    assert not [path for path in public if kept(Client().post(path))]
    assert not [path for path in public if kept(Client().head(path))]


def test_what_is_kept_is_the_same_for_whoever_asks(site):
    for path in PAGES:
        answers = [
            Client(headers=headers, REMOTE_ADDR=address).get(path)
            for headers, address in (
                ({}, "192.0.2.1"),
                ({"user-agent": "Phone", "accept-language": "en"}, "198.51.100.7"),
                ({"x-forwarded-for": "203.0.113.9", "referer": "https://elders.example/"}, "::1"),
            )
        ]
        assert len({answer.content for answer in answers}) == 1, path
        assert all(map(kept, answers)), path


@pytest.mark.parametrize("kind", ["password", "login", "groups"])
def test_a_private_page_and_what_stands_below_it_are_never_kept(site, kind):
    page = Page.objects.get(slug="klachtenprocedure")
    PageViewRestriction.objects.create(page=page, restriction_type=kind, password="geheim")
    assert {path for path in PAGES if kept(Client().get(path))} == {
        path for path in PAGES if not path.startswith(PROCEDURE)
    }


def test_a_preview_a_page_taken_down_a_fault_and_a_cookie_are_never_kept(site, monkeypatch, rf):
    for page in Page.objects.filter(depth__gt=1).specific():
        for mode, _name in page.preview_modes:
            assert not kept(page.make_preview_request(preview_mode=mode)), (page, mode)
    Page.objects.get(slug="privacy").unpublish()
    assert not kept(Client().get("/privacy/"))
    monkeypatch.setattr(ProcedurePage, "get_context", Mock(side_effect=RuntimeError))
    assert not kept(Client(raise_request_exception=False).get(PROCEDURE))
    answer = HttpResponse("x" * 500, headers={KEPT: "1"})
    answer.set_cookie("browser", "1")
    assert KEPT not in PublicAnswers(lambda request: answer)(rf.get("/"))


def test_a_browser_asks_whether_a_page_changed(site):
    first = Client().get(PROCEDURE)
    again = Client(headers={"if-none-match": first["ETag"]})
    same = again.get(PROCEDURE)
    assert (same.status_code, same.content) == (304, b"")
    assert same["ETag"] == first["ETag"]
    page = ProcedurePage.objects.get()
    page.start_label = "Begin nu"
    page.save_revision().publish()
    assert "Begin nu" in again.get(PROCEDURE).content.decode()


def test_only_what_goes_to_somebody_without_a_cookie_is_compressed(site, staff):
    """For beside a secret, the length of a compressed answer tells what was typed."""
    asks = {"accept-encoding": "gzip, deflate, br"}
    for path in (*PAGES, follow.FOLLOW, "/bestaat-niet/"):
        answer = Client(headers=asks).get(path)
        assert gzip.decompress(answer.content).startswith(b"<!doctype html>"), path
        assert "Content-Encoding" not in Client(headers=asks | {"cookie": "a=1"}).get(path), path
    _case, code = follow.filed()
    for client, path in ((follow.entered(code), follow.FOLLOW), (Client(), "/cms/login/")):
        assert "Content-Encoding" not in client.get(path, headers=asks), path
