"""The public way by ear and by keyboard: titles, headings, names, and where the focus is."""

import re
from collections import Counter
from itertools import pairwise

from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from complaints.public.following.acting import BUTTONS, CONSENTS
from complaints.stages import Outcome, Stage
from tests.browser.conftest import SCRIPTS_OR_NOT, enter
from tests.browser.test_form_states import FORM, STATES, is_left_quickly, press, stand_at, walk
from tests.browser.test_pages import PAGES
from tests.factories import advise, close, move
from tests.follow import FOLLOW

LANDMARKS = {"navigation", "complementary", "region", "alert"}
NAMED = LANDMARKS | {"link", "button", "textbox", "checkbox", "radio", "radiogroup", "heading"}
NAMED |= {"combobox", "DisclosureTriangle"}
SAYS_NOTHING = {"hier", "klik hier", "meer", "lees meer", "wijzig", "trek in", "geef", "verwijder"}
SAYS_NOTHING |= {"download", "voeg toe"}
HEADINGS = """() => [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
  .filter((each) => each.checkVisibility()).map((each) => Number(each.tagName[1]))"""
# What is wrong in the markup: ids that double or lead nowhere, what is to mend but folded away,
# one name for two ways.
WRONG = """() => {
  const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
  const wrong = ids.filter((id, index) => ids.indexOf(id) !== index);
  for (const name of ["for", "aria-describedby", "aria-labelledby"])
    for (const each of document.querySelectorAll(`[${name}]`))
      wrong.push(...each.getAttribute(name).trim().split(/\\s+/).filter((id) => !ids.includes(id)));
  const folded = "details:not([open]) > :not(summary)";
  wrong.push(...[...document.querySelectorAll("[aria-invalid], .field-error")]
    .filter((each) => each.closest(folded)).map((each) => each.outerHTML));
  const ways = {};
  for (const each of document.querySelectorAll("a[href], button[name=action]:not([aria-hidden])")) {
    const name = (each.getAttribute("aria-label") || each.textContent).trim();
    const way = `${each.tagName} ${name}`, to = each.href || each.value;
    if ((ways[way] ??= to) !== to) wrong.push(`${name}: ${ways[way]} and ${to}`);
  }
  if (document.documentElement.lang !== "nl") wrong.push("lang");
  return wrong;
}"""


def heard(page: Page) -> list[tuple[str, str]]:
    """Role and name of all that Chromium tells a screen reader."""
    session = page.context.new_cdp_session(page)
    nodes = session.send("Accessibility.getFullAXTree")["nodes"]
    session.detach()
    told = [node for node in nodes if not node["ignored"] and node["role"]["value"] in NAMED]
    return [(node["role"]["value"], node["name"]["value"].strip()) for node in told]


def listen(page: Page, state: str) -> str:
    """Asserts what holds on each page; returns its title."""
    assert page.evaluate(WRONG) == [], state
    levels = page.evaluate(HEADINGS)
    after_summary = levels[levels.index(1) :]
    assert levels.count(1) == 1, (state, levels)
    steps = pairwise(after_summary)
    assert all(deeper - level <= 1 for level, deeper in steps), (state, levels)
    parts = heard(page)
    named = Counter(part for part in parts if part[0] in LANDMARKS)
    assert all(name for _role, name in parts), (state, parts)
    assert max(named.values()) == 1, (state, named)
    said = [name for role, name in parts if role in ("link", "button")]
    poor = [name for name in said if name.lower() in SAYS_NOTHING or name.endswith(",")]
    assert not poor, (state, poor)
    is_wrong = page.locator("[data-error-summary]").count() == 1
    assert page.title().count("Fout: ") == is_wrong, state
    return page.title()


def has_focus(found: Locator) -> None:
    expect(found).to_be_focused()


