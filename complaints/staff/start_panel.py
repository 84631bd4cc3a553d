"""What a handler sees on the CMS's start page: what needs them today, and the way to it."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from complaints.services.waiting import Waiting, what_waits
from complaints.staff.permissions import may_enter_desk

# What waits, and the words to the list that show just those cases.
WAYS = {
    "late": "term=late",
    "soon": "term=soon",
    "unread": "unread=yes",
    "waiting": "waiting=handler",
    "request": "whose=all&request=yes&suspect=all",
    "nobody": "whose=none",
}


@dataclass(frozen=True)
class Line:
    """Something that waits: in words, with the list of just those cases."""

    words: str
    way: str


class DeskPanel(Component):
    """My open cases in a few sentences, counted in one query; and those that nobody has yet."""

    name = "klachten"
    template_name = "modeladmin/complaints/complaint/start_panel.html"
    order = 50

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        found = what_waits(parent_context["request"].user)
        return {"lines": _lines(found), "open_words": _open_words(found.open)}


def _lines(found: Waiting) -> list[Line]:
    index = reverse("complaints_complaint_modeladmin_index")
    return [Line(words, f"{index}?{WAYS[kind]}") for kind, words in found.sentences.items()]


def _open_words(count: int) -> str:
    if not count:
        return _("Je hebt geen open zaken.")
    return ngettext("Je hebt %d open zaak.", "Je hebt %d open zaken.", count) % count


def add_desk_panel(request: HttpRequest, panels: list[Any]) -> None:
    """For handlers only; for everyone else there is no trace of it."""
    if may_enter_desk(request.user):
        panels.append(DeskPanel())
