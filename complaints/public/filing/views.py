"""The complainant's addresses: posts of the form, and earlier versions of the procedure."""

import logging

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePublication
from complaints.public.filing import flow
from complaints.public.filing.refusals import UNREADABLE, unavailable, unreadable
from complaints.public.filing.state import FormState, TokenBroken
from complaints.public.filing.uploads import FormUploads, take_files

logger = logging.getLogger(__name__)


# No CSRF cookie: someone without cookies would get a 403 and lose what they wrote. The token
# is the form's own proof; a foreign origin marks the complaint, it does not drop it.
@csrf_exempt
@never_cache
@sensitive_post_parameters()
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
def fill_in(request: HttpRequest) -> HttpResponseBase:
    """Every post of the form, whatever its step; the answer is the next page itself."""
    if request.method != "POST":
        page = ComplaintFormPage.objects.live().first()
        return redirect(page.url if page is not None else "/")
    request.encoding = "utf-8"  # whatever charset the post claims
    uploads = FormUploads(request)
    take_files(request, uploads)
    state: FormState | None = None
    action = "next"
    try:
        action = request.POST.get("action", "next")
        if uploads.failure is not None:
            raise uploads.failure
        state = FormState.open(request.POST.get("token", ""))
        return flow.answer(request, state, action)
    except (RequestDataTooBig, TooManyFieldsSent):
        uploads.discard()
        return unreadable(request, status=413, explanation=_too_large())
    except (TokenBroken, *UNREADABLE):
        uploads.discard()
        return unreadable(request, status=400, explanation=_not_ours())
    except Exception:  # a fault gives back what was typed, never a 500
        logger.exception("complaint.not_stored")
        uploads.discard()
        return unavailable(request, state, action)


@require_safe
def procedure_version(request: HttpRequest, pk: int) -> HttpResponse:
    """A version of the procedure as it was published, also after a newer one (R-01)."""
    publication = get_object_or_404(ProcedurePublication.objects.select_related("text"), pk=pk)
    in_force = ProcedurePublication.objects.in_force()
    context = {
        "publication": publication,
        "html": publication.text.html,
        "is_in_force": publication == in_force,
    }
    return render(request, "complaints/procedure_version.html", context)


def _too_large() -> str:
    return _(
        "Er kwam meer tekst binnen dan we in één keer aankunnen. Er is niets opgeslagen. Ga terug "
        "met je browser, maak de langste antwoorden korter en probeer het opnieuw."
    )


def _not_ours() -> str:
    return _(
        "Er ontbrak iets aan het formulier of het was beschadigd. Er is niets opgeslagen. Wat we "
        "wel konden lezen staat hieronder: kopieer het en begin opnieuw."
    )
