"""Where the settings come from: the file that an installation names, else what is asked for.

`deploy/install` leaves a file INSTALLED in each version, with the path of the environment file.
There nothing else counts: a command typed by hand works on the same site as the servers do.
"""

import os
import pwd
import sys
from pathlib import Path

MARKER = Path(__file__).resolve().parents[2] / "INSTALLED"


def enter(fallback: str) -> bool:
    """Fills the environment; says whether the caller had asked for these settings by name.

    Ends the program where an installation's file cannot be read. Root goes on as the site's user,
    so that no command leaves files behind that the servers cannot write.
    """
    if MARKER.exists():
        read(Path(MARKER.read_text().strip()))
        return False
    asked = "DJANGO_SETTINGS_MODULE" in os.environ
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", fallback)
    return asked


def read(file: Path) -> None:
    """Takes over `NAME=value` lines, as systemd and Docker read them without quotes."""
    try:
        lines = file.read_text().splitlines()
    except OSError as error:
        sys.exit(f"This is an installation, and its {file} cannot be read: {error.strerror}.")
    pairs = [line.partition("=") for line in lines if line.strip() and line[0] != "#"]
    os.environ.update({name.strip(): value.strip() for name, _, value in pairs})
    folder = Path(os.environ.get("VAR_DIR") or file)
    owner = pwd.getpwuid((folder if folder.exists() else file).stat().st_uid)
    if os.geteuid() == 0 and owner.pw_uid != 0:
        os.initgroups(owner.pw_name, owner.pw_gid)
        os.setgid(owner.pw_gid)
        # The file of keys is root's to change; the command for that may be root again meanwhile.
        kept = 0 if sys.argv[1:2] == ["rotate_vault_keys"] else owner.pw_uid
        os.setresuid(owner.pw_uid, owner.pw_uid, kept)
        os.environ["HOME"] = owner.pw_dir


def described() -> str:
    """Which settings and which database are in use, without a password."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    kind = database["ENGINE"].rpartition(".")[2]
    where = f" on {database['HOST']}" if database.get("HOST") else ""
    return f"{os.environ['DJANGO_SETTINGS_MODULE']}: {kind} {database['NAME']}{where}"
