"""The form's address: what a post does, by the button that was pressed; the answer is a page.

Beside it the form's page itself, and the address of an earlier version of the procedure.
"""

import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe
from wagtail.models import Page

from complaints.cases.attachments import FilesGone, StoredFile, destroy_staged, still_staged
from complaints.cases.filing import Filed, filed_with
from complaints.cases.uploads import MOST_FILES, Wanted, arrived, take_files, uploads_of
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePublication
from complaints.models.roster import Roster
from complaints.public.filing import drafts, fields, pages
from complaints.public.filing.send import (
    answer_with_confirmation,
    confirmation_preview,
    copy_response,
    other_than_filed,
    send,
)
from complaints.public.filing.state import FormState
from complaints.public.following.session import forget
from complaints.public.promises import mend_file
from complaints.public.suspicion import has_room_for_files, is_suspect, marks_of, suspects
from complaints.questions import Question
from complaints.vault.keyring import TokenBroken
from home.shell import phone_to_call

logger = logging.getLogger(__name__)

TOO_LARGE = gettext_lazy(
    "Er kwam meer tekst binnen dan we in één keer aankunnen. Er is niets opgeslagen. Ga terug "
    "met je browser, maak de langste antwoorden korter en probeer het opnieuw."
)
NOT_OURS = gettext_lazy(
    "Er ontbrak iets aan het formulier of het was beschadigd. Er is niets opgeslagen. Wat we "
    "wel konden lezen staat hieronder: kopieer het en begin opnieuw."
)
# For how long after filing a button opens what was filed once more. Whoever comes to this computer
# next can press Back or Reload at all but the copy: a download is no page.
OPENS_AGAIN = dict.fromkeys(("send", "kept", "shown"), timedelta(minutes=15))
OPENS_AGAIN["copy"] = timedelta(days=1)
Said = list[tuple[str, str]]  # at which question, and what


# No CSRF cookie: someone without cookies would get a 403 and lose what they wrote. The token
# is the form's own proof; a foreign origin marks the complaint, it does not drop it.
@csrf_exempt
@cache_control(private=True, no_cache=True)  # so that Back shows the page as it was left
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def fill_in(request: HttpRequest) -> HttpResponseBase:
    """Every post of the form, whatever its step; the answer is the next page itself."""
    if request.method != "POST":
        return redirect(pages.form_url())
    request.encoding = "utf-8"  # whatever charset the post claims
    uploads = take_files(request, partial(wanted_files, request))
    state: FormState | None = None
    action = "next"
    try:
        action = request.POST.get("action", "next")
        if uploads.failure is not None:
            raise uploads.failure
        state = FormState.open(request.POST.get("token", ""))
        return answer(request, state, action)
    except (RequestDataTooBig, TooManyFieldsSent):
        uploads.discard()
        return pages.unreadable(request, status=413, explanation=TOO_LARGE)
    except (TokenBroken, *pages.UNREADABLE):
        uploads.discard()
        return pages.unreadable(request, status=400, explanation=NOT_OURS)
    except Exception:  # a fault gives back what was typed, never a 500
        logger.exception("complaint.not_stored")
        uploads.discard()
        return pages.unavailable(request, state, action)


def answer(request: HttpRequest, state: FormState, action: str) -> HttpResponse:
    """Returns the page that follows from a readable post."""
    typed = _with_typed(request, state)
    filed = filed_with(typed.nonce)
    if filed is not None:
        destroy_staged([file.id for file in arrived(request)])
        return forget(_after_filing(request, typed, filed, action))
    verb, _colon, rest = action.partition(":")
    if state.is_expired and verb not in ("save", "remind"):
        return _begin_again(request, typed)
    marks = marks_of(request, is_sending=verb == "send", minted_at=state.minted_at)
    typed = typed.marked(*marks)
    state, problem = look_at_files(request, typed, unwanted=rest if verb == "unfile" else "")
    if problem is not None:  # or the same token was sent meanwhile, with these very files
        filed = filed_with(typed.nonce)
        return forget(_after_filing(request, typed, filed, action)) if filed else problem
    return _VERBS.get(verb, _next)(request, state, rest)


def _with_typed(request: HttpRequest, state: FormState) -> FormState:
    """Returns the state with what this post typed at its step, and ticked where it sends.

    Whoever sends without having been at the check page is asked for no more than the consent.
    """
    state = fields.with_ticked(state, request.POST)
    if request.POST.get("at"):  # no other page than a step asks questions
        return state
    questions = state.definition.steps[state.step].questions
    names_here = {question.clean_name for question in questions}
    others = {name: value for name, value in state.answers.items() if name not in names_here}
    form = fields.step_form(questions, answers={}, data=request.POST)
    state = replace(state, answers=others | fields.typed_answers(questions, form))
    return state.with_files([*state.files, *arrived(request)])


