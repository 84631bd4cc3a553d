"""What a page costs its reader, as the budgets count it: words, height, and stops on the way."""

from playwright.sync_api import Page

PHONE = {"width": 360, "height": 740}
WIDE = {"width": 1280, "height": 900}


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
