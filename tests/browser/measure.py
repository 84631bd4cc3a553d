"""What a page is to its reader: words, height, stops on the way; what one hears; how one leaves."""

from collections import Counter
from itertools import pairwise

from playwright.sync_api import Page, expect

from home.models import OrganisationSettings

SMALL = {"width": 320, "height": 640}
PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}


def fits(page: Page) -> bool:
    """Whether the page needs no scrolling sideways."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def words(page: Page, selector: str = "main") -> int:
    """The words one reads there; what is folded or hidden does not count."""
    return len(page.locator(selector).first.inner_text().split())


def height(page: Page) -> int:
    """The whole page from top to bottom, in px."""
    return int(page.evaluate("document.documentElement.scrollHeight"))


def top_of(page: Page, selector: str) -> int:
    """How far below the top of the page the first such thing begins, in px."""
    return int(
        page.locator(selector).first.evaluate("e => e.getBoundingClientRect().top + scrollY")
    )


def words_above(page: Page, selector: str) -> int:
    """The words in `main` that stand before that thing."""
    text = page.locator(selector).first.evaluate(
        """e => {
          const main = document.querySelector("main");
          const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
          const read = [];
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            if (e.contains(node) || e.compareDocumentPosition(node) & 4) break;
            if (node.parentElement.checkVisibility()) read.push(node.data);
          }
          return read.join(" ");
        }"""
    )
    return len(text.split())


def stops_before(page: Page, selector: str) -> list[str]:
    """What Tab stops at, from the top of the page, before it gets to that thing."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    stops: list[str] = []
    for _press in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return stops
        stops.append(page.evaluate("document.activeElement.innerText.trim().split('\\n')[0]"))
    raise AssertionError(f"Tab never gets to {selector}: {stops}")


# By ear: titles, headings, names.

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
    assert max(named.values(), default=1) == 1, (state, named)
    said = [name for role, name in parts if role in ("link", "button")]
    poor = [name for name in said if name.lower() in SAYS_NOTHING or name.endswith(",")]
    assert not poor, (state, poor)
    is_wrong = page.locator("[data-error-summary]").count() == 1
    assert page.title().count("Fout: ") == is_wrong, state
    return page.title()


# Leaving: nothing is kept, and the way out is there.

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


def is_left_quickly(page: Page, name: str) -> None:
    """No answer is in the browser's stores, no check is the browser's own, targets are 24 px."""
    link = page.get_by_role("link", name="Sluit deze pagina snel")
    expect(link).to_have_count(1)
    exit_url = OrganisationSettings.objects.get().quick_exit_url
    assert link.get_attribute("data-quick-exit") == exit_url, name
    assert "noreferrer" in link.get_attribute("rel"), name
    asking = "form:has(textarea, select, input:not([type=hidden]))"
    assert page.locator(f"{asking}:not([novalidate])").count() == 0, name
    assert page.evaluate(STORED) == [0, 0, "", 0, 0, 0], name
    assert page.context.cookies() == [], name
    for width in (320, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert fits(page), (name, width)
        assert page.evaluate(SMALL_TARGETS) == [], (name, width)
    expect(page.get_by_text("Of druk drie keer op Esc")).to_be_visible()
