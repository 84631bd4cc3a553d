"""Following by a mailed link: the status only. What anybody wrote opens with the receipt code."""

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from complaints.models.case import Complaint
from complaints.models.pages import ProcedurePage
from complaints.public.follow.acting import too_much_today
from complaints.public.follow.session import PATH, keep_status
from complaints.public.follow.wishes import offer_named
from complaints.public.ladder import ladder_of
from complaints.public.promises import open_promises
from complaints.public.suspicion import is_foreign
from complaints.services.bounds import TooMuchToday
from complaints.services.conversation import FROM_HANDLER, has_unread
from complaints.services.handling import NotAllowed
from complaints.services.links import LinkOver, ask_for_link, fresh_link, use_link
from complaints.services.wishes import give_new_code
from complaints.vault.codes import show_code

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
