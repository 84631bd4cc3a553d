"""What the browser tests share: a Chromium that stays at home, the running site, what no page does.

They run in Debian's headless shell where it is installed, which does the same pages for two thirds
of the work. Tests of Back take the whole browser.
"""

import os
import re
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
    Response,
    expect,
    sync_playwright,
)

from complaints.vault.codes import show_code
from tests import follow
from tests.accounts.doors import code_of, with_app
from tests.browser.measure import WIDE, fits, listen
from tests.complaints.public.form_filler import POST, Filler
from tools.chromium import FLAGS, MISSING, find_chromium, find_headless_shell

# Playwright's sync API runs an event loop in the tests' thread; Django would refuse the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PATIENCE = 30_000  # milliseconds, for a page and for what is expected of it; a busy machine is slow
OURS = ("localhost", "127.0.0.1", "::1")
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

TOO_WIDE = "Math.max(0, document.querySelector('main').scrollWidth - innerWidth)"
STORY = "De coach kwam niet."

NewPage = Callable[..., Page]
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
def home_only() -> Iterator[Callable[[BrowserContext], BrowserContext]]:
    """Gives a context our patience, and closes it; none may leave localhost or break the CSP."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def note(url: str) -> None:
        address = urlsplit(url)
        if address.scheme in ("http", "https", "ws", "wss") and address.hostname not in OURS:
            wrong.append(f"left localhost: {url}")

    def hear(message: str) -> None:
        if "Content Security Policy" in message:
            wrong.append(message)

    def adopt(context: BrowserContext) -> BrowserContext:
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda sent: note(sent.url))
        context.on("console", lambda said: hear(said.text))
        contexts.append(context)
        return context

    yield adopt
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def new_page(chromium: Browser, home_only) -> NewPage:
    """Makes pages, each in a fresh context: `new_page(java_script_enabled=False)`."""
    ours = {"locale": "nl-NL", "timezone_id": "Europe/Amsterdam"}
    return lambda **options: home_only(chromium.new_context(**(ours | options))).new_page()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page in a fresh context: no cookies, nothing stored."""
    return new_page()


@pytest.fixture
def desk(base: str, new_page: NewPage) -> NewPage:
    """Makes pages of somebody who is logged in: `desk("editor", viewport=PHONE)`."""

    def make(username: str = "confidant", **options: object) -> Page:
        page = new_page(**({"viewport": WIDE} | options))
        client = Client()
        client.force_login(get_user_model().objects.get(username=username))
        name = settings.SESSION_COOKIE_NAME
        session = {"name": name, "value": client.cookies[name].value, "url": base}
        page.context.add_cookies([session])
        return page

    return make


@pytest.fixture
def base(live_server, site) -> str:
    """The address of the bootstrapped site."""
    return live_server.url


@pytest.fixture
def filed(site, staff):
    """A complaint, and its code as it stood on the confirmation."""
    case, code = follow.filed()
    return case, show_code(code)


def is_clean(page: Page, within: str | None = None) -> None:
    """Asserts that a page has no axe violation (R-50)."""
    if page.evaluate("window.axe === undefined"):
        page.evaluate(AXE_SCRIPT)
    found = AxeResults(page.evaluate(VIOLATIONS, within))
    assert found.violations_count == 0, found.generate_report()


def check(page: Page) -> None:
    """Asserts that a page is clean, and fits in its width."""
    is_clean(page)
    assert fits(page), page.url


def look(page: Page, state: str) -> str:
    """As `check`, and that it is told in order and by name; returns the title of the page."""
    check(page)
    return listen(page, state)


def check_desk(page: Page) -> None:
    """As `check`, of our part of a page of the CMS, with all that is folded opened."""
    unfold(page)
    settle(page)
    is_clean(page, within="main")
    assert page.evaluate(TOO_WIDE) == 0, page.url


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


def onward(page: Page) -> None:
    """To the page that follows, which is the same one when something is to be mended."""
    with page.expect_navigation():
        page.get_by_role("button", name="Verder", exact=True).click()


def push(page: Page, name: str, *says: str, at: str = "") -> None:
    """Presses the button of that name; on the page that follows these words and heading stand."""
    with page.expect_navigation():
        page.get_by_role("button", name=name).click()
    for words in says:
        expect(page.get_by_text(words)).to_be_visible()
    if at:
        stands_at(page, at)


def press(page: Page, button: str) -> Response:
    """Presses the button with that action and waits for the page that follows."""
    with page.expect_navigation() as answer:
        page.locator(f"main button.button[name=action][value^='{button}']").click()
    return answer.value


def send(page: Page) -> None:
    """From the check page to the confirmation."""
    page.get_by_label("Ik geef toestemming om mijn klacht te verwerken").check()
    page.get_by_role("button", name="Klacht versturen").last.click()
    stands_at(page, "Je klacht is ontvangen")


def stand_at(page: Page, base: str, name: str) -> None:
    """Opens a later page of the form as the server answers it, without walking there."""
    filler = Filler().start()
    filler.next(probleem=STORY, gezondheid="Ja")
    if name != "step 2":
        given = {"naam": "Fien", "email": "fien@example.org", "consent_mail": "on"}
        filler.next(besproken="Nee", **given)
    if name in ("check", "confirmation"):
        filler.press(next(action for action in filler.page.actions if action.startswith("past:")))
    if name == "confirmation":
        filler.send(consent_health="on")
    headers = dict(filler.response.headers)
    page.route(base + POST, lambda route: route.fulfill(body=filler.html, headers=headers))
    page.goto(base + POST)
    page.unroute(base + POST)


def mistaken(page: Page) -> None:
    """What is to be mended is said above the page, where the focus is."""
    expect(page.locator("[data-error-summary]")).to_be_focused()


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


MOST_PRESSES = 120
# What the element in focus is called, and how the focus on it shows.
FOCUSED = """() => {
  const it = document.activeElement;
  const words = it.ariaLabel || it.labels?.[0]?.innerText || it.innerText || it.value || "";
  const style = getComputedStyle(it);
  return {
    name: words.replace(/\\s+/g, " ").trim(),
    isOurs: Boolean(it.closest(".desk")),
    isSeen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
  };
}"""


class Keys:
    """Somebody without a mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def to(self, name: str, most: int = MOST_PRESSES) -> None:
        """Presses Tab until what is called that has the focus, and it is on the screen."""
        passed = []
        for _ in range(most):
            self.page.keyboard.press("Tab")
            found = self.page.evaluate(FOCUSED)
            if found["isOurs"]:
                assert found["isSeen"], f"no focus to be seen on {found['name']}"
            if re.fullmatch(name, found["name"]):
                expect(self.page.locator(":focus")).to_be_in_viewport()
                return
            passed.append(found["name"])
        raise AssertionError(f"Tab does not come to {name}, but to {passed}")

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def follow(self, name: str) -> None:
        """Goes to a link or a button, and follows it to the next page."""
        self.to(name)
        with self.page.expect_navigation():
            self.press("Enter")

    def more(self) -> None:
        """Unfolds what else can be done."""
        self.to("Meer")
        self.press("Enter")

    def write(self, name: str, text: str) -> None:
        self.to(name)
        self.page.keyboard.type(text)