def _after_filing(
    request: HttpRequest, state: FormState, filed: Complaint, action: str
) -> HttpResponse:
    """The reference, to a step posted again; anything typed since is given back, not lost."""
    others = other_than_filed(filed, state)
    until = filed.filed_at + OPENS_AGAIN.get(action, timedelta())
    if others is not None or timezone.now() >= until:
        return pages.already_sent(request, filed.reference, others or [])
    known, is_code_kept = Filed.of(filed), action == "kept"
    if action == "copy":
        return copy_response(request, state, known)
    return answer_with_confirmation(request, state, known, Roster.read(), is_code_kept=is_code_kept)


def _begin_again(request: HttpRequest, state: FormState) -> HttpResponse:
    """A day later: the check page again, with all that was typed and ticked, and says why."""
    staged = still_staged(state.files)
    notice = _(
        "Je begon hier meer dan een dag geleden aan. Je antwoorden staan er nog: lees ze na en "
        "verstuur je klacht."
    )
    gone = [words for _name, words in said_of_gone(state, staged)]
    state = state.with_files(staged).with_new_nonce()
    return pages.check_page(request, state, notice=" ".join([notice, *gone]))


def _next(request: HttpRequest, state: FormState, _rest: str) -> HttpResponse:
    """Checks the step that was posted, and goes on when it is in order."""
    unseen = _unseen(request, state)
    form = fields.checked_form(state, state.step)
    if any(q.clean_name in form.errors for q in state.questions if q not in unseen):
        return pages.step_page(request, state, form=form)
    if unseen:
        notice = ngettext(
            "Door je antwoord is er een vraag bij gekomen.",
            "Door je antwoord zijn er %(count)s vragen bij gekomen.",
            len(unseen),
        ) % {"count": len(unseen)}
        return pages.step_page(request, state.at(state.step), notice=notice)
    return _onward(request, state.with_nonce())


def _unseen(request: HttpRequest, state: FormState) -> list[Question]:
    """Questions that show now but were not on the page, nor revealed there by a script."""
    offered = set(state.shown) | set(request.POST.get("shown", "").split(","))
    return [
        question
        for question in state.questions
        if question.show_if is not None
        and question.clean_name not in offered
        and not question.is_silent
    ]


def _onward(request: HttpRequest, state: FormState) -> HttpResponse:
    """Advice first where an answer asks for it, else the next step not yet seen, else the check."""
    for question in state.questions:
        if question.clean_name not in state.passed and question.leads_out(state.answers):
            advice = Page.objects.live().filter(pk=question.exit_page).first()
            if advice is not None:
                past = f"past:{question.clean_name}"
                context = {"advice": advice.specific, "past_action": past}
                return pages.page_with_token(request, "form_advice", state, context)
    state = replace(state, visited=tuple({*state.visited, state.step}))
    for index, _questions in state.visible_steps:
        if index not in state.visited:
            return pages.step_page(request, state.at(index))
    return _check(request, state)


def _past_advice(request: HttpRequest, state: FormState, rest: str) -> HttpResponse:
    """On, past the advice at the question named `rest`."""
    return _onward(request, replace(state, passed=(*state.passed, rest)))


def _check(request: HttpRequest, state: FormState) -> HttpResponse:
    """The check page, or the first step that is not in order (after going back and forth)."""
    return _step_to_mend(request, state) or pages.check_page(request, state.with_nonce())


def _step_to_mend(request: HttpRequest, state: FormState) -> HttpResponse | None:
    """Returns the first step that is not in order, with what to mend; None when all are."""
    for index, questions in state.visible_steps:
        form = fields.checked_form(state, index)
        if any(question.clean_name in form.errors for question in questions):
            return pages.step_page(request, state.at(index), form=form)
    return None


def _back(request: HttpRequest, state: FormState, _rest: str) -> HttpResponse:
    """The step before, keeping what was typed without judging it."""
    at_check = request.POST.get("at") == "check"
    earlier = [index for index, _questions in state.visible_steps if at_check or index < state.step]
    return pages.step_page(request, state.at(earlier[-1] if earlier else state.step))


def _stay(request: HttpRequest, state: FormState, _rest: str) -> HttpResponse:
    """The page where they were, files as they are now; at the check page no questions are shown."""
    return pages.step_page(request, state.at(state.step)) if state.shown else _check(request, state)


def _change(request: HttpRequest, state: FormState, rest: str) -> HttpResponse:
    """From the check page back to the step of one answer; afterwards straight to the check."""
    number = rest.partition(":")[0]
    index = int(number) if re.fullmatch(r"[0-9]{1,3}", number) else 0
    steps = [index for index, _questions in state.visible_steps]
    return pages.step_page(request, state.at(index if index in steps else min(steps, default=0)))


