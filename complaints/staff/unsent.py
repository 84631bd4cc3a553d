"""Gives back what was typed at the desk where a post is refused before any view reads it.

That happens to whoever was signed out in the meantime, was away for long (`accounts.factors`),
or sent a form from before signing in again.
"""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from complaints.cases.uploads import take_no_files
from home.views import not_allowed

NOT_TYPED = {"csrfmiddlewaretoken", "token", "seen", "unfile", "files_kept", "cases"}
_ONE_WORD = re.compile(r"[a-z_-]+")  # a choice out of a list


class KeepsWhatWasTyped(MiddlewareMixin):
    """Middleware: a signed-out post at the desk is answered with its texts, not with a redirect."""

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """None goes on to the way to sign in."""
        if request.method != "POST" or request.user.is_authenticated:
            return None
        return give_back(request, _("Je was niet meer ingelogd. Er is niets verstuurd."))


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before signing in again; from another site it reads as any missing page."""
    words = _("Dit formulier hoort bij een eerdere keer inloggen. Er is niets verstuurd.")
    return give_back(request, words) or not_allowed(request, Exception(reason))


@sensitive_variables()
def give_back(request: HttpRequest, words: str) -> HttpResponse | None:
    """Answers what a page of this site sent to the desk with its texts; None where it has none.

    Of another site there is none: nobody else puts words on a page of ours.
    """
    is_from_here = request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"
    desk = reverse("complaints_complaint_modeladmin_index")
    if not (is_from_here and request.path.startswith(desk)):
        return None
    if not hasattr(request, "_files"):
        take_no_files(request)
    texts = [
        value
        for name, values in request.POST.lists()
        for value in values
        if name not in NOT_TYPED and value.strip() and not _ONE_WORD.fullmatch(value)
    ]
    if not texts:
        return None
    context = {"words": words, "texts": texts, "form_url": request.path}
    answer = render(request, "complaints/not_sent.html", context, status=403)
    answer["Cache-Control"] = "no-store"
    return answer
