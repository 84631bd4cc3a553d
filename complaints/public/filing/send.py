"""Sends a complaint from a finished state; answers with the confirmation and the copy to keep."""

import logging
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from complaints.cases.contact import contact_in
from complaints.cases.contents import open_answers
from complaints.cases.due_dates import stamped_terms
from complaints.cases.filing import Filed, Filing, GivenConsent, file
from complaints.cases.sealing import KeyDestroyed
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.roster import Circle, Roster
from complaints.public.filing import pages
from complaints.public.filing.fields import asked_consents
from complaints.public.filing.state import FormState
from complaints.public.promises import ladder_of, promises, receipt_answer, who_reads
from complaints.public.suspicion import is_suspect
from complaints.questions import Answer
from complaints.stages import ConsentPurpose
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import code_from_nonce, draft_code_from_nonce, show_code

logger = logging.getLogger(__name__)


def copy_response(request: HttpRequest, state: FormState, filed: Filed) -> HttpResponse:
    """Returns what was sent as a PDF, with its reference and dates."""
    return receipt_answer(
        request,
        filed.case,
        name=_("kopie-%(reference)s.pdf") % {"reference": filed.case.reference},
        answers=state.as_asked,
        promised=_promised(state, filed),
        receipt_code=receipt_code(state),
    )


def _promised(state: FormState, filed: Filed) -> list[dict[str, Any]]:
    reachable = contact_in(state.as_asked, may_mail=filed.has_address).is_reachable
    return promises(filed.due, reachable=reachable)


def send(request: HttpRequest, state: FormState) -> HttpResponse:
    """Files the complaint and returns the confirmation. The same token is one complaint."""
    page, shown = pages.form_page_of(state), {answer.name for answer in state.as_asked}
    filing = Filing(
        nonce=state.nonce,
        answers=state.as_asked,
        consents=[
            GivenConsent(ConsentPurpose(consent.name), consent.as_shown)
            for consent in asked_consents(state)
            if consent.checked
        ],
        form_page_id=page.pk if page is not None else None,
        route=pages.chosen_route(state),
        is_suspect=is_suspect(state.marks),
        draft_code=state.draft_code or draft_code_from_nonce(state.nonce),
        files=[file for file in state.files if file.question in shown],
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


def other_than_filed(complaint: Complaint, state: FormState) -> list[Answer] | None:
    """The answers that were not filed so; None where the token holds just what was filed."""
    try:
        filed = open_answers(complaint)
    except KeyDestroyed:
        return []  # erased, so it does not come back
    except SealBroken:
        filed = []
    known = {(answer.name, answer.text) for answer in filed}
    others = [each for each in state.as_asked if each.text and (each.name, each.text) not in known]
    return None if state.as_asked == filed else others


def answer_with_confirmation(
    request: HttpRequest,
    state: FormState,
    filed: Filed,
    roster: Roster,
    *,
    page: ComplaintFormPage | None = None,
    is_code_kept: bool = False,
    is_preview: bool = False,
) -> HttpResponse:
    """Reference, code, what happens next and by when, who reads it, a copy to keep (R-63).

    With `is_code_kept` it shows the code no longer: somebody may be looking over a shoulder.
    """
    complaint, circle = filed.case, Circle(filed.case, roster, filed.is_new)
    context = {
        "page": page or pages.form_page_of(state),
        "reference": complaint.reference,
        "code": receipt_code(state),
        "is_code_kept": is_code_kept,
        "promises": _promised(state, filed),
        "readers": who_reads(circle),
        "coach_told": roster.settings.sentence("coach_told_days"),
        "has_mail": filed.has_address,
        "is_past_confidant": circle.is_past_confidant,
        "stage": complaint.stage,
        "stages": SimpleLazyObject(lambda: ladder_of(circle)),
        "filed_at": complaint.filed_at,
        "token": "" if is_preview else state.seal(),
        "action_url": reverse("fill_in"),
        "is_preview": is_preview,
    }
    return render(request, "complaints/form_confirmation.html", context)


def confirmation_preview(
    request: HttpRequest, page: ComplaintFormPage, state: FormState
) -> HttpResponse:
    """Shows an editor the confirmation, with today's dates and no complaint."""
    now, roster = timezone.now(), Roster.read()
    day = timezone.localdate(now)
    case = Complaint(reference="KM-0000-0000", filed_at=now, received_on=day)
    due = {term.kind: term.due_on for term in stamped_terms(case, roster.settings)}
    filed = Filed(case, due, has_address=True, is_new=True)
    return answer_with_confirmation(request, state, filed, roster, page=page, is_preview=True)
