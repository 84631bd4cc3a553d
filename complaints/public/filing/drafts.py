"""Puts a form aside when asked to, mails the way back, and opens it again with its code."""

import logging
from contextlib import suppress

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from complaints.cases.drafts import (
    NoRoom,
    OpenedDraft,
    TooManyReminders,
    destroy_draft,
    open_draft,
    remind,
    save_draft,
)
from complaints.cases.sealing import CodeUnknown
from complaints.cases.uploads import take_no_files
from complaints.public.filing import pages
from complaints.public.filing.fields import step_form
from complaints.public.filing.pages import UNREADABLE, try_later
from complaints.public.filing.state import FormState
from complaints.public.following.session import Follower, enter, forget, keep, see_other
from complaints.public.promises import mend_code
from complaints.public.suspicion import ForgetfulRate, drafted, is_foreign, is_suspect, wrong_codes
from complaints.questions import Question
from complaints.vault.codes import CodeMistyped, code_in, show_code

reminders = ForgetfulRate("reminders", most=20)

NO_ROOM = gettext_lazy(
    "We kunnen je concept nu niet bewaren: er is geen plaats meer voor. Wat je schreef staat "
    "hieronder nog. Je kunt wel verdergaan en je klacht versturen."
)
GONE = gettext_lazy(
    "Dit concept is er niet meer. Wat je schreef staat hieronder nog. Wil je het weer bewaren, "
    "kies dan ‘Bewaar en ga later verder’."
)
NO_MORE_MAIL = gettext_lazy(
    "Schrijf de code, de datum en het adres van deze pagina zelf op: meer herinneringen mailen "
    "we nu niet."
)
OWED = gettext_lazy(
    "De mail is onderweg. De code staat er niet in: schrijf die op of druk deze pagina af."
)
NOTHING_FOUND = gettext_lazy(
    "Bij deze code staat geen concept. Kijk of je de goede code hebt. Misschien is het concept "
    "verlopen, gewist of al verstuurd."
)
logger = logging.getLogger(__name__)


def reminder_form(data: QueryDict | None = None) -> forms.Form:
    """Where a reminder goes."""
    help_text = _("In de mail staat geen code.")
    asked = Question("email", _("E-mailadres"), "email", help_text, required=True, purpose="email")
    return step_form([asked], answers={}, data=data)


def save(request: HttpRequest, state: FormState, _rest: str) -> HttpResponse:
    """Keeps the form, in order or not, under a code; where that cannot be, the page stays."""
    draft = state.with_draft_code().taken_up()
    try:
        if drafted.is_passed(request):
            raise NoRoom
        save_draft(code=draft.draft_code, content=draft.pack(), files=draft.files)
    except NoRoom:
        return _same_page(request, state, notice=str(NO_ROOM), status=503)
    return _saved_page(request, draft, open_draft(draft.draft_code))


def remind_by_mail(request: HttpRequest, state: FormState, _rest: str) -> HttpResponse:
    """Owes a mail that says how to come back; what is wrong with the address is said."""
    form = reminder_form(request.POST)
    try:
        draft = open_draft(state.draft_code)
        if not form.is_valid():
            return _saved_page(request, state, draft, form=form, status=pages.UNPROCESSABLE)
        if is_suspect(state.marks) or reminders.is_passed(request):
            raise TooManyReminders  # nobody gets us to mail many strangers
        remind(code=state.draft_code, address=form.cleaned_data["email"])
    except (CodeMistyped, CodeUnknown):
        return _same_page(request, state, notice=str(GONE), status=pages.UNPROCESSABLE)
    except TooManyReminders:
        form.add_error("email", NO_MORE_MAIL)
        return _saved_page(request, state, draft, form=form, status=429)
    return _saved_page(request, state, draft, notice=str(OWED))


