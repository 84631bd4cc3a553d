"""What the README and docs/architecture.md say of the code is true."""

import re

import pytest
from django.conf import settings

from complaints.staff.actions import ACTIONS
from complaints.staff.actions.base import Action

ROOT = settings.ROOT
IN_BACKTICKS = re.compile(r"`([\w./-]+)`")
# Made later, or an address.
MADE_LATER = {"var/mail/", "VAR_DIR/files", "VAR_DIR/media/images", "/media/images/", "/cms/"}
MADE_LATER |= {"/root/klachten-keep-elsewhere", "/etc/klachten/environment"}  # on a server


def paths_in(text: str) -> set[str]:
    """Everything in backticks that names a file or a room: with a slash or an ending of ours."""
    named = set(IN_BACKTICKS.findall(text))
    return {name for name in named if re.search(r"\w/\w|/$|\.(py|md|toml|html|css)$", name)}


@pytest.fixture(scope="module")
def there() -> set[str]:
    """Every file and folder of the project, as its path from the root."""
    found = {path.relative_to(ROOT) for top in ROOT.glob("[a-z]*") for path in top.rglob("*")}
    return {f"/{path}" for path in found | {path.relative_to(ROOT) for path in ROOT.glob("*")}}


@pytest.mark.parametrize("page", ["README.md", "docs/architecture.md"])
def test_every_path_that_is_named_is_there(page, there):
    named = paths_in((ROOT / page).read_text()) - MADE_LATER
    gone = {name for name in named if not any(f.endswith(f"/{name.strip('/')}") for f in there)}
    assert len(named) > 10
    assert gone == set()


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 120


def below(kind: type) -> set[type]:
    return {kind, *(found for child in kind.__subclasses__() for found in below(child))}


def test_an_action_that_is_declared_is_offered():
    declared = {kind for kind in below(Action) if "service" in vars(kind)}
    assert declared == {type(action) for action in ACTIONS}


def lines_of(*rooms: str, ending: str = ".py") -> list[int]:
    """How long each file of these rooms is, migrations apart."""
    files = (path for room in rooms for path in (ROOT / room).rglob(f"*{ending}"))
    return [len(p.read_text().splitlines()) for p in files if "migrations" not in p.parts]


def test_the_house_does_not_grow_unseen():
    """What is added makes room first, or raises a number here; decision 0036 says why."""
    code, tests = lines_of("complaints", "home", "site"), lines_of("tests")
    templates = lines_of("templates", ending=".html") + lines_of("templates", ending=".txt")
    assert len(code) <= 150
    assert len(templates) <= 150
    assert sum(code) <= 25_120
    assert sum(tests) <= 28_810
