"""What a handler sees on the CMS's start page: how many cases wait, and the way to them."""

from typing import Any

from django.http import HttpRequest
from wagtail.admin.ui.components import Component

from complaints.staff.permissions import may_enter_desk, visible_cases


class DeskPanel(Component):
    """The desk in one sentence, counting only what this person may see."""

    name = "klachten"
    template_name = "modeladmin/complaints/complaint/start_panel.html"
    order = 50

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        cases = visible_cases(parent_context["request"].user).filter(is_suspect=False)
        return {"open_count": cases.open().count(), "late_count": cases.overdue().count()}


def add_desk_panel(request: HttpRequest, panels: list[Any]) -> None:
    """For handlers only; for everyone else there is no trace of it."""
    if may_enter_desk(request.user):
        panels.append(DeskPanel())
