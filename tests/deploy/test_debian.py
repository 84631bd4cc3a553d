"""From a clean Debian to a filed complaint over TLS, and on to the next versions, as a person.

One machine for each Debian, installed once; the tests go on where the one before them stopped.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.deploy.machine import ROOT, Machine
from tests.deploy.visitor import ADDRESS

ANSWERS = f"""# as a person would answer
ADDRESS={ADDRESS}
ORGANISATION=Stichting Proef & Zoon
EMAIL_URL=smtp://localhost:25
DATABASE_URL=here
BACKUP_TO=/srv/backups
CERTIFICATE=/root/own
"""
SUITES = os.environ["DEPLOY"].split()
SERVICES = ("klachten-web", "klachten-worker", "klachten-selfcheck")


@pytest.fixture(scope="module", params=SUITES)
def machine(request) -> Iterator[Machine]:
    made = Machine(request.param)
    try:
        made.boot()
        yield made
    finally:
        made.end()


@pytest.fixture(scope="module")
def certificate(machine) -> Path:
    """The organisation's own, by an authority that only this test trusts."""
    folder = machine.own / "certificate"
    folder.mkdir()
    pair = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    named = ["-subj", f"/CN={ADDRESS}", "-addext", f"subjectAltName=DNS:{ADDRESS}"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "60"]
    subprocess.run([*made, *named, *pair], check=True, capture_output=True)
    machine.copy_in(folder, "/root/own")
    return folder / "fullchain.pem"


@pytest.fixture(scope="module")
def mailbox(machine) -> Iterator[Path]:
    """A mail server on the machine, and the folder in which its mail lies."""
    folder = machine.own / "mail"
    server = ["-m", "aiosmtpd", "-n", "-l", "127.0.0.1:25", "-c", "aiosmtpd.handlers.Mailbox"]
    command = [*machine.enter("--net"), sys.executable, *server, str(folder)]
    running = subprocess.Popen(command)
    yield folder / "new"
    running.terminate()
    running.wait()


@pytest.fixture(scope="module")
def installed(machine, certificate) -> str:
    """What the installer said, in one go, on a Debian that has not even Python."""
    assert machine.try_("sh", "-c", "command -v python3").returncode != 0
    machine.copy_in(ROOT, "/root/site")
    machine.write("/root/answers", ANSWERS)
    return machine.run("/root/site/deploy/install", "--answers", "/root/answers")