def _saved_page(
    request: HttpRequest,
    state: FormState,
    draft: OpenedDraft,
    *,
    form: forms.Form | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """The code, until when, how to come back, and what when the code is lost."""
    bound = (form or reminder_form())["email"]
    context = {
        "field": bound,
        "errors": pages.errors_at(bound.auto_id, *bound.errors),
        "code": show_code(state.draft_code),
        "expires_on": draft.expires_on,
        "resume_url": request.build_absolute_uri(reverse("resume")),
        "notice": notice,
    }
    return pages.page_with_token(request, "draft_saved", state, context, status=status)


def _same_page(request: HttpRequest, state: FormState, *, notice: str, status: int) -> HttpResponse:
    """The page they were at, with all they typed; `shown` is empty at the check page."""
    show = pages.step_page if state.shown else pages.check_page
    response = show(request, state, notice=notice)
    response.status_code = status
    return response


# No CSRF cookie, as with the form itself: whoever comes back may have cookies off. Nothing can be
# done here without the code, which another site does not know.
@csrf_exempt
@cache_control(private=True, no_cache=True)
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def resume(request: HttpRequest) -> HttpResponseBase:
    """Asks for the code; a post with it opens the draft, or destroys it when asked to."""
    if request.method != "POST":
        return _code_page(request)
    request.encoding = "utf-8"
    take_no_files(request)
    try:
        return _answer(request)
    except (CodeMistyped, CodeUnknown) as wrong:
        words, status = mend_code(request, wrong, NOTHING_FOUND)
        return _code_page(request, error=words, status=status)
    except UNREADABLE:
        return _code_page(request, status=400)
    except Exception:  # a fault says that the draft is still there, never a 500
        logger.exception("draft.not_opened")
        explanation = _(
            "De site kan op dit moment niets opzoeken. Er is niets gewist. Probeer het over een "
            "paar minuten opnieuw met de knop."
        )
        return try_later(
            _("Je concept kan nu niet open"),
            explanation,
            action_url=reverse("resume"),
            fields=[("code", request.POST.get("code", ""))],
            retry_action=request.POST.get("action", "open"),
        )


def _answer(request: HttpRequest) -> HttpResponseBase:
    """Raises CodeMistyped before anything is looked up, and CodeUnknown."""
    code = code_in(request.POST.get("code", ""))
    if request.POST.get("action") == "destroy":
        return _destroy(request, code)
    found = opened_by(code)
    if isinstance(found, OpenedDraft):
        return found_page(request, code, found)
    if is_foreign(request):
        raise CodeUnknown  # another site sends nobody into a case
    return keep(see_other(), found)


def opened_by(code: str) -> Follower | OpenedDraft:
    """Returns what the code opens, at whichever page it was typed; raises CodeUnknown.

    Looks in both places always, so that each code costs the same.
    """
    found: list[Follower | OpenedDraft] = []
    for look_up in (open_draft, enter):
        with suppress(CodeUnknown):
            found.append(look_up(code))
    if not found:
        raise CodeUnknown
    return found[0]


def found_page(request: HttpRequest, code: str, draft: OpenedDraft) -> HttpResponse:
    """On with it, or anew: says when it was kept, until when, and what beginning anew does."""
    state = FormState.unpack(draft.content).taken_up()
    context = {
        "saved_at": draft.saved_at,
        "expires_on": draft.expires_on,
        "code": code,
        "resume_url": reverse("resume"),
    }
    return pages.page_with_token(request, "draft_found", state, context)


def _destroy(request: HttpRequest, code: str) -> HttpResponse:
    """Destroys the draft with its files; answers the same where it was gone already."""
    destroy_draft(code)
    explanation = _("De code opent niets meer. Je kunt opnieuw beginnen wanneer je wilt.")
    return forget(pages.stopped_page(request, _("Je concept is gewist"), explanation))


def _code_page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "resume_url": reverse("resume"),
        "form_url": pages.form_url(),
        "typed_code": request.POST.get("code", "") if error else "",
        "errors": pages.errors_at("id_code", error),
    }
    response = render(request, "complaints/draft_code.html", context, status=status)
    if status == 429:
        response["Retry-After"] = str(wrong_codes.seconds)
    return response
