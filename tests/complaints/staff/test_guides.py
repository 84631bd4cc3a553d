"""The guides in the help menu: who finds which, that they say what is on screen, with pictures."""

import re
from html import unescape
from itertools import chain
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from django.utils.translation import trans_real
from PIL import Image

from complaints.staff.desk import GUIDES, HANDLERS, JOBS
from tests.desk import client_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).parents[3]


def guide(name: str) -> str:
    return f"/cms/handleiding/{name}/"


def test_each_finds_the_guide_that_is_theirs_also_by_the_menu_and_else_the_log_in(site):
    none = {"redactie": 200, "behandelaar": 404, "beheer": 404, "taken": 404, "anders": 404}
    theirs, managers = ({"behandelaar": 200, "taken": 200}, {"beheer": 200, "taken": 200})
    finds = dict.fromkeys(("confidant", "deputy", "handler"), none | theirs)
    finds |= dict.fromkeys(("manager", "superuser"), none | managers)
    finds |= {"editor": none, "": {"redactie": 302}}
    for role, expected in finds.items():
        client = client_for(make_user(role) if role else None)
        found = {name: client.get(guide(name)).status_code for name in expected}
        assert found == expected, role
        home = client.get(reverse("wagtailadmin_home")).content.decode()
        menu = set(re.findall(r"/cms/handleiding/(\w+)/", home))
        assert menu == {name for name, status in expected.items() if status == 200}, role


@pytest.fixture(scope="module")
def labels() -> set[str]:
    """The Dutch of Django and Wagtail, and what stands between quotes in our code and templates."""
    ours = chain.from_iterable(
        [*(ROOT / room).rglob("*.py"), *(ROOT / room).rglob("*.html")]
        for room in ("complaints", "home", "templates/desk")
    )
    quoted = chain.from_iterable(re.findall(r'"([^"\n]+)"', path.read_text()) for path in ours)
    dutch = (words for _word, words in trans_real.translation("nl")._catalog.items())
    return {word.casefold() for word in chain(quoted, dutch)}


@pytest.mark.parametrize("name", GUIDES)
def test_it_uses_the_words_on_the_screen_and_its_pictures_are_there(site, labels, name):
    """What stands in bold is the name of something one sees; a picture says what it shows."""
    reader = make_user("confidant" if name == HANDLERS else "superuser")
    page = client_for(reader).get(guide(name)).content.decode()
    named = {unescape(word) for word in re.findall(r"<strong>([^<]+)</strong>", page)}
    assert {word for word in named if word.casefold() not in labels} == set()
    pictures = re.findall(
        r'<img src="/static/(.+?)" alt="(.+?)" width="(.+?)" height="(.+?)"', page
    )
    assert (name != JOBS) <= len(pictures) == page.count("<figure") <= 4
    for picture, words, *size in pictures:
        with Image.open(finders.find(picture)) as found:
            assert [str(length) for length in found.size] == size, picture
        assert len(words) > 30
