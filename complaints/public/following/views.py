"""Following a complaint: in with the receipt code, and everything one does from there.

A mailed link opens the status only: what anybody wrote opens with the receipt code.
"""

import logging
from functools import partial

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from complaints.cases.attachments import FilesGone
from complaints.cases.case import NotAllowed, TooMuchToday
from complaints.cases.codes_and_links import LinkOver, ask_for_link, fresh_link, use_link
from complaints.cases.conversation import MessageRefused
from complaints.cases.requests import Recoded, ask_new_code
from complaints.cases.sealing import CodeUnknown
from complaints.cases.uploads import take_files
from complaints.meant import AddressField
from complaints.models.case import Complaint
from complaints.public.filing import drafts
from complaints.public.filing.fields import step_form
from complaints.public.filing.pages import UNREADABLE
from complaints.public.following import acting, page, session
from complaints.public.following.acting import TOO_MUCH_TODAY, Button, Said, button_named
from complaints.public.following.session import PATH, Follower, keep, keep_status, see_other
from complaints.public.promises import mend_code
from complaints.public.suspicion import is_foreign
from complaints.vault.codes import CodeMistyped, code_in

logger = logging.getLogger(__name__)

NOTHING_FOUND = gettext_lazy(
    "Bij deze code hoort geen klacht. Kijk of je de goede code hebt: de volgcode kreeg je na "
    "het versturen."
)


# The session's cookie is SameSite=Strict, and a post from elsewhere is refused (`is_foreign`);
# Django's own token would need a cookie before the code is entered.
@csrf_exempt
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def follow(request: HttpRequest) -> HttpResponseBase:
    """The one address of it all: the code is asked, or the page of the case is shown."""
    request.encoding = "utf-8"
    uploads = take_files(request, lambda _posted: acting.wanted_with_message(request))
    try:
        request.POST.get("action")  # reads the post, files and all
        if uploads.failure is not None:
            raise uploads.failure
        return _answer(request)
    except UNREADABLE:
        return page.code_page(request, status=400)
    except Exception:  # a fault gives back what was typed, never a 500
        logger.exception("follow.not_answered")
        return page.unavailable_page(request)
    finally:
        uploads.discard()  # of what became the case's, nothing is destroyed


def _answer(request: HttpRequest) -> HttpResponseBase:
    is_post = request.method == "POST"
    if is_post and is_foreign(request):
        error = _("Dit bericht kwam niet van onze eigen pagina. Vul hier je volgcode in.")
        return page.code_page(request, status=403, error=error)
    action = request.POST.get("action") if is_post else None
    if action == "enter":
        return _enter(request)
    if action == "ask_link":
        return _ask_link(request)
    if action == "leave":
        return session.leave(request, HttpResponseRedirect(f"{PATH}?uit=1"))
    used = session.used_link(request)
    if used is not None:
        return keep_status(_by_link(request, used.complaint), used.pk)
    return _by_code(request)


def _enter(request: HttpRequest) -> HttpResponseBase:
    """With the right code to the page; what was typed before the session ended comes along."""
    typed = request.POST.get("message", "")
    try:
        code = code_in(request.POST.get("code", ""))
        found = drafts.opened_by(code)
        if typed and not isinstance(found, Follower):
            raise CodeUnknown  # what was typed belongs to a case
    except (CodeMistyped, CodeUnknown) as wrong:
        words, status = mend_code(request, wrong, NOTHING_FOUND)
        return page.code_page(request, error=words, status=status)
    if not isinstance(found, Follower):
        return drafts.found_page(request, code, found)
    if not typed:
        return keep(see_other(), found)
    case = Complaint.objects.get(pk=found.case_id)
    notice = _("Je bent weer binnen. Wat je schreef staat hieronder en is nog niet verstuurd.")
    return keep(page.follow_page(request, found, case, Said(notice, typed=typed)), found)


def _by_code(request: HttpRequest) -> HttpResponseBase:
    """For whoever came with the code; asks for it anew where the session is over."""
    is_post, follower = request.method == "POST", session.follower_of(request)
    follower = follower or (session.follower_of(request, is_renewed=True) if is_post else None)
    case = Complaint.objects.filter(pk=follower.case_id).first() if follower else None
    if follower is None or case is None:
        return session.leave(
            request, page.code_page(request, is_over=is_post, status=401 if is_post else 200)
        )
    if is_post:
        return keep(_act(request, follower, case), follower)
    button = button_named(request.GET.get("doe", ""), case)
    if button is None:
        return keep(page.follow_page(request, follower, case), follower)
    return keep(page.confirm_page(request, follower, case, button), follower)


