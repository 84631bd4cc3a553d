"""Back and Forward, as a browser does them, and what the next person at this computer finds.

Playwright hides both ways in which a browser can fail here: it reposts without asking, and keeps
no page in memory. Tests that take `browser` run without that, in the whole browser.
"""

import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Error, Page, expect

from complaints.models.case import Complaint
from complaints.public.following import session
from home.models import OrganisationSettings
from tests.browser.conftest import (
    PATIENCE,
    enter,
    onward,
    push,
    require,
    send,
    stand_at,
    stands_at,
    tail,
)
from tests.complaints.public.form_filler import FORM
from tests.follow import FOLLOW
from tools.chromium import FLAGS, find_chromium

ASKS_BEFORE_REPOST, KEEPS_PAGES = "--disable-prompt-on-repost", "--disable-back-forward-cache"
BLOCKED = {"profile": {"default_content_setting_values": {"cookies": 2}}}
SEEN = """() => [document.querySelector("h1").innerText, location.pathname,
  [...document.querySelectorAll("main input, main textarea, main select")]
    .filter((each) => each.type !== "hidden" && each.name !== "website")
    .map((each) => [each.name, each.value, each.checked])]"""
KIND = "performance.getEntriesByType('navigation')[0].type"
MOST_STEPS = 8
TYPED = {"email": "fien@example.org", "tel": "06 12345678"}
CANARY = "Kanarie-in-de-kooi-4711"
GZIP = b"\x1f\x8b\x08"

Seen = list[object]


@pytest.fixture
def browser(request, home_only, tmp_path) -> Iterator[Callable[[str], Page]]:
    """Starts a whole browser that asks before a repost: `browser("no page is kept, no scripts")`.

    The headless shell heeds no preferences in a profile and writes no session files to it.
    """
    program, faults = require(find_chromium()), []
    kind = request.getfixturevalue("playwright").chromium

    def start(way: str) -> Page:
        profile = tmp_path / "profile"
        (profile / "Default").mkdir(parents=True)
        if "cookies blocked" in way:
            (profile / "Default" / "Preferences").write_text(json.dumps(BLOCKED))
        shown = [ASKS_BEFORE_REPOST, *([] if "no page is kept" in way else [KEEPS_PAGES])]
        context = kind.launch_persistent_context(
            str(profile),
            executable_path=program,
            args=FLAGS,
            ignore_default_args=shown,
            java_script_enabled="no scripts" not in way,
        )
        page = home_only(context).new_page()
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
    [
        *("cookies blocked", "cookies blocked, no page is kept, no scripts"),
        *(pytest.param(way, marks=tail) for way in ("a page is kept", "no page is kept")),
        *(pytest.param(way, marks=tail) for way in ("no scripts", "no page is kept, no scripts")),
    ],
)
def test_back_and_forward_show_each_page_as_it_was_left(base, browser, way):
    """And no cookie is even asked on the way."""
    page, answers = browser(way), []
    page.on("response", lambda answer: answers.append(answer))
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
    assert was_kept == ("no page is kept" not in way), "bfcache is on, or off, as asked"
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
    assert len(answers) > 6
    assert {answer.header_value("set-cookie") for answer in answers} == {None}
    assert page.context.cookies() == []
    if way == "cookies blocked":
        assert page.evaluate("document.cookie = 'a=b'; document.cookie") == ""


@pytest.mark.parametrize(
    "way", ["no page is kept, no scripts", pytest.param("a page is kept", marks=tail)]
)
def test_back_from_the_advice_and_from_what_was_kept(base, browser, way):
    page = browser(way)
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
    push(page, "Bewaar en ga later verder", at="Je concept is bewaard")
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


def test_reloading_gives_a_step_with_what_was_sent_before_it_and_once_filed_the_reference_only(
    base, page
):
    """Playwright's own browser answers the warning of a repost with yes."""
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
    to_check(page, base)
    send(page)
    go(page, -1)
    page.wait_for_timeout(500)  # until the browser's own error stands there
    page.reload()
    stands_at(page, "Je klacht was al verstuurd")
    expect(page.get_by_text(Complaint.objects.get().reference)).to_be_visible()
    assert CANARY not in page.content()
    go(page, 1)  # the sending itself, within the fifteen minutes
    page.wait_for_timeout(500)
    page.reload()
    stands_at(page, "Je klacht is ontvangen")
    assert Complaint.objects.count() == 1


# After sending and after the quick exit.


@pytest.fixture
def elsewhere(base) -> str:
    """Where the exit leads: another site, as a browser sees it, and still at home."""
    address = base.replace("localhost", "127.0.0.1") + "/robots.txt"
    assert address != base
    OrganisationSettings.objects.update(quick_exit_url=address)
    return address


def cached(profile: Path, words: bytes) -> list[str]:
    """The files of the browser's HTTP cache in which this stands, its addresses included."""
    files = [each for each in (profile / "Default" / "Cache").rglob("*") if each.is_file()]
    assert files, "the cache is elsewhere than this test looks"
    return [each.name for each in files if words in unfolded(each.read_bytes())]


def unfolded(stored: bytes) -> bytes:
    """What a file of the cache holds, and what is compressed in it."""
    _before, *streams = stored.split(GZIP)
    texts = [stored]
    for stream in streams:
        with suppress(zlib.error):
            texts.append(zlib.decompressobj(wbits=31).decompress(GZIP + stream))
    return b"".join(texts)


