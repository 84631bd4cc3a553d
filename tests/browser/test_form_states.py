"""Every state of the form: accessible, within the policy, left quickly, and kept nowhere."""

from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from django.urls import reverse
from playwright.sync_api import Page, Response, expect

from complaints.models.pages import ProcedurePage, ProcedurePublication
from complaints.public.filing import send, state, views
from home.models import OrganisationSettings
from tests.browser.conftest import LIGHT_AND_DARK, fits, stands_at
from tests.complaints.public.form_filler import POST, Filler

FORM = "/klachtenprocedure/formulier/"
STORY = "De coach kwam niet."
STATES = ["step 1", "step 2", "advice", "check", "confirmation"]
EXIT = "http://127.0.0.1:9/weg"  # intercepted before it leaves the browser
STORED = """async () => [
  localStorage.length, sessionStorage.length, document.cookie,
  (await indexedDB.databases()).length, (await caches.keys()).length,
  (await navigator.serviceWorker.getRegistrations()).length,
]"""
SMALL_TARGETS = """() => [...document.querySelectorAll(
  "button, input, select, textarea, summary, a, .choice label")]
  .filter((each) => !each.closest(".visually-hidden, [aria-hidden=true], .skip-link"))
  .filter((each) => getComputedStyle(each).display !== "inline" || each.matches("input, button"))
  .map((each) => [each, each.getBoundingClientRect()])
  .filter(([each, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
  .map(([each, box]) => `${each.outerHTML.slice(0, 120)} ${box.width}x${box.height}`)"""


def press(page: Page, button: str) -> Response:
    """Presses the button with that action and waits for the page that follows."""
    with page.expect_navigation() as answer:
        page.locator(f"main button.button[name=action][value^='{button}']").click()
    return answer.value


def walk(page: Page, base: str) -> Iterator[str]:
    """Fills in the whole form, and stands still at each of its pages."""
    page.goto(base + FORM)
    yield "step 1"
    page.get_by_label("Wat is het probleem?").fill(STORY)
    page.locator("summary", has_text="gezondheid").click()
    page.locator("[name=q-gezondheid]").check()
    press(page, "next")
    yield "step 2"
    page.locator("[name=q-besproken][value=Nee]").check()
    page.locator("[name=q-naam]").fill("Fien Verzonnen")
    page.locator("[name=q-email]").fill("fien@example.org")
    page.locator("[name=consent_mail]").check()
    press(page, "next")
    yield "advice"
    press(page, "past:")
    yield "check"
    for box in page.locator("[name^=consent_]").all():
        box.check()
    press(page, "send")
    yield "confirmation"


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


def fail(*_args: object, **_kwargs: object) -> None:
    raise DatabaseError("gone")


