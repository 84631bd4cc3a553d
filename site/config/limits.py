"""How much a stranger may post: to the form long stories, to any other address next to nothing."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

MOST_BYTES_ELSEWHERE = 256 * 1024


class StrangersPostLittle:
    """Refuses a large post before any of it is read, unless it comes with a session.

    The form and the follow page have limits of their own, and give the text back.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self._is_too_much(request):
            return render(request, "400.html", status=413)
        return self.get_response(request)

    def _is_too_much(self, request: HttpRequest) -> bool:
        length = request.META.get("CONTENT_LENGTH") or "0"
        return (
            request.method not in {"GET", "HEAD"}
            and settings.SESSION_COOKIE_NAME not in request.COOKIES
            and request.path not in {reverse("fill_in"), reverse("follow")}
            and (not length.isdigit() or int(length) > MOST_BYTES_ELSEWHERE)
        )