def until(reached: Callable[[], bool], words: str) -> None:
    end = time.monotonic() + 20
    while not reached():
        assert time.monotonic() < end, words
        time.sleep(0.1)


def to_check(page: Page, base: str) -> int:
    """Fills in what must be; returns how many pages lie between the first and the check."""
    page.goto(base + FORM)
    page.locator("[name=q-probleem]").fill(CANARY)
    for number in range(1, MOST_STEPS):
        onward(page)
        if is_at_check(page):
            return number
    raise AssertionError("no check page")


def shows_nothing(page: Page, number: int) -> None:
    """Back over `number` pages to the first: those posted are errors, the first is empty."""
    for _press in range(number - 1):
        go(page, -1)
        page.wait_for_timeout(300)
        assert CANARY not in page.content()
        assert page.locator("h1", has_text="Stap").count() == 0
    go(page, -1)
    expect(page.locator("[name=q-probleem]")).to_be_visible()
    page.wait_for_load_state()
    page.wait_for_timeout(300)  # a browser fills it in again when all is loaded
    assert page.locator("[name=q-probleem]").input_value() == ""


def leave(page: Page, way: str) -> None:
    page.wait_for_load_state()  # the scripts are there
    if way == "by its link":
        page.get_by_role("link", name="Sluit deze pagina snel").click()
    else:
        for _press in range(3):
            page.keyboard.press("Escape")


@pytest.mark.parametrize("way", ["a page is kept", pytest.param("no page is kept", marks=tail)])
def test_after_sending_neither_cache_nor_back_brings_anything(base, browser, tmp_path, way):
    page, profile = browser(way), tmp_path / "profile"
    number = to_check(page, base)
    until(lambda: len(cached(profile, CANARY.encode())) > 0, "nothing was cached before")
    send(page)
    expect(page.get_by_text(CANARY).or_(page.get_by_text("Kenmerk")).first).to_be_visible()
    until(lambda: not cached(profile, CANARY.encode()), "the story is still in the cache")
    for address in (b"/klacht-indienen/", FORM.encode()):
        assert cached(profile, address) == []
    shows_nothing(page, number + 1)
    page.locator("[name=q-probleem]").fill("Een volgende klacht.")  # and one can begin anew
    begun = look(page)
    onward(page)
    go(page, -1)
    finds(page, begun)


@pytest.mark.parametrize(
    "way", [pytest.param("by Esc", marks=tail), "by its link", "by its link, no scripts"]
)
def test_after_the_exit_neither_cache_nor_back_brings_it(base, browser, tmp_path, elsewhere, way):
    has_scripts = "no scripts" not in way
    page, profile = browser(way), tmp_path / "profile"
    number = to_check(page, base)
    until(lambda: len(cached(profile, CANARY.encode())) > 0, "nothing was cached before")
    leave(page, way.partition(",")[0])
    page.wait_for_url(elsewhere, wait_until="commit")
    until(lambda: not cached(profile, base.encode()), "something of the site is in the cache")
    assert cached(profile, CANARY.encode()) == []
    if has_scripts:  # the page it was pressed on is out of the history
        shows_nothing(page, number)


def test_the_exit_waits_for_nothing_and_ends_following(base, page, elsewhere, filed, monkeypatch):
    enter(page, base, filed[1])
    assert [cookie["path"] for cookie in page.context.cookies()] == [FOLLOW]
    forget, has_left = session.forget, Event()

    def slow(response):
        assert has_left.wait(60)
        return forget(response)

    monkeypatch.setattr(session, "forget", slow)
    leave(page, "by Esc")
    page.wait_for_url(elsewhere, wait_until="commit")
    has_left.set()
    until(lambda: page.context.cookies() == [], "the browser still follows")


def test_esc_leaves_when_pressed_three_times_not_held_down_composing_or_with_a_key_between(
    base, page, elsewhere
):
    """On the later pages too, and by the link with our server gone."""
    faults: list[Error] = []
    page.on("pageerror", lambda fault: faults.append(fault))
    page.goto(f"{base}/privacy/")
    page.goto(base + FORM)
    for key in ("Escape", "Escape", "a", "Escape", "Escape", "a"):
        page.keyboard.press(key)
    page.locator("[name=q-probleem]").focus()
    for _repeat in range(6):
        page.keyboard.down("Escape")
    page.keyboard.up("Escape")
    for composing in ("isComposing: true", "keyCode: 229"):
        press = f'new KeyboardEvent("keydown", {{key: "Escape", bubbles: true, {composing}}})'
        for _press in range(4):
            page.evaluate(f"document.activeElement.dispatchEvent({press})")
    page.wait_for_timeout(200)
    assert page.url == base + FORM
    leave(page, "by Esc")
    page.wait_for_url(elsewhere)
    history = page.context.new_cdp_session(page).send("Page.getNavigationHistory")
    left = [entry["url"] for entry in history["entries"]]
    assert left[1:] == [f"{base}/privacy/", elsewhere], "the page is out of the history"
    for name in ("advice", "check", "confirmation"):
        stand_at(page, base, name)
        leave(page, "by Esc")
        page.wait_for_url(elsewhere)
    page.goto(base + FORM)
    page.route("**/klacht-volgen/weg/", lambda route: route.abort())
    leave(page, "by its link")
    page.wait_for_url(elsewhere)
    assert faults == []
