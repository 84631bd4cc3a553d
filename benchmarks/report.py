"""What a run says: a table in the terminal, and docs/benchmarks.md with a plot per database."""

import os
import platform
import statistics
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from benchmarks.desk import TURNS
from benchmarks.load import CLIENTS, ROUNDS, Comparison, Measured
from benchmarks.server import WEB_WORKERS
from benchmarks.vault import CASES, FILE_MB, WRAPS

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
BAR, ROW, LEFT, WIDE = 26, 74, 230, 760


@dataclass(frozen=True)
class Found:
    """All that was measured on one database, in one run."""

    comparisons: list[Comparison]
    vault: dict[str, float]
    pages: dict[str, dict[str, float]]
    exports: dict[str, dict[str, float]]
    process: dict[str, float]


Figures = dict[str, Found]


def as_text(figures: Figures) -> str:
    """The tables of the page, for the terminal."""
    return "\n\n".join(_sections(figures, plots=False))


def write(figures: Figures, docs: Path) -> None:
    """Writes benchmarks.md, and images/benchmarks-<database>.svg beside it."""
    for database, found in figures.items():
        (docs / "images" / f"benchmarks-{database}.svg").write_text(_plot(found.comparisons))
    opening = _OPENING.format(
        day=_day(), machine=_machine(), clients=CLIENTS, rounds=ROUNDS, turns=TURNS
    )
    page = "\n\n".join([opening, *_sections(figures, plots=True)])
    (docs / "benchmarks.md").write_text(page + "\n")


def _sections(figures: Figures, *, plots: bool) -> list[str]:
    parts = []
    for database, found in figures.items():
        parts.append(f"## {NAMES[database]}")
        if plots:
            parts.append(f"![Rates beside a plain site](images/benchmarks-{database}.svg)")
        parts += [_comparisons(found.comparisons), _process(found.process) + _vault(found.vault)]
        parts += ["### The case desk", _pages(found.pages), _exports(found.exports)]
    return parts


def _comparisons(comparisons: list[Comparison]) -> str:
    rows = [
        "| | asked | ours | plain | rate, ours over plain | CPU, ours over plain | p95 |",
        "|---|---|---|---|---|---|---|",
    ]
    for found in comparisons:
        ours, plain = (_side(rounds) for rounds in (found.ours, found.plain))
        rates, cpu = (_spread(found, figure) for figure in ("rate", "cpu_ms"))
        p95 = found.ratio("p95_ms")
        asked = found.asked or "–"
        rows.append(f"| {found.name} | {asked} | {ours} | {plain} | {rates} | {cpu} | {p95:.2f} |")
    return "\n".join(rows)


def _side(rounds: list[Measured]) -> str:
    rate, cpu = _middle(rounds, "rate"), _middle(rounds, "cpu_ms")
    return f"{rate:.1f}/s, {cpu:.1f} ms"


def _spread(found: Comparison, figure: str) -> str:
    low, *_, high = found.ratios(figure)
    return f"**{found.ratio(figure):.2f}** ({low:.2f} to {high:.2f})"


def _process(process: dict[str, float]) -> str:
    return (
        f"- `manage.py develop`, the second time, to its first page: "
        f"**{process['first_answer']:.1f} s** (asked: 5).\n"
        f"- A web process after all kinds of pages: **{process['mib']:.0f} MiB** (asked: 210).\n"
    )


def _vault(vault: dict[str, float]) -> str:
    return (
        f"- {CASES} complaints of a kilobyte read and opened: **{vault['read']:.2f} s** "
        "(asked: 1).\n"
        f"- {WRAPS} wraps under a new key: **{vault['rotate']:.1f} s** (asked: 30).\n"
        f"- {WRAPS} values under a new erasure key: **{vault['cover']:.2f} s** (asked: below 1).\n"
        f"- A file of {FILE_MB} MB: sealed at **{vault['seal']:.0f} MB/s**, opened at "
        f"**{vault['open']:.0f} MB/s** (asked: 100)."
    )


