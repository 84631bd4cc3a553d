"""The desk's item in the CMS's menu, with how much is unread for this person."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import ngettext
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail_modeladmin.menus import ModelAdminMenuItem  # noqa: TID251 - modeladmin's one place

from complaints.staff.permissions import unread_cases

MOST_SHOWN = 99


class DeskMenuItem(ModelAdminMenuItem):
    """Tells how many cases are unread, as a word for who cannot see the number in the margin."""

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        """A component of its own each time: the item itself is kept between people."""
        item: LinkMenuItem = super().render_component(request)
        item.attrs = unread_attrs(str(self.label), unread_cases(request.user).count())
        return item


def unread_attrs(label: str, count: int) -> dict[str, Any]:
    """What the link carries: the number for the style sheet, the sentence as its name."""
    if not count:
        return {}
    said = ngettext("%(count)d ongelezen", "%(count)d ongelezen", count) % {"count": count}
    shown = str(count) if count <= MOST_SHOWN else f"{MOST_SHOWN}+"
    return {"data-unread": shown, "aria-label": f"{label}, {said}"}