def _send(request: HttpRequest, state: FormState, _rest: str) -> HttpResponse:
    """Files the complaint when every step is in order and the consents it needs are given."""
    to_mend = _step_to_mend(request, state)
    if to_mend is not None:
        return to_mend
    if any(consent.error for consent in fields.asked_consents(state, missing=True)):
        return pages.check_page(request, state, missing_consent=True)
    if is_suspect(state.marks) and suspects.is_passed(request):
        return pages.unavailable(request, state, "send")
    try:
        return forget(send(request, state.with_nonce()))
    except FilesGone:
        staged = still_staged(state.files)
        left, said = state.with_files(staged), said_of_gone(state, staged)
        return files_page(request, left, said) or pages.check_page(request, left)


def wanted_files(request: HttpRequest, posted: QueryDict) -> Wanted:
    """Files are taken only after a token of ours, at a step that asks for them."""
    try:
        state = FormState.open(posted.get("token", ""))
    except TokenBroken:
        return Wanted()
    if posted.get("at"):  # no other page than a step asks for files
        return Wanted()
    here = state.definition.steps[state.step].questions
    asked = {f"{fields.PREFIX}-{q.clean_name}": q.clean_name for q in here if q.is_files}
    has_room = bool(asked) and has_room_for_files(request)
    return Wanted(asked, most=MOST_FILES - len(state.files), has_room=has_room)


def look_at_files(
    request: HttpRequest, state: FormState, *, unwanted: str = ""
) -> tuple[FormState, HttpResponse | None]:
    """The state with the files it still has, and the page that says what is wrong with one.

    `unwanted` is the id of a file to take away. A file that was refused keeps nobody's other files
    or words from being kept.
    """
    if not (state.files or request.FILES):
        return state, None
    taken_away = [file for file in state.files if file.id.hex == unwanted]
    destroy_staged([file.id for file in taken_away])
    state = state.with_files(file for file in state.files if file not in taken_away)
    staged = still_staged(state.files)
    said = said_of_gone(state, staged) or [
        (upload.question, mend_file(upload))
        for upload in uploads_of(request)
        if upload.problem is not None
    ]
    state = state.with_files(staged)
    return state, files_page(request, state, said)


def files_page(request: HttpRequest, state: FormState, said: Said) -> HttpResponse | None:
    """The first step that shows a question something is said of, with all that is said there."""
    for index, questions in state.visible_steps:
        names = {question.clean_name for question in questions}
        here = [(name, words) for name, words in said if name in names]
        if here:
            form = fields.checked_form(state, index)
            form.errors.clear()
            for name, words in here:
                form.add_error(name, words)
            return pages.step_page(request, state.at(index), form=form)
    return None


def said_of_gone(state: FormState, staged: Sequence[StoredFile]) -> Said:
    """Words for each file that cannot be sent any more."""
    words = _(
        "‘%(name)s’ is er niet meer. We bewaren een bestand 24 uur zolang je klacht niet is "
        "verstuurd. Voeg het opnieuw toe."
    )
    gone = [file for file in state.files if file not in staged]
    return [(file.question, words % {"name": file.name}) for file in gone]


# The buttons of the form. An unknown one goes on, so that nothing that was typed is lost.
_VERBS: dict[str, Callable[[HttpRequest, FormState, str], HttpResponse]] = {
    "next": _next,
    "back": _back,
    "stay": _stay,
    "attach": _stay,
    "unfile": _stay,
    "change": _change,
    "past": _past_advice,
    "send": _send,
    "save": drafts.save,
    "remind": drafts.remind_by_mail,
}


def present(request: HttpRequest, page: ComplaintFormPage, mode: str) -> HttpResponse:
    """Returns the first page of the form, which is the same for everyone, or a preview of it."""
    state = pages.first_state(page, phone=phone_to_call(request))
    if mode == "first":
        return pages.step_page(request, state, page=page)
    if mode == "check":
        return pages.check_page(request, state)
    if mode == "confirmation":
        return confirmation_preview(request, page, state)
    return pages.steps_preview(request, page, state)


@require_safe
def procedure_version(request: HttpRequest, pk: int) -> HttpResponse:
    """A version of the procedure as it was published, also after a newer one (R-01)."""
    publication = get_object_or_404(ProcedurePublication.objects.select_related("text"), pk=pk)
    context = {
        "publication": publication,
        "html": publication.text.html,
        "is_in_force": publication == ProcedurePublication.in_force(),
    }
    return render(request, "complaints/procedure_version.html", context)