def visitor(machine: Machine, certificate: Path, what: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "tests.deploy.visitor", what, str(certificate)]
    return subprocess.Popen(
        [*machine.enter("--net"), *program],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'site'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def told(running: subprocess.Popen[str]) -> dict[str, str]:
    said, _ = running.communicate()
    assert running.returncode == 0
    return json.loads(said)


def references(machine: Machine) -> set[str]:
    """Of the complaints that are stored."""
    code = "from complaints.models.case import Complaint as C; "
    code += "print(*C.objects.values_list('reference', flat=True))"
    return {*machine.run("klachten", "shell", "-v0", "-c", code).split()}


def newer(machine: Machine, changes: dict[str, str]) -> None:
    """A next version beside the one that was installed from."""
    machine.run("rm", "-rf", "/root/next")
    machine.run("cp", "-a", "/root/site", "/root/next")
    for path, text in changes.items():
        machine.write(f"/root/next/{path}", text)


def test_what_it_leaves_is_a_running_site_with_its_keys_for_itself_alone(machine, installed):
    assert re.search(rf"https://{ADDRESS}/cms/uitnodiging/\S+", installed)
    for name in (*SERVICES[:2], "klachten-web.socket", "klachten-selfcheck.timer", "nginx"):
        assert machine.run("systemctl", "is-active", name).strip() == "active"
    modes = {
        "/etc/klachten": "750 root",
        "/etc/klachten/environment": "640 root",
        "/etc/klachten/vault.keys": "640 root",
        "/etc/klachten/tls": "700 root",
        "/var/lib/klachten": "711 klachten",
        "/var/lib/klachten/files": "700 klachten",
        "/var/lib/klachten/erasure": "700 klachten",
        "/var/lib/klachten/erasure/erasure.keys": "600 klachten",
        "/root/klachten-keep-elsewhere": "700 root",
        "/srv/backups": "700 klachten",
        "/run/klachten/web.sock": "660 klachten",
        "/run/klachten-nginx": "700 www-data",
    }
    found = machine.run("stat", "-c", "%n=%a %U", *modes).split("\n")
    assert dict(line.split("=") for line in found if line) == modes
    changes = "cd /etc/klachten && (echo >> environment || rm -f vault.keys || touch x || mv tls x)"
    assert machine.try_("runuser", "-u", "klachten", "--", "sh", "-c", changes).returncode != 0
    first = machine.run("cat", "/etc/klachten/vault.keys")
    machine.run("klachten", "rotate_vault_keys")
    assert machine.run("cat", "/etc/klachten/vault.keys").endswith(f"\n{first}")
    machine.run("klachten", "rotate_vault_keys", "--forget-old", "--now")
    kept = machine.run("cat", "/etc/klachten/vault.keys")
    assert (kept.count("\n"), kept == first) == (1, False)
    machine.run("cp", "/etc/klachten/vault.keys", "/root/klachten-keep-elsewhere/vault.keys")
    found = machine.run("stat", "-c", "%n=%a %U", *modes).split("\n")
    assert dict(line.split("=") for line in found if line) == modes
    assert "tmpfs" in machine.run("findmnt", "-no", "FSTYPE,SIZE", "/run/klachten-nginx")


def test_what_is_to_be_kept_elsewhere_is_handed_over_without_the_erasure_key(machine, installed):
    folder = "/root/klachten-keep-elsewhere"
    assert {*machine.run("ls", folder).split()} == {"READ-ME.txt", "backup.identity", "vault.keys"}
    machine.run("cmp", f"{folder}/vault.keys", "/etc/klachten/vault.keys")
    assert f"rm -r {folder}" in machine.run("cat", f"{folder}/READ-ME.txt")
    identity = machine.run("cat", f"{folder}/backup.identity").strip()
    assert identity.startswith("AGE-SECRET-KEY-1")
    public = f"import pyrage; print(pyrage.x25519.Identity.from_str('{identity}').to_public())"
    recipient = machine.run("/opt/klachten/current/.venv/bin/python", "-c", public).strip()
    assert f"BACKUP_RECIPIENT={recipient}\n" in machine.run("cat", "/etc/klachten/environment")
    everything = machine.try_("grep", "-rl", identity, "/etc", "/var/lib/klachten", "/opt/klachten")
    assert everything.stdout == ""


def test_its_units_are_right_and_hardened(machine, installed):
    files = [f"/etc/systemd/system/{name}.service" for name in SERVICES]
    files += ["/etc/systemd/system/klachten-web.socket"]
    files += ["/etc/systemd/system/klachten-selfcheck.timer"]
    assert machine.run("systemd-analyze", "verify", *files) == ""
    for file in files[:3]:
        said = machine.run("systemd-analyze", "security", "--offline=yes", "--no-pager", file)
        assert float(re.search(r"exposure level for \S+: ([\d.]+)", said)[1]) <= 2.5
    machine.run("nginx", "-t")
    assert "klachten.log" in machine.run("logrotate", "--debug", "/etc/logrotate.d/nginx")


def test_a_complaint_is_filed_over_tls_and_its_mail_comes(machine, installed, certificate, mailbox):
    (reference,) = told(visitor(machine, certificate, "file"))
    assert reference in references(machine)
    until = time.monotonic() + 120
    while not (mails := [*mailbox.glob("*")]) and time.monotonic() < until:
        time.sleep(1)
    assert any("Stichting Proef" in mail.read_text(errors="replace") for mail in mails)
    log = machine.run("cat", "/var/log/nginx/klachten.log")
    assert "POST /klacht-indienen/" in log
    assert "127.0.0.1" not in log


def test_run_again_it_upgrades_without_one_failed_request(machine, installed, certificate):
    before = machine.run("cat", "/etc/klachten/environment", "/etc/klachten/vault.keys")
    version = machine.run("readlink", "/opt/klachten/current")
    newer(machine, {"templates/404.html": "next version"})
    load = visitor(machine, certificate, "load")
    time.sleep(3)
    said = machine.run("/root/next/deploy/install")
    time.sleep(3)
    counted = told(load)
    assert {*counted} == {"200"}, counted
    assert counted["200"] > 20
    assert "Upgraded to" in said
    assert machine.run("readlink", "/opt/klachten/current") != version
    assert machine.run("cat", "/etc/klachten/environment", "/etc/klachten/vault.keys") == before
    assert machine.try_("ls", "/var/lib/klachten/before-upgrade.dump").returncode != 0


MIGRATION = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("home", "0001_initial")]
    operations = [migrations.CreateModel("Later", [("id", models.BigAutoField(primary_key=True))])]
