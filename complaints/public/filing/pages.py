"""What the complainant sees: each page of the form as a response, from the state alone.

When a post cannot be read, or cannot be stored, what was typed always comes back.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django import forms
from django.core.cache import caches
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from complaints.cases.contact import contact_in
from complaints.cases.uploads import MOST_BYTES, MOST_FILES
from complaints.models.form import ComplaintFormPage
from complaints.models.roster import Roster
from complaints.public.filing.fields import PREFIX, asked_consent, asked_consents, step_form
from complaints.public.filing.state import FormState
from complaints.public.promises import beside
from complaints.public.suspicion import is_foreign
from complaints.questions import Answer, Purpose, answer_for
from complaints.stages import ConsentPurpose, Route
from home.shell import KEPT, SHELL_SECONDS, edition

UNPROCESSABLE = 422
TEXTS = ["search_description", "introduction", "privacy_notice"]
TEXTS += ["anonymous_note", "no_deputy_note", "confirmation_text"]
UNREADABLE = (MultiPartParserError, SuspiciousOperation, UnicodeError)  # what junk raises


def form_page_of(state: FormState) -> ComplaintFormPage | None:
    """The page the form was begun on, if it is still there, with its texts; once an edition."""
    pk = state.definition.page_id

    def look_up() -> ComplaintFormPage | None:
        return ComplaintFormPage.objects.filter(pk=pk).only(*TEXTS).order_by().first()

    return caches[KEPT].get_or_set(f"form-{pk}-{edition()}", look_up, SHELL_SECONDS)


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
        "route": chosen_route(state),
        "beside": SimpleLazyObject(lambda: beside(chosen_route(state))),
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
        "fields": _on_page(form or step_form(step.questions, answers=state.answers), state),
        "mail_consent": asked_consent(ConsentPurpose.MAIL, state, missing=False),
        "changing": _changing(request),
        "most_files": MOST_FILES,
        "most_mb": MOST_BYTES // 1024**2,
        "errors": errors,
        "notice": notice,
    }
    status = UNPROCESSABLE if errors else 200
    return page_with_token(request, "form_step", state, context, page=page, status=status)


def _changing(request: HttpRequest) -> str:
    """The answer they came from the check page to change, until they are back there."""
    verb, _colon, rest = request.POST.get("action", "").partition(":")
    name = rest.partition(":")[2] if verb == "change" else request.POST.get("changing", "")
    return name if name.isidentifier() else ""


def errors_at(control: str, *messages: Any) -> list[dict[str, str]]:
    """Returns what is wrong at a control, for the summary; nothing for an empty message."""
    return [{"id": control, "message": str(message)} for message in messages if message]


def _on_page(form: forms.Form, state: FormState) -> forms.Form:
    """The form, whose fields know the files they have, and whether they wait for an answer."""
    shown = {question.clean_name for question in state.questions}
    fields: dict[str, Any] = form.fields
    for name, field in fields.items():
        field.is_waiting = name not in shown
        field.files = [file for file in state.files if file.question == name]
    return form


def _errors(form: forms.Form, state: FormState) -> list[dict[str, str]]:
    """The first error at each question that shows, with the id of the control to go to."""
    errors: list[dict[str, str]] = []
    for name in (question.clean_name for question in state.questions):
        if name in form.errors:
            field = form[name]
            target = field.id_for_label or f"{field.auto_id}_0"  # the first box of several
            errors += errors_at(target, field.errors[0])
    return errors


def check_page(
    request: HttpRequest, state: FormState, *, missing_consent: bool = False, notice: str = ""
) -> HttpResponse:
    """Every answer with a way to change it, the consents, and the button that sends (R-62)."""
    page = form_page_of(state)
    asked = {consent.name: consent for consent in asked_consents(state, missing=missing_consent)}
    mail = asked.pop(ConsentPurpose.MAIL.value, None)
    contact = contact_in(state.as_asked, may_mail=bool(mail and mail.checked))
    is_past, notes = chosen_route(state) is Route.DEPUTY, []
    if page is not None and not contact.is_reachable:
        notes.append(page.anonymous_note)
    if page is not None and is_past and Roster.read().handler_for(Route.DEPUTY) is None:
        notes.append(page.no_deputy_note)
    number = len(state.visible_steps) + 1
    context = {
        "steps": _check_steps(state),
        "consents": asked.values(),
        "mail_consent": mail,
        "notice": notice,
        "notes": notes,
        "errors": [e for c in asked.values() for e in errors_at(f"consent_{c.name}", c.error)],
        "step_number": number,
        "step_count": number,
    }
    status = UNPROCESSABLE if missing_consent else 200
    return page_with_token(request, "form_check", state, context, page=page, status=status)


def chosen_route(state: FormState) -> Route:
    """Whom the complainant wants: the answer's place in the list decides, not its words."""
    question = state.definition.question_for(Purpose.ROUTE)
    chosen = answer_for(state.as_asked, Purpose.ROUTE)
    if question is not None and chosen in question.choices[1:2]:
        return Route.DEPUTY
    return Route.CONFIDANT


