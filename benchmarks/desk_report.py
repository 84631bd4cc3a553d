"""What `benchmarks.desk` found, as tables of docs/benchmarks.md."""

from typing import Any

Desk = dict[str, Any]


def desk_section(desk: Desk) -> str:
    """The pages at each size, and the exports beside Wagtail's own."""
    return "\n\n".join(["### The case desk", _pages(desk["pages"]), _exports(desk["exports"])])


def desk_lines(desk: Desk) -> list[str]:
    """The same for the terminal."""
    lines = [
        f"  {name:30} " + ", ".join(f"{size}: {found[name]:.0f} ms" for size, found in _sizes(desk))
        for name in _names(desk["pages"])
    ]
    return lines + [
        f"  export {what:23} {found['rate']:.0f} rows/s, {found['mib']:.0f} MiB above idle"
        for what, found in desk["exports"].items()
    ]


def _sizes(desk: Desk) -> list[tuple[str, dict[str, float]]]:
    return list(desk["pages"].items())


def _names(pages: dict[str, dict[str, float]]) -> list[str]:
    return list(next(iter(pages.values())))


def _pages(pages: dict[str, dict[str, float]]) -> str:
    first, *_, last = pages
    heads = " | ".join(f"{int(size):,}" for size in pages)
    rows = [
        f"| | {heads} | {int(last):,} over {int(first):,} |",
        "|---|" + "---|" * (len(pages) + 1),
    ]
    for name in _names(pages):
        times = " | ".join(f"{found[name]:.0f} ms" for found in pages.values())
        rows.append(f"| {name} | {times} | **{pages[last][name] / pages[first][name]:.2f}** |")
    return "\n".join(rows)


def _exports(exports: dict[str, dict[str, float]]) -> str:
    rows = [
        "| Export of 100,000 | rows a second | MiB above idle |",
        "|---|---|---|",
    ]
    rows += [
        f"| {what} | {found['rate']:.0f} | **{found['mib']:.0f}** |"
        for what, found in exports.items()
    ]
    return "\n".join(rows)
