"""What a post to the form does: the next page, the one before, a change, or sending."""

import re
from collections.abc import Callable
from dataclasses import replace

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from wagtail.models import Page

from complaints.cases.attachments import FilesGone, still_staged
from complaints.cases.filing import Filed
from complaints.models.case import Complaint
from complaints.models.roster import Roster
from complaints.public.filing import drafts, pages
from complaints.public.filing.fields import as_post, asked_consents, step_form, typed_answers
from complaints.public.filing.files import (
    arrived,
    drop_arrived,
    look_at_files,
    said_of_gone,
    without_gone,
)
from complaints.public.filing.refusals import already_sent
from complaints.public.filing.send import (
    already_filed,
    answer_with_confirmation,
    copy_response,
    is_as_filed,
    send,
)
from complaints.public.filing.state import FormState
from complaints.public.suspicion import marks_of
from complaints.questions import Question

CONSENT_PREFIX = "consent_"


def answer(request: HttpRequest, state: FormState, action: str) -> HttpResponse:
    """The page that follows from a readable post."""
    if state.nonce:
        filed = already_filed(state)
        if filed is not None:
            drop_arrived(request)
            return _after_filing(request, _with_typed(request, state), filed, action)
    if state.is_expired and action not in drafts.VERBS:
        return _begin_again(request, state)
    marks = marks_of(request, is_sending=action == "send", minted_at=state.minted_at)
    state = state.marked(*marks)
    verb, _colon, rest = action.partition(":")
    state = _with_typed(request, state)
    typed = state
    state, amiss = look_at_files(request, state, verb, rest)
    if amiss is not None:  # or the same token was sent meanwhile, with these very files
        filed = already_filed(typed) if state.nonce else None
        return amiss if filed is None else _after_filing(request, typed, filed, action)
    if verb in drafts.VERBS:
        return _put_aside(request, state, verb)
    return _VERBS.get(verb, _next)(request, state, rest)


def _after_filing(
    request: HttpRequest, state: FormState, filed: Complaint, action: str
) -> HttpResponse:
    """The confirmation again, for what was sent; anything typed since is given back, not lost."""
    if not is_as_filed(filed, state):
        return already_sent(request, state, filed.reference)
    if state.is_expired:
        return already_sent(request, None, filed.reference)
    if action == "copy":
        return copy_response(request, state, filed)
    is_code_kept, roster = action == "kept", Roster.read()
    return answer_with_confirmation(
        request, state, Filed.of(filed), roster, is_code_kept=is_code_kept
    )


def _begin_again(request: HttpRequest, state: FormState) -> HttpResponse:
    """A day later: the check page again, with all that was typed and ticked, and says why."""
    state = _with_typed(request, state)
    staged = still_staged(state.files)
    gone = [words for _name, words in said_of_gone(state, staged)]
    state = state.with_files(staged)
    if request.POST.get("at") == "check":
        state = _with_consents(request, state)
    notice = _(
        "Je begon hier meer dan een dag geleden aan. Je antwoorden staan er nog: lees ze na en "
        "verstuur je klacht."
    )
    return pages.check_page(request, state.with_new_nonce(), notice=" ".join([notice, *gone]))


def _next(request: HttpRequest, state: FormState, _rest: str = "") -> HttpResponse:
    """Checks the step that was posted, and goes on when it is in order."""
    questions = _visible_here(state)
    unseen = _unseen(request, state, questions)
    form = step_form(
        list(state.definition.steps[state.step].questions),
        answers={},
        data=request.POST,
        held=state.answers,
    )
    shown = {question.clean_name for question in questions} - {q.clean_name for q in unseen}
    if any(name in shown for name in form.errors):
        return pages.step_page(request, state, form=form)
    if unseen:
        return pages.step_page(
            request, _shown(state, questions), notice=pages.new_questions_notice(len(unseen))
        )
    return _onward(request, state.with_nonce())


def _onward(request: HttpRequest, state: FormState) -> HttpResponse:
    """Advice first where an answer asks for it, else the next step not yet seen, else the check."""
    for question in _visible_here(state):
        if question.clean_name not in state.passed and question.leads_out(state.answers):
            advice = Page.objects.live().filter(pk=question.exit_page).first()
            if advice is not None:
                return pages.advice_page(request, state, question, advice)
    state = replace(state, visited=tuple({*state.visited, state.step}))
    for index, questions in state.definition.visible(state.answers):
        if index not in state.visited:
            return pages.step_page(request, _shown(replace(state, step=index), questions))
    return _check(request, state)


def _check(request: HttpRequest, state: FormState) -> HttpResponse:
    """The check page, or the first step that is not in order (after going back and forth)."""
    mended = _first_to_mend(request, state)
    return mended if mended is not None else pages.check_page(request, state.with_nonce())


