"""Everything meant for the complainant, to take along: on paper, and for other programs (R-35)."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone

from complaints.evidence.download import attachment, file_answer
from complaints.models.case import Complaint
from complaints.paper.receipt import Receipt, receipt_pdf
from complaints.public.follow.page import told
from complaints.public.follow.session import Follower
from complaints.public.promises import is_reachable, open_promises, readers
from complaints.services.dossier import dossier_of
from complaints.services.files import open_files
from complaints.services.reading import open_answers
from complaints.vault.cipher import SealBroken
from home.models import OrganisationSettings


def as_json(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponse:
    """The case in the shape of `static/schema/dossier-1.json`."""
    content = json.dumps(dossier_of(case, follower.key), ensure_ascii=False, indent=2)
    return _download(content.encode(), "application/json", f"{case.reference}.json")


def as_pdf(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponse:
    """The same on paper: tagged PDF/A-2a and PDF/UA-1 (R-52)."""
    organisation = OrganisationSettings.for_request(request)
    answers = open_answers(case, follower.key)
    steps = open_promises(case, reachable=is_reachable(answers))
    receipt = Receipt(
        organisation=organisation.name,
        reference=case.reference,
        filed_on=timezone.localdate(case.filed_at),
        promises=[(step["text"], step["date"]) for step in steps],
        readers=readers(case),
        answers=answers,
        history=told(case, follower.key),
        contact="\n".join(filter(None, [organisation.email, organisation.phone])),
    )
    return _download(receipt_pdf(receipt), "application/pdf", f"{case.reference}.pdf")


def as_file(case: Complaint, follower: Follower, file_id: str) -> HttpResponseBase | None:
    """A file of the case as it was sent; None where there is no such file, or it does not open."""
    found = next((f for f in open_files(case, follower.key) if f.id.hex == file_id), None)
    if found is None:
        return None
    try:
        chunks = found.chunks()
        return file_answer(name=found.name, kind=found.kind, size=found.size, chunks=chunks)
    except (SealBroken, OSError):
        return None


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = attachment(name)
    return response


DOWNLOADS = {"json": as_json, "pdf": as_pdf}
