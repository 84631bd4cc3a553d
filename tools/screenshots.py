"""What `make screenshots` runs: the pictures of the README and the guides, of the demo itself.

The site runs on a free port with a scratch folder; nothing under `var/` is read or changed.
"""

import os
import re
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError

from playwright.sync_api import Browser, Page, sync_playwright

from tools.chromium import FLAGS, MISSING, find_chromium

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
GUIDE_IMAGES = ROOT / "site" / "static" / "guide"  # the CMS's help menu shows these
VIEWPORT = {"width": 1280, "height": 900}
GUIDE_VIEWPORT = {"width": 1024, "height": 640}
MOST_BYTES = 300_000
PATIENCE_SECONDS = 60
OURS = (
    *("DATABASE_URL", "VAULT_KEY_FILE", "ERASURE_KEY_FILE", "BASE_URL", "TEST_SCRATCH"),
    *("PORT", "RELOAD"),
)


def main() -> int:
    """Makes every picture; 1 when there is no browser or a picture became too heavy."""
    chromium = find_chromium()
    if chromium is None:
        print(MISSING)
        return 1
    for folder in (IMAGES, GUIDE_IMAGES):
        folder.mkdir(parents=True, exist_ok=True)
    with running_site() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        sizes = [picture(browser, base, name) for name in PICTURES]
        browser.close()
    return 1 if max(sizes) > MOST_BYTES else 0


@contextmanager
def running_site() -> Iterator[str]:
    """The site with the demo, until the pictures are made; yields its address."""
    port = free_port()
    base = f"http://localhost:{port}"
    with TemporaryDirectory(prefix="klachten-pictures-", ignore_cleanup_errors=True) as scratch:
        environment = environment_of(Path(scratch), base)
        for command in (["migrate"], ["bootstrap"], ["demo"]):
            manage([*command, "--verbosity", "0"], environment)
        server = subprocess.Popen(
            [sys.executable, "manage.py", "runserver", "--noreload", str(port)],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_for(base, server)
            yield base
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment_of(scratch: Path, base: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    (scratch / "static").mkdir()
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "VAR_DIR": str(scratch),
        "BASE_URL": base,
    }


def manage(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)


def wait_for(base: str, server: subprocess.Popen[bytes], trusted: Path | None = None) -> None:
    """Returns at the first answer; raises when the server ends or says nothing for a minute."""
    until = time.monotonic() + PATIENCE_SECONDS
    tls = ssl.create_default_context(cafile=trusted)
    while time.monotonic() < until and server.poll() is None:
        try:
            urllib.request.urlopen(base, timeout=10, context=tls).close()  # noqa: S310 - ours
        except (URLError, TimeoutError):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The site did not start.")


def picture(browser: Browser, base: str, name: str) -> int:
    """Writes one picture from a fresh browser context; returns its size in bytes."""
    is_for_guide = name.startswith("guide/")
    context = browser.new_context(
        viewport=GUIDE_VIEWPORT if is_for_guide else VIEWPORT,  # type: ignore[arg-type]
        color_scheme="light",
        locale="nl-NL",
        timezone_id="Europe/Amsterdam",
        reduced_motion="reduce",
    )
    page = context.new_page()
    PICTURES[name](page, base)
    page.wait_for_load_state("networkidle")
    path = (GUIDE_IMAGES if is_for_guide else IMAGES) / f"{Path(name).name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    context.close()
    size = path.stat().st_size
    print(f"{path.relative_to(ROOT)}  {size // 1000} kB", flush=True)
    return size


def procedure(page: Page, base: str) -> None:
    page.goto(f"{base}/klachtenprocedure/")


def form(page: Page, base: str) -> None:
    page.goto(f"{base}/klachtenprocedure/formulier/")


def case_desk(page: Page, base: str) -> None:
    sign_in(page, base, "vertrouwenspersoon")
    page.goto(f"{base}/cms/complaints/complaint/")


def case(page: Page, base: str) -> None:
    case_desk(page, base)
    page.locator("main").get_by_role("link", name=re.compile("KM-")).first.click()
    page.wait_for_url("**/inspect/**")


def answer(page: Page, base: str) -> None:
    """The box under the messages."""
    case(page, base)
    page.locator("#messages-heading").evaluate("element => element.scrollIntoView()")


def own(page: Page, base: str) -> None:
    sign_in(page, base, "vertrouwenspersoon")
    page.goto(f"{base}/cms/complaints/complaint/mijn-gegevens/")


def form_builder(page: Page, base: str) -> None:
    """The edit page of the form, opened at its questions."""
    edit(page, base, "/klachtenprocedure/formulier/")
    questions = page.locator("[data-contentpath=questions]")
    questions.evaluate("element => element.scrollIntoView()")


def form_history(page: Page, base: str) -> None:
    edit(page, base, "/klachtenprocedure/formulier/")
    page.goto(page.url.replace("/edit/", "/history/"))


def page_editor(page: Page, base: str) -> None:
    edit(page, base, "/klachtenprocedure/")


def lists(page: Page, base: str) -> None:
    sign_in(page, base, "redactie")
    page.goto(f"{base}/cms/snippets/")


def edit(page: Page, base: str, address: str) -> None:
    """To where an editor changes that page, by the bar they see on the page itself."""
    sign_in(page, base, "redactie")
    page.goto(base + address)
    link = page.locator("wagtail-userbar a[href*='/edit/']").first.get_attribute("href") or ""
    page.goto(f"http:{link}")


def manager(page: Page, base: str) -> None:
    sign_in(page, base, "beheer")
    page.goto(f"{base}/cms/complaints/behandelaars/")


def in_order(page: Page, base: str) -> None:
    sign_in(page, base, "beheer")
    page.goto(f"{base}/cms/complaints/site-in-orde/")


def sign_in(page: Page, base: str, username: str) -> None:
    page.goto(f"{base}/cms/login/")
    page.locator("[name=login]").fill(username)
    page.locator("[name=password]").fill("demo")
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(re.compile(r"/cms/$"))


PICTURES: dict[str, Callable[[Page, str], None]] = {
    "procedure": procedure,
    "case-desk": case_desk,
    "formulier": form,
    "zaak": case,
    "formulier-bouwen": form_builder,
    # For the handlers' guide, the editors', and the managers': at most four each.
    "guide/lijst": case_desk,
    "guide/dossier": case,
    "guide/antwoord": answer,
    "guide/mijn-gegevens": own,
    "guide/pagina": page_editor,
    "guide/formulier-bouwen": form_builder,
    "guide/geschiedenis": form_history,
    "guide/lijsten": lists,
    "guide/beheer": manager,
    "guide/site-in-orde": in_order,
}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
