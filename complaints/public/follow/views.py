"""Following a complaint: in with the receipt code, and everything one does from there."""

import logging

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from complaints.models.case import Complaint
from complaints.public.code_words import mend_code
from complaints.public.follow.acting import act
from complaints.public.follow.page import confirm_page, follow_page
from complaints.public.follow.session import (
    PATH,
    Follower,
    enter,
    follower_of,
    keep,
    keep_status,
    leave,
    status_case_of,
)
from complaints.public.follow.status import link_asked, status_answer
from complaints.public.follow.uploads import MessageUploads
from complaints.public.follow.wishes import offer_named
from complaints.public.suspicion import ForgetfulRate, address_of, is_foreign
from complaints.public.uploads import take_files
from complaints.services.sealing import CodeUnknown
from complaints.vault.codes import CodeMistyped, parse_code

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
    uploads = MessageUploads(request)
    take_files(request, uploads)
    try:
        request.POST.get("action")  # reads the post, files and all
        if uploads.failure is not None:
            raise uploads.failure
        return _answer(request)
    except (MultiPartParserError, SuspiciousOperation, UnicodeError):
        return _code_page(request, status=400)
    except Exception as error:  # a fault gives back what was typed, never a 500
        logger.error("follow.not_answered reason=%s", type(error).__name__)
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
    html = render_to_string("complaints/follow_unavailable.html", context)
    return HttpResponse(html, status=503, headers={"Retry-After": "120"})


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