def _act(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponseBase:
    """Does what a button asks, and says what became of it."""
    action, typed = request.POST.get("action", ""), request.POST.get("message", "")
    try:
        done = _done(request, follower, case, action)
    except (NotAllowed, FilesGone):
        done = _done_before(request, case, action) or Said(str(acting.NO_LONGER), 409, typed)
    except TooMuchToday:
        done = Said(str(TOO_MUCH_TODAY), 429, typed)
    if not isinstance(done, Said):
        return done
    case.refresh_from_db()
    return page.follow_page(request, follower, case, done)


def _done(
    request: HttpRequest, follower: Follower, case: Complaint, action: str
) -> HttpResponseBase | Said:
    if action == "write":
        return acting.write(request, follower, case)
    if action == "json":
        return page.json_answer(case, follower)
    if action == "pdf":
        return page.pdf_answer(request, case, follower)
    if action.startswith("bestand:"):
        answer = page.own_file(case, follower, action.removeprefix("bestand:"))
        return answer or Said(_("Dit bestand kan niet worden geopend."), 404)
    if action == "houdcode":
        return acting.keep_old_code(case)
    button = button_named(action, case)
    if button is None:
        raise NotAllowed(action)
    return _take(request, follower, case, button)


def _take(
    request: HttpRequest, follower: Follower, case: Complaint, button: Button
) -> HttpResponseBase | Said:
    """Does what the button says, or asks again where an answer or the text has to be mended."""
    text, choice = request.POST.get("message", ""), request.POST.get("choice", "")
    form = step_form(button.asks, answers={}, data=request.POST)
    ask_again = partial(page.confirm_page, request, follower, case, button, form)
    if button.choices and choice not in dict(button.choices):
        return ask_again(choice=_("Kies een antwoord."))
    if not form.is_valid():
        return ask_again()
    given = form.cleaned_data | ({"choice": choice} if button.choices else {})
    given |= {"new_code": session.minted(request, follower.session)} if button.mints else {}
    try:
        done = button.perform(complaint=case, text=text, code=follower.code, **given)
    except MessageRefused as refused:
        error = str(acting.MEND[type(refused)])
        if not button.asks:
            return ask_again(message=error)
        form.add_error("email", error)
        return ask_again()
    if not isinstance(done, Recoded) or not done.code:
        return Said(str(button.done))
    follower = session.enter(done.code, follower.session, follower.began)
    return _with_new_code(request, follower, done.case, button)


def _done_before(request: HttpRequest, case: Complaint, action: str) -> HttpResponseBase | None:
    """Of a button pressed twice the second answer shows the code too: the first is never seen."""
    button = next((each for each in acting.BUTTONS if each.name == action and each.mints), None)
    follower = session.follower_of(request, is_renewed=True) if button else None
    if button is None or follower is None:
        return None
    return _with_new_code(request, follower, Complaint.objects.get(pk=case.pk), button)


def _with_new_code(
    request: HttpRequest, follower: Follower, case: Complaint, button: Button
) -> HttpResponseBase:
    said = Said(str(button.done), new_code=follower.code)
    return keep(page.follow_page(request, follower, case, said), follower)


def _ask_link(request: HttpRequest) -> HttpResponse:
    """Returns the same page for every address; the worker mails a link later, if it is known."""
    try:
        address = AddressField(label=_("Je e-mailadres")).clean(request.POST.get("email", ""))
    except ValidationError as error:
        return page.link_asked_page(request, error=error.messages[0], status=422)
    ask_for_link(address=address)
    return page.link_asked_page(request)


# As the follow page: no cookie is there yet, and the token in the address is the proof.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """A GET shows a button, since mail scanners follow links; the POST uses the link up."""
    try:
        if request.method != "POST" or is_foreign(request):
            fresh_link(token)
            return render(request, "complaints/follow_link.html")
        return keep_status(see_other(), use_link(token).pk)
    except LinkOver:
        return page.link_asked_page(request, is_over=True, status=410)


def _by_link(request: HttpRequest, case: Complaint) -> HttpResponse:
    """For whoever came by a link: the status, withdrawing, a new code."""
    if request.method != "POST":
        return page.status_page(request, case)
    try:
        said = _done_by_link(case, request.POST.get("action", ""))
    except NotAllowed:
        said = Said(status=409)
    except TooMuchToday:
        said = Said(str(TOO_MUCH_TODAY), 429)
    case.refresh_from_db()
    return page.status_page(request, case, said)


def _done_by_link(case: Complaint, action: str) -> Said:
    if action == "newcode":
        notice = _("Dit is je nieuwe volgcode, voor morgen. Je ziet hem alleen nu.")
        return Said(notice, new_code=ask_new_code(complaint=case))
    if action == "houdcode":
        return acting.keep_old_code(case)
    button = button_named(action, case) if action == "intrekken" else None
    if button is None:
        words = _(
            "Daarvoor heb je je volgcode nodig. Vraag hieronder een nieuwe als je hem kwijt bent."
        )
        return Said(words, 403)
    button.perform(complaint=case, text="")
    return Said(str(button.done))
