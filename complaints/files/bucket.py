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

CONFIG = Config(
    connect_timeout=5,
    read_timeout=20,
    retries={"mode": "standard", "max_attempts": 3},
    signature_version="s3v4",
    request_checksum_calculation="when_required",  # not every server knows the newer ones
    response_checksum_validation="when_required",
    max_pool_connections=50,
)


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        is_missing = error.response["ResponseMetadata"]["HTTPStatusCode"] == 404
        raise (FileNotFoundError if is_missing else OSError)(str(error)) from error
    except BotoCoreError as error:
        raise OSError(str(error)) from error


class Bucket(S3Storage):
    """For media. Browsers ask us for it, never the bucket: no page leads to a third party.

    What goes wrong is an OSError, as with a folder.
    """

    client_config = CONFIG

    @cached_property
    def connection(self) -> Any:
        where = {"region_name": self.region_name, "endpoint_url": self.endpoint_url}
        return self._create_session().resource("s3", config=CONFIG, **where)

    exists = _as_os_error()(S3Storage.exists)
    delete = _as_os_error()(S3Storage.delete)
    listdir = _as_os_error()(S3Storage.listdir)
    size = _as_os_error()(S3Storage.size)
    _open = _as_os_error()(S3Storage._open)

    def url(self, name: str, *_args: Any, **_kwargs: Any) -> str:
        return urljoin(settings.MEDIA_URL, filepath_to_uri(name) or "")


class SealedBucket(Bucket):
    """For sealed files, which are read and written piece by piece."""

    @property
    def client(self) -> Any:
        return self.connection.meta.client

    def _open(self, name: str, mode: str = "rb") -> "Ranges | Upload":
        key = self._normalize_name(name)
        if "w" in mode:
            return Upload(key, mode, self)
        return Ranges(self.client, Bucket=self.bucket_name, Key=key)

    @_as_os_error()
    def _save(self, name: str, content: File) -> str:
        """In one request: the object is there when it is whole, or not at all."""
        key = self._normalize_name(name)
        self.client.put_object(Bucket=self.bucket_name, Key=key, Body=content.file)
        return name

    @_as_os_error()
    def keeps_versions(self) -> bool:
        """Whether the bucket keeps what was destroyed in it; also where it once did."""
        return "Status" in self.client.get_bucket_versioning(Bucket=self.bucket_name)


class Upload(S3File):
    """What is being written into a bucket, piece by piece; there once it is closed."""

    write = _as_os_error()(S3File.write)
    close = _as_os_error()(S3File.close)

    @_as_os_error()
    def abort(self) -> None:
        if self._multipart is not None:
            self._multipart.abort()


class Ranges(io.RawIOBase):
    """An object to read from anywhere in it: comes as it is read, and lies nowhere meanwhile."""

    def __init__(self, client: Any, **place: str) -> None:
        super().__init__()
        self._client, self._place, self._at = client, place, 0
        self.size = self._ask_from(0)

    @_as_os_error()
    def _ask_from(self, at: int) -> int:
        answer = self._client.get_object(**self._place, Range=f"bytes={at}-")
        self._body, self._body_at = answer["Body"], at
        return int(answer["ContentLength"])

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        self._at = max(0, start + offset)
        return self._at

    @_as_os_error()
    def readinto(self, buffer: Any) -> int:
        if self._at >= self.size:
            return 0
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
