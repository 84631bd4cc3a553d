"""What `deploy/check` does: says what is wrong with the installation, and what to do about it.

Each check gives nothing where all is well, else what is wrong, in plain words. The exit status is
1 as soon as one has something to say. Run it as root: it looks at files that only root may see.
"""

import os
import pwd
import shutil
import socket
import ssl
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from installer import (
    CONFIG,
    CURRENT,
    ENVIRONMENT,
    HERE,
    MAKESHIFT,
    TLS,
    USER,
    VAR,
    attempt,
    kept_folder,
    pairs_in,
)

SECONDS_LEFT = 14 * 24 * 3600  # of the certificate
LEAST_FREE = 2 * 1000**3
CHAIN = TLS / "fullchain.pem"

Settings = dict[str, str]


def environment(settings: Settings) -> Iterator[str]:
    """The settings load, nobody else reads them, and the site itself cannot change them."""
    yield from private(CONFIG, "root", 0o750)
    yield from private(ENVIRONMENT, "root", 0o640)
    loaded = attempt(CURRENT / ".venv/bin/python", CURRENT / "manage.py", "check", cwd=CURRENT)
    if loaded.returncode:
        yield f"The settings are not right: {last_line(loaded.stdout)} Mend {ENVIRONMENT}."


def private(file: Path, owner: str, most: int) -> Iterator[str]:
    """Whether it is that owner's and the site's group's, with no more rights than these."""
    if not file.exists():
        yield f"{file} is gone. Put it back from the copy you keep elsewhere."
        return
    found, ours = file.stat(), pwd.getpwnam(USER)
    owners = (pwd.getpwnam(owner).pw_uid, ours.pw_gid)
    if found.st_mode & 0o777 & ~most or (found.st_uid, found.st_gid) != owners:
        mend = f"chown {owner}:{USER} {file}; chmod {most:o} {file}"
        yield f"{file} must be {owner}'s, and for {USER} alone to read: {mend}"


def keys(settings: Settings) -> Iterator[str]:
    """The key files are there, for the site alone, and a copy was taken away."""
    for name, owner, most in (("VAULT_KEY_FILE", "root", 0o640), ("ERASURE_KEY_FILE", USER, 0o600)):
        if name in settings:
            yield from private(Path(settings[name]), owner, most)
    if kept_folder().exists():
        yield f"{kept_folder()} is still here: copy it to elsewhere and delete it (its READ-ME)."


def services(settings: Settings) -> Iterator[str]:
    """What has to run runs, and is started with the machine."""
    names = ["nginx.service", "klachten-web.socket", "klachten-web.service"]
    names += ["klachten-worker.service", "klachten-selfcheck.timer"]
    names += ["postgresql.service"] * (settings.get("DATABASE_URL") == HERE)
    for name in names:
        if attempt("systemctl", "is-active", name).stdout.strip() != "active":
            yield f"{name} does not run: systemctl start {name}; why: journalctl -u {name} -n 50"
        if attempt("systemctl", "is-enabled", name).returncode:
            yield f"{name} does not start with the machine: systemctl enable {name}"


def proxy(settings: Settings) -> Iterator[str]:
    """nginx accepts its configuration, and has its file system in memory."""
    said = attempt("nginx", "-t")
    if said.returncode:
        yield f"nginx refuses its configuration: {last_line(said.stdout, 1)} See: nginx -t"
    if attempt("mountpoint", "-q", "/run/klachten-nginx").returncode:
        yield "What passes nginx would come on the disk: mount /run/klachten-nginx"
    if not Path("/etc/logrotate.d/nginx").exists():
        yield "Nothing rotates nginx's logs: apt-get install --reinstall nginx logrotate"


def certificate(settings: Settings) -> Iterator[str]:
    """TLS by a certificate that browsers take, for two weeks at least."""
    if not CHAIN.exists():
        yield f"There is no certificate {CHAIN}: deploy/install --only certificate,start"
    elif attempt("openssl", "x509", "-in", CHAIN, "-checkend", str(SECONDS_LEFT)).returncode:
        ends = attempt("openssl", "x509", "-in", CHAIN, "-noout", "-enddate").stdout.strip()
        yield f"The certificate is nearly over ({ends}): certbot renew, or put a new one in {TLS}"
    if CHAIN.resolve().parent == MAKESHIFT:
        yield "The certificate is a makeshift that browsers warn of: deploy/install --only start"


