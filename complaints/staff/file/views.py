"""The pages of a case: authorise, read, show; authorise, validate, call, answer."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.paginator import WagtailPaginator

from complaints.cases.attachments import FilesGone
from complaints.cases.case import NotAllowed, clear_unread, locked
from complaints.cases.contents import HistoryLine, record_access
from complaints.cases.conversation import FROM_COMPLAINANT, TooManyFiles, filled_in, mark_read
from complaints.cases.mails import MailText, seal_edit
from complaints.cases.uploads import Wanted
from complaints.models.outbox import MailKind
from complaints.models.privacy import AccessKind
from complaints.models.roster import roster_for
from complaints.staff.actions.base import Action, Choice, Result, Way
from complaints.staff.actions.forms import ActionForm, mail_before
from complaints.staff.actions.recording import Message
from complaints.staff.file.case_file import CaseFile, history_for
from complaints.staff.file.parts import EventLine, line_of
from complaints.staff.list.filters import LONGEST_KEPT, next_case
from complaints.staff.pages import DESK, CaseView, UploadPage
from complaints.staff.permissions import StaffRequest, case_or_404, is_in_charge, may_see

READINGS_A_PAGE = 100
MESSAGE = Message()


class CaseFileView(CaseView):
    """The case file: a calm document of everything that is known of one case."""

    template_name = "desk/pages/case.html"

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Reading is kept before anything is opened, so that there is none without a trace."""
        is_read = request.method == "GET"
        if is_read:
            record_access(complaint=self.instance, user=request.user, kind=AccessKind.READ)
            clear_unread(complaint=self.instance, by=request.user)
        file = CaseFile(self.instance, request.user)
        if is_read:
            events = [line.event for line in file.opened]
            mark_read(event for event in events if event.kind in FROM_COMPLAINANT)
        context = self.get_context_data(
            file=file, reply=self._reply(file), kept=QueryDict(self.kept).urlencode()
        )
        return self.render_to_response(context)

    @property
    def kept(self) -> str:
        """The filter of the list they came from, as a query string."""
        return self.request.GET.get("filter", "")[:LONGEST_KEPT]

    def trail(self) -> list[tuple[str, str]]:
        """The way back is to the list as it was."""
        *above, (index, label) = super(CaseView, self).trail()
        back = QueryDict(self.kept).urlencode()
        return [*above, (f"{index}?{back}" if back else index, label)]

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        """They end there."""
        return super().get_breadcrumbs_items()[:-1]

    def _reply(self, file: CaseFile) -> ActionForm | None:
        """The form of a message, begun with the template in the address; None where none can go."""
        user, case = self.request.user, self.instance
        if not MESSAGE.is_allowed(user, case, None):
            return None
        asked = self.request.GET.get("template")
        chosen = next((each for each in file.templates if str(each.pk) == asked), None)
        rules = roster_for(user).settings
        text = filled_in(chosen, case, rules, file.contact.name) if chosen else ""
        return ActionForm(action=MESSAGE, user=user, case=case, initial={"reason": text})


class NextView(CaseView):
    """On to the case below this one, by the filter in the address; without one, to the list."""

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = request.GET.get("filter", "")
        found = next_case(request.user, kept, after=self.instance)
        if found is None:
            return HttpResponseRedirect(self.index_url)
        query = {"filter": kept} if kept else None
        return HttpResponseRedirect(reverse(f"{DESK}inspect", args=[found.pk], query=query))