def _pages(pages: dict[str, dict[str, float]]) -> str:
    first, *_, last = pages
    heads = " | ".join(f"{int(size):,}" for size in pages)
    rows = [
        f"| | {heads} | {int(last):,} over {int(first):,} |",
        "|---|" + "---|" * (len(pages) + 1),
    ]
    for name in pages[first]:
        times = " | ".join(f"{found[name]:.0f} ms" for found in pages.values())
        rows.append(f"| {name} | {times} | **{pages[last][name] / pages[first][name]:.2f}** |")
    return "\n".join(rows)


def _exports(exports: dict[str, dict[str, float]]) -> str:
    rows = ["| Export of 10,000 | rows a second | MiB above idle |", "|---|---|---|"]
    rows += [
        f"| {what} | {found['rate']:.0f} | **{found['mib']:.0f}** |"
        for what, found in exports.items()
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
        rates = (_middle(found.ours, "rate"), _middle(found.plain, "rate"))
        parts.append(f'<text x="12" y="{top + 32}" fill="#22252e">{found.name}</text>')
        for place, (rate, fill) in enumerate(zip(rates, ("#1d5c58", "#b9b2a3"), strict=True)):
            wide = round((WIDE - LEFT - 150) * rate / max(rates))
            y = top + place * (BAR + 2)
            label = f"{('ours', 'plain')[place]} {rate:.0f}/s"
            parts.append(f'<rect x="{LEFT}" y="{y}" width="{wide}" height="{BAR}" fill="{fill}"/>')
            x = LEFT + wide + 8
            parts.append(f'<text x="{x}" y="{y + 18}" fill="#22252e">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _middle(rounds: list[Measured], figure: str) -> float:
    return statistics.median(getattr(measured, figure) for measured in rounds)


def _day() -> str:
    return f"{date.today():%d %B %Y}"  # noqa: DTZ011


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, {system}, {WEB_WORKERS} gunicorn workers"


_OPENING = """# How quick it is

Written whole by one run of `make bench ARGS=--write` on {day}: {machine} for each site.
{clients} clients; {rounds} rounds of ours and of the plain site in turns; medians. Figures compare
within one run only: the ratio is what carries over.

*Plain* is a Wagtail site of its own (`benchmarks/plain_site`): the settings and middleware of
`wagtail start`, templates as its documentation writes them, our texts and questions. It runs beside
ours on the same kind of web server, with as many workers, and the same database with the same
settings. It has no menu, no footer and no headers of security; ours has all it always has. Nothing
is put before either but where nginx is named. Both have Django's cache in the memory of each
worker, as in production; ours keeps the header, the footer and the addresses of pages there until
somebody changes a page or a setting (decision 0007), the plain one what Wagtail keeps by itself.

*Rate* is requests a second, *CPU* what the web workers took for one, by `/proc`. *p95* is how long
the slow ones took, ours over plain.

- *Procedure page*: a page of text with the same words in the plain site.
- *First page of the form*: ours asks the questions of the first step, the plain form all.
- *The post that files*: the one request that stores the complaint (sealed, receipt code, consent,
  terms, history, owed mail, synced to disk) and answers with the confirmation, beside the one that
  submits Wagtail's own e-mail form. That stores its submission in clear and mails the answers
  within the request, to a mail server on the same machine. A worker sends ours meanwhile.
- *Filing, all pages*: from the first page to the confirmation: a request for each step, one for the
  check page and one that sends, beside the plain form's two.
- *50 procedure pages by nginx*: our page out of the cache of `deploy/nginx.conf`, beside a file of
  the same bytes that nginx serves by itself; CPU is nginx's own. Fifty over one connection.
- *Case list, plain home*: what a handler's list takes, as a multiple of the plain site's home page.
- *The case desk*: one handler's pages, whole, with 100 and with 10,000 complaints, in a database
  and a process for each (`seed_complaints`: half of them open, a kilobyte of text each); medians of
  {turns}, the sizes in turns. *List* is what it shows by itself, *List of all* everything the
  handler may see. Asked: 10,000 within 1.3 times 100.
- *Export*: everything, taken piece by piece, each in a process of its own; *answers* opens every
  case. *plain* is Wagtail's own export of as many submissions of its form page. Ours also logs each
  case. Asked: CSV within 64 MB above idle."""
