"""Back and Forward, as a browser does them: the page with what was typed and chosen, at once.

Playwright hides both ways in which a browser can fail here: it reposts without asking, and keeps
no page in memory. These tests run without that, in the whole browser.
"""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page, expect

from complaints.models.case import Complaint
from tests.browser.conftest import PATIENCE, send, stands_at, tail
from tests.browser.test_cookies_blocked import BLOCKED
from tests.browser.test_filing import FORM, onward

ASKS_BEFORE_REPOST, KEEPS_PAGES = "--disable-prompt-on-repost", "--disable-back-forward-cache"
WAYS = {
    "a page is kept": {},
    "no page is kept, no scripts": {"java_script_enabled": False, "keeps_pages": False},
    "cookies blocked": {"preferences": BLOCKED},
    "no page is kept": {"keeps_pages": False},
    "no scripts": {"java_script_enabled": False},
    "cookies blocked, no page is kept, no scripts": {
        "preferences": BLOCKED,
        "java_script_enabled": False,
        "keeps_pages": False,
    },
}
SEEN = """() => [document.querySelector("h1").innerText, location.pathname,
  [...document.querySelectorAll("main input, main textarea, main select")]
    .filter((each) => each.type !== "hidden" && each.name !== "website")
    .map((each) => [each.name, each.value, each.checked])]"""
KIND = "performance.getEntriesByType('navigation')[0].type"
MOST_STEPS = 8
TYPED = {"email": "fien@example.org", "tel": "06 12345678"}

Seen = list[object]


@pytest.fixture
def browser(full_chromium, tmp_path) -> Iterator[Callable[..., Page]]:
    """Starts a browser that asks before a repost: `browser(keeps_pages=True, preferences={})`."""
    faults: list[Error] = []

    def start(keeps_pages: bool = True, preferences: object = None, **options: object) -> Page:
        profile: Path = tmp_path / "profile"
        (profile / "Default").mkdir(parents=True)
        if preferences:
            (profile / "Default" / "Preferences").write_text(json.dumps(preferences))
        shown = [ASKS_BEFORE_REPOST, *([KEEPS_PAGES] if keeps_pages else [])]
        context: BrowserContext = full_chromium(profile, ignore_default_args=shown, **options)
        page = context.new_page()
        page.on("pageerror", lambda fault: faults.append(fault))
        return page

    yield start
    assert faults == [], "a script of ours broke"


def go(page: Page, by: int) -> None:
    """The button Back (-1) or Forward (1), or a place further away in their menu."""
    buttons = page.context.new_cdp_session(page)
    history = buttons.send("Page.getNavigationHistory")
    entry = history["entries"][history["currentIndex"] + by]
    buttons.send("Page.navigateToHistoryEntry", {"entryId": entry["id"]})
    buttons.detach()


def look(page: Page) -> Seen:
    """The page as it stands there: its heading, its address, and what is typed and chosen."""
    return page.evaluate(SEEN)


def finds(page: Page, seen: Seen) -> None:
    """Waits until that very page stands there; without a reload, and without choosing again."""
    until, found = time.monotonic() + PATIENCE / 1000, None
    while found != seen and time.monotonic() < until:
        try:
            found = look(page)
        except Error as error:  # between two pages
            found = str(error)
        if found != seen:
            page.wait_for_timeout(50)
    assert found == seen


def fill(page: Page) -> None:
    """Types at every question in sight, and takes the first of each choice."""
    for box in page.locator("main").locator("textarea, input:not([type=hidden])").all():
        kind = box.get_attribute("type") or "text"
        if not box.is_visible() or kind in ("checkbox", "file"):
            continue
        if kind == "radio":
            chosen = page.locator(f"main [name='{box.get_attribute('name')}']:checked")
            if chosen.count() == 0:
                box.check()
        elif not box.input_value():
            box.fill(TYPED.get(kind, f"Getypt bij {box.get_attribute('name')}"))


def is_at_check(page: Page) -> bool:
    return page.locator("[name=consent_filing]").count() > 0


@pytest.mark.parametrize(
    "way",
    [pytest.param(way, marks=[] if number < 2 else tail) for number, way in enumerate(WAYS)],
)
def test_back_and_forward_show_each_page_as_it_was_left(base, browser, way):
    page = browser(**WAYS[way])
    page.goto(f"{base}/klachtenprocedure/")
    page.goto(base + FORM)
    onward(page)  # without an answer: the same page, with what to mend
    left = []
    for _step in range(MOST_STEPS):
        if is_at_check(page):
            break
        fill(page)
        left.append(look(page))
        onward(page)
        assert look(page) != left[-1]
    page.locator("[name=consent_filing]").check()
    left.append(look(page))
    assert len(left) >= 3

    for number in range(len(left) - 1, 0, -1):  # Back, and each time Forward to what was unsent
        go(page, -1)
        finds(page, left[number - 1])
        go(page, 1)
        finds(page, left[number])
        go(page, -1)
        finds(page, left[number - 1])
    go(page, -1)  # the first page as it was before the mistake
    expect(page.locator("[data-error-summary]")).to_have_count(0)
    was_kept = page.evaluate(KIND) == "navigate"
    assert was_kept == WAYS[way].get("keeps_pages", True), "bfcache is on, or off, as asked"
    go(page, len(left))  # Forward over all of them
    finds(page, left[-1])

    page.get_by_role("contentinfo").get_by_role("link", name="Privacyverklaring").click()
    stands_at(page, "Privacyverklaring")
    go(page, -1)
    finds(page, left[-1])
    go(page, -1)
    finds(page, left[-2])
    onward(page)  # what was typed goes along from a page that Back brought
    assert is_at_check(page)
    send(page)
    assert Complaint.objects.count() == 1
    assert page.context.cookies() == []


@pytest.mark.parametrize(
    "way", ["no page is kept, no scripts", pytest.param("a page is kept", marks=tail)]
)
def test_back_from_the_advice_and_from_what_was_kept(base, browser, way):
    page = browser(**WAYS[way])
    page.goto(base + FORM)
    for _step in range(MOST_STEPS):
        if page.locator("[name=q-besproken]").count():
            break
        fill(page)
        onward(page)
    page.locator("[name=q-besproken][value=Nee]").check()
    step = look(page)
    onward(page)
    stands_at(page, "Praat eerst met je coach")
    advice = look(page)
    page.get_by_role("button", name="Bewaar en ga later verder").click()
    stands_at(page, "Je concept is bewaard")
    page.get_by_label("E-mailadres").fill("half get")
    kept = look(page)
    for by, seen in ((-1, advice), (-1, step), (1, advice), (1, kept), (-2, step), (2, kept)):
        go(page, by)
        finds(page, seen)
    page.get_by_role("button", name="Ga nu verder met invullen").click()
    expect(page.locator("[name=q-besproken][value=Nee]")).to_be_checked()
    onward(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Toch verder").click()
    assert look(page)[0] not in ("Praat eerst met je coach", step[0])
    go(page, -1)
    finds(page, advice)


def test_reloading_a_step_gives_it_with_what_was_sent_before_it(base, page):
    page.goto(base + FORM)
    fill(page)
    onward(page)
    step = look(page)
    fill(page)
    page.reload()
    finds(page, step)
    page.get_by_role("button", name="Vorige stap").click()
    expect(page.locator("[name=q-probleem]")).to_have_value("Getypt bij q-probleem")
    assert Complaint.objects.count() == 0