class TestR50AxeAndPolicy:
    def test_a_form_that_came_back_damaged(self, base, watched, is_clean):
        page = watched()
        page.goto(base + FORM)
        page.get_by_label("Wat is het probleem?").fill(STORY)
        page.evaluate("document.querySelector('[name=token]').value = 'kapot'")
        assert press(page, "next").status == 400
        expect(page.get_by_text(STORY)).to_be_visible()
        is_clean(page)

    @LIGHT_AND_DARK
    def test_a_check_page_with_a_mistake_of_yesterday_and_that_cannot_be_stored(
        self, base, watched, is_clean, monkeypatch, scheme
    ):
        """With the box for health; what was ticked and told stays."""
        page = watched(color_scheme=scheme)
        stand_at(page, base, "check")
        expect(page.locator("[name=consent_health]")).not_to_be_checked()
        is_clean(page)
        page.locator("[name=consent_filing]").check()
        assert press(page, "send").status == 422
        expect(page.locator("#consent_health_error")).to_be_visible()
        expect(page.locator("[name=consent_filing]")).to_be_checked()
        is_clean(page)
        with monkeypatch.context() as patch:
            patch.setattr(state, "LIFETIME_SECONDS", -1)
            assert press(page, "send").status == 200
        stands_at(page, "Controleer je antwoorden")
        expect(page.get_by_text(STORY)).to_be_visible()
        is_clean(page)
        monkeypatch.setattr(views, "answer", fail)
        assert press(page, "send").status == 503
        expect(page.get_by_text(STORY).first).to_be_visible()
        is_clean(page)

    def test_the_plain_confirmation(self, base, watched, is_clean, monkeypatch):
        monkeypatch.setattr(send, "answer_with_confirmation", fail)
        page = watched()
        stand_at(page, base, "confirmation")
        expect(
            page.get_by_text("Maak", exact=False)
            .or_(page.get_by_text("Schrijf het kenmerk op"))
            .first
        ).to_be_visible()
        is_clean(page)

    def test_questions_that_came_with_an_answer(self, base, watched, is_clean):
        page = watched()
        page.route("**/js/*.js", lambda route: route.abort())  # axe itself needs scripts
        stand_at(page, base, "step 2")
        page.get_by_label("Voor iemand anders").check()
        press(page, "next")
        expect(page.get_by_text("vragen bij gekomen")).to_be_visible()
        expect(page.get_by_label("Wie is dat, en wat is je relatie?")).to_be_visible()
        is_clean(page)

    def test_an_earlier_version_of_the_procedure(self, base, watched, is_clean):
        procedure = ProcedurePage.objects.get()
        procedure.introduction = "<p>Een nieuwe inleiding.</p>"
        procedure.save_revision().publish()
        assert ProcedurePublication.objects.count() == 2
        earliest = ProcedurePublication.objects.order_by("pk").first()
        page = watched()
        page.goto(base + reverse("procedure_version", args=[earliest.pk]))
        expect(page.get_by_text("Dit is een eerdere versie.")).to_be_visible()
        is_clean(page)


def is_left_quickly(page: Page, name: str) -> None:
    """No answer is in the browser's stores, no check is the browser's own, targets are 24 px."""
    link = page.get_by_role("link", name="Sluit deze pagina snel")
    expect(link).to_have_count(1)
    exit_url = OrganisationSettings.objects.get().quick_exit_url
    assert link.get_attribute("data-quick-exit") == exit_url, name
    assert "noreferrer" in link.get_attribute("rel"), name
    expect(page.get_by_text("Of druk drie keer op Esc")).to_be_visible()
    asking = "form:has(textarea, select, input:not([type=hidden]))"
    assert page.locator(f"{asking}:not([novalidate])").count() == 0, name
    assert page.evaluate(STORED) == [0, 0, "", 0, 0, 0], name
    assert page.context.cookies() == [], name
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), (name, width)
        assert page.evaluate(SMALL_TARGETS) == [], (name, width)


@pytest.fixture
def exit_page(base) -> None:
    OrganisationSettings.objects.update(quick_exit_url=EXIT)


def leave_by_escape(page: Page) -> None:
    page.route(EXIT, lambda route: route.fulfill(body="<title>Elders</title>weg"))
    for _ in range(3):
        page.keyboard.press("Escape")
    page.wait_for_url(EXIT)


def test_escape_three_times_leaves_and_takes_the_page_out_of_the_history(base, exit_page, page):
    page.goto(f"{base}/privacy/")
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    leave_by_escape(page)
    page.go_back()
    assert page.url == f"{base}/privacy/"


def test_escape_leaves_from_the_later_pages_too(base, exit_page, page):
    for name in ("advice", "check", "confirmation"):
        stand_at(page, base, name)
        leave_by_escape(page)
        assert page.url == EXIT, name


def test_the_link_of_the_quick_exit_leaves_the_same_way(base, exit_page, page):
    page.route(EXIT, lambda route: route.fulfill(body="weg"))
    page.goto(f"{base}/privacy/")
    page.goto(base + FORM)
    page.get_by_role("link", name="Sluit deze pagina snel").click()
    page.wait_for_url(EXIT)
    page.go_back()
    assert page.url == f"{base}/privacy/"
