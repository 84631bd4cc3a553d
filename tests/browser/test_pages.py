"""The public pages and every state of the form: accessible, told by name, light, left quickly.

States of the shortest way through the form are looked at by test_filing.
"""

import gzip
import re
from pathlib import Path

from django.contrib.staticfiles import finders
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect
from wagtail.models import Page, PageViewRestriction

from complaints.models.pages import ProcedurePage, ProcedurePublication
from complaints.public.filing import send as sending
from complaints.public.filing import state, views
from tests import follow
from tests.browser.conftest import (
    LIGHT_AND_DARK,
    STORY,
    check,
    is_clean,
    look,
    mistaken,
    onward,
    press,
    send,
    stand_at,
    stands_at,
)
from tests.browser.measure import PHONE, WIDE, fits, is_left_quickly, listen
from tests.complaints.public.form_filler import FORM, RESUME, Filler

PAGES = [
    *("/", "/klachtenprocedure/", "/klachtenprocedure/vertrouwenspersoon/", FORM),
    *("/klachtenprocedure/praat-eerst-met-je-coach/", "/privacy/", "/toegankelijkheid/"),
    "/bestaat-niet/",
]
WIDTHS = [320, 360, 768, 1280, 1920]
SPACED = """() => {  // as a reader may space a text (1.4.12)
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: 0.12em !important;
    word-spacing: 0.16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
  for (const each of document.querySelectorAll("details")) each.open = true;
}"""


@LIGHT_AND_DARK
def test_r50_every_public_page_is_accessible_and_never_scrolls_sideways(base, new_page, scheme):
    """So is an earlier version of the procedure, which prints on one sheet."""
    procedure = ProcedurePage.objects.get()
    procedure.introduction = "<p>Een nieuwe inleiding.</p>"
    procedure.save_revision().publish()
    earliest = ProcedurePublication.objects.order_by("pk").first()
    version = reverse("procedure_version", args=[earliest.pk])
    page, titles = new_page(color_scheme=scheme), set()
    for path in [*PAGES, version]:
        page.set_viewport_size({"width": 1280, "height": 720})
        page.goto(base + path)
        is_clean(page)
        titles.add(listen(page, path))
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert fits(page), (path, width)
        if path == "/klachtenprocedure/":
            pdf = page.pdf(format="A4", margin={"top": "0", "bottom": "0"})
            assert len(re.findall(rb"/Type\s*/Page[^s]", pdf)) == 1
        page.set_viewport_size({"width": 320, "height": 256})
        page.evaluate(SPACED)
        assert fits(page), (path, "spaced")
        name, menu = page.locator(".site-name span").first, page.locator(".site-nav summary")
        ends = name.evaluate("e => e.getBoundingClientRect().right")
        assert ends <= menu.bounding_box()["x"], path
    expect(page.get_by_text("Dit is een eerdere versie.")).to_be_visible()
    assert len(titles) == len(PAGES) + 1


@LIGHT_AND_DARK
def test_r50_a_page_behind_a_password_asks_for_it_in_our_clothes(base, new_page, scheme):
    form = Page.objects.get(slug="formulier")
    PageViewRestriction.objects.create(page=form, restriction_type="password", password="geheim")
    page = new_page(color_scheme=scheme)

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


def fail(*_args: object, **_kwargs: object) -> None:
    raise DatabaseError("gone")


@LIGHT_AND_DARK
def test_r50_every_state_of_the_form_is_accessible_and_left_quickly(base, new_page, scheme):
    """On a phone; those that no other test looks at on a desk, there too."""
    page = new_page(viewport=PHONE, color_scheme=scheme)
    page.goto(base + FORM)
    onward(page)
    mistaken(page)
    look(page, "no problem")
    page.get_by_label("Wat is het probleem?").fill(STORY)
    page.locator("summary", has_text="gezondheid").click()
    page.locator("[name=q-gezondheid]").check()
    onward(page)
    page.get_by_label("Voor iemand anders").check()
    expect(page.get_by_label("Wie is dat, en wat is je relatie?")).to_be_visible()
    look(page, "for somebody else")
    page.locator("[name=q-besproken][value=Nee]").check()
    onward(page)
    look(page, "advice")
    is_left_quickly(page, "advice")
    is_clean(page)
    page.set_viewport_size(PHONE)
    press(page, "past:")
    look(page, "check")
    press(page, "send")
    mistaken(page)
    look(page, "no consent")
    page.locator("[name=consent_health]").check()
    send(page)
    look(page, "confirmation")
    page.set_viewport_size(WIDE)
    is_clean(page)