class AccessesView(CaseView):
    """Everybody who read one case, page by page; shows nothing of the case itself."""

    template_name = "desk/pages/accesses.html"
    title = _("Wie dit dossier las")
    meta_title = _("Wie dit dossier las: %(reference)s")

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page asked for; the nearest one where there is no such page."""
        pages = WagtailPaginator(self.instance.accesses.select_related("user"), READINGS_A_PAGE)
        page = pages.get_page(request.GET.get("p"))
        numbers = pages.get_elided_page_range(page.number)
        context = self.get_context_data(case=self.instance, page=page, numbers=numbers)
        return self.render_to_response(context)


class ActionView(UploadPage, CaseView):
    """One action on one case: GET shows its form, POST does it.

    422 for a form to mend, 409 where the procedure does not allow it now or the case changed
    since the form was opened; what was typed is given back, and nothing is overwritten.
    """

    template_name = "desk/pages/action.html"
    action: Action = MESSAGE  # or another, by its address

    @property
    def title(self) -> Any:
        return self.action.title

    @property
    def wanted(self) -> Wanted:  # type: ignore[override]
        return Wanted({"files": "files"} if self.action.files else {})

    def get_meta_title(self) -> str:
        return f"{self.title} - {self.instance.reference}"

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        choice = self.action.read_choice(request.GET.get("choice"))
        if choice is None and self._ways:
            return self._answer(200, choice, ways=self._ways)
        if not self.action.is_allowed(request.user, self.instance, choice):
            return self._refuse(choice, None)
        return self._show(choice, self._form(choice))

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        choice = self.action.read_choice(request.POST.get("choice"))
        if choice is None and self._ways:
            return self._answer(422, choice, ways=self._ways)
        form = self._form(choice, request.POST)
        if not self.action.is_allowed(request.user, self.instance, choice):
            return self._refuse(choice, form)
        if "look" in request.POST:  # at the mail, before it goes
            looked, sent = self._form(choice), (form.fields.keys() & {*request.POST, "files"})
            looked.initial = {**looked.initial, **{name: form[name].value() for name in sent}}
            return self._show(choice, looked)
        if not form.is_valid():
            return self._show(choice, form, status=422)
        touches = self.action.touches(request.user, self.instance, form.cleaned_data)
        if touches and "sure" not in request.POST:
            return self.ask_once_more(self.action.label_for(choice), touches)
        try:
            result = self._perform(choice, form)
        except (FilesGone, TooManyFiles):
            form.add_error("files", _("Dit past niet meer bij de zaak. Voeg minder bestanden toe."))
            return self._show(choice, form, status=422)
        except NotAllowed:
            self.instance = case_or_404(request.user, self.instance.pk)
            return self._refuse(choice, form)
        if result is not None:
            return self._answer(200, choice, heading=str(self.action.done), result=result)
        messages.success(request, self.action.done)
        is_seen = may_see(request.user, self.instance)
        return HttpResponseRedirect(self.case_url if is_seen else self.index_url)

    def _perform(self, choice: Choice, form: ActionForm) -> Result | None:
        """Compares and writes under one lock, so that two people cannot overwrite each other."""
        data = dict(form.cleaned_data)
        data.pop("choice")
        seen = data.pop("seen")
        with transaction.atomic():
            case = locked(self.instance)
            if case.event_count != seen:
                raise NotAllowed("something was added after the form was opened")
            if self.action.mail_kind is not None:
                known = self.action.known_then(data)
                data["sealed_mail"] = form.mail and seal_edit(form.mail, form.edited, case, known)
            return self.action.perform(case, self.request.user, choice, data)

    @cached_property
    def _ways(self) -> list[Way]:
        """The choices there are now; none for an action without choices."""
        user, case, action = self.request.user, self.instance, self.action
        choices = action.choices or ()
        return [Way(action, each) for each in choices if action.is_allowed(user, case, each)]

    def _form(self, choice: Choice, data: Any = None) -> ActionForm:
        files = None if data is None else self.request.FILES
        on: Any = {"user": self.request.user, "case": self.instance, "choice": choice}
        return ActionForm(data, files, action=self.action, mail=self._mail(choice), **on)

    @cached_property
    def _mail_kind(self) -> MailKind | None:
        return self.action.mail_of(self.instance)

    def _mail(self, choice: Choice) -> MailText | None:
        """The mail that goes to the complainant with this, before anything is changed in it."""
        after = self.action.after(self.instance, choice)
        return mail_before(after, self._mail_kind, self.action.about(after))

    def _show(self, choice: Choice, form: ActionForm, status: int = 200) -> HttpResponse:
        beside = self.action.beside(self.request.user, self.instance, choice)
        if (beside.get("known") or beside.get("asked")) and self.request.method != "HEAD":
            record_access(complaint=self.instance, user=self.request.user, kind=AccessKind.READ)
        beside["is_without_mail"] = self._mail_kind is not None and not form.mail_fields
        self.keeps_files = True
        return self._answer(status, choice, form=form, **beside)

    def _refuse(self, choice: Choice, form: ActionForm | None) -> HttpResponse:
        """409: says what changed, gives back what was typed, offers the form anew if it fits."""
        again, user = None, self.request.user
        if form is not None and self.action.is_allowed(user, self.instance, choice):
            given = self.request.POST.copy()
            given["seen"] = str(self.instance.event_count)
            again, self.keeps_files = self._form(choice, given), True
        shown: dict[str, Any] = {"form": again, "news": self._news(form), "is_refused": True}
        shown["typed"] = form.typed() if form is not None and again is None else []
        shown["is_in_charge"] = is_in_charge(user, self.instance)
        return self._answer(409, choice, **shown)

    def _news(self, form: ActionForm | None) -> list[EventLine]:
        """Returns the events since the form was opened, as far as this person may know."""
        seen = (form.data.get("seen", "") if form is not None else "").strip()
        if not (seen.isascii() and seen.isdigit()) or len(seen) > 9:
            return []
        history = history_for(self.request.user, self.instance)
        new = [line.event for line in history if line.event.number > int(seen)]
        return [line_of(HistoryLine(event, {})) for event in new]

    def _answer(self, status: int, choice: Choice, **shown: Any) -> HttpResponse:
        words = {"heading": self.action.label_for(choice), "button": self.action.button}
        words |= {"case": self.instance, "tells": self.action.tells_for(choice)}
        return self.render_to_response(self.get_context_data(**(words | shown)), status=status)
