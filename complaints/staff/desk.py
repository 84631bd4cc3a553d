"""The case desk in the CMS: its section, guides, a panel on the start page, a handler's digest.

The section is modeladmin with everything off that is not asked for.
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.auth.models import Permission, User
from django.db.models import QuerySet
from django.urls import URLPattern, path, reverse, reverse_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.menus import ModelAdminMenuItem
from wagtail_modeladmin.options import ModelAdmin

from complaints.cases.handlers_group import is_manager
from complaints.cases.todo import choose_digest, todo_of, wants_digest
from complaints.models.case import Complaint
from complaints.models.roster import roster_for
from complaints.staff.accounts import OwnView
from complaints.staff.actions import ACTIONS
from complaints.staff.actions.deciding import NoComplaintView
from complaints.staff.actions.people import HandOverView
from complaints.staff.file.downloads import CaseDocumentView, FileView, ReaderCopyView
from complaints.staff.file.views import AccessesView, ActionView, CaseFileView, NextView
from complaints.staff.handlers import AuditCountsView, HandlersView, PersonView
from complaints.staff.in_order import InOrderView
from complaints.staff.list.export import ExportView
from complaints.staff.list.views import CaseListView, ListReadingsView
from complaints.staff.pages import DESK, DeskPage, ItemFor, StaffPage
from complaints.staff.permissions import StaffRequest, may_enter_desk, unread_cases
from complaints.staff.register import RegisterView
from complaints.staff.selfcheck import SelfCheckView, looks_after
from complaints.worker.jobs import jobs, runs

MOST_SHOWN = 99


class DeskMenuItem(ModelAdminMenuItem):
    """Tells how many cases are unread: a number for the style sheet, a sentence as its name."""

    def render_component(self, request: StaffRequest) -> LinkMenuItem:
        """A component of its own each time: the item itself is kept between people."""
        item: LinkMenuItem = super().render_component(request)
        unread = unread_cases(request.user).order_by().values_list("is_unread")
        count = len(unread[: MOST_SHOWN + 1])  # Django puts a bounded count together slowly
        shown = f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count)
        said = gettext("%(count)s ongelezen") % {"count": shown}
        item.attrs = {"data-unread": shown, "aria-label": f"{self.label}, {said}"} if count else {}
        return item


class DeskPermissionHelper(PermissionHelper):
    """Denies by default, superusers too; answers with the desk's own predicates."""

    def user_has_specific_permission(self, user: User, perm_codename: str) -> bool:
        return False

    def user_has_any_permissions(self, user: User) -> bool:
        return may_enter_desk(user)


class ComplaintAdmin(ModelAdmin):
    """The case desk."""

    model = Complaint
    menu_label = _("Klachten")
    menu_item_name = "klachten"
    menu_icon = "folder-open-inverse"
    menu_order = 150
    history_view_enabled = False
    permission_helper_class = DeskPermissionHelper
    index_view_class = CaseListView

    def get_admin_urls_for_registration(self) -> tuple[URLPattern, ...]:
        """List, export, case file, files and actions. Nothing else has an address."""
        base = self.url_helper.base_url_path
        case, file = "<uuid:instance_pk>", "<uuid:instance_pk>/<uuid:file_pk>"
        return (
            path(f"{base}/", self.index_view, name=f"{DESK}index"),
            path(f"{base}/lijst/", CaseListView.as_view(results_only=True), name=f"{DESK}results"),
            path(f"{base}/gezien/", ListReadingsView.as_view(), name=f"{DESK}readings"),
            self._url("export", ExportView, "export"),
            self._url("overdragen", HandOverView, "hand_over"),
            self._url("geen-klacht", NoComplaintView, "no_complaint"),
            self._url("registreren", RegisterView, "register"),
            self._url("mijn-gegevens", OwnView, "own"),
            self._url(f"inspect/{case}", CaseFileView, "inspect"),
            self._url(f"volgende/{case}", NextView, "next"),
            self._url(f"inzage/{case}", AccessesView, "accesses"),
            self._url(f"dossier-pdf/{case}", CaseDocumentView, "dossier-pdf"),
            self._url(f"file/{file}", FileView, "file"),
            self._url(f"copy/{file}", ReaderCopyView, "copy"),
            *(
                self._url(f"{action.name}/{case}", ActionView, action.name, action=action)
                for action in ACTIONS
            ),
        )

    def get_menu_item(self, order: int | None = None) -> DeskMenuItem:
        return DeskMenuItem(self, order or self.get_menu_order())

    def _url(self, route: str, page: type[DeskPage], name: str, **given: Any) -> URLPattern:
        route = f"{self.url_helper.base_url_path}/{route}/"
        return path(route, page.as_view(**given), name=f"{DESK}{name}")

    def get_permissions_for_registration(self) -> QuerySet[Permission]:
        """None: who handles complaints is not given in the group editor (design decision 11)."""
        return Permission.objects.none()

    def register_admin_url_finders(self) -> None:
        """None: Wagtail would link to complaints from usage and history pages."""

    def register_indexing(self) -> None:
        """None: nothing of a case goes into Wagtail's reference index."""


