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
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.hostname:
        raise ImproperlyConfigured("FILES_URL is no address such as s3://bucket/folder.")
    asked, folder = dict(parse_qsl(parts.query)), parts.path.strip("/")
    names = {"endpoint_url": asked.get("endpoint"), "region_name": asked.get("region")}

    def lies(kind: str, name: str, **more: bool) -> dict[str, Any]:
        options = names | more | {"bucket_name": parts.hostname}
        options["location"] = f"{folder}/{name}".lstrip("/")
        return {"BACKEND": f"complaints.files.bucket.{kind}", "OPTIONS": options}

    media, sealed = lies("Bucket", "media", file_overwrite=False), lies("SealedBucket", "sealed")
    return IN_FOLDERS | {"default": media, "sealed": sealed}


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
