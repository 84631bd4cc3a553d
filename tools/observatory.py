"""What `make observatory` runs: MDN's HTTP Observatory on the site as production serves it.

On this machine alone, over TLS, with a certificate that is thrown away. Needs Node 20 or newer.
"""

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tools import checks
from tools.screenshots import free_port, wait_for

ROOT = Path(__file__).resolve().parents[1]
LEAST = 130
SCANNER = "@mdn/mdn-http-observatory@1.4.8"
FOLDER = ROOT / "var" / "observatory"
PACKAGE = FOLDER / "node_modules" / "@mdn" / "mdn-http-observatory"
HOST = "localhost"


def main() -> int:
    """Prints the score and what it is made of; 1 below what we promise."""
    install()
    with TemporaryDirectory(prefix="klachten-observatory-", ignore_cleanup_errors=True) as scratch:
        certificate = make_certificate(Path(scratch))
        with running_site(Path(scratch), certificate) as address:
            found = scan(address, certificate)
    if "scan" not in found:
        print(found)
        return 1
    for name, test in found["tests"].items():
        print(f"{test['scoreModifier']:+4}  {name}: {test['result']}")
    score = int(found["scan"]["score"])
    print(f"{score} points, grade {found['scan']['grade']}; we promise {LEAST}")
    return 0 if score >= LEAST else 1


def install() -> None:
    """The scanner without its own downloads: the list of sites that browsers know is left empty."""
    npm_install(SCANNER, FOLDER, PACKAGE)
    (PACKAGE / "conf" / "hsts-preload.json").write_text("{}")


def npm_install(package: str, folder: Path, there: Path) -> None:
    """Installs a package of npm into a folder, unless it is there; nothing of it runs."""
    if not there.exists():
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", *options, package], cwd=folder, check=True)


def scan(address: str, certificate: Path) -> dict[str, Any]:
    environment = os.environ | {"NODE_EXTRA_CA_CERTS": str(certificate)}
    command = ["node", str(PACKAGE / "src" / "scan.js"), address]
    done = subprocess.run(command, cwd=PACKAGE, env=environment, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@contextmanager
def running_site(scratch: Path, certificate: Path) -> Iterator[str]:
    """The site as the command `bootstrap` makes it, by gunicorn; yields its host and port."""
    address = f"{HOST}:{free_port()}"
    environment = os.environ | environment_of(scratch, address)
    keys = [["make_vault_key", environment[f"{name}_KEY_FILE"]] for name in ("VAULT", "ERASURE")]
    for command in (*keys, ["migrate"], ["bootstrap"], ["collectstatic", "--no-input"]):
        manage(command, environment)
    web = [sys.executable, "-m", "gunicorn", "--config", "site/config/gunicorn.py"]
    web += ["--bind", address, f"--certfile={certificate}", f"--keyfile={key_of(certificate)}"]
    server = subprocess.Popen([*web, "config.wsgi"], cwd=ROOT, env=environment)
    try:
        wait_for(f"https://{address}/", server, certificate)
        yield address
    finally:
        server.terminate()
        server.wait()


def environment_of(scratch: Path, address: str) -> dict[str, str]:
    """The headers do not depend on the database, so it is a file."""
    return checks.production(scratch) | {
        "DATABASE_URL": f"sqlite:///{scratch / 'db.sqlite3'}",
        "VAULT_KEY_FILE": str(scratch / "ring.keys"),
        "ERASURE_KEY_FILE": str(scratch / "erasure.keys"),
        "ALLOWED_HOSTS": HOST,
        "BASE_URL": f"https://{address}",
        "VAR_DIR": str(scratch),
    }


def manage(command: list[str], environment: dict[str, str]) -> None:
    program = [sys.executable, "manage.py", *command]
    subprocess.run(program, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)


def key_of(certificate: Path) -> Path:
    return certificate.with_suffix(".key")


def make_certificate(folder: Path) -> Path:
    """One for this machine by its own name, good for a day; its key lies beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now, day = datetime.datetime.now(datetime.UTC), datetime.timedelta(days=1)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + day)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate = folder / "site.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_of(certificate).write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate


if __name__ == "__main__":
    sys.exit(main())
