"""What a handler sees on the CMS's start page: what needs them today, and the way to it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from complaints.staff.filters import HAS_REQUEST, NOT_SUSPECT, due_within, mine
from complaints.staff.permissions import may_enter_desk, visible_cases
from complaints.stages import Party, Status
from complaints.terms import TermState


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
        return {"lines": _lines(found), "open_words": _open_words(found["open"])}


def what_waits(user: Any) -> dict[str, int]:
    """How many of this person's open cases are late, nearly late, or wait for them.

    Unread and asked about data count closed ones too: there something came in afterwards. What
    looks like misuse counts only where it asks about data: the law gives that its term.
    """
    today = timezone.localdate()
    is_open, is_unread = NOT_SUSPECT & Q(status=Status.OPEN), NOT_SUSPECT & Q(is_unread=True)
    up_to_them = mine(user)
    theirs = up_to_them | Q(handler=None)
    cases = visible_cases(user).filter(theirs, is_open | HAS_REQUEST | is_unread)
    own = up_to_them & is_open
    return cases.aggregate(
        open=Count("pk", filter=own),
        late=Count("pk", filter=own & due_within(TermState.LATE, today)),
        soon=Count("pk", filter=own & due_within(TermState.SOON, today)),
        unread=Count("pk", filter=up_to_them & is_unread),
        waiting=Count("pk", filter=own & Q(waiting_on=Party.HANDLER)),
        nobody=Count("pk", filter=is_open & Q(handler=None)),
        request=Count("pk", filter=HAS_REQUEST),
    )


def _lines(found: dict[str, int]) -> list[Line]:
    index = reverse("complaints_complaint_modeladmin_index")
    ways = {
        "late": (
            ngettext("%d zaak is te laat", "%d zaken zijn te laat", found["late"]),
            "term=late",
        ),
        "soon": (
            ngettext(
                "%d zaak heeft een termijn binnen 3 werkdagen",
                "%d zaken hebben een termijn binnen 3 werkdagen",
                found["soon"],
            ),
            "term=soon",
        ),
        "unread": (
            ngettext("%d zaak is ongelezen", "%d zaken zijn ongelezen", found["unread"]),
            "unread=yes",
        ),
        "waiting": (
            ngettext("%d zaak wacht op jou", "%d zaken wachten op jou", found["waiting"]),
            "waiting=handler",
        ),
        "request": (
            ngettext(
                "%d verzoek over gegevens wacht op een besluit",
                "%d verzoeken over gegevens wachten op een besluit",
                found["request"],
            ),
            "whose=all&request=yes&suspect=all",
        ),
        "nobody": (
            ngettext(
                "%d zaak heeft nog geen behandelaar",
                "%d zaken hebben nog geen behandelaar",
                found["nobody"],
            ),
            "whose=none",
        ),
    }
    return [
        Line(words % found[kind], f"{index}?{query}")
        for kind, (words, query) in ways.items()
        if found[kind]
    ]


def _open_words(count: int) -> str:
    if not count:
        return _("Je hebt geen open zaken.")
    return ngettext("Je hebt %d open zaak.", "Je hebt %d open zaken.", count) % count


def add_desk_panel(request: HttpRequest, panels: list[Any]) -> None:
    """For handlers only; for everyone else there is no trace of it."""
    if may_enter_desk(request.user):
        panels.append(DeskPanel())
