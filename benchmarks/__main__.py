"""`make bench`: our site beside a plain Wagtail site of its own, and the desk and the vault.

`make bench ARGS=--write` also writes docs/benchmarks.md and its plots; `ARGS=sqlite` measures on
that database only. What counts are ratios within one run: machines differ, and are noisy.

Nothing stands before either site: no proxy, no page cache (but in the last comparison, which is
with nginx's own file). Both have Django's default cache, in the memory of each worker. In ours it
holds the shell of an edition (decision 0007), as it does in production for every visitor; in the
plain one whatever Wagtail keeps there by itself.
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks import desk, journeys, report
from benchmarks.load import Comparison, Served, compare
from benchmarks.server import Environment, behind_nginx, first_answer, run, scratch_sites, served

DOCS = Path(__file__).resolve().parents[1] / "docs"
DATABASES = ("sqlite", "postgres")
EXPORTS = ("csv", "csv answers", "xlsx")
GETS, FILINGS, LISTS, FIFTIES = 20, 12, 8, 8


def measure(database: str) -> report.Found:
    """The desk at each size, then every comparison beside 10,000 cases, then the vault."""
    with scratch_sites(database) as sites:
        pages = desk.in_turns((sites.small, sites.ours))
        exports = {what: printed(sites.ours, "desk", "export", *what.split()) for what in EXPORTS}
        exports |= printed(sites.plain, "plain_site.export")
        with served(sites) as (ours, plain):
            comparisons = compare_all(ours, plain, sites.cookie)
            with behind_nginx(sites, ours) as front:
                comparisons.append(compare_with_file(front))
        process = first_answer(sites)
        vault = printed(sites.ours, "vault")
    return report.Found(comparisons, vault, pages, exports, process)


def printed(site: Environment, module: str, *arguments: str) -> Any:
    """What this part of the benchmarks printed on that site."""
    return json.loads(run(site, "-m", f"benchmarks.{module}", *arguments).splitlines()[-1])


def compare_all(ours: Served, plain: Served, cookie: str) -> list[Comparison]:
    def gets(name: str, asked: str, path: str) -> Comparison:
        work = journeys.get(path)
        return compare(name, asked, (ours, work), (plain, work), GETS)

    home = journeys.get(journeys.HOME)
    listed = journeys.get(journeys.LIST, cookie)
    press = (ours, journeys.press_ours), (plain, journeys.press_plain)
    whole = (ours, journeys.file_ours), (plain, journeys.file_plain)
    return [
        gets("Home page", "rate 0.8", journeys.HOME),
        gets("Procedure page", "rate 0.8", journeys.PROCEDURE),
        gets("First page of the form", "rate 1.0", journeys.FORM),
        compare("The post that files", "rate 0.9", *press, FILINGS),
        compare("Filing, all pages", "", *whole, FILINGS),
        compare("Case list, plain home", "CPU 6", (ours, listed), (plain, home), LISTS),
    ]


def compare_with_file(front: Served) -> Comparison:
    page, file = (journeys.fifty(path) for path in (journeys.PROCEDURE, "/static/procedure.html"))
    name = "50 procedure pages by nginx, its own file"
    return compare(name, "rate 0.8", (front, page), (front, file), FIFTIES)


def main() -> None:
    chosen = [database for database in DATABASES if database in sys.argv] or DATABASES
    figures = {database: measure(database) for database in chosen}
    print(report.as_text(figures))  # noqa: T201
    if "--write" in sys.argv:
        report.write(figures, DOCS)


if __name__ == "__main__":
    main()
