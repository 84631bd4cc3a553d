"""The public pages in a real browser: accessible, light, within the policy, at home."""

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import expect
from wagtail.models import Page, PageViewRestriction

from tests.browser.conftest import LIGHT_AND_DARK, fits, stands_at

PAGES = [
    *("/", "/klachtenprocedure/", "/klachtenprocedure/vertrouwenspersoon/"),
    *("/klachtenprocedure/formulier/", "/klachtenprocedure/praat-eerst-met-je-coach/", "/privacy/"),
    *("/toegankelijkheid/", "/bestaat-niet/"),
]
WIDTHS = [320, 360, 768, 1280, 1920]
SPACED = """() => {  // as a reader may space a text (1.4.12)
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
  for (const each of document.querySelectorAll("details")) each.open = true;
}"""


def static_file(url: str) -> Path:
    return Path(finders.find(url.removeprefix("/static/")))


@LIGHT_AND_DARK
def test_r50_every_public_page_is_accessible_and_never_scrolls_sideways(
    base, watched, is_clean, scheme
):
    page = watched(color_scheme=scheme)
    for path in PAGES:
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(base + path)
        is_clean(page)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert fits(page), (path, width)
        page.set_viewport_size({"width": 320, "height": 256})
        page.evaluate(SPACED)
        assert fits(page), (path, "spaced")
        name, menu = page.locator(".site-name span").first, page.locator(".site-nav summary")
        ends = name.evaluate("e => e.getBoundingClientRect().right")
        assert ends <= menu.bounding_box()["x"], path


@LIGHT_AND_DARK
def test_r50_a_page_behind_a_password_asks_for_it_in_our_clothes(base, watched, check, scheme):
    form = Page.objects.get(slug="formulier")
    PageViewRestriction.objects.create(page=form, restriction_type="password", password="geheim")
    page = watched(color_scheme=scheme)

    def check_narrow_and_wide() -> None:
        for width in (320, 1280):
            page.set_viewport_size({"width": width, "height": 740})
            check(page)

    page.goto(base + form.url)
    stands_at(page, "Wachtwoord nodig")
    check_narrow_and_wide()
    page.get_by_label("Wachtwoord").fill("fout")
    page.get_by_role("button", name="Open de pagina").click()
    expect(page.get_by_label("Wachtwoord")).to_be_focused()
    check_narrow_and_wide()
    assert page.title().startswith("Fout: ")
    page.keyboard.type("geheim")
    page.keyboard.press("Enter")
    stands_at(page, "Klachtenformulier")


def test_the_first_view_of_the_procedure_weighs_less_than_14_kb(site):
    html = Client().get("/klachtenprocedure/").content
    sheets = re.findall(rb'<link rel="stylesheet" href="([^"]+)"', html)
    weight = len(gzip.compress(html))
    for sheet in sheets:
        weight += len(gzip.compress(static_file(sheet.decode()).read_bytes()))
    assert weight < 14_000


def test_the_procedure_prints_on_one_sheet(base, page):
    page.goto(f"{base}/klachtenprocedure/")
    pdf = page.pdf(format="A4", margin={"top": "0", "bottom": "0"})
    assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1


def test_the_quick_exit_is_a_plain_link_without_scripts(base, new_context):
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{base}/klachtenprocedure/formulier/")
    link = page.get_by_role("link", name="Sluit deze pagina snel")
    assert link.get_attribute("href") == "/klacht-volgen/weg/"
    assert "noreferrer" in link.get_attribute("rel")
