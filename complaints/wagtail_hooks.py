"""What this app adds to Wagtail's CMS. The work is in `complaints.staff`."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.html import format_html, json_script
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.menu import MenuItem
from wagtail.log_actions import LogActionRegistry, LogFormatter
from wagtail.models import Page
from wagtail.snippets.models import register_snippet

from complaints.cases.handlers_group import FIRST_IN, is_manager
from complaints.models.form import ComplaintFormPage
from complaints.models.form_field import answers_of
from complaints.models.settings import settings_change
from complaints.staff.accounts import (
    OWN,
    TemplateViewSet,
    guard_bulk_action,
    guard_superuser,
    keep_account,
    keep_to_their_own,
    says_no_complaint_is_lost,
)
from complaints.staff.desk import ComplaintAdmin, DigestPanel, add_desk_panel, help_items, page_urls
from complaints.staff.in_order import CHECKED
from complaints.staff.pages import DESK, ItemFor
from complaints.staff.permissions import StaffRequest, may_enter_desk
from complaints.staff.selfcheck import add_panels

ComplaintAdmin().register_with_wagtail()
register_snippet(TemplateViewSet)

hooks.register("construct_homepage_panels", add_desk_panel)
hooks.register("construct_homepage_panels", add_panels)
hooks.register("register_admin_urls", page_urls)
for item in help_items():
    hooks.register("register_help_menu_item", lambda item=item: item)
for item in (
    ItemFor(  # a handler has the desk under that name
        _("Klachten"),
        reverse_lazy("handlers"),
        name="klachten-beheer",
        icon_name="folder-open-inverse",
        order=150,
        who=lambda user: is_manager(user) and not may_enter_desk(user),
    ),
    ItemFor(
        OWN, reverse_lazy(f"{DESK}own"), name="own", icon_name="user", order=160, who=may_enter_desk
    ),
):
    hooks.register("register_admin_menu_item", lambda item=item: item)
hooks.register("register_account_settings_panel", DigestPanel)
hooks.register("before_edit_snippet", keep_to_their_own)
hooks.register("before_delete_snippet", keep_to_their_own)
hooks.register("before_bulk_action", guard_bulk_action)
hooks.register("before_delete_page", says_no_complaint_is_lost)
hooks.register("before_delete_user", keep_account)
hooks.register("before_edit_user", guard_superuser)


@hooks.register("construct_main_menu")
def lead_to_their_own_by_one_way(request: StaffRequest, items: list[MenuItem]) -> None:
    """Whoever keeps no lists for others finds templates and pictures from their own page."""
    if not request.user.has_perm("complaints.change_replytemplate"):
        items[:] = [item for item in items if item.name not in ("images", "snippets")]


@hooks.register("register_log_actions")
def name_our_actions(actions: LogActionRegistry) -> None:
    """A change of terms or people stands in the site history with from what to what."""

    @actions.register_action("complaints.settings_changed")
    class SettingsChanged(LogFormatter):
        label = _("Termijnen en behandelaars wijzigen")

        def format_message(self, log_entry: Any) -> str:
            return settings_change(log_entry.data)

    first, checked = _("Eerste behandelaar ingelogd"), _("Nagekeken bij Site in orde")
    actions.register_action(FIRST_IN, first, first)
    actions.register_action(CHECKED, checked, checked)


@hooks.register("insert_global_admin_css")
def brand() -> str:
    """The organisation's colours over Wagtail's."""
    return format_html('<link rel="stylesheet" href="{}">', static("css/cms.css"))


@hooks.register("insert_editor_js")
def conditions() -> str:
    """The list of earlier questions and their answers that a row of the form can wait for."""
    fixed = {kind: list(answers_of({"type": kind}).items()) for kind in ("coach", "route")}
    data, script = json_script(fixed, "condition-answers"), static("js/condition.js")
    return format_html('{}<script src="{}"></script>', data, script)


@hooks.register("construct_page_action_menu")
def publish_first(items: list[ActionMenuItem], _request: HttpRequest, context: Any) -> None:
    """On an earlier version the button puts it back: that is what one came for."""
    if context["view"] == "revisions_revert":
        items.sort(key=lambda item: item.name != "action-publish")


@hooks.register("after_copy_page")
def questions_of_its_own(_request: HttpRequest, _page: Page, copy: Page) -> None:
    """A copied form shares no question with the form it was copied from."""
    for form in ComplaintFormPage.objects.descendant_of(copy, inclusive=True):
        form.take_own_ids()
