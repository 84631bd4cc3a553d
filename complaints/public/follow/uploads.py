"""Files that come with a message: sealed as they arrive, only of somebody who is inside."""

from django.http import HttpRequest

from complaints.public.follow.session import follower_of
from complaints.public.suspicion import is_foreign
from complaints.public.uploads import SealedUploads, Upload
from complaints.services.files import StoredFile

FIELD = "files"


class MessageUploads(SealedUploads):
    """Takes files at the message of whoever follows a case, and of nobody else."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self._is_inside: bool | None = None

    def is_asked(self, field_name: str) -> bool:
        if self._is_inside is None:
            self._is_inside = not is_foreign(self._of) and follower_of(self._of) is not None
        return field_name == FIELD and self._is_inside

    @property
    def _of(self) -> HttpRequest:
        assert self.request is not None  # noqa: S101 - given when it was made
        return self.request


def sent_with(request: HttpRequest) -> list[Upload]:
    """Every file that came with the message, taken or not."""
    return [upload for upload in request.FILES.getlist(FIELD) if isinstance(upload, Upload)]


def taken(uploads: list[Upload]) -> list[StoredFile]:
    return [upload.stored for upload in uploads if upload.stored is not None]
