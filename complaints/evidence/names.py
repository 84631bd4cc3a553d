"""File names are whatever somebody's device made of them; here they become harmless."""

import re
import unicodedata

MOST_CHARACTERS = 100
NAMELESS = "bestand"
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


def shown_name(name: str) -> str:
    """The name as people may see it: no path, nothing invisible or overriding, at most 100 long.

    Letters of every script stay. The extension stays when the rest has to be cut.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", last))
    visible = "".join(c for c in plain if not unicodedata.category(c).startswith("C"))
    words = " ".join(visible.split()).strip(".")
    stem, dot, end = words.rpartition(".")
    if dot and stem and len(end) <= 10:
        return f"{_shortened(stem, len(end) + 1)}.{end}"
    return _shortened(words, 0) or NAMELESS


def extension(name: str) -> str:
    """What stands after the last full stop, in small letters."""
    return name.rpartition(".")[2].casefold() if "." in name else ""


def download_name(name: str, kind: str) -> str:
    """A name for a header and a disk: plain letters, and one extension, that of what it is."""
    stem = unicodedata.normalize("NFKD", shown_name(name).rpartition(".")[0] or NAMELESS)
    plain = _SAFE.sub("-", stem.encode("ascii", "ignore").decode()).replace(".", "-").strip("-_")
    return f"{plain[:60].strip('-') or NAMELESS}.{kind}"


def _shortened(text: str, room: int) -> str:
    most = MOST_CHARACTERS - room
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