def test_each_page_of_the_form_is_told_in_order_and_by_name_and_left_quickly(base, page, site):
    """It keeps nothing, and fits."""
    titles = {}
    for path in PAGES:
        page.goto(base + path)
        titles[path] = listen(page, path)
    assert len(set(titles.values())) == len(titles)
    seen = {}
    for state in walk(page, base):
        seen[state] = listen(page, state)
        is_left_quickly(page, state)
    assert list(seen) == STATES
    assert len(set(seen.values())) == len(seen)
    page.goto(base + FORM)
    page.get_by_label("Wat is het probleem?").fill("De coach kwam niet.")
    press(page, "save")
    listen(page, "a draft kept")
    code = page.locator(".reference dd").inner_text()
    page.get_by_role("button", name="Mail mij een herinnering").click()
    has_focus(page.locator("[data-error-summary]"))
    listen(page, "no address for a reminder")
    page.goto(base + reverse("resume"))
    listen(page, "the code of a draft")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Open mijn concept").click()
    page.wait_for_url(f"**{reverse('resume')}")
    listen(page, "a draft found")


@SCRIPTS_OR_NOT
def test_the_focus_is_where_one_goes_on(base, new_context, site, scripts):
    page = new_context(java_script_enabled=scripts).new_page()
    summary = page.locator("[data-error-summary]")
    page.goto(base + FORM)
    press(page, "next")
    has_focus(summary)
    page.get_by_text("Bestanden toevoegen").first.click()
    added = {"name": "brief.txt", "mimeType": "text/plain", "buffer": b"Hij kwam niet."}
    page.get_by_label("Bestanden toevoegen").set_input_files([added])
    page.get_by_role("button", name=re.compile("Voeg toe.*Bestanden")).click()
    expect(page.get_by_text("brief.txt").first).to_be_in_viewport()
    if scripts:
        has_focus(page.get_by_label("Bestanden toevoegen"))
    page.get_by_role("button", name=re.compile("Verwijder.*brief.txt")).click()
    expect(page.locator("#vraag-bestanden")).to_be_in_viewport()
    stand_at(page, base, "check")
    press(page, "send")
    has_focus(summary)
    listen(page, "no consent")
    page.get_by_role("button", name="Wijzig: Heb je dit met je coach besproken?").click()
    chosen = page.get_by_role("radio", name="Nee")
    expect(chosen).to_be_in_viewport()
    if scripts:
        has_focus(chosen)
    press(page, "next")
    page.get_by_role("button", name="Vul in: Om welke kunstcoach gaat het?").click()
    expect(page.get_by_label("Om welke kunstcoach gaat het?")).to_be_in_viewport()


def test_each_state_of_following_is_told_in_order_and_by_name(base, page, filed, staff):
    case, code = filed
    titles = []
    page.goto(base + FOLLOW)
    titles.append(listen(page, "the code is asked"))
    page.get_by_role("button", name="Open mijn klacht").click()
    has_focus(page.locator("[data-error-summary]"))
    listen(page, "no code")
    enter(page, base, code)
    titles.append(listen(page, "followed"))
    page.get_by_label("Schrijf een bericht").fill("Er kwam nog iets bij.")
    page.get_by_role("button", name="Verstuur bericht").click()
    has_focus(page.get_by_role("status").filter(has_text="Je bericht is verstuurd."))
    move(case, Stage.MEDIATION, staff.confidant)
    advise(case, staff.confidant, "Praat samen.")
    for ending in (None, Outcome.SOLVED):
        if ending:
            said = {"finding": "Te laat.", "decisions": "Excuses.", "measures": "Geen."}
            close(case, staff.confidant, ending, **said)
        page.goto(base + FOLLOW)
        listen(page, f"news, {ending}")
        page.goto(base + FOLLOW)
        for fold in page.locator("main summary").all():
            fold.click()
        listen(page, f"unfolded, {ending}")
        case.refresh_from_db()
        for button in (*BUTTONS, *CONSENTS):
            if button.is_open_to(case):
                page.goto(f"{base}{FOLLOW}?doe={button.name}")
                titles.append(listen(page, button.name))
    page.goto(base + FOLLOW)
    page.get_by_role("button", name="Uitloggen").click()
    has_focus(page.get_by_role("status").filter(has_text="Je bent uitgelogd."))
    page.get_by_label("Je e-mailadres").fill("geen adres")
    page.get_by_role("button", name="Mail mij een link").click()
    has_focus(page.locator("[data-error-summary]"))
    titles.append(re.sub("^Fout: ", "", listen(page, "no address for a link")))
    assert len(set(titles)) == 4
