"""What the browser tests share: the running site, and what a page must never do."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LISTEN = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`));
"""


@pytest.fixture
def base(live_server, site) -> str:
    """The address of the bootstrapped site."""
    return live_server.url


@pytest.fixture
def is_clean() -> Callable[..., None]:
    """Asserts that a page has no axe violation (R-50) and kept to the CSP."""

    def check(page: Page, within: str | None = None) -> None:
        results = Axe().run(page, context=within)
        assert results.violations_count == 0, results.generate_report()
        assert page.evaluate("window.violations || []") == []

    return check


@pytest.fixture
def watched(new_context):
    """Makes pages that note every breach of the content security policy."""

    def make(**options: object) -> Page:
        context = new_context(**options)
        context.add_init_script(LISTEN)
        return context.new_page()

    return make


def sign_in(page: Page, base: str, username: str, password: str = "test") -> None:
    page.goto(f"{base}/cms/")
    page.locator("[name=username]").fill(username)
    page.locator("[name=password]").fill(password)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(f"{base}/cms/")
