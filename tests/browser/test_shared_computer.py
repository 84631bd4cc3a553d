"""After sending and after the quick exit: what the next person at this computer finds."""

import time
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Error, Page, expect

from complaints.models.case import Complaint
from complaints.public.following import session
from home.models import OrganisationSettings
from tests.browser.conftest import enter, send, stands_at, tail
from tests.browser.test_back import MOST_STEPS, browser, finds, go, is_at_check, look
from tests.browser.test_filing import FORM, onward
from tests.follow import FOLLOW

__all__ = ["browser"]
CANARY = "Kanarie-in-de-kooi-4711"
GZIP = b"\x1f\x8b\x08"


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


@pytest.mark.parametrize(
    "keeps_pages",
    [True, pytest.param(False, marks=tail)],
    ids=["a page is kept", "no page is kept"],
)
def test_after_sending_neither_cache_nor_back_brings_anything(base, browser, tmp_path, keeps_pages):
    page, profile = browser(keeps_pages=keeps_pages), tmp_path / "profile"
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
    page, profile = browser(java_script_enabled=has_scripts), tmp_path / "profile"
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


def test_a_step_sent_again_behind_the_browsers_warning_gives_the_reference_only(base, page):
    """Playwright's own browser answers that warning with yes."""
    number = to_check(page, base)
    send(page)
    reference = Complaint.objects.get().reference
    go(page, -1)
    page.wait_for_timeout(500)  # until the browser's own error stands there
    page.reload()
    stands_at(page, "Je klacht was al verstuurd")
    expect(page.get_by_text(reference)).to_be_visible()
    assert CANARY not in page.content()
    go(page, 1)  # the sending itself, within the fifteen minutes
    page.wait_for_timeout(500)
    page.reload()
    stands_at(page, "Je klacht is ontvangen")
    assert number > 1
    assert Complaint.objects.count() == 1


def test_an_esc_held_down_or_of_a_composition_or_twice_with_a_key_between_does_not_leave(
    base, page, elsewhere
):
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
    page.wait_for_url(elsewhere, wait_until="commit")


def test_the_exit_leaves_when_our_server_is_gone(base, page, elsewhere):
    page.goto(base + FORM)
    page.route("**/klacht-volgen/weg/", lambda route: route.abort())
    faults: list[Error] = []
    page.on("pageerror", lambda fault: faults.append(fault))
    leave(page, "by its link")
    page.wait_for_url(elsewhere, wait_until="commit")
    assert faults == []
