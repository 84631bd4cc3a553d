"""Following a complaint: in with the receipt code, and everything one does from there.

A mailed link opens the status only: what anybody wrote opens with the receipt code.
"""

import logging

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from complaints.cases.case import NotAllowed, TooMuchToday
from complaints.cases.codes_and_links import LinkOver, ask_for_link, fresh_link, use_link
from complaints.cases.conversation import FROM_HANDLER, has_unread
from complaints.cases.requests import give_new_code
from complaints.cases.sealing import CodeUnknown
from complaints.cases.uploads import take_files
from complaints.models.case import Complaint
from complaints.models.pages import ProcedurePage
from complaints.public.filing.refusals import UNREADABLE, try_later
from complaints.public.following.acting import act, too_much_today, wanted_with_message
from complaints.public.following.choices import offer_named
from complaints.public.following.page import confirm_page, follow_page
from complaints.public.following.session import (
    PATH,
    Follower,
    enter,
    follower_of,
    keep,
    keep_status,
    leave,
    status_case_of,
)
from complaints.public.promises import ladder_of, mend_code, open_promises
from complaints.public.suspicion import ForgetfulRate, address_of, is_foreign
from complaints.vault.codes import CodeMistyped, parse_code, show_code

GONE = 410


def link_asked(request: HttpRequest) -> HttpResponse:
    """The same page for every address; what comes of it, the worker does later."""
    field = forms.EmailField(max_length=254)
    try:
        address = field.clean(request.POST.get("email", ""))
    except forms.ValidationError:
        error = _("Schrijf je e-mailadres als naam@voorbeeld.nl.")
        return _asked_page(request, error=error, status=422)
    ask_for_link(address=address)
    return _asked_page(request)


# As the follow page: no cookie is there yet, and the token in the address is the proof.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """A GET shows a button, since mail scanners follow links; the POST uses the link up."""
    try:
        if request.method != "POST" or is_foreign(request):
            fresh_link(token)
            return render(request, "complaints/follow_link.html", {"follow_url": PATH})
        used = use_link(token)
    except LinkOver:
        return render(
            request, "complaints/follow_link_over.html", {"follow_url": PATH}, status=GONE
        )
    response: HttpResponse = HttpResponseRedirect(PATH)
    response.status_code = 303
    return keep_status(response, used.pk)


def status_answer(request: HttpRequest, case: Complaint) -> HttpResponse:
    """What somebody who came by a link sees and does: the status, withdraw, a new code."""
    if request.method != "POST":
        return status_page(request, case)
    action = request.POST.get("action", "")
    if action == "newcode":
        return _new_code(request, case)
    offer = offer_named(action, case) if action == "intrekken" else None
    if offer is None:
        return status_page(request, case, notice=_needs_code(), status=403)
    try:
        offer.perform(complaint=case, text="")
    except NotAllowed:
        case.refresh_from_db()
        return status_page(request, case, status=409)
    case.refresh_from_db()
    return status_page(request, case, notice=str(offer.done))


def status_page(
    request: HttpRequest, case: Complaint, *, notice: str = "", code: str = "", status: int = 200
) -> HttpResponse:
    """Stage, dates, what comes next, whether a message waits; nothing anybody wrote."""
    context = {
        "case": case,
        "reference": case.reference,
        "stages": ladder_of(ProcedurePage.objects.live().first(), case.current_stage),
        "next_steps": open_promises(case, reachable=True),
        "has_message": has_unread(case, FROM_HANDLER),
        "withdraw": None if code else offer_named("intrekken", case),  # the new code ends this
        "code": code,
        "has_mail": True,
        "notice": notice,
        "follow_url": PATH,
    }
    return render(request, "complaints/follow_status.html", context, status=status)


def _new_code(request: HttpRequest, case: Complaint) -> HttpResponse:
    try:
        code = show_code(give_new_code(complaint=case))
    except NotAllowed:
        return status_page(request, case, status=409)
    except TooMuchToday:
        return status_page(request, case, notice=too_much_today(), status=429)
    notice = _("Dit is je nieuwe volgcode. De oude werkt niet meer, en de link ook niet.")
    return status_page(request, case, notice=notice, code=code)


def _asked_page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "errors": [{"id": "id_email", "message": error}] if error else [],
        "typed_email": request.POST.get("email", "") if error else "",
        "follow_url": PATH,
    }
    return render(request, "complaints/follow_link_asked.html", context, status=status)


def _needs_code() -> str:
    return _("Daarvoor heb je je volgcode nodig. Vraag hieronder een nieuwe als je hem kwijt bent.")


