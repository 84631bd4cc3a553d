"""What `make check` runs: everything that can be said about the code without running it.

Each check prints one line; a failing one is followed by its own output.
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
PYTHON = [sys.executable, "-m"]
MANAGE = [sys.executable, "manage.py"]
SOURCES = ["manage.py", "accounts", "home", "complaints", "demo", "site/config", "tools"]
SOURCES += [f"deploy/{name}.py" for name in ("installer", "upgrade", "checker")]

CHECKS: dict[str, list[str]] = {
    "ruff check": [*PYTHON, "ruff", "check", "."],
    "ruff format": [*PYTHON, "ruff", "format", "--check", "."],
    "mypy": [*PYTHON, "mypy", *SOURCES],
    "djlint": [*PYTHON, "djlint", "templates", "--lint", "--quiet"],
    "import-linter": [str(Path(sys.executable).with_name("lint-imports"))],
    "migrations": [*MANAGE, "makemigrations", "--check", "--dry-run"],
    "deployment": [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"],
}


def main() -> int:
    """Runs every check, also after a failure; 1 when any failed."""
    with TemporaryDirectory(prefix="klachten-check-") as scratch:
        passed = [report(name, command, Path(scratch)) for name, command in CHECKS.items()]
    return 0 if all(passed) else 1


def report(name: str, command: list[str], scratch: Path) -> bool:
    finished = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(name, scratch),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    is_passed = finished.returncode == 0
    print(f"{'ok    ' if is_passed else 'FAILED'} {name}", flush=True)
    if not is_passed:
        print(finished.stdout, flush=True)
    return is_passed


def environment(name: str, scratch: Path) -> dict[str, str]:
    """The test settings, except for `deployment`, which sees the production settings."""
    inherited = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    ours = production(scratch) if name == "deployment" else test(scratch)
    return inherited | ours | {"PYTHONPATH": str(ROOT / "site")}


def test(scratch: Path) -> dict[str, str]:
    return {"DJANGO_SETTINGS_MODULE": "config.settings.test", "TEST_SCRATCH": str(scratch)}


def production(scratch: Path) -> dict[str, str]:
    """Throwaway values in the place of every secret that the production settings ask for."""
    key_file = scratch / "vault.keys"
    key_file.touch(mode=0o600)
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "DATABASE_URL": "postgresql://check@localhost/check",
        "VAULT_KEY_FILE": str(key_file),
        "ERASURE_KEY_FILE": str(key_file),
        "EMAIL_URL": "smtp://localhost",
        "MAIL_FROM": "bericht@example.org",
        "ALLOWED_HOSTS": "example.org",
        "BASE_URL": "https://example.org",
    }


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
