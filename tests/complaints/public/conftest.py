"""Somebody at the form, and a complainant who follows their case."""

from types import SimpleNamespace

import pytest

from tests.complaints.public.form_filler import Filler
from tests.follow import entered, filed


@pytest.fixture
def filler(site):
    return Filler().start()


@pytest.fixture
def mine(site, staff):
    """A case, its code, and the browser that went in with it."""
    case, code = filed()
    return SimpleNamespace(case=case, code=code, me=entered(code))


@pytest.fixture
def case(mine):
    return mine.case


@pytest.fixture
def code(mine):
    return mine.code


@pytest.fixture
def me(mine):
    return mine.me


@pytest.fixture
def own_folder(tmp_path, settings):
    """No file of another test is on this disk."""
    settings.FILES_DIR = tmp_path / "files"


@pytest.fixture
def at_files(site, own_folder):
    """Somebody at the step that asks for files."""
    filler = Filler().start()
    filler.page.values["q-probleem"] = ["De coach kwam niet."]
    assert "q-bestanden" in filler.page.names
    return filler
