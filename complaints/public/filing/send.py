"""Sends a complaint from a finished state; answers with the confirmation and the copy to keep."""

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from wagtail.models import Site

from complaints.cases.contents import open_answers
from complaints.cases.filing import Filed, Filing, GivenConsent, file
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePage
from complaints.models.privacy import ConsentPurpose
from complaints.models.roster import Roster
from complaints.paper.receipt import Receipt, receipt_pdf
from complaints.public.filing import pages
from complaints.public.filing.fields import asked_consents
from complaints.public.filing.state import FormState
from complaints.public.promises import is_reachable, ladder_of, promises, who_reads
from complaints.public.suspicion import is_suspect
from complaints.questions import answers_as_asked
from complaints.stages import Route
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import code_from_nonce, draft_code_from_nonce, show_code
from home.models import OrganisationSettings

logger = logging.getLogger(__name__)


def copy_response(request: HttpRequest, state: FormState, complaint: Complaint) -> HttpResponse:
    """A tagged PDF/A-2a of what was sent, with its reference and dates (R-52, R-63)."""
    site = Site.find_for_request(request)
    organisation = OrganisationSettings.for_site(site) if site else OrganisationSettings()
    due = dict(complaint.terms.values_list("kind", "due_on"))
    answers = answers_as_asked(state.definition, state.answers)
    receipt = Receipt(
        organisation=organisation.name,
        reference=complaint.reference,
        filed_on=timezone.localdate(complaint.filed_at),
        promises=[
            (promise["text"], promise["date"])
            for promise in promises(due, reachable=is_reachable(answers))
        ],
        readers=who_reads(complaint, Roster.read()),
        answers=answers,
        receipt_code=receipt_code(state),
        contact="\n".join(filter(None, [organisation.email, organisation.phone])),
    )
    response = HttpResponse(receipt_pdf(receipt), content_type="application/pdf")
    name = _("kopie-%(reference)s.pdf") % {"reference": complaint.reference}
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def send(request: HttpRequest, state: FormState) -> HttpResponse:
    """Files the complaint and answers with the confirmation. The same token is one complaint."""
    page = pages.form_page_of(state)
    asked = {consent.name: consent.as_shown for consent in asked_consents(state)}
    filing = Filing(
        nonce=state.nonce,
        answers=answers_as_asked(state.definition, state.answers),
        consents=[
            GivenConsent(ConsentPurpose(name), asked[name])
            for name in state.consents
            if name in asked
        ],
        form_page_id=page.pk if page is not None else None,
        route=pages.chosen_route(state),
        is_suspect=is_suspect(state.marks),
        draft_code=state.draft_code or draft_code_from_nonce(state.nonce),
        files=state.files_to_send(),
    )
    roster = Roster.read()
    filed = file(filing=filing, roster=roster)
    try:
        return answer_with_confirmation(request, state, filed, roster, page=page)
    except Exception:  # it is stored: never say that it is not
        logger.exception("confirmation.plain")
        plain = {
            "reference": filed.case.reference,
            "filed_at": filed.case.filed_at,
            "code": receipt_code(state),
        }
        return HttpResponse(render_to_string("complaints/form_received.html", plain))


def receipt_code(state: FormState) -> str:
    """The code that opens what this token filed, in groups; the same at each repeated post."""
    return show_code(code_from_nonce(state.nonce))


def is_as_filed(complaint: Complaint, state: FormState) -> bool:
    """Whether the token holds the answers that were filed, and not some typed before or after."""
    try:
        return open_answers(complaint) == answers_as_asked(state.definition, state.answers)
    except (KeyDestroyed, SealBroken):
        return False


def answer_with_confirmation(
    request: HttpRequest,
    state: FormState,
    filed: Filed,
    roster: Roster,
    *,
    page: ComplaintFormPage | None = None,
    is_code_kept: bool = False,
) -> HttpResponse:
    """Reference, code, what happens next and by when, who reads it, a copy to keep (R-63).

    Who says to have kept the code sees it no longer: somebody may be looking over a shoulder.
    """
    page, complaint = page or pages.form_page_of(state), filed.case
    answers = answers_as_asked(state.definition, state.answers)
    is_past = complaint.route == Route.DEPUTY
    context = {
        "page": page,
        "reference": complaint.reference,
        "code": receipt_code(state),
        "is_code_kept": is_code_kept,
        "promises": promises(filed.due, reachable=is_reachable(answers)),
        "readers": who_reads(complaint, roster, is_new=filed.is_new),
        "has_mail": filed.has_address,
        "notes": [pages.deputy_note(page, roster)] if page and is_past else [],
        "stage": complaint.stage,
        "stages": SimpleLazyObject(lambda: ladder_of(_procedure(page), complaint.current_stage)),
        "answers": answers,
        "filed_at": complaint.filed_at,
        "token": state.seal(),
        "action_url": reverse("fill_in"),
        "is_preview": False,
    }
    return render(request, "complaints/form_confirmation.html", context)


def _procedure(page: ComplaintFormPage | None) -> ProcedurePage | None:
    above = ProcedurePage.objects.parent_of(page).first() if page is not None else None
    return above or ProcedurePage.objects.live().first()
