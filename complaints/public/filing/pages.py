"""What the complainant sees: each page of the form as a response, from the state alone.

The first page is the same for everyone; the CMS previews the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.cases.attachments import StoredFile
from complaints.cases.uploads import MOST_BYTES, MOST_FILES
from complaints.models.form import PAST_LABEL, ComplaintFormPage
from complaints.models.roster import Roster
from complaints.models.settings import HandlingSettings
from complaints.public.filing.fields import asked_consents, step_form
from complaints.public.filing.state import FormState
from complaints.public.promises import ladder_of, promises
from complaints.questions import Answer, Purpose, Question, answers_as_asked
from complaints.stages import Route, Stage
from complaints.terms import TermKind, add_days, add_working_days
from home.shell import phone_to_call

UNPROCESSABLE = 422


@dataclass(frozen=True)
class QuestionOnPage:
    """A question with its bound field, and whether it waits hidden for an earlier answer."""

    bound: Any
    question: Question
    is_hidden: bool = False
    files: Sequence[StoredFile] = ()

    @property
    def limits(self) -> str:
        """What a question that asks for files takes."""
        return _(
            "Hoogstens %(count)s bestanden, elk tot %(size)s MB: pdf, foto (jpg, png, heic, webp), "
            "docx, odt of txt."
        ) % {"count": MOST_FILES, "size": MOST_BYTES // 1024**2}


def form_page_of(state: FormState) -> ComplaintFormPage | None:
    """The page the form was begun on, if it is still there."""
    return ComplaintFormPage.objects.filter(pk=state.definition.page_id).first()


def form_url() -> str:
    """Where the form begins."""
    page = ComplaintFormPage.objects.live().first()
    return str(page.url) if page is not None else "/"


def page_with_token(
    request: HttpRequest,
    template: str,
    state: FormState,
    context: dict[str, Any],
    *,
    page: ComplaintFormPage | None = None,
    status: int = 200,
) -> HttpResponse:
    """A page from which the form goes on: the state travels in it, sealed."""
    shared = {
        "page": page or form_page_of(state),
        "title": state.definition.title,
        "token": state.seal(),
        "action_url": reverse("fill_in"),
    }
    return render(request, f"complaints/{template}.html", shared | context, status=status)


def step_page(
    request: HttpRequest,
    state: FormState,
    *,
    form: forms.Form | None = None,
    page: ComplaintFormPage | None = None,
    notice: str = "",
) -> HttpResponse:
    """The step the state stands at; with a bound `form`, its errors (R-60) and 422."""
    step = state.definition.steps[state.step]
    order = [index for index, _questions in state.visible_steps]
    number = order.index(state.step) + 1 if state.step in order else 1
    errors = _errors(form, state) if form is not None else []
    context = {
        "step_number": number,
        "step_count": len(order) + 1,
        "step_title": step.title,
        "step_introduction": step.introduction,
        "is_first": number == 1,
        "is_pristine": form is None and not (state.answers or state.nonce or notice),
        "fields": _on_page(step.questions, form, state),
        "asks_files": any(question.is_files for question in step.questions),
        "errors": errors,
        "notice": notice,
    }
    status = UNPROCESSABLE if errors else 200
    return page_with_token(request, "form_step", state, context, page=page, status=status)


def _on_page(
    questions: Sequence[Question], form: forms.Form | None, state: FormState
) -> list[QuestionOnPage]:
    fields = form or step_form(questions, answers=state.answers)
    shown = {question.clean_name for question in state.questions}
    return [
        QuestionOnPage(
            bound=None if question.is_silent else fields[question.clean_name],
            question=question,
            is_hidden=question.clean_name not in shown,
            files=[file for file in state.files if file.question == question.clean_name],
        )
        for question in questions
    ]


def _errors(form: forms.Form, state: FormState) -> list[dict[str, str]]:
    """The first error at each question that shows, with the id of the control to go to."""
    errors = []
    for question in state.questions:
        messages = form.errors.get(question.clean_name)
        if messages:
            field = form[question.clean_name]
            target = field.id_for_label or field.auto_id
            if isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
                target = f"{field.auto_id}_0"
            errors.append({"id": target, "message": str(messages[0])})
    return errors


def check_page(
    request: HttpRequest, state: FormState, *, missing_consent: bool = False, notice: str = ""
) -> HttpResponse:
    """Every answer with a way to change it, the consents, and the button that sends (R-62)."""
    page = form_page_of(state)
    consents = asked_consents(state, missing=missing_consent)
    number = len(state.visible_steps) + 1
    context = {
        "steps": _check_steps(state),
        "consents": consents,
        "notice": notice,
        "notes": _notes(state, page),
        "errors": [
            {"id": f"consent_{consent.name}", "message": consent.error}
            for consent in consents
            if consent.error
        ],
        "step_number": number,
        "step_count": number,
    }
    status = UNPROCESSABLE if missing_consent else 200
    return page_with_token(request, "form_check", state, context, page=page, status=status)


def advice_page(
    request: HttpRequest, state: FormState, question: Question, advice: Any
) -> HttpResponse:
    """Advice in place of the next step, always with the way past it."""
    page = form_page_of(state)
    context = {
        "advice": advice.specific,
        "past_label": page.past_label if page is not None else PAST_LABEL,
        "past_action": f"past:{question.clean_name}",
    }
    return page_with_token(request, "form_advice", state, context, page=page)


def chosen_route(state: FormState) -> Route:
    """Whom the complainant wants: the answer's place in the list decides, not its words."""
    question = state.definition.question_for(Purpose.ROUTE)
    if question is None:
        return Route.CONFIDANT
    answers = state.definition.visible_answers(state.answers)
    answer = answers.get(question.clean_name, "")
    is_deputy = answer in question.choices[1:2]
    return Route.DEPUTY if is_deputy else Route.CONFIDANT


