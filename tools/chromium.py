"""Which Chromium the browser tests and the screenshots drive; one answer for all of them."""

import os
import shutil
import subprocess
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "chromium-headless-shell", "fonts-liberation")  # pages want letters
FLAGS = [
    "--no-sandbox",  # root in a container has no user namespaces
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
MISSING = "No Chromium: install the package `chromium`, or name one in CHROMIUM."


def find_chromium() -> str | None:
    """CHROMIUM from the environment, else a system one, else Playwright's own, else None.

    A CHROMIUM that names no program is None too: another browser is not what was asked for.
    """
    if asked := os.environ.get("CHROMIUM"):
        return shutil.which(asked)
    return next(filter(None, map(shutil.which, NAMES)), None) or playwrights_own()


def playwrights_own() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).is_file() else None


def find_headless_shell() -> str | None:
    """Returns Debian's headless shell, unless CHROMIUM asks for a browser by name."""
    return None if os.environ.get("CHROMIUM") else shutil.which("chromium-headless-shell")


def install_chromium() -> None:
    """Installs what is missing for the tests, where we are root on Debian; else does nothing.

    In one go, because both browsers must be of the same version.
    """
    complete = find_chromium() and find_headless_shell()
    if complete or os.environ.get("CHROMIUM") or not may_install():
        return
    print(f"Installing the packages {', '.join(PACKAGES)} ...", flush=True)
    if apt_get(["update"]):
        apt_get(["install", "--yes", "--no-install-recommends", *PACKAGES])


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_get(step: list[str]) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-qq", *step]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True)
    if finished.returncode != 0:
        print(f"apt-get {step[0]} failed: {(finished.stderr.splitlines() or ['no reason'])[-1]}")
    return finished.returncode == 0
