"""Sends a complaint from a finished state, and shows the confirmation: the answer to the post."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from complaints.models.case import Complaint
from complaints.models.consent import ConsentPurpose
from complaints.models.form import ComplaintFormPage
from complaints.models.outbox import CaseContact
from complaints.models.pages import ProcedurePage
from complaints.public import pages
from complaints.public.ladder import ladder_of
from complaints.public.promises import is_reachable, promises, readers
from complaints.public.state import FormState
from complaints.public.suspicion import is_suspect
from complaints.questions import answers_as_asked
from complaints.services.intake import Filing, GivenConsent, file_complaint, filed_with
from complaints.services.reading import open_answers
from complaints.services.sealing import KeyDestroyed
from complaints.stages import Route
from complaints.vault.cipher import SealBroken

logger = logging.getLogger(__name__)


def send(request: HttpRequest, state: FormState) -> HttpResponse:
    """Files the complaint and answers with the confirmation. The same token is one complaint."""
    asked = {consent.name: consent.as_shown for consent in pages.asked_consents(state)}
    filing = Filing(
        nonce=state.nonce,
        answers=answers_as_asked(state.definition, state.answers),
        consents=[
            GivenConsent(ConsentPurpose(name), asked[name])
            for name in state.consents
            if name in asked
        ],
        form_page_id=_existing_page_id(state),
        route=pages.chosen_route(state),
        is_suspect=is_suspect(state.marks),
        files=state.files_to_send(),
    )
    complaint = file_complaint(filing=filing)
    try:
        return answer_with_confirmation(request, state, complaint)
    except Exception as error:  # it is stored: never say that it is not
        logger.error("confirmation.plain reason=%s", type(error).__name__)
        plain = {"reference": complaint.reference, "filed_at": complaint.filed_at}
        return HttpResponse(render_to_string("complaints/form_received.html", plain))


def already_filed(state: FormState) -> Complaint | None:
    """The complaint this token filed before, if it did."""
    return filed_with(state.nonce)


def is_as_filed(complaint: Complaint, state: FormState) -> bool:
    """Whether the token holds the answers that were filed, and not some typed before or after."""
    try:
        return open_answers(complaint) == answers_as_asked(state.definition, state.answers)
    except (KeyDestroyed, SealBroken):
        return False


def answer_with_confirmation(
    request: HttpRequest, state: FormState, complaint: Complaint
) -> HttpResponse:
    """Reference, what happens next and by when, who reads it, a copy to keep (R-63)."""
    page = pages.form_page_of(state)
    answers = answers_as_asked(state.definition, state.answers)
    due = dict(complaint.terms.values_list("kind", "due_on"))
    context = {
        "page": page,
        "reference": complaint.reference,
        "promises": promises(due, reachable=is_reachable(answers)),
        "readers": readers(complaint),
        "has_mail": CaseContact.objects.filter(complaint=complaint).exists(),
        "notes": [pages.deputy_note(page)] if page and complaint.route == Route.DEPUTY else [],
        "stages": ladder_of(_procedure(page), complaint.current_stage),
        "answers": answers,
        "filed_at": complaint.filed_at,
        "token": state.seal(),
        "action_url": reverse("fill_in"),
        "is_preview": False,
    }
    return render(request, "complaints/form_confirmation.html", context)


def _existing_page_id(state: FormState) -> int | None:
    page_id = state.definition.page_id
    return page_id if ComplaintFormPage.objects.filter(pk=page_id).exists() else None


def _procedure(page: ComplaintFormPage | None) -> ProcedurePage | None:
    parent = page.get_parent().specific if page is not None else None
    return parent if isinstance(parent, ProcedurePage) else ProcedurePage.objects.live().first()