def _check_steps(state: FormState) -> list[dict[str, Any]]:
    steps = []
    for index, questions in state.visible_steps:
        rows = []
        for question in questions:
            if question.is_silent or question.field_type == "hidden":
                continue
            value = state.answers.get(question.clean_name, "")
            rows.append(
                {
                    "name": question.clean_name,
                    "label": question.label,
                    "text": "\n".join(value) if isinstance(value, list) else value,
                    "is_soft_missing": question.soft_required and not value,
                }
            )
        title = state.definition.steps[index].title
        steps.append({"index": index, "title": title, "rows": rows})
    return steps


def _notes(state: FormState, page: ComplaintFormPage | None) -> list[str]:
    """What follows from the answers, told before sending."""
    if page is None:
        return []
    answers = state.definition.visible_answers(state.answers)
    known = [
        question
        for question in map(state.definition.question_for, (Purpose.NAME, Purpose.EMAIL))
        if question is not None and answers.get(question.clean_name)
    ]
    notes = [] if len(known) == 2 else [str(page.anonymous_note)]
    if chosen_route(state) is Route.DEPUTY:
        notes.append(deputy_note(page, Roster.read()))
    return notes


def deputy_note(page: ComplaintFormPage, roster: Roster) -> str:
    """What happens with a complaint for the deputy, also where there is none now."""
    has_deputy = roster.handler_for(Route.DEPUTY) is not None
    return str(page.deputy_note if has_deputy else page.no_deputy_note)


def new_questions_notice(count: int) -> str:
    """Told where an answer brought a question in sight that was not there before."""
    return ngettext(
        "Door je antwoord is er een vraag bij gekomen.",
        "Door je antwoord zijn er %(count)s vragen bij gekomen.",
        count,
    ) % {"count": count}


FIRST_PAGE_SECONDS = 60


def present(request: HttpRequest, page: ComplaintFormPage, mode: str) -> HttpResponse:
    """The page of the form that `mode` names: first, step-N, check or confirmation."""
    state = first_state(page, phone=phone_to_call(request))
    if mode == "first":
        response = step_page(request, state, page=page)
        # The same for everyone: no nonce, no cookie. A member of staff may see the CMS's bar.
        if not request.user.is_authenticated:
            patch_cache_control(response, public=True, max_age=FIRST_PAGE_SECONDS)
        return response
    if mode == "check":
        return check_page(request, state)
    if mode == "confirmation":
        return _confirmation_preview(request, page, state)
    number = int(mode.removeprefix("step-")) if mode.startswith("step-") else 1
    index = min(number - 1, len(state.definition.steps) - 1)
    return step_page(request, replace(state, step=max(index, 0)), page=page)


def first_state(page: ComplaintFormPage, *, phone: str = "") -> FormState:
    """The state of somebody who has not begun: equal for all, so the page can be cached."""
    definition = replace(page.definition(), phone=phone)
    state = FormState(definition)
    return state.at(state.visible_steps[0][0] if state.visible_steps else 0)


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
