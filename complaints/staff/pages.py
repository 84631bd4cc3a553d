"""The base of every page of the desk: who is let in, its title and the way back.

And where a post to it is refused before any view reads it, what was typed is given back. That
happens to whoever was signed out in the meantime, was away for long (`accounts.factors`), or
sent a form from before signing in again.
"""

import re
from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.debug import sensitive_variables
from django.views.generic.base import ContextMixin, TemplateResponseMixin, View
from wagtail.admin.menu import MenuItem

from complaints.cases.handlers_group import is_manager
from complaints.cases.uploads import MOST_BYTES, MOST_FILES, Wanted, take_files, take_no_files
from complaints.models.roster import keep_roster
from complaints.staff.permissions import (
    StaffRequest,
    case_or_404,
    enter_desk_or_404,
    may_enter_desk,
)
from home.views import not_allowed

MOST_POST_BYTES = (MOST_FILES + 1) * MOST_BYTES
DESK = "complaints_complaint_modeladmin_"  # how the names of its addresses begin


class StaffPage(TemplateResponseMixin, ContextMixin, View):
    """A page in the frame of the desk, of no case; for whoever may not see it there is none."""

    request: StaffRequest
    title: Any = ""
    header_icon = "help"
    above: tuple[tuple[str, Any], ...] = ()  # the pages above this one: name of address, label

    def is_for(self, user: User) -> bool:
        raise NotImplementedError

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        keep_roster(request.user)
        if not self.is_for(request.user):
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return self.render_to_response(self.get_context_data())

    def get_meta_title(self) -> str:
        return str(self.title)

    def trail(self) -> list[tuple[str, str]]:
        """Returns the pages above this one, as (address, label)."""
        pages = (("wagtailadmin_home", _("Startpagina")), *self.above)
        return [(reverse(name), str(label)) for name, label in pages]

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = (self.request.path, str(self.title) or self.get_meta_title())
        return [{"url": url, "label": label} for url, label in (*self.trail(), here)]


class ManagerPage(StaffPage):
    """A page below a manager's "Klachten"."""

    above = (("handlers", gettext_lazy("Klachten")),)

    def is_for(self, user: User) -> bool:
        return is_manager(user)


class ItemFor(MenuItem):
    """A line in a menu of the CMS, for those of whom `who` is true."""

    def __init__(self, *args: Any, who: Callable[[User], bool], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.who = who

    def is_shown(self, request: StaffRequest) -> bool:
        return self.who(request.user)


class DeskPage(StaffPage):
    """A page of the desk, made anew for each request; for handlers only."""

    header_icon = "folder-open-inverse"
    above = ((f"{DESK}index", gettext_lazy("Klachten")),)

    def is_for(self, user: User) -> bool:
        return may_enter_desk(user)

    @cached_property
    def index_url(self) -> str:
        return reverse(f"{DESK}index")

    @property
    def back_url(self) -> str:
        """Where one goes who leaves without doing anything."""
        return self.index_url

    def ask_once_more(self, heading: Any, touches: list[str]) -> HttpResponse:
        """Says what cannot be undone and what it touches; "yes" posts it again, with `sure`."""
        posted = [(name, value) for name, each in self.request.POST.lists() for value in each]
        given = [(name, value) for name, value in posted if name != "csrfmiddlewaretoken"]
        context = self.get_context_data(heading=heading, touches=touches, posted=given)
        return TemplateResponse(self.request, "desk/pages/sure.html", context)


class FormPage(DeskPage):
    """A page about many cases with one form, whose act cannot be undone and is asked once more.

    GET shows the form, POST does it: 422 for a form to mend.
    """

    template_name = "desk/pages/action.html"
    tells: Any
    nothing: Any  # said where there is nothing to do it with

    def form(self, data: Any = None) -> Any:
        """Returns the form, filled in with `data`; None where there is nothing to do."""
        raise NotImplementedError

    def touches(self, data: Any) -> list[str]:
        raise NotImplementedError

    def perform(self, data: Any) -> None:
        """Does it, and says what became of it in messages."""
        raise NotImplementedError

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._show(self.form())

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = self.form(request.POST)
        if form is None or not form.is_valid():
            return self._show(form, status=422)
        if "sure" not in request.POST:
            return self.ask_once_more(self.title, self.touches(form.cleaned_data))
        self.perform(form.cleaned_data)
        return HttpResponseRedirect(self.index_url)

    def _show(self, form: Any, status: int = 200) -> HttpResponse:
        notes = [] if form else [self.nothing]
        context = self.get_context_data(
            heading=self.title, tells=self.tells, form=form, notes=notes
        )
        return self.render_to_response(context, status=status)


class UploadPage(DeskPage):
    """A page whose post brings files: they are sealed before anything reads it, as CSRF does."""

    wanted = Wanted({})  # the fields with files
    keeps_files = False  # whether the page holds them still, for when it is sent again

    @classmethod
    def as_view(cls, **given: Any) -> Any:
        """Its middleware would read the post before `dispatch`, which checks too."""
        return csrf_exempt(super().as_view(**given))

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        enter_desk_or_404(request.user)
        uploads = take_files(request, lambda _posted: self.wanted, most_bytes=MOST_POST_BYTES)
        answer = None
        try:
            answer = csrf_protect(lambda _req: super(UploadPage, self).dispatch(request))(request)
        finally:
            if answer is None or not self.keeps_files:
                uploads.discard()  # what became the case's stays
        return answer


class CaseView(DeskPage):
    """A page of one case. Loads it through `visible_to`, never through the default manager."""

    meta_title = gettext_lazy("Klacht %(reference)s")

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        self.instance = case_or_404(request.user, self.kwargs["instance_pk"])
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def case_url(self) -> str:
        return reverse(f"{DESK}inspect", args=[self.instance.pk])

    @property
    def back_url(self) -> str:
        return self.case_url

    def get_meta_title(self) -> str:
        return str(self.meta_title % {"reference": self.instance.reference})

    def trail(self) -> list[tuple[str, str]]:
        return [*super().trail(), (self.case_url, self.instance.reference)]


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
    return render(request, "complaints/not_sent.html", context, status=403)
