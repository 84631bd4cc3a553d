"""What the browser tests share: a Chromium that stays at home, the running site, what no page does.

They run in Debian's headless shell where it is installed, which does the same pages for two thirds
of the work. A test that needs the whole browser takes `full_chromium`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Locator,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from complaints.vault.codes import show_code
from tests import follow
from tests.accounts.doors import code_of, with_app
from tools.chromium import FLAGS, MISSING, find_chromium, find_headless_shell

# Playwright's sync API runs an event loop in the tests' thread; Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PATIENCE = 30_000  # milliseconds, for a page and for what is expected of it; a busy machine is slow
OURS = ("localhost", "127.0.0.1", "::1")
LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""
# What axe finds wrong; to bring over all that it finds right costs as much as looking.
VIOLATIONS = """async (within) => {
  const { violations } = await axe.run(within ?? document, { resultTypes: ["violations"] });
  return { violations };
}"""
FINISH = """
for (const each of document.getAnimations())
  if (Number.isFinite(each.effect.getComputedTiming().endTime)) each.finish();
"""

# No script of a page lives long enough to be worth optimizing.
CHEAP = ["--js-flags=--no-opt"]
IS_IN_VIEW = """e => {
  const box = e.getBoundingClientRect();
  return box.top >= 0 && box.bottom <= innerHeight;
}"""

NewContext = Callable[..., BrowserContext]
Costs = Callable[..., AbstractContextManager[None]]

# In `make test` each page is looked at in one way, in `make test-all` in the others too.
tail = pytest.mark.tail
SCRIPTS_OR_NOT = pytest.mark.parametrize(
    "scripts", [True, pytest.param(False, marks=tail)], ids=["scripts", "no scripts"]
)
LIGHT_AND_DARK = pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=tail)])

expect.set_options(timeout=PATIENCE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests in this folder; they commit, as the server has a connection of its own."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


def require(chromium: str | None) -> str:
    """Returns the browser to run; without one a test is skipped, but in CI it fails."""
    if chromium:
        return chromium
    if os.environ.get("CI") == "true":
        pytest.fail(MISSING, pytrace=False)
    pytest.skip(MISSING)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    before = connections.all()
    with sync_playwright() as running:
        # Now an event loop runs in this thread, for which asgiref would open other connections.
        for connection in before:
            connections[connection.alias] = connection
        yield running


@pytest.fixture(scope="session")
def chromium(request: pytest.FixtureRequest) -> Iterator[Browser]:
    """The one browser of this session."""
    program = require(find_headless_shell() or find_chromium())
    playwright = request.getfixturevalue("playwright")
    browser = playwright.chromium.launch(executable_path=program, args=[*FLAGS, *CHEAP])
    yield browser
    browser.close()


@pytest.fixture
def full_chromium(
    request: pytest.FixtureRequest, home_only: Callable[[BrowserContext], BrowserContext]
) -> Callable[..., BrowserContext]:
    """Starts the whole browser with this profile folder: `full_chromium(folder, **options)`.

    The headless shell heeds no preferences in a profile and writes no session files to it.
    """
    program = require(find_chromium())
    kind = request.getfixturevalue("playwright").chromium

    def start(profile: Path, **options: object) -> BrowserContext:
        context = kind.launch_persistent_context(
            str(profile), executable_path=program, args=FLAGS, **options
        )
        return home_only(context)

    return start


@pytest.fixture
def home_only() -> Iterator[Callable[[BrowserContext], BrowserContext]]:
    """Gives a context our patience, and closes it; none may have left localhost."""
    contexts: list[BrowserContext] = []
    strangers: list[str] = []

    def note(url: str) -> None:
        address = urlsplit(url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in OURS:
            strangers.append(url)

    def adopt(context: BrowserContext) -> BrowserContext:
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda sent: note(sent.url))
        contexts.append(context)
        return context

    yield adopt
    for context in contexts:
        context.close()
    assert not strangers, f"requests left localhost: {strangers}"


@pytest.fixture
def new_context(chromium: Browser, home_only) -> NewContext:
    """Makes contexts, `new_context(java_script_enabled=False)`; none may leave localhost."""
    ours = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam"}
    return lambda **options: home_only(chromium.new_context(**(ours | options)))


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page in a fresh context: no cookies, nothing stored."""
    return new_context().new_page()