@LIGHT_AND_DARK
def test_r50_what_went_wrong_is_told_on_a_page_as_good(base, new_page, monkeypatch, scheme):
    """What was ticked and told stays."""
    page = new_page(color_scheme=scheme)
    stand_at(page, base, "check")
    page.locator("[name=consent_filing]").check()
    assert press(page, "send").status == 422
    expect(page.locator("#consent_health_error")).to_be_visible()
    expect(page.locator("[name=consent_filing]")).to_be_checked()
    expect(page.locator("[name=consent_health]")).not_to_be_checked()
    look(page, "no consent for health")
    with monkeypatch.context() as patch:
        patch.setattr(state, "LIFETIME_SECONDS", -1)
        assert press(page, "send").status == 200
    stands_at(page, "Controleer je antwoorden")
    expect(page.get_by_text(STORY)).to_be_visible()
    look(page, "a form of yesterday")
    with monkeypatch.context() as patch:
        patch.setattr(views, "answer", fail)
        assert press(page, "send").status == 503
    expect(page.get_by_text(STORY).first).to_be_visible()
    look(page, "cannot be stored")
    with monkeypatch.context() as patch:
        patch.setattr(sending, "answer_with_confirmation", fail)
        stand_at(page, base, "confirmation")
    expect(page.get_by_text("Schrijf het kenmerk en de volgcode op")).to_be_visible()
    look(page, "plain confirmation")
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill(STORY)
    page.evaluate("document.querySelector('[name=token]').value = 'kapot'")
    assert press(page, "next").status == 400
    expect(page.get_by_text(STORY)).to_be_visible()
    look(page, "damaged")
    page.route("**/js/*.js", lambda route: route.abort())  # axe itself needs scripts
    stand_at(page, base, "step 2")
    page.get_by_label("Voor iemand anders").check()
    press(page, "next")
    expect(page.get_by_text("vragen bij gekomen")).to_be_visible()
    expect(page.get_by_label("Wie is dat, en wat is je relatie?")).to_be_visible()
    look(page, "questions that came with an answer")


# What a page weighs on a slow line: HTML, style and scripts, compressed.

MOST_BYTES, MOST_BEFORE_PAINT = 20_000, 14_000
FILES = re.compile(r'<link rel="stylesheet" href="([^"]+)"|<script src="([^"]+)"')
BEFORE_PAINT = re.compile(
    r'<link rel="stylesheet" href="([^"]+)">|<(?:script(?! src="[^"]+" defer)|style)'
)


def weight(html: str, *files: str) -> int:
    """What comes over the line for this page and these files."""
    found = [Path(finders.find(name.removeprefix("/static/"))) for name in files]
    return sum(len(gzip.compress(part)) for part in (html.encode(), *map(Path.read_bytes, found)))


def test_each_public_page_is_painted_after_two_requests_and_14_kb_and_one_of_the_form_weighs_20(
    site, staff
):
    """The page of a case too; the form loads no font or picture before it can be read."""
    form = {"step 1": (filler := Filler().start()).html}
    form["step 2"] = filler.next(probleem="De coach kwam niet.", gezondheid="Ja").html
    given = {"naam": "Fien", "email": "fien@example.org", "consent_mail": "on"}
    form["advice"] = filler.next(besproken="Nee", **given).html
    (past,) = (action for action in filler.page.actions if action.startswith("past:"))
    form["check"] = filler.press(past).html
    form["mistakes"] = filler.press("send").html
    form["confirmation"] = filler.send(consent_health="on").says("Je klacht is ontvangen").html
    addresses = [*PAGES, follow.FOLLOW, RESUME, "/klachtenprocedure/versies/1/"]
    pages = {path: Client().get(path).content.decode() for path in addresses}
    _case, code = follow.filed()
    pages["a case"] = follow.entered(code).get(follow.FOLLOW).content.decode()
    for name, html in (pages | form).items():
        (sheet,) = BEFORE_PAINT.findall(html.partition("</head>")[0])
        assert weight(html, sheet) <= MOST_BEFORE_PAINT, name
    for name, html in form.items():
        files = [sheet or script for sheet, script in FILES.findall(html)]
        assert any(file.endswith(".css") for file in files)
        assert weight(html, *files) <= MOST_BYTES, name
    assert "<img" not in form["step 1"]
    assert "preload" not in form["step 1"]
