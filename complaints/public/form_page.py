"""The first page of the form, and the CMS's previews of the others."""

from dataclasses import replace
from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control

from complaints.models.form import ComplaintFormPage
from complaints.models.settings import HandlingSettings
from complaints.public import pages
from complaints.public.ladder import ladder_of
from complaints.public.promises import promises
from complaints.public.state import FormState
from complaints.questions import Answer, answers_as_asked
from complaints.stages import Stage
from complaints.terms import TermKind, add_days, add_working_days
from home.shell import phone_to_call

FIRST_PAGE_SECONDS = 60


def present(request: HttpRequest, page: ComplaintFormPage, mode: str) -> HttpResponse:
    """The page of the form that `mode` names: first, step-N, check or confirmation."""
    state = first_state(page, phone=phone_to_call(request))
    if mode == "first":
        response = pages.step_page(request, state, page=page)
        # The same for everyone: no nonce, no cookie. A member of staff may see the CMS's bar.
        if not request.user.is_authenticated:
            patch_cache_control(response, public=True, max_age=FIRST_PAGE_SECONDS)
        return response
    if mode == "check":
        return pages.check_page(request, state)
    if mode == "confirmation":
        return _confirmation_preview(request, page, state)
    number = int(mode.removeprefix("step-")) if mode.startswith("step-") else 1
    index = min(number - 1, len(state.definition.steps) - 1)
    return pages.step_page(request, replace(state, step=max(index, 0)), page=page)


def first_state(page: ComplaintFormPage, *, phone: str = "") -> FormState:
    """The state of somebody who has not begun: equal for all, so the page can be cached."""
    definition = replace(page.definition(), phone=phone)
    visible = definition.visible({})
    index, questions = visible[0] if visible else (0, [])
    return FormState(definition, step=index, shown=tuple(q.clean_name for q in questions))


def _confirmation_preview(
    request: HttpRequest, page: ComplaintFormPage, state: FormState
) -> HttpResponse:
    """What the complainant will see after sending, with today's dates and no complaint."""
    today, terms = timezone.localdate(), HandlingSettings.current()
    parent = page.get_parent()
    answers: list[Answer] = answers_as_asked(state.definition, {})
    context = {
        "page": page,
        "reference": "KM-0000-0000",
        "code": "0000-0000-0000-0000-0",
        "promises": promises(
            {
                TermKind.CONTACT: add_working_days(today, terms.contact_working_days),
                TermKind.HANDLING: add_days(today, terms.handling_days),
            },
            reachable=True,
        ),
        "readers": "",
        "has_mail": True,
        "notes": [],
        "stage": Stage.FILING,
        "stages": ladder_of(parent.specific if parent else None, Stage.FILING),
        "answers": answers,
        "filed_at": timezone.now() - timedelta(seconds=1),
        "token": "",
        "is_preview": True,
    }
    return render(request, "complaints/form_confirmation.html", context)
