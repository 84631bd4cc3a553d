"""What a handler keeps themselves: their absence, the page about them, reply templates."""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.permission_policies import OwnershipPermissionPolicy
from wagtail.snippets.views.snippets import SnippetViewSet

from complaints.cases.handlers_group import set_absence
from complaints.cases.todo import todo_of
from complaints.models.handling import ReplyTemplate
from complaints.models.pages import ConfidantPage
from complaints.models.roster import roster_for
from complaints.models.settings import HandlingSettings, name_of
from complaints.staff.actions.forms import DeskForm, day_field
from complaints.staff.pages import DeskPage
from complaints.staff.permissions import StaffRequest

OWN = _("Mijn gegevens")
THEIRS = OwnershipPermissionPolicy(ReplyTemplate)


class TemplateViewSet(SnippetViewSet):
    """The templates one may change; every handler may use all."""

    model = ReplyTemplate
    permission_policy = THEIRS
    list_display = ("title", "stage", "owner")

    def get_queryset(self, request: StaffRequest) -> Any:
        return THEIRS.instances_user_has_permission_for(request.user, "change")


def keep_to_their_own(request: StaffRequest, given: Model | Iterable[Model]) -> None:
    """Refuses another's template: Wagtail asks what one may do per kind of snippet, not of each."""
    for snippet in [given] if isinstance(given, Model) else given:
        may = THEIRS.user_has_permission_for_instance
        if isinstance(snippet, ReplyTemplate) and not may(request.user, "change", snippet):
            raise PermissionDenied


class AbsenceForm(DeskForm):
    """From when until when; both empty is not away. The settings say what is wrong with it."""

    confidant_absent_from = day_field(_("Afwezig vanaf"), _("Leeg: je bent er."))
    confidant_absent_until = day_field(
        _("Afwezig tot en met"), _("Leeg: tot je hier weer iets invult.")
    )

    def clean(self) -> None:
        try:
            HandlingSettings(**self.cleaned_data).clean()
        except ValidationError as wrong:
            self.add_error(None, wrong)


class OwnView(DeskPage):
    """GET shows what is theirs; POST writes an absence, of the confidant only."""

    template_name = "desk/pages/own.html"
    header_icon = "user"
    title = OWN

    def get(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        handling = roster_for(request.user).settings
        now = {name: getattr(handling, name) for name in AbsenceForm.base_fields}
        return self._show(request.user, AbsenceForm(initial=now))

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not roster_for(request.user).is_confidant(request.user):
            raise Http404
        form = AbsenceForm(request.POST)
        if not form.is_valid():
            return self._show(request.user, form, status=422)
        start, until = form.cleaned_data.values()
        set_absence(by=request.user, start=start, until=until)
        messages.success(request, _("Je afwezigheid is bewaard."))
        return HttpResponseRedirect(request.path)

    def _show(self, user: User, form: AbsenceForm, status: int = 200) -> HttpResponse:
        roster = roster_for(user)
        deputy = roster.deputy if roster.may_handle(roster.deputy) else None
        context = self.get_context_data(
            form=form if roster.is_confidant(user) else None,
            is_deputy=roster.is_deputy(user),
            is_away=roster.is_confidant_absent(),
            deputy=name_of(deputy),
            running=todo_of(user, roster).open,
            pages=ConfidantPage.objects.filter(person=user),
            templates=ReplyTemplate.objects.filter(owner=user).count(),
        )
        return self.render_to_response(context, status=status)