logger = logging.getLogger(__name__)

WRONG_CODES = 20
WRONG_CODES_SECONDS = 600
wrong_codes = ForgetfulRate(WRONG_CODES_SECONDS)


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
    uploads = take_files(request, lambda _posted: wanted_with_message(request))
    try:
        request.POST.get("action")  # reads the post, files and all
        if uploads.failure is not None:
            raise uploads.failure
        return _answer(request)
    except UNREADABLE:
        return _code_page(request, status=400)
    except Exception:  # a fault gives back what was typed, never a 500
        logger.exception("follow.not_answered")
        return _unavailable(request)
    finally:
        uploads.discard()  # of what became the case's, nothing is destroyed


def _answer(request: HttpRequest) -> HttpResponseBase:
    is_post = request.method == "POST"
    if is_post and is_foreign(request):
        return _code_page(request, status=403, error=_from_elsewhere())
    if is_post and request.POST.get("action") == "enter":
        return _enter(request)
    if is_post and request.POST.get("action") == "ask_link":
        return link_asked(request)
    if is_post and request.POST.get("action") == "leave":
        return leave(HttpResponseRedirect(f"{PATH}?uit=1"))
    by_link = status_case_of(request)
    if by_link is not None:
        return keep_status(status_answer(request, by_link[1]), by_link[0])
    return _by_code(request)


def _by_code(request: HttpRequest) -> HttpResponseBase:
    """What somebody who came with the code asks; the code anew where the session is over."""
    is_post, follower = request.method == "POST", follower_of(request)
    case = Complaint.objects.filter(pk=follower.case_id).first() if follower else None
    if follower is None or case is None:
        return leave(_code_page(request, is_over=is_post, status=401 if is_post else 200))
    answer = act if is_post else _show
    return keep(answer(request, follower, case), follower)


def _show(request: HttpRequest, follower: Follower, case: Complaint) -> HttpResponseBase:
    """The page, or what a button does before it is pressed (`?doe=`)."""
    offer = offer_named(request.GET.get("doe", ""), case)
    if offer is not None:
        return confirm_page(request, case, offer)
    return follow_page(request, follower, case, typed=request.POST.get("message", ""))


def _enter(request: HttpRequest) -> HttpResponseBase:
    """With the right code to the page; what was typed before the session ended comes along."""
    typed = request.POST.get("code", "")
    try:
        follower = enter(parse_code(typed))
    except CodeMistyped as mistyped:
        return _code_page(request, status=422, error=mend_code(mistyped.reason))
    except CodeUnknown:
        is_many = wrong_codes.count(address_of(request)) > WRONG_CODES
        error = _too_many() if is_many else _nothing_found()
        return _code_page(request, status=429 if is_many else 422, error=error)
    if not request.POST.get("message"):
        response: HttpResponse = HttpResponseRedirect(PATH)
        response.status_code = 303
        return keep(response, follower)
    case = Complaint.objects.get(pk=follower.case_id)
    notice = _("Je bent weer binnen. Wat je schreef staat hieronder en is nog niet verstuurd.")
    page = follow_page(request, follower, case, typed=request.POST["message"], notice=notice)
    return keep(page, follower)


def _code_page(
    request: HttpRequest, *, error: str = "", is_over: bool = False, status: int = 200
) -> HttpResponse:
    posted = request.POST if request.method == "POST" and status != 400 else {}
    context = {
        "typed_code": posted.get("code", ""),
        "typed_message": posted.get("message", ""),
        "errors": [{"id": "id_code", "message": error}] if error else [],
        "is_over": is_over,
        "has_left": "uit" in request.GET,
        "follow_url": PATH,
    }
    return render(request, "complaints/follow_code.html", context, status=status)


def _unavailable(request: HttpRequest) -> HttpResponse:
    """A 503 made without a query, with the text given back."""
    context = {"typed_message": request.POST.get("message", ""), "follow_url": PATH}
    return try_later("complaints/follow_unavailable.html", context)


def _nothing_found() -> str:
    return _(
        "Bij deze code hoort geen klacht. Kijk of je de goede code hebt: de volgcode kreeg je na "
        "het versturen."
    )


def _too_many() -> str:
    return _(
        "Wacht tien minuten voor je verder zoekt: er zijn veel codes geprobeerd waar geen klacht "
        "bij hoort. De goede code werkt ook nu."
    )


def _from_elsewhere() -> str:
    return _("Dit bericht kwam niet van onze eigen pagina. Vul hier je volgcode in.")