@pytest.fixture
def base(live_server, site) -> str:
    """The address of the bootstrapped site."""
    return live_server.url


@pytest.fixture
def filed(site, staff):
    """A complaint, and its code as it stood on the confirmation."""
    case, code = follow.filed()
    return case, show_code(code)


@pytest.fixture
def is_clean() -> Callable[..., None]:
    """Asserts that a page has no axe violation (R-50) and kept to the CSP."""

    def check(page: Page, within: str | None = None) -> None:
        if page.evaluate("window.axe === undefined"):
            page.evaluate(AXE_SCRIPT)
        found = AxeResults(page.evaluate(VIOLATIONS, within))
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("window.violations || []") == []

    return check


@pytest.fixture
def watched(new_context: NewContext) -> Callable[..., Page]:
    """Makes pages that note every breach of the content security policy."""

    def make(**options: object) -> Page:
        context = new_context(**options)
        context.add_init_script(LISTEN)
        return context.new_page()

    return make


def sign_in(page: Page, base: str, username: str) -> None:
    """Gives this browser a session of the user; `log_in` takes the way of the log-in page."""
    client = Client()
    client.force_login(get_user_model().objects.get(username=username))
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])


def log_in(page: Page, base: str, username: str, password: str = "test") -> None:
    """By the pages, with a password and a code of the app that the account is given here."""
    app = with_app(get_user_model().objects.get(username=username))
    page.goto(f"{base}/cms/")
    page.locator("[name=login]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.locator("[name=code]").fill(code_of(app))
    page.locator("[name=code]").press("Enter")
    page.wait_for_url(f"{base}/cms/")


def stands_at(page: Page, heading: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)


def send(page: Page) -> None:
    """From the check page to the confirmation."""
    page.get_by_label("Ik geef toestemming om mijn klacht te verwerken").check()
    page.get_by_role("button", name="Klacht versturen").last.click()
    stands_at(page, "Je klacht is ontvangen")


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling sideways."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.fixture
def check(is_clean: Callable[..., None]) -> Callable[[Page], None]:
    """Asserts that a page is clean, and fits in its width."""

    def check_page(page: Page) -> None:
        is_clean(page)
        assert fits(page)

    return check_page


def settle(page: Page) -> None:
    """Brings a message to the end of its fading in: half-way its colours are no colours of ours.

    It is brought there and not waited for: the messages of the CMS take 25 seconds.
    """
    page.wait_for_load_state()
    page.evaluate(FINISH)


def unfold(page: Page) -> None:
    """Opens all that is folded in the main part of the page, once it is there whole."""
    page.wait_for_load_state()
    page.evaluate("document.querySelectorAll('main details').forEach((it) => { it.open = true })")


def enter(page: Page, base: str, code: str) -> None:
    page.goto(base + follow.FOLLOW)
    page.get_by_label("Volgcode").fill(code)
    page.get_by_label("Volgcode").press("Enter")
    stands_at(page, "Jouw klacht")


@pytest.fixture
def costs(monkeypatch) -> Costs:
    """`with costs(2, 1):` is done in at most two clicks, one of them on what was out of sight."""
    click, seen = Locator.click, []

    def counted(locator: Locator, **options: object) -> None:
        locator.wait_for()
        seen.append(locator.evaluate(IS_IN_VIEW))
        click(locator, **options)

    @contextmanager
    def task(clicks: int, scrolls: int = 0) -> Iterator[None]:
        seen.clear()
        yield
        assert len(seen) <= clicks
        assert seen.count(False) <= scrolls

    monkeypatch.setattr(Locator, "click", counted)
    return task
