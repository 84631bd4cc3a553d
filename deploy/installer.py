"""What `deploy/install` does: a running site on a clean Debian 12 or 13, in steps.

The first time it asks five questions, or takes the answers from a file. Once the site runs, it
upgrades to the version that it lies in, and goes back when that does not come up: `upgrade.py`.
Every step may be done again; `--only` does a few, as the container does. It runs before anything
is installed, so it is of the standard library alone.
"""

import argparse
import hashlib
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

TRIED = {("debian", "12"), ("debian", "13")}
SOURCE = Path(__file__).resolve().parents[1]
HOME = Path("/opt/klachten")
CURRENT = HOME / "current"
CONFIG = Path("/etc/klachten")
ENVIRONMENT = CONFIG / "environment"
TLS = CONFIG / "tls"
MAKESHIFT = CONFIG / "makeshift"
VAR = Path("/var/lib/klachten")
LOCK = VAR / "upgrade.lock"
SITE_OF_NGINX = Path("/etc/nginx/conf.d/klachten.conf")
UNITS = Path("/etc/systemd/system")
SOCKET = "unix:/run/klachten/web.sock"
USER = "klachten"
FIRST_ACCOUNT = "beheer"
HERE = "postgresql://klachten@%2Frun%2Fpostgresql/klachten"
QUESTIONS = {
    "ADDRESS": ("The address of the site, such as klachten.example.org", ""),
    "ORGANISATION": ("The name of the organisation", ""),
    "EMAIL_URL": (
        "The mail server: submission://user:password@host:587 (STARTTLS) or smtps://…:465 (TLS)",
        "smtp://localhost:25",
    ),
    "DATABASE_URL": ("The database: here, or postgresql://user:password@host/name", "here"),
    "BACKUP_TO": ("Backups to: a folder on another disk, s3://bucket/prefix, or none", "none"),
}
# Also read from the answers, never asked: what most installations need not say.
UNASKED = {"CERTIFICATE": "certbot", "UPSTREAM": SOCKET}
# In a container of nginx: its one folder of memory, and logs that whoever runs it keeps.
IN_A_CONTAINER = {
    "/run/klachten-nginx": "/tmp",  # noqa: S108
    "/var/log/nginx/klachten.log": "/dev/stdout",
    "/var/log/nginx/klachten-errors.log": "/dev/stderr",
}
HANDED_OVER = """Copy this folder to two places that are not this server, such as a USB stick in a
safe and a password manager, and then delete it here: rm -r {folder}

vault.keys       opens every complaint. Lost with the server, all complaints are lost.
backup.identity  opens the backups. The server itself does not have it: it only seals.

Whoever has one of these and a backup can read the complaints. Never keep them with the backups.
Copy vault.keys anew after each `klachten rotate_vault_keys`.
"""


def run(*command: str | Path, **options: Any) -> str:
    """What the command printed. Ends the installation, with what it said, where it fails."""
    done = attempt(*command, **options)
    if done.returncode:
        said = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-15:])
        raise Failed(f"This failed: {' '.join(map(str, command))}\n{said}")
    return done.stdout


