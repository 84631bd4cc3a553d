"""Gives a handler a file of a case: as it was sent, or a picture's pixels alone.

Never shown by the browser, always downloaded; opened piece by piece as it leaves.
"""

import logging
from typing import Any
from uuid import UUID

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.utils.translation import gettext as _
from wagtail.admin import messages

from complaints.evidence.download import HEADERS, attachment, file_answer
from complaints.evidence.names import download_name
from complaints.evidence.reader_copy import NotCopied, reader_copy
from complaints.models.reader import AccessKind
from complaints.services.access_log import record_access
from complaints.services.files import StoredFile, open_files
from complaints.services.sealing import KeyDestroyed
from complaints.staff.views import CaseView
from complaints.vault.cipher import SealBroken

logger = logging.getLogger(__name__)


class FileView(CaseView):
    """A file of a case this person may see, exactly as it was sent."""

    file_pk: UUID | None = None

    def __init__(self, model_admin: Any, instance_pk: UUID, file_pk: UUID) -> None:
        super().__init__(model_admin, instance_pk)
        self.file_pk = file_pk

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            answer = self.answer(self._file())
        except (SealBroken, KeyDestroyed, OSError):
            return self._refuse(_("Dit bestand kan niet worden geopend."))
        if request.method == "GET" and answer.status_code == 200:
            record_access(complaint=self.instance, user=request.user, kind=AccessKind.FILE)
        logger.info("file.opened reference=%s", self.instance.reference)
        return answer

    def answer(self, file: StoredFile) -> HttpResponseBase:
        return file_answer(name=file.name, kind=file.kind, size=file.size, chunks=file.chunks())

    def _file(self) -> StoredFile:
        found = next((f for f in open_files(self.instance) if f.id == self.file_pk), None)
        if found is None:
            raise Http404
        return found

    def _refuse(self, words: str) -> HttpResponse:
        messages.error(self.request, words)
        return HttpResponseRedirect(self.case_url)


class ReaderCopyView(FileView):
    """A picture without what it tells of its maker; only for what is a picture."""

    def answer(self, file: StoredFile) -> HttpResponseBase:
        if not file.is_image:
            raise Http404
        try:
            copy, kind = reader_copy(file.chunks())
        except NotCopied:
            return self._refuse(
                _("Van deze foto kan geen leeskopie worden gemaakt. Download het origineel.")
            )
        name = download_name(f"leeskopie {file.name}", kind)
        answer = HttpResponse(copy, headers=HEADERS)
        answer["Content-Disposition"] = attachment(name)
        return answer
