"""Where the settings come from: the file that an installation names, else what is asked for.

`deploy/install` leaves a file INSTALLED in each version, with the path of the environment file.
There nothing else counts: a command typed by hand works on the same site as the servers do. What
several machines share is named by one address each: files in a bucket, counts in a Redis.
"""

import os
import pwd
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

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


IN_FOLDERS = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "sealed": {"BACKEND": "complaints.files.store.Folder"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}


def storages_at(url: str) -> dict[str, Any]:
    """Media and sealed files: in folders, or in the bucket of FILES_URL under two names.

    s3://bucket/prefix?endpoint=https://s3.example&region=eu-west-1; the keys are in AWS's own
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    """
    if not url:
        return dict(IN_FOLDERS)
    media = in_bucket(url, "media") | {"file_overwrite": False}
    return IN_FOLDERS | {
        "default": {"BACKEND": "complaints.files.bucket.Bucket", "OPTIONS": media},
        "sealed": {
            "BACKEND": "complaints.files.bucket.SealedBucket",
            "OPTIONS": in_bucket(url, "sealed"),
        },
    }


def in_bucket(url: str, name: str = "") -> dict[str, Any]:
    """Returns what django-storages has to know of such an address, and a name under it."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured(f"FILES_URL, BACKUP_TO: {url} is not as s3://bucket/folder.")
    asked = dict(parse_qsl(parts.query))
    return {
        "bucket_name": parts.hostname,
        "region_name": asked.get("region"),
        "endpoint_url": asked.get("endpoint"),
        "location": f"{parts.path}/{name}".strip("/"),
    }


def caches_at(url: str) -> dict[str, Any]:
    """What is counted, and which codes were used: in each process, or in the Redis of CACHE_URL.

    Parts of pages stay in each process: they are named after an edition that all of them see.
    """
    local = "django.core.cache.backends.locmem.LocMemCache"
    here = {"BACKEND": local, "OPTIONS": {"MAX_ENTRIES": 50_000}}
    shared: dict[str, Any] = here
    if url:
        waits: dict[str, Any] = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), 0.5)
        options = waits | {"serializer": "config.shared_cache.Signed"}
        shared = {"BACKEND": "config.shared_cache.SharedCache", "LOCATION": url, "OPTIONS": options}
    return {"default": shared, "template_fragments": here | {"LOCATION": "pages"}}
