"""The guides in the help menu: who finds which, and that every picture in them is there."""

import re

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests.desk import client_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def guide(name: str) -> str:
    return f"/cms/handleiding/{name}/"


def test_each_finds_the_guide_that_is_theirs_and_without_an_account_the_log_in(site):
    none = {"redactie": 200, "behandelaar": 404, "beheer": 404, "anders": 404}
    finds = {
        **dict.fromkeys(("confidant", "deputy", "handler"), none | {"behandelaar": 200}),
        **dict.fromkeys(("manager", "superuser"), none | {"beheer": 200}),
        "editor": none,
        "": {"redactie": 302},
    }
    for role, expected in finds.items():
        client = client_for(make_user(role) if role else None)
        found = {name: client.get(guide(name)).status_code for name in expected}
        assert found == expected, role


@pytest.mark.parametrize(("role", "count"), [("confidant", 2), ("manager", 2), ("editor", 1)])
def test_the_help_menu_leads_there(site, role, count):
    client = client_for(make_user(role))
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert len(set(re.findall(r"/cms/handleiding/\w+/", home))) == count


@pytest.mark.parametrize("name", ["behandelaar", "redactie", "beheer"])
def test_every_picture_is_there_and_says_what_it_shows(site, name):
    role = "manager" if name == "beheer" else "confidant"
    page = client_for(make_user(role)).get(guide(name)).content.decode()
    pictures = re.findall(r'<img src="/static/([^"]+)" alt="([^"]*)"', page)
    assert pictures
    for picture, words in pictures:
        assert finders.find(picture), picture
        assert len(words) > 30
