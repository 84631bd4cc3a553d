"""What every test shares: the Dutch locale, a scratch folder, a Chromium that stays at home."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.utils import translation
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from pytest_django.plugin import DjangoDbBlocker

from tools.chromium import FLAGS, MISSING, find_chromium

# Playwright's sync API runs an event loop in the tests' thread; Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

pytest_plugins = ["tests.site_fixtures"]

CHROMIUM = pytest.StashKey[str | None]()
OURS = ("localhost", "127.0.0.1", "::1")

NewContext = Callable[..., BrowserContext]

# How long an example takes says how busy the machine is, not whether the code is right.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


def pytest_configure(config: pytest.Config) -> None:
    """Gives each xdist worker a key file and media folder of its own, subprocesses included."""
    config.stash[CHROMIUM] = find_chromium()
    if "TEST_SCRATCH" not in os.environ:  # the test settings made a folder, so nobody else ends it
        config.add_cleanup(lambda: shutil.rmtree(settings.VAR, ignore_errors=True))
    scratch = Path(settings.VAR, os.environ.get("PYTEST_XDIST_WORKER", ""))
    os.environ["TEST_SCRATCH"] = str(scratch)
    settings.MEDIA_ROOT = scratch / "media"
    settings.FILES_DIR = scratch / "files"
    settings.STATIC_ROOT = scratch / "static"
    settings.VAULT_KEY_FILE = str(scratch / "vault.keys")
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests under tests/browser/ are marked, and find the migrations' rows back after a flush."""
    for item in items:
        if Path(__file__).parent / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("browser") and not item.config.stash[CHROMIUM]:
        if os.environ.get("CI") == "true":
            pytest.fail(MISSING, pytrace=False)
        pytest.skip(MISSING)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Bootstraps the empty database once; every test begins there, also after a flush."""
    with django_db_blocker.unblock():
        call_command("bootstrap", verbosity=0)
        connection = connections["default"]
        connection._test_serialized_contents = connection.creation.serialize_db_to_string()


@pytest.fixture(autouse=True)
def dutch() -> Iterator[None]:
    """Every test starts in Dutch, whatever language the one before it left behind."""
    with translation.override("nl"):
        yield


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The one browser of this session."""
    before = connections.all()
    with sync_playwright() as playwright:
        # Now an event loop runs in this thread, for which asgiref would open other connections.
        for connection in before:
            connections[connection.alias] = connection
        browser = playwright.chromium.launch(
            executable_path=request.config.stash[CHROMIUM], args=FLAGS
        )
        yield browser
        browser.close()


@pytest.fixture
def new_context(chromium: Browser) -> Iterator[NewContext]:
    """Makes contexts, `new_context(java_script_enabled=False)`; none may leave localhost."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []

    def make(**options: object) -> BrowserContext:
        context = chromium.new_context(
            **{"locale": "nl-NL", "timezone_id": "Europe/Amsterdam"} | options
        )
        context.set_default_timeout(10_000)
        context.on("request", lambda sent: note_stranger(sent.url, strangers))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    assert not strangers, f"requests left localhost: {strangers}"


def note_stranger(url: str, strangers: list[str]) -> None:
    address = urlsplit(url)
    if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in OURS:
        strangers.append(url)


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page in a fresh context: no cookies, nothing stored."""
    return new_context().new_page()


@pytest.fixture
def staff(db: None) -> SimpleNamespace:
    """The confidant, the deputy and a manager, as the settings name them."""
    from tests.factories import make_user

    return SimpleNamespace(**{role: make_user(role) for role in ("confidant", "deputy", "manager")})


@pytest.fixture(autouse=True)
def fresh_pages() -> None:
    """No test sees the header of the one before."""
    cache.clear()


@pytest.fixture(autouse=True)
def quiet_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test counts the posts of the one before."""
    from complaints.public import suspicion
    from complaints.public.filing import drafts

    monkeypatch.setattr(suspicion, "rate", suspicion.ForgetfulRate())
    for module, name in ((drafts, "reminders"), (drafts, "wrong_codes")):
        seconds = getattr(module, name).seconds
        monkeypatch.setattr(module, name, suspicion.ForgetfulRate(seconds))