def _check_steps(state: FormState) -> list[dict[str, Any]]:
    texts = {a.name: a.text for a in state.as_asked}
    return [
        {
            "index": index,
            "title": state.definition.steps[index].title,
            "rows": [
                {"question": question, "text": texts[question.clean_name]}
                for question in questions
                if question.clean_name in texts
            ],
        }
        for index, questions in state.visible_steps
    ]


def first_state(page: ComplaintFormPage, *, phone: str = "") -> FormState:
    """The state of somebody who has not begun: equal for all, so the page can be cached."""
    definition = replace(page.definition(), phone=phone)
    state = FormState(definition)
    return state.at(state.visible_steps[0][0] if state.visible_steps else 0)


def steps_preview(request: HttpRequest, page: ComplaintFormPage, state: FormState) -> HttpResponse:
    """Shows an editor each step as a coachee meets it, with a switch per condition."""
    definition, met = state.definition, getattr(request, "conditions_met", ())
    labels = {question.clean_name: question.label for _step, question in definition.questions()}
    switches = {f"{c.question}/{c.value}": c for c in definition.conditions()}
    answers = definition.answers_meeting(switches[name] for name in met if name in switches)
    steps = []
    for index, questions in definition.visible(answers):
        steps.append((definition.steps[index], step_form(questions, answers={})))
    context = {
        "page": page,
        "title": definition.title,
        "switches": [
            (name, labels.get(condition.question, ""), condition.value, name in met)
            for name, condition in switches.items()
        ],
        "steps": steps,
        "step_count": len(steps) + 1,
        "mail_consent": asked_consent(ConsentPurpose.MAIL, state, missing=False),
        "most_files": MOST_FILES,
        "most_mb": MOST_BYTES // 1024**2,
        "beside": beside(Route.CONFIDANT),
    }
    return render(request, "complaints/form_preview.html", context)


def stopped_page(
    request: HttpRequest,
    title: str,
    explanation: str,
    *,
    typed: Sequence[Any] = (),
    is_sent: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Nothing more can be done here; with whatever could be read of what was `typed`."""
    begin_at = "" if is_sent else form_url()
    context = {"title": title, "explanation": explanation, "form_url": begin_at, "typed": typed}
    return render(request, "complaints/form_stopped.html", context, status=status)


def unreadable(request: HttpRequest, *, status: int, explanation: Any) -> HttpResponse:
    """A 4xx in plain words, with whatever could be read of what was typed."""
    title = _("We konden dit formulier niet lezen")
    typed = [] if is_foreign(request) else _typed(request, None)
    return stopped_page(request, title, str(explanation), typed=typed, status=status)


def already_sent(request: HttpRequest, reference: str, others: Sequence[Answer]) -> HttpResponse:
    """A 409: this form was sent before. What is other than what was sent is given back."""
    words = _("Deze klacht is al verstuurd en ontvangen. Het kenmerk is %(reference)s.")
    if others:
        words += " " + _(
            "Wat hieronder staat is anders dan wat je verstuurde, en is niet verstuurd. Wil je het "
            "toevoegen? Kopieer het en noem het kenmerk als de behandelaar contact opneemt."
        )
    title, words = _("Je klacht was al verstuurd"), words % {"reference": reference}
    return stopped_page(request, title, words, typed=others, is_sent=True, status=409)


def unavailable(request: HttpRequest, state: FormState | None, action: str) -> HttpResponse:
    """A 503 made without a query: the text given back, and a button that sends it again."""
    explanation = _(
        "De site kan op dit moment niets opslaan. Wat je schreef staat hieronder. Probeer het "
        "over een paar minuten opnieuw met de knop."
    )
    if request.FILES:
        explanation += " " + _("Voeg de bestanden die je net koos daarna opnieuw toe.")
    posted = [(name, value) for name, values in request.POST.lists() for value in values]
    return try_later(
        _("Je klacht is nog niet verstuurd"),
        explanation,
        action_url=reverse("fill_in"),
        fields=[(name, value) for name, value in posted if name != "action"],
        retry_action=action,
        typed=_typed(request, state),
        phone=state.definition.phone if state is not None else "",
    )


def try_later(title: str, explanation: str, **given: Any) -> HttpResponse:
    """A 503 from what is given alone, without a query."""
    context = {"title": title, "explanation": explanation, **given}
    html = render_to_string("complaints/unavailable.html", context)
    return HttpResponse(html, status=503, headers={"Retry-After": "120"})


def _typed(request: HttpRequest, state: FormState | None) -> list[dict[str, str]]:
    """Returns what was typed, with its question where the token still tells it."""
    labels: dict[str, str] = {}
    texts: dict[str, str] = {}
    if state is not None:
        labels = {q.clean_name: q.label for _step, q in state.definition.questions()}
        for answer in state.as_asked:
            texts[answer.name] = answer.text
    try:
        posted = request.POST
    except UNREADABLE:  # what could not be parsed cannot be given back either
        posted = QueryDict()
    for name, values in posted.lists():
        if name.startswith(f"{PREFIX}-"):
            texts[name.removeprefix(f"{PREFIX}-")] = "\n".join(str(value) for value in values)
    return [
        {"label": labels.get(name, name.replace("_", " ")), "text": text}
        for name, text in texts.items()
        if text.strip()
    ]
