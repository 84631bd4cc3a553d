"""What lies in an S3 bucket instead of a folder: media of editors, and sealed files.

One client for all threads of a process: django-storages makes one for each, and that takes 13 MB
and a tenth of a second.
"""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core.files import File
from django.utils.encoding import filepath_to_uri
from storages.backends.s3 import S3File, S3Storage

# Not every server of this kind knows the newer checksums.
CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 3},
    signature_version="s3v4",
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
    max_pool_connections=50,
)


class Bucket(S3Storage):
    """For media. Browsers ask us for it, never the bucket: no page leads to a third party."""

    client_config = CONFIG

    @cached_property
    def connection(self) -> Any:
        return self._create_session().resource(
            "s3",
            region_name=self.region_name,
            endpoint_url=self.endpoint_url,
            config=CONFIG,
        )

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def url(self, name: str, *_args: Any, **_kwargs: Any) -> str:
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name) or "")


class SealedBucket(Bucket):
    """For sealed files: what goes wrong is an OSError, as with a folder."""

    def place(self, name: str) -> dict[str, str]:
        return {"Bucket": self.bucket_name, "Key": self._normalize_name(name)}

    def _open(self, name: str, mode: str = "rb") -> "Ranges | S3File":
        if "w" in mode:
            return S3File(self._normalize_name(name), mode, self)
        return Ranges(self.client, self.place(name))

    def _save(self, name: str, content: File) -> str:
        """In one request: the object is there when it is whole, or not at all."""
        with _as_os_error():
            self.client.put_object(**self.place(name), Body=content.file)
        return name

    def exists(self, name: str) -> bool:
        with _as_os_error():
            return bool(super().exists(name))

    def delete(self, name: str) -> None:
        with _as_os_error():
            super().delete(name)

    def listdir(self, name: str) -> tuple[list[str], list[str]]:
        with _as_os_error():
            folders, files = super().listdir(name)
        return folders, files

    def keeps_versions(self) -> bool:
        """Whether the bucket keeps what was destroyed in it; also where it once did."""
        with _as_os_error():
            return "Status" in self.client.get_bucket_versioning(Bucket=self.bucket_name)


class Ranges(io.RawIOBase):
    """An object to read from anywhere in it: comes as it is read, and lies nowhere meanwhile."""

    def __init__(self, client: Any, place: dict[str, str]) -> None:
        super().__init__()
        self._client, self._place, self._at = client, place, 0
        with _as_os_error():
            self.size = self._ask_from(0)

    def _ask_from(self, at: int) -> int:
        answer = self._client.get_object(**self._place, Range=f"bytes={at}-")
        self._body, self._body_at = answer["Body"], at
        return int(answer["ContentLength"])

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
        with _as_os_error():
            if self._body_at != self._at:
                self._body.close()
                self._ask_from(self._at)
            piece = self._body.read(len(buffer))
        buffer[: len(piece)] = piece
        self._at = self._body_at = self._at + len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        is_missing = error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        raise (FileNotFoundError if is_missing else OSError)(str(error)) from error
    except BotoCoreError as error:
        raise OSError(str(error)) from error
