"""What `make messages` runs: collects and compiles the English texts of the CMS. Needs gettext.

Only staff may choose English, and only the CMS is ever shown in it. What stands outside the CMS is
read in Dutch by everyone: its texts are Dutch in the code, and have no English.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENGLISH = ROOT / "locale/en/LC_MESSAGES/django.po"
OUTSIDE_CMS = (  # rooms and files that staff never see in English
    "complaints/paper",
    "complaints/public",
    "home/shell.py",
    "home/templatetags",
    "home/views.py",
    "templates/400.html",
    "templates/404.html",
    "templates/base.html",
    "templates/base_plain.html",
    "templates/blocks",
    "templates/complaints",
    "templates/components",
    "templates/emails",
    "templates/home",
    "templates/wagtailcore",
)
NOT_THE_SITE = ("benchmarks", "tests", "tools", "var")
DATED = ("POT-Creation-Date", "Report-Msgid-Bugs-To")  # would change each time


def main() -> int:
    ignored = [f"--ignore={room}" for room in (*OUTSIDE_CMS, *NOT_THE_SITE)]
    manage("makemessages", "--locale=en", "--no-obsolete", "--add-location=file", *ignored)
    lines = ENGLISH.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(tuple(f'"{name}:' for name in DATED))]
    ENGLISH.write_text("".join(kept), encoding="utf-8")
    manage("compilemessages", "--locale=en", "--locale=nl", "--ignore=.venv")
    return 0


def manage(*command: str) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True)


def is_in_cms(path: Path) -> bool:
    """Whether staff who chose English see the texts of this file in English."""
    return not any(path.is_relative_to(ROOT / room) for room in OUTSIDE_CMS)


if __name__ == "__main__":
    sys.exit(main())
