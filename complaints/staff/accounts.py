"""The people of the CMS: users and groups without who handles complaints, and what is a handler's.

What a deletion would forget; and what a handler keeps themselves: their absence, the page about
them, reply templates.
"""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib.auth.models import Group, User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import ModelForm, ModelMultipleChoiceField
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from wagtail.admin import messages
from wagtail.admin.ui.tables import Column
from wagtail.models import Page
from wagtail.permission_policies import OwnershipPermissionPolicy
from wagtail.snippets.views.snippets import SnippetViewSet
from wagtail.users.forms import UserCreationForm, UserEditForm
from wagtail.users.views import groups as group_views
from wagtail.users.views import users as user_views
from wagtail.users.views.groups import GroupViewSet as WagtailGroupViewSet
from wagtail.users.views.users import UserViewSet as WagtailUserViewSet

from complaints.cases.audit import whoever_asks
from complaints.cases.handlers_group import handlers_group_ids, is_named_on_a_case, set_absence
from complaints.cases.todo import todo_of
from complaints.models.form import ComplaintFormPage
from complaints.models.handling import ReplyTemplate
from complaints.models.pages import ConfidantPage, ProcedurePage
from complaints.models.roster import roster_for
from complaints.models.settings import HandlingSettings, name_of
from complaints.staff.actions.forms import DayField, DeskForm
from complaints.staff.pages import DeskPage
from complaints.staff.permissions import StaffRequest


class GuardedForm(ModelForm):
    """Wagtail's form without who handles complaints: the desk's page "Behandelaars" is for that.

    Of a handler's account it leaves the names and whether it is in use; the rest is theirs alone.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by = whoever_asks()
        if self.is_handlers or by is None or not by.is_superuser:
            self.fields.pop("is_superuser", None)
        groups = cast(ModelMultipleChoiceField[Group], self.fields["groups"])
        groups.queryset = Group.objects.exclude(pk__in=handlers_group_ids())
        if self.is_handlers:
            groups.queryset = self.instance.groups.all()
            for name in ("username", "email", "groups"):
                self.fields[name].disabled = True

    @cached_property
    def is_handlers(self) -> bool:
        mine = self.instance.groups if self.instance.pk else Group.objects.none()
        return bool(mine.filter(pk__in=handlers_group_ids()).exists())

    @property
    def password_enabled(self) -> bool:
        """Wagtail's: whether there is a password to fill in."""
        return not self.is_handlers


class StaffCreationForm(GuardedForm, UserCreationForm):
    """Wagtail's form for a new account."""


class StaffEditForm(GuardedForm, UserEditForm):
    """Wagtail's form for an account."""


class UserIndexView(user_views.IndexView):
    """Without boxes to tick: an account is changed by itself, which the handlers hear of."""

    @cached_property
    def columns(self) -> list[Column]:
        return [each for each in super().columns if each.name != "bulk_actions"]


class UserViewSet(WagtailUserViewSet):
    """Wagtail's users section, with the handlers' groups guarded."""

    index_view_class = UserIndexView
    copy_view_enabled = False

    def get_form_class(self, for_update: bool = False) -> type[ModelForm]:
        return StaffEditForm if for_update else StaffCreationForm


class GuardedGroup(View):
    """Refuses a handlers' group to everybody, before anything else."""

    def dispatch(  # type: ignore[override]  # inside the CMS everybody has an account
        self, request: StaffRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        if int(self.kwargs["pk"]) in handlers_group_ids():
            words = _("Deze groep behandelt klachten. Wie erin zit staat bij Behandelaars.")
            messages.error(request, words)
            return redirect("wagtailusers_groups:index")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response


class GroupEditView(GuardedGroup, group_views.EditView):
    pass


class GroupDeleteView(GuardedGroup, group_views.DeleteView):
    pass


class GroupViewSet(WagtailGroupViewSet):
    """Wagtail's groups section, with the handlers' groups guarded."""

    edit_view_class = GroupEditView
    delete_view_class = GroupDeleteView


def guard_superuser(request: StaffRequest, user: User) -> None:
    """Only a superuser changes a superuser's account."""
    if user.is_superuser and not request.user.is_superuser:
        raise PermissionDenied


def guard_bulk_action(_request: StaffRequest, _type: str, _objects: Any, action: Any) -> None:
    """Refuses to change accounts several at a time: that passes no signal, so nobody hears it."""
    if action.model is User:
        raise PermissionDenied


NOTHING_LOST = {
    ComplaintFormPage: gettext_lazy(
        "Er gaat geen klacht verloren als je dit verwijdert: elke klacht bewaart haar eigen vragen "
        "en antwoorden. Bezoekers kunnen daarna geen klacht meer indienen via dit formulier."
    ),
    ProcedurePage: gettext_lazy(
        "Er gaat geen klacht verloren als je dit verwijdert: elke klacht bewaart de tekst van de "
        "procedure die toen gold. Bezoekers kunnen de procedure daarna niet meer lezen."
    ),
}


def says_no_complaint_is_lost(request: StaffRequest, page: Page) -> None:
    """Before a form or procedure page is deleted, with what stands below it."""
    below = page.get_descendants(inclusive=True)
    for kind, words in NOTHING_LOST.items():
        if request.method == "GET" and below.type(kind).exists():
            messages.warning(request, words)


def keep_account(request: StaffRequest, user: User) -> HttpResponse | None:
    """Refuses to delete one that a case names. The same words for all: they tell of no case."""
    if not is_named_on_a_case(user):
        return None
    words = _(
        "Dit account blijft bestaan: deze persoon behandelt klachten, of heeft dat gedaan. Zonder "
        "het account weet de site niet meer wie welke klacht behandelt of niet mag zien. Zet het "
        "uit: haal het vinkje weg bij Actief."
    )
    messages.error(request, words)
    return redirect("wagtailusers_users:edit", user.pk)


OWN = gettext_lazy("Mijn gegevens")
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

    confidant_absent_from = DayField(
        gettext_lazy("Afwezig vanaf"), gettext_lazy("Leeg: je bent er.")
    )
    confidant_absent_until = DayField(
        gettext_lazy("Afwezig tot en met"), gettext_lazy("Leeg: tot je hier weer iets invult.")
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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user, roster = self.request.user, roster_for(self.request.user)
        deputy = roster.deputy if roster.may_handle(roster.deputy) else None
        now = {name: getattr(roster.settings, name) for name in AbsenceForm.base_fields}
        shown = {
            "form": AbsenceForm(initial=now) if roster.is_confidant(user) else None,
            "is_deputy": roster.is_deputy(user),
            "is_away": roster.is_confidant_absent(),
            "deputy": name_of(deputy),
            "running": todo_of(user, roster).open,
            "pages": ConfidantPage.objects.filter(person=user),
            "templates": ReplyTemplate.objects.filter(owner=user).count(),
        }
        return super().get_context_data(**(shown | kwargs))

    def post(self, request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not roster_for(request.user).is_confidant(request.user):
            raise Http404
        form = AbsenceForm(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        start, until = form.cleaned_data.values()
        set_absence(by=request.user, start=start, until=until)
        messages.success(request, _("Je afwezigheid is bewaard."))
        return HttpResponseRedirect(request.path)