HANDLERS, EDITORS, MANAGERS, JOBS = "behandelaar", "redactie", "beheer", "taken"
GUIDES: dict[str, tuple[Any, Callable[[User], bool]]] = {  # with whom each is for
    HANDLERS: (_("Handleiding voor de vertrouwenspersoon"), may_enter_desk),
    EDITORS: (_("Handleiding voor de redactie"), lambda user: True),
    MANAGERS: (_("Handleiding voor de beheerder"), is_manager),
    JOBS: (_("Wat de site zelf doet"), looks_after),
}


class GuidePage(StaffPage):
    """One guide; it does not exist for whoever it is not for."""

    def is_for(self, user: User) -> bool:
        name = self.kwargs["name"]
        return name in GUIDES and GUIDES[name][1](user)

    def get_meta_title(self) -> str:
        return str(GUIDES[self.kwargs["name"]][0])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        went = runs() if self.kwargs["name"] == JOBS else {}
        lines = [(job, went.get(job.name)) for job in jobs()]
        return super().get_context_data(jobs=lines, **kwargs)

    def get_template_names(self) -> list[str]:
        return [f"guides/{self.kwargs['name']}.html"]


def page_urls() -> list[URLPattern]:
    """Pages beside the desk: the guides, who handles, whether the site is in order."""
    people = "complaints/behandelaars/"
    return [
        path("handleiding/<slug:name>/", GuidePage.as_view(), name="guide"),
        path(people, HandlersView.as_view(), name="handlers"),
        path(f"{people}<int:pk>/", PersonView.as_view(), name="handler"),
        path("complaints/logboek/", AuditCountsView.as_view(), name="audit_counts"),
        path("complaints/site-in-orde/", InOrderView.as_view(), name="in_order"),
        path("complaints/zelfcontrole/", SelfCheckView.as_view(), name="selfcheck"),
    ]


def help_items() -> list[ItemFor]:
    """The guides, above Wagtail's own, which are in English and about another site."""
    found = []
    for order, (name, (title, who)) in enumerate(GUIDES.items(), start=100):
        address = reverse_lazy("guide", args=[name])
        found.append(ItemFor(title, address, name=name, icon_name="help", order=order, who=who))
    return found


# What waits, and the query that makes the list show just those cases.
SHOWN_BY = {
    "late": "whose=mine&term=late&status=open",
    "soon": "whose=mine&term=soon&status=open",
    "unread": "unread=yes&status=open",
    "closed_late": "whose=mine&term=late&status=closed",
    "closed_soon": "whose=mine&term=soon&status=closed",
    "closed_unread": "unread=yes&status=closed",
    "waiting": "whose=mine&waiting=handler",
    "unreached": "whose=mine&mail=no",
    "request": "request=yes&suspect=all",
    "nobody": "whose=none",
    "going": "going=yes",
}


class DeskPanel(Component):
    """My open cases in a few sentences, counted in one query; and those that nobody has yet."""

    name = "klachten"
    template_name = "desk/parts/start_panel.html"
    order = 50

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        user = parent_context["request"].user
        found, index = todo_of(user, roster_for(user)), reverse(f"{DESK}index")
        lines = [(words, f"{index}?{SHOWN_BY[kind]}") for kind, words in found.sentences.items()]
        open_words = ngettext("Je hebt %d open zaak.", "Je hebt %d open zaken.", found.open)
        none = gettext("Je hebt geen open zaken.")
        return {"lines": lines, "open_words": open_words % found.open if found.open else none}


def add_desk_panel(request: StaffRequest, panels: list[Any]) -> None:
    """For handlers only; for everyone else there is no trace of it."""
    if may_enter_desk(request.user):
        panels.append(DeskPanel())


class DigestForm(forms.Form):
    """One box; `instance` is the user."""

    wants_digest = forms.BooleanField(
        label=_("Mail mij elke werkdag wat er wacht"),
        help_text=_(
            "Alleen aantallen: hoeveel zaken te laat zijn, bijna te laat of ongelezen. Wacht er "
            "niets, dan komt er geen mail."
        ),
        required=False,
    )

    def __init__(self, *args: Any, instance: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = instance
        self.initial["wants_digest"] = wants_digest(instance)

    def save(self) -> None:
        choose_digest(user=self.user, is_wanted=self.cleaned_data["wants_digest"])


class DigestPanel(BaseSettingsPanel):
    """For handlers only; for everyone else there is no trace of it."""

    name = "klachten"
    title = _("Klachten")
    tab = notifications_tab
    order = 100
    form_class = DigestForm

    def is_active(self) -> bool:
        return may_enter_desk(self.user)
