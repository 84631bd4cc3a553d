"""The way back to a form that was put aside: one field for the code, then on or anew."""

import logging
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from complaints.models.form import ComplaintFormPage
from complaints.public import pages
from complaints.public.code_words import mend_code
from complaints.public.state import FormState
from complaints.public.suspicion import ForgetfulRate, address_of
from complaints.public.uploads import WithoutFiles
from complaints.questions import Question
from complaints.services.drafts import destroy_draft, open_draft
from complaints.services.files import destroy_staged
from complaints.services.sealing import CodeUnknown
from complaints.vault.codes import CodeMistyped, parse_code

logger = logging.getLogger(__name__)

# A code is 80 random bits: this brake keeps the server quiet, it is not what keeps a draft shut.
WRONG_CODES = 20
WRONG_CODES_SECONDS = 600
TOO_MANY_REQUESTS = 429

wrong_codes = ForgetfulRate(WRONG_CODES_SECONDS)


class CodeForm(forms.Form):
    """A code as somebody typed it; what is wrong with it is said before anything is looked up."""

    use_required_attribute = False
    code = forms.CharField(
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict, or nothing
        help_text = _("Hoofdletters, spaties en streepjes maken niet uit.")
        self.question = Question("code", _("Code"), "singleline", help_text, required=True)

    def clean_code(self) -> str:
        try:
            return parse_code(self.cleaned_data["code"])
        except CodeMistyped as error:
            raise forms.ValidationError(mend_code(error.reason)) from None


# No CSRF cookie, as with the form itself: who comes back may have cookies off. Nothing can be done
# here without the code, which another site does not know.
@csrf_exempt
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """Asks for the code; a post with it opens the draft, or destroys it when asked to."""
    if request.method != "POST":
        return _code_page(request, CodeForm())
    request.encoding = "utf-8"
    request.upload_handlers = [WithoutFiles(request)]
    try:
        return _answer(request, CodeForm(request.POST))
    except (MultiPartParserError, SuspiciousOperation, UnicodeError):
        return _code_page(request, CodeForm(), status=400)
    except Exception as error:  # a fault says that the draft is still there, never a 500
        logger.error("draft.not_opened reason=%s", type(error).__name__)
        return _unavailable(request)


def _answer(request: HttpRequest, form: CodeForm) -> HttpResponse:
    if not form.is_valid():
        return _code_page(request, form, status=pages.UNPROCESSABLE)
    code = form.cleaned_data["code"]
    if request.POST.get("action") == "destroy":
        return _destroy(request, code)
    try:
        return _found_page(request, code)
    except CodeUnknown:
        return _unknown(request, form)


def _found_page(request: HttpRequest, code: str) -> HttpResponse:
    """On with it, or anew: says when it was kept, until when, and what beginning anew does."""
    draft = open_draft(code)
    state = FormState.unpack(draft.content).taken_up()
    context = {
        "page": pages.form_page_of(state),
        "title": state.definition.title,
        "saved_at": draft.saved_at,
        "expires_on": draft.expires_on,
        "code": code,
        "token": state.seal(),
        "action_url": reverse("fill_in"),
        "resume_url": reverse("resume"),
    }
    return render(request, "complaints/draft_found.html", context)


def _unknown(request: HttpRequest, form: CodeForm) -> HttpResponse:
    """Only codes that open nothing count; so the right one opens at any time."""
    is_many = wrong_codes.count(address_of(request)) > WRONG_CODES
    form.add_error("code", _too_many() if is_many else _nothing_found())
    status = TOO_MANY_REQUESTS if is_many else pages.UNPROCESSABLE
    response = _code_page(request, form, status=status)
    if is_many:
        response["Retry-After"] = str(WRONG_CODES_SECONDS)
    return response


def _destroy(request: HttpRequest, code: str) -> HttpResponse:
    """The same answer, also where the draft was gone already. Its files go with it."""
    try:
        files = FormState.unpack(open_draft(code).content).files
    except CodeUnknown:
        files = ()
    destroy_draft(code)
    destroy_staged([file.id for file in files])
    return render(request, "complaints/draft_destroyed.html", {"form_url": _form_url()})


def _code_page(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    messages: Iterable[Any] = form.errors.get("code", []) if form.is_bound else []
    context = {
        "field": pages.Shown(form["code"], form.question, is_hidden=False),
        "errors": [{"id": "id_code", "message": str(message)} for message in messages],
        "resume_url": reverse("resume"),
        "form_url": _form_url(),
    }
    return render(request, "complaints/draft_code.html", context, status=status)


def _unavailable(request: HttpRequest) -> HttpResponse:
    """A 503 made without a query, with the code given back."""
    context = {
        "code": request.POST.get("code", ""),
        "retry_action": request.POST.get("action", "open"),
        "resume_url": reverse("resume"),
    }
    html = render_to_string("complaints/draft_unavailable.html", context)
    return HttpResponse(html, status=503, headers={"Retry-After": "120"})


def _form_url() -> str:
    page = ComplaintFormPage.objects.live().first()
    return str(page.url) if page is not None else "/"


def _nothing_found() -> str:
    return _(
        "Bij deze code staat geen concept. Kijk of je de goede code hebt. Misschien is het concept "
        "verlopen, gewist of al verstuurd."
    )


def _too_many() -> str:
    return _(
        "Wacht tien minuten voor je verder zoekt: er zijn veel codes geprobeerd waar geen concept "
        "bij staat. De goede code werkt ook nu."
    )
