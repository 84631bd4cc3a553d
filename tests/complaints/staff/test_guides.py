"""The guides in the help menu: who finds which, and that every picture in them is there."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from tests.desk import client_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db

CODE = Path(__file__).parents[3]


def get(role: str, name: str):
    client = client_for(make_user(role) if role else None)
    return client.get(f"/cms/handleiding/{name}/")


@pytest.mark.parametrize(
    ("role", "name", "status"),
    [
        ("confidant", "behandelaar", 200),
        ("deputy", "behandelaar", 200),
        ("handler", "redactie", 200),
        ("editor", "redactie", 200),
        ("manager", "redactie", 200),
        ("editor", "behandelaar", 404),
        ("manager", "behandelaar", 404),
        ("superuser", "behandelaar", 404),
        ("confidant", "anders", 404),
        ("", "redactie", 302),
    ],
)
def test_each_finds_the_guide_that_is_theirs_and_without_an_account_the_log_in(
    site, role, name, status
):
    assert get(role, name).status_code == status


@pytest.mark.parametrize(("role", "count"), [("confidant", 2), ("editor", 1)])
def test_the_help_menu_leads_there(site, role, count):
    client = client_for(make_user(role))
    home = client.get(reverse("wagtailadmin_home")).content.decode()
    assert len(set(re.findall(r"/cms/handleiding/\w+/", home))) == count


@pytest.mark.parametrize("name", ["behandelaar", "redactie"])
def test_every_picture_is_there_and_says_what_it_shows(site, name):
    page = get("confidant", name).content.decode()
    pictures = re.findall(r'<img src="/static/([^"]+)" alt="([^"]*)"', page)
    assert pictures
    for picture, words in pictures:
        assert finders.find(picture), picture
        assert len(words) > 30
