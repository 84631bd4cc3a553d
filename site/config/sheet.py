"""The public side's style as one file, so that a page is painted after two requests."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

SHEET = "css/public.css"
SPARE = re.compile(r"/\*.*?\*/|^\s+", re.DOTALL | re.MULTILINE)


class PublicSheet(BaseFinder):
    """Makes the sheet of the many we write, anew whenever it is asked for.

    `collectstatic` asks, and development. Within a layer the names say what goes before what.
    """

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != SHEET:
            return []
        css, made = Path(settings.ROOT, "site/static/css"), Path(settings.VAR, "made", SHEET)
        names = [css / "tokens.css", css / "base.css", *sorted(css.glob("components/*.css"))]
        sheet = SPARE.sub("", "\n".join(name.read_text() for name in names))
        if not made.exists() or made.read_text() != sheet:
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(sheet)
        return [str(made)] if find_all else str(made)

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        self.find(SHEET)
        yield SHEET, FileSystemStorage(Path(settings.VAR, "made"))
