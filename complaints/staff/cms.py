"""What the desk adds to Wagtail's own pages: guides, a panel at the start, a handler's wishes."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse, reverse_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.views.account import BaseSettingsPanel, notifications_tab

from complaints.cases.todo import Todo, choose_digest, todo_of, wants_digest
from complaints.models.roster import roster_for
from complaints.staff.permissions import StaffRequest, may_enter_desk

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

    def is_shown(self, request: StaffRequest) -> bool:
        return self.name != HANDLERS or may_enter_desk(request.user)


class Guide:
    """What `desk/base.html` wants of a view."""

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


def guide(request: StaffRequest, name: str) -> HttpResponse:
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
class TodoLine:
    """Something that waits: in words, with the list of just those cases."""

    words: str
    way: str


class DeskPanel(Component):
    """My open cases in a few sentences, counted in one query; and those that nobody has yet."""

    name = "klachten"
    template_name = "desk/parts/start_panel.html"
    order = 50

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        user = parent_context["request"].user
        found = todo_of(user, roster_for(user))
        return {"lines": _lines(found), "open_words": _open_words(found.open)}


def _lines(found: Todo) -> list[TodoLine]:
    index = reverse("complaints_complaint_modeladmin_index")
    return [TodoLine(words, f"{index}?{WAYS[kind]}") for kind, words in found.sentences.items()]


def _open_words(count: int) -> str:
    if not count:
        return gettext("Je hebt geen open zaken.")
    return ngettext("Je hebt %d open zaak.", "Je hebt %d open zaken.", count) % count


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
