"""What several machines share, each by one address: files in a bucket, counts in a Redis."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.core.exceptions import ImproperlyConfigured

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
