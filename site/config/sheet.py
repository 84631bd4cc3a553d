"""The public side's style as one file, so that a page is painted after two requests.

It is written in many: the names, the base, and one for each component.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SHEET = "css/public.css"
SPARE = re.compile(r"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)


def whole() -> str:
    """Returns the sheet; within a layer the names of the files say what goes before what."""
    css = Path(settings.ROOT, "site", "static", "css")
    names = [css / "tokens.css", css / "base.css", *sorted(css.glob("components/*.css"))]
    return SPARE.sub("", "\n".join(name.read_text() for name in names))


class PublicSheet(BaseFinder):
    """Makes the sheet anew whenever it is asked for: `collectstatic` does that, and development."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(Path(settings.VAR, "made"))
        super().__init__(*args, **kwargs)

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != SHEET:
            return []
        made = Path(self.storage.path(SHEET))
        if not made.exists() or made.read_text() != whole():
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(whole())
        return [str(made)] if find_all else str(made)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Any]]:
        self.find(SHEET)
        yield SHEET, self.storage
