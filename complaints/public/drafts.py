"""Puts a form aside when asked to, and mails the way back to whoever wants that."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from complaints.public import pages
from complaints.public.state import FormState
from complaints.public.suspicion import ForgetfulRate, address_of, is_suspect
from complaints.questions import Question
from complaints.services.drafts import (
    NoRoom,
    OpenedDraft,
    TooManyReminders,
    open_draft,
    remind,
    save_draft,
)
from complaints.services.sealing import CodeUnknown
from complaints.vault.codes import CodeMistyped, show_code

VERBS = frozenset({"save", "remind"})
REMINDERS_AN_HOUR = 20
TOO_MANY_REQUESTS = 429
UNAVAILABLE = 503

reminders = ForgetfulRate()


class ReminderForm(forms.Form):
    """Where a reminder goes."""

    use_required_attribute = False
    email = forms.EmailField(widget=forms.EmailInput(attrs={"autocomplete": "email"}))

    def __init__(self, data: object = None) -> None:
        super().__init__(data)  # type: ignore[arg-type]  # a QueryDict, or nothing
        label = _("E-mailadres")
        mend = _("Schrijf '%(label)s' als naam@voorbeeld.nl.") % {"label": label}
        self.fields["email"].error_messages |= {"required": mend, "invalid": mend}
        self.question = Question(
            "email", label, "email", help_text=_("In de mail staat geen code.")
        )


def answer(request: HttpRequest, state: FormState, verb: str) -> HttpResponse:
    """The page that follows from asking to keep the form, or to be reminded of it."""
    return _remind(request, state) if verb == "remind" else _save(request, state)


def _save(request: HttpRequest, state: FormState) -> HttpResponse:
    """Keeps the form under its code; where that cannot be, the page stays as it was typed."""
    kept = state.with_draft_code().taken_up()
    try:
        save_draft(code=kept.draft_code, content=kept.pack(), files=kept.files)
    except NoRoom:
        return _same_page(request, state, notice=_no_room(), status=UNAVAILABLE)
    return _saved_page(request, kept, open_draft(kept.draft_code))


def _remind(request: HttpRequest, state: FormState) -> HttpResponse:
    form = ReminderForm(request.POST)
    try:
        draft = open_draft(state.draft_code)
        if not form.is_valid():
            return _saved_page(request, state, draft, form=form, status=pages.UNPROCESSABLE)
        if not _may_mail(request, state):
            raise TooManyReminders
        remind(code=state.draft_code, address=form.cleaned_data["email"])
    except (CodeMistyped, CodeUnknown):
        return _same_page(request, state, notice=_gone(), status=pages.UNPROCESSABLE)
    except TooManyReminders:
        form.add_error("email", _no_more_mail())
        return _saved_page(request, state, draft, form=form, status=TOO_MANY_REQUESTS)
    return _saved_page(request, state, draft, notice=_owed())


def _may_mail(request: HttpRequest, state: FormState) -> bool:
    """Nobody gets us to mail many strangers; what looks like misuse mails nobody."""
    is_rare = reminders.count(address_of(request)) <= REMINDERS_AN_HOUR
    return is_rare and not is_suspect(state.marks)


def _saved_page(
    request: HttpRequest,
    state: FormState,
    draft: OpenedDraft,
    *,
    form: ReminderForm | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """The code, until when, how to come back, and what when the code is lost."""
    form = form or ReminderForm()
    context = {
        "page": pages.form_page_of(state),
        "code": show_code(state.draft_code),
        "expires_on": draft.expires_on,
        "resume_url": request.build_absolute_uri(reverse("resume")),
        "field": pages.Shown(form["email"], form.question, is_hidden=False),
        "errors": [
            {"id": "id_email", "message": str(message)}
            for message in (form.errors.get("email", []) if form.is_bound else [])
        ],
        "notice": notice,
        "token": state.seal(),
        "action_url": reverse("fill_in"),
    }
    return render(request, "complaints/draft_saved.html", context, status=status)


def _same_page(request: HttpRequest, state: FormState, *, notice: str, status: int) -> HttpResponse:
    """The page they were at, with all they typed; `shown` is empty at the check page."""
    show = pages.step_page if state.shown else pages.check_page
    response = show(request, state, notice=notice)
    response.status_code = status
    return response


def _no_room() -> str:
    return _(
        "We kunnen je concept nu niet bewaren: er is geen plaats meer voor. Wat je schreef staat "
        "hieronder nog. Je kunt wel verdergaan en je klacht versturen."
    )


def _gone() -> str:
    return _(
        "Dit concept is er niet meer. Wat je schreef staat hieronder nog. Wil je het weer bewaren, "
        "kies dan 'Bewaar en ga later verder'."
    )


def _no_more_mail() -> str:
    return _(
        "Schrijf de code, de datum en het adres van deze pagina zelf op: meer herinneringen mailen "
        "we nu niet."
    )


def _owed() -> str:
    return _(
        "De mail is onderweg. De code staat er niet in: schrijf die op of druk deze pagina af."
    )
