"""What several machines share, each named by one address: files in a bucket, counts in a Redis."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured


def storages_at(url: str) -> dict[str, Any]:
    """Media and sealed files: in folders, or in the bucket of FILES_URL under two names.

    s3://bucket/prefix?endpoint=https://s3.example&region=eu-west-1; the keys are in AWS's own
    AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
    """
    media: dict[str, Any] = {"BACKEND": "django.core.files.storage.FileSystemStorage"}
    sealed: dict[str, Any] = {"BACKEND": "complaints.files.store.Folder"}
    if url:
        options = in_bucket(url, "media") | {"file_overwrite": False}
        media = {"BACKEND": "complaints.files.bucket.Bucket", "OPTIONS": options}
        options = in_bucket(url, "sealed")
        sealed = {"BACKEND": "complaints.files.bucket.SealedBucket", "OPTIONS": options}
    return {
        "default": media,
        "sealed": sealed,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


def in_bucket(url: str, name: str = "") -> dict[str, Any]:
    """Returns what django-storages has to know of such an address, and a name under it."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured(f"FILES_URL, BACKUP_TO: {url} is not as s3://bucket/folder.")
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
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
    here = {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
    shared: dict[str, Any] = here
    if url:
        waits = dict.fromkeys(("socket_timeout", "socket_connect_timeout"), 0.5)
        shared = {
            "BACKEND": "config.shared_cache.SharedCache",
            "LOCATION": url,
            "KEY_PREFIX": "klachten",
            "OPTIONS": waits,
        }
    return {"default": shared, "template_fragments": here | {"LOCATION": "pages"}}
