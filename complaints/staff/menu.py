"""The desk's item in the CMS's menu, with how much is unread for this person."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import ngettext
from wagtail.admin.ui.sidebar import LinkMenuItem
from wagtail_modeladmin.menus import ModelAdminMenuItem  # noqa: TID251 - modeladmin's one place

from complaints.staff.counts import Count, counted
from complaints.staff.permissions import unread_cases

MOST_SHOWN = 99


class DeskMenuItem(ModelAdminMenuItem):
    """Tells how many cases are unread, as a word for who cannot see the number in the margin."""

    def render_component(self, request: HttpRequest) -> LinkMenuItem:
        """A component of its own each time: the item itself is kept between people."""
        item: LinkMenuItem = super().render_component(request)
        item.attrs = unread_attrs(str(self.label), counted(unread_cases(request.user), MOST_SHOWN))
        return item


def unread_attrs(label: str, count: Count) -> dict[str, Any]:
    """What the link carries: the number for the style sheet, the sentence as its name."""
    if not count:
        return {}
    said = ngettext("%(count)s ongelezen", "%(count)s ongelezen", count.number) % {"count": count}
    shown = f"{count.number}+" if count.is_more else str(count.number)
    return {"data-unread": shown, "aria-label": f"{label}, {said}"}
