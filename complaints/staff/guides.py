"""The guides in the CMS's help menu, in Dutch: one for who handles, one for who edits."""

from typing import Any

from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem

from complaints.staff.permissions import may_enter_desk

HANDLERS, EDITORS = "behandelaar", "redactie"
TITLES: dict[str, Any] = {
    HANDLERS: _("Handleiding voor de vertrouwenspersoon"),
    EDITORS: _("Handleiding voor de redactie"),
}


class GuideItem(MenuItem):
    """A guide in the help menu; that of the desk for handlers only."""

    def itself(self) -> "GuideItem":
        """What Wagtail's hook asks for."""
        return self

    def is_shown(self, request: HttpRequest) -> bool:
        return self.name != HANDLERS or may_enter_desk(request.user)


class Guide:
    """What `modeladmin/desk.html` wants of a view."""

    media = Media(css={"all": ["css/case-desk.css"]})
    header_icon = "help"

    def __init__(self, name: str) -> None:
        self.title = TITLES[name]

    def get_meta_title(self) -> str:
        return str(self.title)

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        return [
            {"url": reverse("wagtailadmin_home"), "label": str(_("Startpagina"))},
            {"url": "", "label": str(self.title)},
        ]


def guide(request: HttpRequest, name: str) -> HttpResponse:
    """One guide; that of the desk does not exist for who has no desk."""
    if name not in TITLES or (name == HANDLERS and not may_enter_desk(request.user)):
        raise Http404
    return render(request, f"guides/{name}.html", {"view": Guide(name)})


def guide_urls() -> list[Any]:
    return [path("handleiding/<slug:name>/", guide, name="guide")]


def guide_items() -> list[GuideItem]:
    """Above Wagtail's own, which are in English and about another site."""
    return [
        GuideItem(
            title,
            reverse_lazy("guide", args=[name]),
            name=name,
            icon_name="help",
            order=order,
        )
        for order, (name, title) in enumerate(TITLES.items(), start=100)
    ]