def visit(settings: Settings) -> Iterator[str]:
    """A visitor gets the home page by https, and is sent there from http."""
    address = urlsplit(settings.get("BASE_URL", "")).hostname or ""
    yield from (
        f"Port {port} of {address}: {said}" for port in (80, 443) if (said := closed(port, address))
    )
    unchecked = ssl._create_unverified_context()  # noqa: S323 - `certificate` looks at that
    secure = HTTPSConnection("127.0.0.1", timeout=20, context=unchecked)
    for line, what in ((HTTPConnection("127.0.0.1", timeout=20), "http"), (secure, "https")):
        try:
            line.request("GET", "/", headers={"Host": address})
            reply = line.getresponse()
            text = reply.read().decode(errors="replace")
        except (OSError, HTTPException) as error:
            yield f"The site does not answer by {what}: {error}. See: systemctl status nginx"
            continue
        finally:
            line.close()
        goes_to = reply.headers.get("Location", "")
        if what == "http" and not goes_to.startswith(f"https://{address}"):
            yield "http does not lead to https: deploy/install --only proxy,start"
        elif what == "https" and goes_to == f"https://{address}/":
            yield "The site sends visitors round in circles: the proxy must set X-Forwarded-Proto"
        elif what == "https" and reply.status != 200:
            yield f"The home page answers {reply.status}: {text[:80].strip()}"


def closed(port: int, address: str) -> str:
    """Why nobody comes in there by name; nothing where it is open."""
    try:
        socket.create_connection((address, port), timeout=10).close()
    except socket.gaierror:
        return "the name leads nowhere. Add it to the DNS"
    except OSError as error:
        return f"{error.strerror or error}. Open it in the firewall, and see: ss -ltn"
    return ""


def room(settings: Settings) -> Iterator[str]:
    """There is room on the disks."""
    backups = settings.get("BACKUP_TO", "")
    for folder in (VAR, Path("/var/lib/postgresql"), Path("/var/log"), Path(backups or "/")):
        free = shutil.disk_usage(folder).free if folder.exists() else LEAST_FREE
        if free < LEAST_FREE:
            yield f"The disk of {folder} is nearly full ({free // 1000**2} MB): make room"


def selfcheck(settings: Settings) -> Iterator[str]:
    """What the site finds about itself, but what a new site has still to do."""
    said = attempt(CURRENT / ".venv/bin/python", CURRENT / "manage.py", "selfcheck", cwd=CURRENT)
    failed = [line for line in said.stdout.splitlines() if line.startswith("FAIL ")]
    yield from (line.removeprefix("FAIL ") for line in failed)
    if said.returncode and not failed:
        yield f"The self-check does not run: {last_line(said.stdout)}"


def last_line(text: str, back: int = 0) -> str:
    lines = text.strip().splitlines()
    return lines[-1 - back] if len(lines) > back else text.strip()


CHECKS: tuple[Callable[[Settings], Iterator[str]], ...] = (
    *(environment, keys, services, proxy, certificate, visit, room, selfcheck),
)


def main() -> int:
    if os.geteuid() != 0:
        print("Run this as root: sudo deploy/check", file=sys.stderr)
        return 2
    if not (CURRENT / "manage.py").exists():
        print(f"Nothing is installed in {CURRENT}: sudo deploy/install", file=sys.stderr)
        return 2
    settings = pairs_in(ENVIRONMENT) if ENVIRONMENT.exists() else {}
    count = 0
    for check in CHECKS:
        wrong = list(check(settings))
        count += len(wrong)
        print(f"{'WRONG' if wrong else 'ok   '} {(check.__doc__ or '').splitlines()[0]}")
        print("".join(f"      - {line}\n" for line in wrong), end="", flush=True)
    print(f"\n{count} to mend." if count else "\nAll is well.")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