"""
TABLES = "select count(*) from information_schema.tables where table_name = 'home_later'"


def test_a_version_that_stays_down_is_put_back_and_its_tables(
    machine, installed, certificate, mailbox
):
    """One that migrates and then cannot serve, one that does not even load: nobody notices."""
    filed = told(visitor(machine, certificate, "file"))
    for changes, said in (
        (
            {
                "home/migrations/0002_later.py": MIGRATION,
                "site/config/wsgi.py": "raise RuntimeError('does not serve')\n",
            },
            ("The old version runs again with the database as it was", "does not serve"),
        ),
        (
            {"site/config/urls.py": "raise RuntimeError('does not load')\n"},
            ("Nothing was changed", "does not load"),
        ),
    ):
        version = machine.run("readlink", "/opt/klachten/current")
        newer(machine, changes)
        load = visitor(machine, certificate, "load")
        time.sleep(3)
        done = machine.try_("/root/next/deploy/install")
        filed |= told(visitor(machine, certificate, "file"))
        counted = told(load)
        assert done.returncode == 1, done.stdout
        assert all(words in done.stdout for words in said), done.stdout
        assert {*counted} == {"200"}, (counted, done.stdout)
        assert machine.run("readlink", "/opt/klachten/current") == version
    as_postgres = ("runuser", "-u", "postgres", "--", "psql", "-tAc", TABLES, "klachten")
    assert machine.run(*as_postgres).strip() == "0"
    assert {*filed} <= references(machine)


def test_after_a_start_of_the_machine_it_serves_by_itself(machine, installed, certificate):
    machine.stop()
    machine.boot()
    load = visitor(machine, certificate, "load")
    time.sleep(5)
    assert {*told(load)} == {"200"}


WRONGS = (  # what is done together; what the check says of it; how it is mended
    (
        (
            "systemctl stop klachten-worker",
            "chmod 644 /etc/klachten/vault.keys; chown klachten: /etc/klachten",
            "mv /etc/klachten/tls /etc/klachten/kept; cp -rL /root/short /etc/klachten/tls",
            "mount -t tmpfs -o size=1m tmpfs /var/log",
            "umount -l /run/klachten-nginx",
        ),
        (
            "klachten-worker.service does not run: systemctl start klachten-worker.service",
            "vault.keys must be root's, and for klachten alone to read: chown root:klachten",
            *("chmod 750 /etc/klachten", "The certificate is nearly over"),
            *("The disk of /var/log is nearly full", "mount /run/klachten-nginx"),
        ),
        (
            "systemctl start klachten-worker",
            "chmod 640 /etc/klachten/vault.keys; chown root:klachten /etc/klachten",
            "rm -r /etc/klachten/tls; mv /etc/klachten/kept /etc/klachten/tls",
            "umount -l /var/log; mount /run/klachten-nginx",
        ),
    ),
    (
        (
            "sed -i s/X-Forwarded-Proto/X-Other/ /etc/nginx/conf.d/klachten.conf",
            "systemctl restart nginx",
        ),
        ("The home page answers 503: The proxy must send X-Forwarded-Proto",),
        ("/root/site/deploy/install --only proxy,start",),
    ),
    (
        (
            "echo nonsense > /etc/nginx/conf.d/other.conf; systemctl stop nginx",
            "cp /etc/klachten/environment /root/kept",
            "sed -i 's/^EMAIL_URL=.*/EMAIL_URL=/; s/^SECRET_KEY=/#&/' /etc/klachten/environment",
        ),
        (
            "nginx.service does not run",
            "nginx refuses its configuration",
            "The site does not answer by https",
            f"Port 443 of {ADDRESS}: Connection refused. Open it in the firewall",
            "Set SECRET_KEY, EMAIL_URL in the environment",
        ),
        (
            "rm /etc/nginx/conf.d/other.conf; systemctl start nginx",
            "cat /root/kept > /etc/klachten/environment",
        ),
    ),
)


def test_the_check_says_in_plain_words_what_is_wrong(machine, installed):
    check = "/opt/klachten/current/deploy/check"
    machine.run("sh", "-c", f"echo 127.0.0.1 {ADDRESS} >> /etc/hosts")
    short = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "5"]
    files = ["-keyout", "/root/short/privkey.pem", "-out", "/root/short/fullchain.pem"]
    machine.run("mkdir", "/root/short")
    machine.run(*short, "-subj", f"/CN={ADDRESS}", *files)
    assert "klachten-keep-elsewhere is still here" in machine.try_(check).stdout
    machine.run("rm", "-r", "/root/klachten-keep-elsewhere")
    healthy = machine.try_(check).stdout
    wrong = [line for line in healthy.splitlines() if line.startswith("WRONG")]
    assert len(wrong) == 1, healthy  # what a new site has still to do
    assert "confidant: Er is een vertrouwenspersoon" in healthy
    for done, said, mended in WRONGS:
        for command in done:
            machine.run("sh", "-c", command)
        told = machine.try_(check)
        assert told.returncode == 1
        for words in said:
            assert words in told.stdout, told.stdout
            assert words not in healthy
        for command in mended:
            machine.run("sh", "-c", command)
    again = machine.try_(check).stdout
    assert [line for line in again.splitlines() if line.startswith("WRONG")] == wrong, again


CERTBOT = f"""#!/bin/sh -e
grep -q yes /root/dns || {{ echo "DNS problem: NXDOMAIN"; exit 1; }}
case "$*" in *"--webroot-path /var/lib/klachten/acme --domain {ADDRESS}"*) ;; *) exit 2 ;; esac
mkdir -p /var/lib/klachten/acme/.well-known/acme-challenge
echo proof > /var/lib/klachten/acme/.well-known/acme-challenge/token
python3 -c "import urllib.request as u; assert u.urlopen(
    'http://{ADDRESS}/.well-known/acme-challenge/token').read() == b'proof\\n'"
