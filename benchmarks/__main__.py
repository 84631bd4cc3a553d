"""`make bench`: the site beside Wagtail's own e-mail form page, and the vault beside the clock.

`make bench ARGS=--write` also writes docs/benchmarks.md and its plots. What counts are ratios
within one run: machines differ, and are noisy.
"""

import sys
from pathlib import Path

from benchmarks import report
from benchmarks.desk_report import Desk
from benchmarks.journeys import (
    OURS,
    PLAIN,
    file_in_one_step,
    file_ours,
    file_plain,
    get,
    press_ours,
    press_plain,
)
from benchmarks.load import Comparison, compare
from benchmarks.server import desk_figures, running_site, vault_figures

DOCS = Path(__file__).resolve().parents[1] / "docs"
GETS, FILINGS = 25, 8


def measure(database: str) -> tuple[list[Comparison], dict[str, float], Desk]:
    """Every comparison on one database, and the vault's and the desk's own figures there."""
    with running_site(database) as (address, environment):
        comparisons = [
            compare(address, "First page of the form", get(OURS), get(PLAIN), GETS),
            compare(address, "The post that files", press_ours, press_plain, FILINGS),
            compare(address, "Filing, one step, all pages", file_in_one_step, file_plain, FILINGS),
            compare(address, "Filing, two steps, all pages", file_ours, file_plain, FILINGS),
        ]
        vault = vault_figures(environment)
    return comparisons, vault, desk_figures(database)


def main() -> None:
    figures = {database: measure(database) for database in ("sqlite", "postgres")}
    print(report.as_text(figures))  # noqa: T201
    if "--write" in sys.argv:
        report.write(figures, DOCS)


if __name__ == "__main__":
    main()
