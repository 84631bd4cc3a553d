"""When a post cannot be read, or cannot be stored: what was typed always comes back."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.public.filing.fields import PREFIX
from complaints.public.filing.pages import form_url
from complaints.public.filing.state import FormState
from complaints.public.suspicion import is_foreign
from complaints.questions import answers_as_asked

UNREADABLE = (MultiPartParserError, SuspiciousOperation, UnicodeError)  # what junk raises


def unreadable(request: HttpRequest, *, status: int, explanation: str) -> HttpResponse:
    """A 4xx in plain words, with whatever could be read of what was typed."""
    context = {
        "title": _("We konden dit formulier niet lezen"),
        "explanation": explanation,
        "form_url": form_url(),
        "typed": [] if is_foreign(request) else _typed(request, None),
    }
    return render(request, "complaints/form_stopped.html", context, status=status)


def already_sent(request: HttpRequest, state: FormState | None, reference: str) -> HttpResponse:
    """A 409: this form was sent before. With a state: what it holds is given back, not sent."""
    explanation = _("Deze klacht is al verstuurd en ontvangen. Het kenmerk is %(reference)s.")
    if state is not None:
        explanation += " " + _(
            "Wat hieronder staat is anders dan wat je verstuurde, en is niet verstuurd. Wil je het "
            "toevoegen? Kopieer het en noem het kenmerk als de behandelaar contact opneemt."
        )
    context = {
        "title": _("Je klacht was al verstuurd"),
        "explanation": explanation % {"reference": reference},
        "form_url": "",
        "typed": _typed(request, state) if state is not None else [],
    }
    return render(request, "complaints/form_stopped.html", context, status=409)


def unavailable(request: HttpRequest, state: FormState | None, action: str) -> HttpResponse:
    """A 503 made without a query: the text given back, and a button that sends it again."""
    explanation = _(
        "Je klacht is nog niet verstuurd: de site kan op dit moment niets opslaan. Wat je "
        "schreef staat hieronder. Probeer het over een paar minuten opnieuw met de knop."
    )
    if request.FILES:
        explanation += " " + _("Voeg de bestanden die je net koos daarna opnieuw toe.")
    context = {
        "explanation": explanation,
        "token": request.POST.get("token", ""),
        "retry_action": action,
        "fields": [
            (k, v)
            for k, values in request.POST.lists()
            for v in values
            if k not in {"token", "action"}
        ],
        "action_url": reverse("fill_in"),
        "typed": _typed(request, state),
        "phone": state.definition.phone if state is not None else "",
    }
    return try_later("complaints/form_unavailable.html", context)


def try_later(template: str, context: dict[str, Any]) -> HttpResponse:
    """A 503 from the context alone, without a query."""
    html = render_to_string(template, context)
    return HttpResponse(html, status=503, headers={"Retry-After": "120"})


def _typed(request: HttpRequest, state: FormState | None) -> list[dict[str, str]]:
    """What was typed, with its question where the token still tells it."""
    labels: dict[str, str] = {}
    texts: dict[str, str] = {}
    if state is not None:
        labels = {q.clean_name: q.label for _step, q in state.definition.questions()}
        for answer in answers_as_asked(state.definition, state.answers):
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
