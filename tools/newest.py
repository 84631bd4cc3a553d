"""What `make test-newest` runs: the suite with the newest Wagtail, to see an upgrade coming."""

import os
import subprocess
import sys
from pathlib import Path

from tools import environment

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "var/newest"


def main(arguments: list[str]) -> int:
    """The development lock, then the newest Wagtail over it, then the suite on SQLite."""
    (ROOT / FOLDER).parent.mkdir(exist_ok=True)
    environment.main(environment.DEV_LOCK, FOLDER)
    python = str(environment.python_of(ROOT / FOLDER))
    upgrade_wagtail(python)
    command = [python, "-m", "tools.tests", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | {"DB": "sqlite"}).returncode


def upgrade_wagtail(python: str) -> None:
    finished = environment.run(
        [python, "-m", "pip", "install", "--quiet", "--no-input", "--upgrade", "wagtail"]
    )
    if finished.returncode != 0:
        environment.stop(f"Installing the newest Wagtail failed: {finished.stdout}")
    version = environment.run([python, "-c", "import wagtail; print(wagtail.__version__)"])
    print(f"Wagtail {version.stdout.strip()}", flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
