"""What a run says: a table in the terminal, and docs/benchmarks.md with a plot per database."""

import os
import platform
import statistics
from collections.abc import Callable
from datetime import date
from pathlib import Path

from benchmarks.desk_report import Desk, desk_lines, desk_section
from benchmarks.load import CLIENTS, ROUNDS, Comparison, Measured
from benchmarks.server import WEB_WORKERS
from benchmarks.vault import CASES, FILE_MB, WRAPS

Figures = dict[str, tuple[list[Comparison], dict[str, float], Desk]]
NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
BAR, ROW, LEFT, WIDE = 26, 74, 230, 760


def as_text(figures: Figures) -> str:
    lines = []
    for database, (comparisons, vault, desk) in figures.items():
        lines.append(NAMES[database])
        for found in comparisons:
            lines.append(
                f"  {found.name:30} ours {_middle(found.ours, _rate):6.1f}/s "
                f"plain {_middle(found.plain, _rate):6.1f}/s  ratio {found.ratio:.2f} "
                f"({found.ratios[0]:.2f} to {found.ratios[-1]:.2f})  p95 x{found.p95_ratio:.2f}"
            )
        lines.append(
            f"  {CASES} complaints opened in {vault['read']:.2f} s; {WRAPS} wraps rotated in "
            f"{vault['rotate']:.1f} s; {FILE_MB} MB sealed at {vault['seal']:.0f} and opened at "
            f"{vault['open']:.0f} MB/s"
        )
        lines += desk_lines(desk)
    return "\n".join(lines)


def write(figures: Figures, docs: Path) -> None:
    """Writes benchmarks.md, and images/benchmarks-<database>.svg beside it."""
    for database, (comparisons, _vault, _desk) in figures.items():
        (docs / "images" / f"benchmarks-{database}.svg").write_text(_plot(comparisons))
    (docs / "benchmarks.md").write_text(_page(figures))


def _page(figures: Figures) -> str:
    parts = [_OPENING.format(day=_day(), machine=_machine(), clients=CLIENTS, rounds=ROUNDS)]
    for database, (comparisons, vault, desk) in figures.items():
        parts += [f"## {NAMES[database]}", _plot_link(database), _table(comparisons)]
        parts.append(
            f"- {CASES} complaints of 2.5 kB read and opened: **{vault['read']:.2f} s** "
            "(asked: 1).\n"
            f"- {WRAPS} wraps under a new key: **{vault['rotate']:.1f} s** (asked: 30).\n"
            f"- A file of {FILE_MB} MB: sealed at **{vault['seal']:.0f} MB/s**, opened at "
            f"**{vault['open']:.0f} MB/s** (asked: 100)."
        )
        parts.append(desk_section(desk))
    return "\n\n".join(parts) + "\n"


def _table(comparisons: list[Comparison]) -> str:
    rows = [
        "| | ours | plain | ratio (lowest to highest) | p95, ours over plain |",
        "|---|---|---|---|---|",
    ]
    rows += [
        f"| {found.name} | {_middle(found.ours, _rate):.1f}/s "
        f"| {_middle(found.plain, _rate):.1f}/s "
        f"| **{found.ratio:.2f}** ({found.ratios[0]:.2f} to {found.ratios[-1]:.2f}) "
        f"| {found.p95_ratio:.2f} |"
        for found in comparisons
    ]
    return "\n".join(rows)


def _plot(comparisons: list[Comparison]) -> str:
    """Two bars a comparison, each pair on a scale of its own: what to see is the ratio."""
    high = ROW * len(comparisons) + 10
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" role="img" '
        'font-family="sans-serif" font-size="15">',
        f'<rect width="{WIDE}" height="{high}" fill="#faf6ef"/>',
    ]
    for number, found in enumerate(comparisons):
        top = ROW * number + 12
        rates = (_middle(found.ours, _rate), _middle(found.plain, _rate))
        parts.append(f'<text x="12" y="{top + 32}" fill="#22252e">{found.name}</text>')
        for place, (rate, fill) in enumerate(zip(rates, ("#1d5c58", "#b9b2a3"), strict=True)):
            wide = round((WIDE - LEFT - 150) * rate / max(rates))
            y = top + place * (BAR + 2)
            label = f"{('ours', 'plain')[place]} {rate:.0f}/s"
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{wide}" height="{BAR}" fill="{fill}"/>')
            x = LEFT + wide + 8
            parts.append(f'<text x="{x}" y="{y + 18}" fill="#22252e">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _plot_link(database: str) -> str:
    return f"![Rates beside Wagtail's own form page](images/benchmarks-{database}.svg)"


def _middle(rounds: list[Measured], figure: Callable[[Measured], float]) -> float:
    return statistics.median(map(figure, rounds))


def _rate(measured: Measured) -> float:
    return measured.rate


def _day() -> str:
    return f"{date.today():%d %B %Y}"  # noqa: DTZ011


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {system}, {WEB_WORKERS} gunicorn workers"


_OPENING = """# How quick it is

Written by `make bench ARGS=--write` on {day}: {machine}.
{clients} clients; {rounds} rounds of ours and of the plain page in turns; medians. Figures compare
within one run only: the ratio is what carries over.

*Plain* is Wagtail's own `AbstractEmailForm` page with the same questions, beside ours in the page
tree, on the same database and web server. It stores its submission in clear and mails the answers
within the request, to a mail server on the same machine. Ours does all it always does: no step is
skipped, and a worker sends the mail meanwhile.

- *First page of the form*: one GET, no page cache on either side. Asked: 1.5.
- *The post that files*: the one request that stores the complaint (sealed, receipt code, consent,
  terms, history, owed mail, synced to disk) and answers with the confirmation, beside the one that
  submits the plain form. Asked: 0.8.
- *Filing, one step, all pages*: from the first page to the confirmation, with the same questions on
  one page as the plain form has, and our check page: three requests beside two.
- *Filing, two steps, all pages*: four requests beside the plain page's two.
- *The case desk*: one handler's pages, whole, in one process, with 100, 10,000 and 100,000
  complaints (`seed_complaints`: half of them open, a kilobyte of text each); medians of 25, the
  pages in turns. *List* is what it shows by itself, *List of all* everything the handler may see.
  Asked: 100,000 within 1.5 times 100.
- *Export*: everything, taken piece by piece, each in a process of its own; *answers* opens every
  case. *plain* is Wagtail's own export of as many submissions of its form page. Ours also logs each
  case. Asked: CSV within 64 MB above idle."""