mkdir -p /etc/letsencrypt/live/{ADDRESS}
cp /root/own/*.pem /etc/letsencrypt/live/{ADDRESS}
"""


def test_certbot_gets_a_certificate_once_the_name_leads_here(machine, installed, certificate):
    """By a stand-in for certbot that looks for its proof where the real one does."""
    again = ("/root/site/deploy/install", "--only", "certificate,start")
    machine.write("/usr/local/bin/certbot", CERTBOT, 0o755)
    machine.run("sh", "-c", "rm /etc/klachten/tls/*; echo no > /root/dns")
    said = machine.run(*again)
    assert "certbot got no certificate: DNS problem: NXDOMAIN" in said
    assert "is a makeshift" in machine.try_("/opt/klachten/current/deploy/check").stdout
    machine.run("sh", "-c", "echo yes > /root/dns")
    machine.run(*again)
    live = f"/etc/letsencrypt/live/{ADDRESS}/fullchain.pem"
    assert machine.run("readlink", "/etc/klachten/tls/fullchain.pem").strip() == live
    (reference,) = told(visitor(machine, certificate, "file"))
    assert reference


@pytest.mark.parametrize("suite", SUITES[-1:])
def test_a_container_made_by_the_same_steps_serves_on_a_file_system_it_cannot_write(suite):
    """Without a container engine: its lines are run in a Debian, its user and mounts by systemd."""
    lines = (ROOT / "Containerfile").read_text()
    build = re.search(r"(?s)\nRUN (.*?)\nWORKDIR", lines)[1].replace("\\\n", "")
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    setup, worker = compose["setup"]["command"], compose["worker"]["command"]
    serve = yaml.safe_load(re.search(r"(?m)^CMD (.*)$", lines)[1])
    place = "/opt/klachten/current"
    limits = ["User=klachten", f"WorkingDirectory={place}", "ProtectSystem=strict"]
    limits += ["PrivateTmp=yes", "CapabilityBoundingSet="]
    for folder in ("/etc/klachten", "/var/lib/klachten", "/etc/nginx/conf.d", "/run/web"):
        limits.append(f"ReadWritePaths={folder}")
    contained = ["systemd-run", *(f"--property={limit}" for limit in limits)]
    answered = {
        "ADDRESS": ADDRESS,
        "ORGANISATION": "Stichting Proef",
        "EMAIL_URL": "smtp://localhost",
        "DATABASE_URL": "postgresql://klachten:secret@localhost/klachten",
        "BACKUP_TO": "none",
        "UPSTREAM": "unix:/run/web/web.sock",
    }
    given = [f"--setenv={name}={value}" for name, value in answered.items()]
    machine = Machine(suite)
    try:
        machine.boot()
        machine.copy_in(ROOT, "/src")
        machine.run("sh", "-ec", build.replace(" /var/lib/apt/lists/*", ""))
        machine.run("apt-get", "-qq", "install", "--yes", "--no-install-recommends", "postgresql")
        as_postgres = ("runuser", "-u", "postgres", "--", "psql", "-c")
        machine.run(*as_postgres, "create role klachten login password 'secret'")
        machine.run(*as_postgres, "create database klachten owner klachten")
        for _ in range(2):  # again, as at an upgrade
            machine.run(*contained, *given, "--wait", "--pipe", f"{place}/{setup[0]}", *setup[1:])
        proxy = machine.run("cat", "/etc/nginx/conf.d/klachten.conf")
        assert "http://unix:/run/web/web.sock" in proxy
        assert "/dev/stdout klachten;" in proxy
        assert not re.search("/run/klachten|/var/log/", proxy), "nginx there writes in /tmp alone"
        handed = machine.run("ls", "/etc/klachten/klachten-keep-elsewhere").split()
        assert {*handed} == {"READ-ME.txt", "backup.identity", "vault.keys"}
        for unit, (program, *words) in (("web", serve), ("worker", worker)):
            machine.run(*contained, f"--unit=in-{unit}", f"{place}/{program}", *words)
        ask = (
            "import socket as s; line = s.socket(s.AF_UNIX); line.connect('/run/web/web.sock'); "
            f"line.sendall(b'GET / HTTP/1.0\\r\\nHost: {ADDRESS}\\r\\n"
            "X-Forwarded-Proto: https\\r\\n\\r\\n'); print(line.recv(12).decode())"
        )
        until = time.monotonic() + 120
        while (done := machine.try_("python3", "-c", ask)).returncode:
            assert time.monotonic() < until, machine.run("journalctl", "-u", "in-web")
            time.sleep(1)
        assert done.stdout == "HTTP/1.0 200\n"
        assert machine.run("systemctl", "is-active", "in-worker").strip() == "active"
    finally:
        machine.end()
