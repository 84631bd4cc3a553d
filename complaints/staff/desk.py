"""The section "Klachten" in the CMS: modeladmin with everything off that is not asked for.

Its menu item says how much is unread for this person.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import Permission, User
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.generic import View
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail_modeladmin.helpers import PermissionHelper
from wagtail_modeladmin.menus import ModelAdminMenuItem
from wagtail_modeladmin.options import ModelAdmin

from complaints.models.case import Complaint
from complaints.staff.actions.registry import ACTIONS
from complaints.staff.file.downloads import CaseDocumentView, FileView, ReaderCopyView
from complaints.staff.file.views import AccessesView, ActionView, CaseFileView
from complaints.staff.hand_over import HandOverView
from complaints.staff.list.export import ExportView
from complaints.staff.list.views import BoardView, DeskIndexView
from complaints.staff.permissions import (
    StaffRequest,
    may_enter_desk,
    may_see,
    unread_cases,
    visible_cases,
)
from complaints.staff.register import RegisterView

MOST_SHOWN = 99


class DeskMenuItem(ModelAdminMenuItem):
    """Tells how many cases are unread, as a word for who cannot see the number in the margin."""

    def render_component(self, request: StaffRequest) -> LinkMenuItem:
        """A component of its own each time: the item itself is kept between people."""
        item: LinkMenuItem = super().render_component(request)
        item.attrs = unread_attrs(str(self.label), unread_cases(request.user).count())
        return item


def unread_attrs(label: str, count: int) -> dict[str, Any]:
    """What the link carries: the number for the style sheet, the sentence as its name."""
    if not count:
        return {}
    said = ngettext("%(count)s ongelezen", "%(count)s ongelezen", count) % {"count": count}
    shown = f"{MOST_SHOWN}+" if count > MOST_SHOWN else str(count)
    return {"data-unread": shown, "aria-label": f"{label}, {said}"}


class DeskPermissionHelper(PermissionHelper):
    """Denies by default, superusers too; answers with the desk's own predicates."""

    def user_has_specific_permission(self, user: User, perm_codename: str) -> bool:
        return False

    def user_has_any_permissions(self, user: User) -> bool:
        return may_enter_desk(user)

    def user_can_list(self, user: User) -> bool:
        return may_enter_desk(user)

    def user_can_inspect_obj(self, user: User, obj: Complaint) -> bool:
        return may_see(user, obj)


class ComplaintAdmin(ModelAdmin):
    """The case desk."""

    model = Complaint
    menu_label = _("Klachten")
    menu_item_name = "klachten"
    menu_icon = "folder-open-inverse"
    menu_order = 150
    inspect_view_enabled = True
    inspect_template_name = "desk/pages/case.html"
    history_view_enabled = False
    permission_helper_class = DeskPermissionHelper
    index_view_class = DeskIndexView

    def get_queryset(self, request: StaffRequest) -> QuerySet[Complaint]:
        return visible_cases(request.user).for_desk()

    def get_admin_urls_for_registration(self) -> tuple[URLPattern, ...]:
        """List, board, export, case file, files and actions. Nothing else has an address."""
        case, file = "<uuid:instance_pk>", "<uuid:instance_pk>/<uuid:file_pk>"
        return (
            path(f"{self.base}/", self.index_view, name=self.url_name("index")),
            self._url("bord", BoardView, "board"),
            self._url("export", ExportView, "export"),
            self._url("overdragen", HandOverView, "hand_over"),
            path(f"{self.base}/registreren/", self.register_view, name=self.url_name("register")),
            self._url(f"inspect/{case}", CaseFileView, "inspect"),
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

    @property
    def base(self) -> str:
        return str(self.url_helper.base_url_path)

    def url_name(self, action: str) -> str:
        return str(self.url_helper.get_action_url_name(action))

    def _url(self, route: str, view_class: type[View], name: str, **given: Any) -> URLPattern:
        """An address whose view is made anew for each request, of what stands in the address."""

        def view(request: StaffRequest, **keys: UUID) -> HttpResponseBase:
            return view_class.as_view(model_admin=self, **given, **keys)(request)

        return path(f"{self.base}/{route}/", view, name=self.url_name(name))

    @property
    def register_view(self) -> Any:
        """Exempt from the CSRF middleware: it would read the post before the view says where its
        files go. The view checks the token itself."""

        def view(request: StaffRequest) -> HttpResponse:
            return RegisterView.as_view(model_admin=self)(request)

        return csrf_exempt(view)

    def get_permissions_for_registration(self) -> QuerySet[Permission]:
        """None: who handles complaints is not given in the group editor (design decision 11)."""
        return Permission.objects.none()

    def register_admin_url_finders(self) -> None:
        """None: Wagtail would link to complaints from usage and history pages."""

    def register_indexing(self) -> None:
        """None: nothing of a case goes into Wagtail's reference index."""