def _first_to_mend(request: HttpRequest, state: FormState) -> HttpResponse | None:
    for index, questions in state.definition.visible(state.answers):
        form = step_form(
            list(state.definition.steps[index].questions),
            answers={},
            data=as_post(state.answers),
            held=state.answers,
        )
        if any(question.clean_name in form.errors for question in questions):
            return pages.step_page(
                request, _shown(replace(state, step=index), questions), form=form
            )
    return None


def _back(request: HttpRequest, state: FormState, _rest: str = "") -> HttpResponse:
    """The step before, keeping what was typed without judging it."""
    at_check = request.POST.get("at") == "check"
    steps = state.definition.visible(state.answers)
    earlier = [index for index, _questions in steps if at_check or index < state.step]
    return _show(request, state, earlier[-1] if earlier else state.step)


def _stay(request: HttpRequest, state: FormState, _rest: str = "") -> HttpResponse:
    """The page where they were; who put the form aside at the check page was shown no questions."""
    return _show(request, state, state.step) if state.shown else _check(request, state)


def _same_step(request: HttpRequest, state: FormState, _rest: str = "") -> HttpResponse:
    """The step once more, with the files as they are now."""
    return _show(request, state, state.step)


def _past(request: HttpRequest, state: FormState, rest: str) -> HttpResponse:
    """On, past the advice at the question named `rest`."""
    return _onward(request, replace(state, passed=(*state.passed, rest)))


def _put_aside(request: HttpRequest, state: FormState, verb: str) -> HttpResponse:
    """Keeps all that was typed and ticked, whether it is in order or not."""
    if request.POST.get("at") == "check":
        state = replace(_with_consents(request, state), shown=())
    return drafts.answer(request, state, verb)


def _change(request: HttpRequest, state: FormState, rest: str) -> HttpResponse:
    """From the check page back to the step of one answer; afterwards straight to the check."""
    number = rest.partition(":")[0]
    index = int(number) if re.fullmatch(r"[0-9]{1,3}", number) else 0
    steps = dict(state.definition.visible(state.answers))
    target = index if index in steps else min(steps, default=0)
    return _show(request, _with_consents(request, state), target)


def _show(request: HttpRequest, state: FormState, index: int) -> HttpResponse:
    questions = dict(state.definition.visible(state.answers)).get(index, [])
    return pages.step_page(request, _shown(replace(state, step=index), questions))


def _send(request: HttpRequest, state: FormState, _rest: str = "") -> HttpResponse:
    """Files the complaint when every step is in order and the consents it needs are given."""
    state = _with_consents(request, state)
    mended = _first_to_mend(request, state)
    if mended is not None:
        return mended
    asked = asked_consents(state)
    if any(consent.required and not consent.checked for consent in asked):
        return pages.check_page(request, state, missing_consent=True)
    try:
        return send(request, state.with_nonce())
    except FilesGone:
        return without_gone(request, state, still_staged(state.files))


def _with_typed(request: HttpRequest, state: FormState) -> FormState:
    """The state with what this post typed at its step; elsewhere answers stay as they were."""
    questions = list(state.definition.steps[state.step].questions)
    if request.POST.get("at"):  # the check and advice pages ask no questions
        return state
    form = step_form(questions, answers={}, data=request.POST)
    names = {question.clean_name for question in questions}
    kept = {name: value for name, value in state.answers.items() if name not in names}
    state = replace(state, answers=kept | typed_answers(questions, form))
    return state.with_files([*state.files, *arrived(request)])


def _with_consents(request: HttpRequest, state: FormState) -> FormState:
    ticked = [
        name.removeprefix(CONSENT_PREFIX)
        for name, value in request.POST.items()
        if name.startswith(CONSENT_PREFIX) and value
    ]
    return replace(state, consents=tuple(sorted(ticked)))


def _visible_here(state: FormState) -> list[Question]:
    return dict(state.definition.visible(state.answers)).get(state.step, [])


def _unseen(request: HttpRequest, state: FormState, questions: list[Question]) -> list[Question]:
    """Questions that show now but were not on the page, nor revealed there by a script."""
    offered = set(state.shown) | set(request.POST.get("shown", "").split(","))
    return [
        question
        for question in questions
        if question.show_if is not None
        and question.clean_name not in offered
        and not question.is_silent
    ]


def _shown(state: FormState, questions: list[Question]) -> FormState:
    return replace(state, shown=tuple(question.clean_name for question in questions))


# The buttons of the form. An unknown one goes on, so that nothing that was typed is lost.
_VERBS: dict[str, Callable[[HttpRequest, FormState, str], HttpResponse]] = {
    "next": _next,
    "back": _back,
    "stay": _stay,
    "attach": _same_step,
    "unfile": _same_step,
    "change": _change,
    "past": _past,
    "send": _send,
}
