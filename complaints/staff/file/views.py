"""The views of the case desk: authorise, read, show; authorise, validate, call, answer."""

from functools import partial
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail_modeladmin.views import InspectView, InstanceSpecificView, WMABaseView

from complaints.cases.case import NotAllowed, clear_unread, locked
from complaints.cases.contents import record_access
from complaints.cases.conversation import FROM_COMPLAINANT, mark_read
from complaints.cases.mails import MailText
from complaints.models.privacy import AccessKind
from complaints.staff.actions.base import Action, Choice, Shown
from complaints.staff.actions.forms import (
    ActionForm,
    check_mail,
    mail_before,
    mail_fields,
    sealed_mail,
)
from complaints.staff.file.access_log import access_page
from complaints.staff.file.case_file import history_for, open_case_file
from complaints.staff.file.events import event_lines
from complaints.staff.permissions import StaffRequest, case_or_404, is_in_charge, may_see


class CaseChanged(Exception):
    """Something was added to the case after the form was opened."""


class CaseView(InstanceSpecificView):
    """A view of one case. Loads it through `visible_to`, never through the default manager."""

    def __init__(self, model_admin: Any, instance_pk: UUID) -> None:
        WMABaseView.__init__(self, model_admin)
        self.instance_pk = instance_pk

    def dispatch(self, request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        self.instance = case_or_404(request.user, self.instance_pk)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def case_url(self) -> str:
        return str(self.url_helper.get_action_url("inspect", self.instance_pk))

    def get_meta_title(self) -> str:
        return _("Klacht %(reference)s") % {"reference": self.instance.reference}

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        return [
            {"url": reverse("wagtailadmin_home"), "label": _("Startpagina")},
            {"url": self.index_url, "label": _("Klachten")},
            {"url": self.case_url, "label": self.instance.reference},
        ]


class CaseFileView(CaseView, InspectView):
    """The case file: a calm document of everything that is known of one case."""

    def check_action_permitted(self, user: User) -> bool:
        """`dispatch` found the case as one they may see."""
        return True

    def get_fields_dict(self) -> list[dict[str, Any]]:
        return []

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Reading is kept before anything is opened, so that there is none without a trace."""
        is_read = request.method == "GET"
        if is_read:
            record_access(complaint=self.instance, user=request.user, kind=AccessKind.READ)
            clear_unread(complaint=self.instance, by=request.user)
        file = open_case_file(self.instance, request.user)
        if is_read:
            mark_read([line.event for line in file.opened], FROM_COMPLAINANT)
        return self.render_to_response(self.get_context_data(file=file))


class AccessesView(CaseView):
    """Everybody who read one case, page by page; shows nothing of the case itself."""

    template_name = "desk/pages/accesses.html"

    def get_meta_title(self) -> str:
        return _("Wie dit dossier las: %(reference)s") % {"reference": self.instance.reference}

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": self.request.path, "label": _("Wie dit dossier las")}
        return [*super().get_breadcrumbs_items(), here]

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        page = access_page(self.instance, request.GET.get("p", ""))
        return self.render_to_response(self.get_context_data(case=self.instance, page=page))


class ActionView(CaseView):
    """One action on one case: GET shows its form, POST does it.

    422 for a form to mend, 409 where the procedure does not allow it now or the case changed
    since the form was opened; what was typed is given back, and nothing is overwritten.
    """

    template_name = "desk/pages/action.html"
    action: Action | None = None

    def __init__(self, model_admin: Any, instance_pk: UUID, action: Action) -> None:
        super().__init__(model_admin, instance_pk)
        self.action = action

    def get_meta_title(self) -> str:
        return f"{self.act.title} - {self.instance.reference}"

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": self.request.path, "label": str(self.act.title)}
        return [*super().get_breadcrumbs_items(), here]

    @property
    def act(self) -> Action:
        assert self.action is not None  # noqa: S101 - given by the URL
        return self.action

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        choice = self.act.read_choice(request.GET.get("choice"))
        if self._must_choose(choice):
            return self._show_choices(200)
        if not self.act.is_allowed(request.user, self.instance, choice):
            return self._refuse(choice, None)
        return self._show(choice, self._form(choice, query=request.GET))

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        choice = self.act.read_choice(request.POST.get("choice"))
        if self._must_choose(choice):
            return self._show_choices(422)
        form = self._form(choice, request.POST)
        if not self.act.is_allowed(request.user, self.instance, choice):
            return self._refuse(choice, form)
        if not form.is_valid():
            return self._show(choice, form, status=422)
        try:
            shown = self._perform(choice, form)
        except (CaseChanged, NotAllowed):
            self.instance = case_or_404(request.user, self.instance_pk)
            return self._refuse(choice, form)
        if shown is not None:
            return self._answer(200, heading=str(self.act.done), shown=shown)
        messages.success(request, self.act.done)
        return HttpResponseRedirect(self._next_url())

    @property
    def is_in_charge(self) -> bool:
        return is_in_charge(self.request.user, self.instance)

    def _next_url(self) -> str:
        """The case file; the list, where this person does not see the case any more."""
        is_seen = may_see(self.request.user, self.instance)
        return self.case_url if is_seen else str(self.index_url)

    def _perform(self, choice: Choice, form: ActionForm) -> Shown | None:
        """Compares and writes under one lock, so that two people cannot overwrite each other."""
        data = dict(form.cleaned_data)
        data.pop("choice")
        seen = data.pop("seen")
        with transaction.atomic():
            case = locked(self.instance)
            if case.event_count != seen:
                raise CaseChanged
            if self.act.mail_kind is not None:
                mail = self._mail(choice)
                known = self.act.known_then(data)
                data["sealed_mail"] = sealed_mail(data, mail, case, known) if mail else None
            return self.act.perform(case, self.request.user, choice, data)

    def _must_choose(self, choice: Choice) -> bool:
        return self.act.choices is not None and choice is None and self._offers != []

    @cached_property
    def _offers(self) -> list[Any]:
        return list(self.act.offers(self.request.user, self.instance))

    def _form(
        self, choice: Choice, data: Any = None, query: Any = MappingProxyType({})
    ) -> ActionForm:
        user, case, mail = self.request.user, self.instance, self._mail(choice)
        return ActionForm(
            data,
            case=case,
            user=user,
            fields=self.act.fields(user, case, choice) | (mail_fields(mail) if mail else {}),
            check=partial(self._check, mail),
            readers=self.act.readers_of,
            initial=self.act.initial(user, case, choice, query)
            | {"seen": case.event_count, "choice": choice or ""},
        )

    def _mail(self, choice: Choice) -> MailText | None:
        """The mail that goes to the complainant with this, before anything is changed in it."""
        after = self.act.after(self.instance, choice)
        return mail_before(after, self.act.mail_kind, self.act.about(after))

    def _check(self, mail: MailText | None, form: ActionForm) -> None:
        self.act.check(form)
        if mail is not None:
            check_mail(form, mail, self.instance.reference)

    def _show_choices(self, status: int) -> HttpResponse:
        return self._answer(status, heading=str(self.act.title), offers=self._offers)

    def _show(self, choice: Choice, form: ActionForm, status: int = 200) -> HttpResponse:
        heading, tells = self.act.label_for(choice), self.act.tells_for(choice)
        beside = self.act.beside(self.request.user, self.instance, choice)
        if (beside.get("known") or beside.get("asked")) and self.request.method != "HEAD":
            record_access(complaint=self.instance, user=self.request.user, kind=AccessKind.READ)
        beside["is_without_mail"] = self.act.mail_kind is not None and not form.mail_fields
        return self._answer(status, heading=heading, tells=tells, form=form, **beside)

    def _refuse(self, choice: Choice, form: ActionForm | None) -> HttpResponse:
        """409: says what changed, gives back what was typed, offers the form anew if it fits."""
        again = None
        if form is not None and self.act.is_allowed(self.request.user, self.instance, choice):
            again = self._form(choice, self._with_new_count(form))
        return self._answer(
            409,
            heading=self.act.label_for(choice),
            tells=self.act.tells_for(choice),
            is_refused=True,
            news=self._news(form),
            form=again,
            typed=form.typed() if form is not None and again is None else [],
        )

    def _with_new_count(self, form: ActionForm) -> Any:
        typed = {name: form.data.get(name) for name in form.data}
        return {**typed, "seen": str(self.instance.event_count)}

    def _news(self, form: ActionForm | None) -> list[Any]:
        """What was added since the form was opened, as far as this person may know."""
        seen = (form.data.get("seen", "") if form is not None else "").strip()
        if not (seen.isascii() and seen.isdigit()) or len(seen) > 9:
            return []
        events = [line.event for line in history_for(self.request.user, self.instance)]
        return event_lines(event for event in events if event.number > int(seen))

    def _answer(self, status: int, **context: Any) -> HttpResponse:
        return self.render_to_response(
            self.get_context_data(case=self.instance, **context), status=status
        )