def attempt(*command: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | options
    return subprocess.run([*map(str, command)], text=True, **given)


class Failed(Exception):
    """What went wrong, in words for whoever installs."""


def manage(*command: str | Path, version: Path = CURRENT) -> str:
    """Runs a command of the site in one of its versions; as root it becomes the site's user."""
    return run(version / ".venv/bin/python", version / "manage.py", *command, cwd=version)


def answers(file: Path | None, *, must_know: bool) -> dict[str, str]:
    """Each answer from the file, else from the environment, else asked."""
    given = os.environ | (pairs_in(file) if file else {})
    if ENVIRONMENT.exists():  # answered before
        given |= pairs_in(ENVIRONMENT)
    found = {name: given.get(name, default) for name, default in UNASKED.items()}
    for name, (question, usual) in QUESTIONS.items():
        found[name] = given.get(name, "").strip()
        while must_know and not found[name] and sys.stdin.isatty():
            found[name] = input(f"{question}{usual and f' [{usual}]'}: ").strip() or usual
        if must_know and not found[name]:
            raise Failed(f"No answer for {name}: {question}.")
    for name, value in found.items():
        if len(value.splitlines()) > 1 or value[:1] in {"'", '"'}:
            raise Failed(f"{name} must be on one line, without quotes.")
    if found["DATABASE_URL"] == HERE:
        found["DATABASE_URL"] = "here"
    return found


def pairs_in(file: Path) -> dict[str, str]:
    """The `NAME=value` lines of a file."""
    lines = [line.partition("=") for line in file.read_text().splitlines() if line[:1] != "#"]
    return {name.strip(): value.strip() for name, equals, value in lines if equals}


def need(step: str, given: dict[str, str]) -> None:
    """Installs the Debian packages of a step that are not there yet."""
    missing = [
        name
        for name in packages_of(step, given)
        if "install ok installed" not in attempt("dpkg-query", "-W", "-f=${Status}", name).stdout
    ]
    if missing:
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        run("apt-get", "-qq", "update")
        run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", *missing, env=quiet)


def packages_of(step: str, given: dict[str, str]) -> list[str]:
    uses_certbot = given["CERTIFICATE"] == "certbot"
    return {
        "version": ["python3-venv", "ca-certificates"],
        "database": ["postgresql" if given["DATABASE_URL"] == "here" else "postgresql-client"],
        "certificate": ["openssl", *["certbot"] * uses_certbot],
        "nginx": ["nginx", "logrotate"],
    }.get(step, [])


# --- The steps, in their order. ---


def user(given: dict[str, str]) -> None:
    """The account that the site runs as, and the folders it has."""
    if attempt("id", USER).returncode:
        run("useradd", "--system", "--home-dir", VAR, "--shell", "/usr/sbin/nologin", USER)
    owned(CONFIG, 0o750, owner="root")  # a site that was broken into changes no setting
    owned(VAR.resolve(), 0o711)  # nginx goes through it
    for name in ("static", "media", "acme"):
        owned(VAR / name, 0o2750, group="www-data")
    for name in ("files", "erasure"):
        owned(VAR / name, 0o700)
    if given["BACKUP_TO"].startswith("/"):
        owned(Path(given["BACKUP_TO"]).resolve(), 0o700)
    os.close(os.open(LOCK, os.O_CREAT | os.O_NOFOLLOW, 0o644))


def owned(folder: Path, mode: int, group: str = USER, owner: str = USER) -> None:
    """Makes a folder of that owner. Where the site's user put a link, root follows none."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        place = os.open(folder, os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise Failed(f"{folder} must be a folder, and no link to one.") from error
    shutil.chown(place, owner, group)
    os.chmod(place, mode)  # noqa: PTH101 - of what is open
    os.close(place)


def version(given: dict[str, str]) -> Path:
    """This version in a folder of its own, with the Python packages of its lock by their hashes."""
    folder = HOME / "versions" / time.strftime("%Y%m%d-%H%M%S")
    left_out = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", ".*_cache")
    shutil.copytree(SOURCE, folder, symlinks=True, ignore=left_out)
    (folder / "INSTALLED").write_text(f"{ENVIRONMENT}\n")
    lock = hashlib.sha256((folder / "requirements.txt").read_bytes()).hexdigest()[:12]
    packages = HOME / "packages" / f"{lock}-python3.{sys.version_info.minor}"
    packages.parent.mkdir(exist_ok=True)
    run(sys.executable, folder / "tools/environment.py", "requirements.txt", packages)
    (folder / ".venv").symlink_to(packages)
    run(folder / ".venv/bin/python", "-m", "compileall", "-q", folder, "-x", "/.venv/")
    run("chmod", "-R", "a+rX,go-w", folder)
    if not CURRENT.exists():
        switch(folder)
    return folder


def switch(folder: Path) -> None:
    """Makes that version the one that starts, in one step."""
    link = CURRENT.with_name("current.new")
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    link.replace(CURRENT)


def database(given: dict[str, str]) -> None:
    """A PostgreSQL on this machine, in which the site is who its Linux account is: no password."""
    if given["DATABASE_URL"] != "here":
        return
    run("systemctl", "enable", "--now", "postgresql")
    as_postgres = ("runuser", "-u", "postgres", "--")
    if USER not in run(*as_postgres, "psql", "-tAc", "select rolname from pg_roles").split():
        run(*as_postgres, "createuser", USER)
    if USER not in run(*as_postgres, "psql", "-tAc", "select datname from pg_database").split():
        new = ("--owner", USER, "--encoding", "UTF8", "--locale", "C.UTF-8")
        run(*as_postgres, "createdb", *new, "--template", "template0", USER)


def environment(given: dict[str, str]) -> None:
    """The settings: .env.example with what was answered. Never written over."""
    if ENVIRONMENT.exists():
        return
    address = given["ADDRESS"].lower().removeprefix("https://").strip("/")
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", address):
        raise Failed(f"{address} is no address of a site, such as klachten.example.org.")
    is_here = given["DATABASE_URL"] == "here"
    values = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": HERE if is_here else given["DATABASE_URL"],
        "ALLOWED_HOSTS": address,
        "BASE_URL": f"https://{address}",
        "EMAIL_URL": given["EMAIL_URL"],
        "MAIL_FROM": f"klachten@{address}",
        "ORGANISATION": given["ORGANISATION"],
        "BACKUP_TO": "" if given["BACKUP_TO"] == "none" else given["BACKUP_TO"],
    }
    write_private(ENVIRONMENT, with_values((SOURCE / ".env.example").read_text(), values))


def with_values(text: str, values: dict[str, str]) -> str:
    """The text with these values behind the names that it holds."""
    lines = []
    for line in text.splitlines():
        name = line.partition("=")[0]
        lines.append(f"{name}={values[name]}" if name in values else line)
    return "\n".join([*lines, ""])


def write_private(file: Path, text: str) -> None:
    """Writes a file that is root's, and that the site's user reads, in one step."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(text)
        if os.geteuid() == 0:
            shutil.chown(new.fileno(), "root", USER)
            os.chmod(new.fileno(), 0o640)  # noqa: PTH101 - of what is open
    draft.replace(file)


def keys(given: dict[str, str]) -> None:
    """What seals complaints, and what seals backups: made once, and handed over to be kept."""
    settings = pairs_in(ENVIRONMENT)
    vault = Path(settings["VAULT_KEY_FILE"])
    is_new = not vault.exists()
    python = CURRENT / ".venv/bin/python"
    if is_new:
        code = "from complaints.vault.keyring import new_line; print(new_line(), end='')"
        write_private(vault, run(python, "-c", code, cwd=CURRENT))
    if not (erasure := Path(settings["ERASURE_KEY_FILE"])).exists():
        manage("make_vault_key", erasure)
    if not settings.get("BACKUP_RECIPIENT"):
        code = "import pyrage; i = pyrage.x25519.Identity.generate(); print(i, i.to_public())"
        identity, recipient = run(python, "-c", code).split()
        hand_over("backup.identity", f"{identity}\n")
        text = with_values(ENVIRONMENT.read_text(), {"BACKUP_RECIPIENT": recipient})
        write_private(ENVIRONMENT, text)
    if is_new:
        hand_over("vault.keys", vault.read_text())


def kept_folder() -> Path:
    """Where only root looks; in a container, the volume of the keys."""
    return (Path("/root") if os.geteuid() == 0 else CONFIG) / "klachten-keep-elsewhere"


def hand_over(name: str, text: str) -> None:
    """Puts something in the folder that is to be kept elsewhere."""
    folder = kept_folder()
    folder.mkdir(mode=0o700, exist_ok=True)
    for each, content in ((name, text), ("READ-ME.txt", HANDED_OVER.format(folder=folder))):
        (folder / each).touch(mode=0o600)
        (folder / each).write_text(content)


def site(given: dict[str, str]) -> None:
    """The tables, the pages where there are none, and the static files."""
    for command in (["migrate"], ["bootstrap"], ["collectstatic", "--no-input"]):
        manage(*command, "--verbosity", "0", version=CURRENT)


def units(given: dict[str, str]) -> None:
    """What systemd starts, and the command `klachten`."""
    shutil.copytree(CURRENT / "deploy/systemd", UNITS, dirs_exist_ok=True)
    backups = pairs_in(ENVIRONMENT).get("BACKUP_TO", "")
    shared = UNITS / "klachten-.service.d/all.conf"
    if backups.startswith("/"):
        shared.write_text(shared.read_text().replace("/var/backups/klachten", backups))
    program = Path("/usr/local/bin/klachten")
    program.write_text(f'#!/bin/sh\nexec {CURRENT}/.venv/bin/python {CURRENT}/manage.py "$@"\n')
    program.chmod(0o755)
    run("systemctl", "daemon-reload")


def proxy(given: dict[str, str]) -> None:
    """deploy/nginx.conf with the names of this site filled in."""
    text = (CURRENT / "deploy/nginx.conf").read_text()
    address = urlsplit(pairs_in(ENVIRONMENT)["BASE_URL"]).hostname or ""
    names = {
        "/etc/ssl/klachten.example": str(TLS),
        "klachten.example": address,
        "/srv/klachten": str(VAR),
        "127.0.0.1:8000": given["UPSTREAM"],
    }
    if given["UPSTREAM"] != SOCKET:
        names |= IN_A_CONTAINER
    for example, ours in names.items():
        if example not in text:
            raise Failed(f"deploy/nginx.conf does not hold {example} any more.")
        text = text.replace(example, ours)
    # The certificate's maker looks for a file by http; everything else goes to https.
    acme = f"location /.well-known/acme-challenge/ {{ root {VAR}/acme; }}"
    text = re.sub(r"(?m)^    (return 301 .*;)$", rf"    {acme}\n    location / {{ \1 }}", text)
    if not has_ipv6():
        text = re.sub(r"(?m)^ *listen \[::\].*\n", "", text)
    SITE_OF_NGINX.write_text(text)


def has_ipv6() -> bool:
    """Whether this machine can listen on it: where it cannot, nginx would not start."""
    try:
        socket.create_server(("::", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def certificate(given: dict[str, str]) -> None:
    """TLS by the organisation's own certificate, by certbot, or by a makeshift until that works."""
    address = urlsplit(pairs_in(ENVIRONMENT)["BASE_URL"]).hostname or ""
    owned(TLS, 0o700, owner="root")
    if given["CERTIFICATE"] != "certbot":
        link_certificate(Path(given["CERTIFICATE"]))
    elif not (TLS / "fullchain.pem").exists():
        owned(MAKESHIFT, 0o700, owner="root")
        files = ("-keyout", MAKESHIFT / "privkey.pem", "-out", MAKESHIFT / "fullchain.pem")
        named = ("-subj", f"/CN={address}", "-addext", f"subjectAltName=DNS:{address}")
        kind = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "90")
        run("openssl", "req", *kind, *named, *files)
        link_certificate(MAKESHIFT)


def link_certificate(folder: Path) -> None:
    for name in ("fullchain.pem", "privkey.pem"):
        if not (folder / name).exists():
            raise Failed(f"There is no {folder / name}.")
        (TLS / name).unlink(missing_ok=True)
        (TLS / name).symlink_to(folder / name)


def nginx(given: dict[str, str]) -> None:
    """nginx before the site, with a bounded file system in memory for what passes through it."""
    fstab = Path("/etc/fstab")
    wanted = re.findall(r"(?m)^#\s+(tmpfs \S+ .*)$", (CURRENT / "deploy/nginx.conf").read_text())
    line = wanted[0].replace("uid=www-data", f"uid={pwd.getpwnam('www-data').pw_uid}")
    folder = line.split()[1]
    if folder not in fstab.read_text():
        fstab.write_text(f"{fstab.read_text()}{line}\n")
    Path(folder).mkdir(exist_ok=True)
    if attempt("mountpoint", "-q", folder).returncode:
        run("mount", folder)
    Path("/etc/nginx/sites-enabled/default").unlink(missing_ok=True)


def start(given: dict[str, str]) -> None:
    """Starts all of it, now and after each start of the machine."""
    run("systemctl", "enable", "--now", "klachten-web.socket")
    others = ("klachten-web", "klachten-worker", "klachten-selfcheck.timer")
    run("systemctl", "enable", "--now", *others)
    run("nginx", "-t")
    run("systemctl", "enable", "nginx")
    run("systemctl", "reload-or-restart", "nginx")
    if (TLS / "fullchain.pem").resolve().parent == MAKESHIFT:
        ask_certbot()


def ask_certbot() -> None:
    """A real certificate in the place of the makeshift; what failed is said, and can be redone."""
    address = urlsplit(pairs_in(ENVIRONMENT)["BASE_URL"]).hostname or ""
    asked = attempt(
        *("certbot", "certonly", "--non-interactive", "--agree-tos", "--keep-until-expiring"),
        *("--register-unsafely-without-email", "--webroot", "--webroot-path", VAR / "acme"),
        *("--domain", address, "--deploy-hook", "systemctl reload nginx"),
    )
    if asked.returncode:
        print(
            f"  certbot got no certificate: {asked.stdout.strip().splitlines()[-1]}\n"
            "  Until it does, browsers warn of a makeshift one. Once the address leads here and\n"
            "  port 80 is open: deploy/install --only start"
        )
        return
    link_certificate(Path("/etc/letsencrypt/live") / address)
    run("systemctl", "reload", "nginx")


def account(given: dict[str, str]) -> None:
    """The first account, and the page at which its owner sets a password and a second factor."""
    made = attempt(
        *("klachten", "createsuperuser", "--no-input", "--username", FIRST_ACCOUNT, "--email", "")
    )
    if made.returncode == 0:
        print("\n" + manage("invite", FIRST_ACCOUNT).strip().splitlines()[-1])


Step = Callable[[dict[str, str]], object]
STEPS: dict[str, Step] = {
    step.__name__: step
    for step in (
        *(user, version, database, environment, keys, site, units),
        *(certificate, nginx, proxy, start, account),
    )
}


def main() -> int:
    options = argparse.ArgumentParser(description="Installs or upgrades the complaints site.")
    options.add_argument("--answers", type=Path, help="a file of NAME=value instead of questions")
    options.add_argument("--only", help=f"some of the steps: {','.join(STEPS)}")
    asked = options.parse_args()
    os.umask(0o022)
    try:
        if not asked.only:
            require_debian()
        steps = asked.only.split(",") if asked.only else list(STEPS)
        must_know = "environment" in steps and not ENVIRONMENT.exists()
        given = answers(asked.answers, must_know=must_know)
        if not asked.only and is_running():
            import upgrade

            upgrade.main(given)
        else:
            install(steps, given)
    except Failed as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    return 0


def require_debian() -> None:
    told = pairs_in(Path("/etc/os-release"))
    if (told.get("ID"), told.get("VERSION_ID", "").strip('"')) not in TRIED:
        raise Failed(f"This was tried on Debian 12 and 13 only; here is {told.get('PRETTY_NAME')}.")
    if os.geteuid() != 0:
        raise Failed("Run this as root: sudo deploy/install")


def is_running() -> bool:
    """Whether an installation was finished here before: the last step enables this."""
    return attempt("systemctl", "is-enabled", "klachten-web.socket").returncode == 0


def install(steps: list[str], given: dict[str, str]) -> None:
    for name in steps:
        print(f"- {name}: {(STEPS[name].__doc__ or '').splitlines()[0]}", flush=True)
        need(name, given)
        STEPS[name](given)
    if os.access(kept_folder(), os.R_OK):
        print(f"\nKeep elsewhere, then delete: {kept_folder()}. Its READ-ME.txt says how.")
    if "account" in steps:
        print("Then: sudo deploy/check")


if __name__ == "__main__":
    sys.modules["installer"] = sys.modules["__main__"]  # upgrade.py imports it
    sys.exit(main())
