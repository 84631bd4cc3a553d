"""What the CMS says before and after something goes that complaints point at: none is lost."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from wagtail.admin import messages
from wagtail.models import Page

from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePage


def says_no_complaint_is_lost(request: HttpRequest, page: Page) -> None:
    """Before a form or procedure page is deleted, with what stands below it."""
    if request.method != "GET":
        return
    below = page.get_descendants(inclusive=True)
    if below.type(ComplaintFormPage).exists():
        messages.warning(
            request,
            _(
                "Er gaat geen klacht verloren als je dit verwijdert: elke klacht bewaart haar "
                "eigen vragen en antwoorden. Bezoekers kunnen daarna geen klacht meer indienen "
                "via dit formulier."
            ),
        )
    if below.type(ProcedurePage).exists():
        messages.warning(
            request,
            _(
                "Er gaat geen klacht verloren als je dit verwijdert: elke klacht bewaart de tekst "
                "van de procedure die toen gold. Bezoekers kunnen de procedure daarna niet meer "
                "lezen."
            ),
        )


def says_what_happens_to_cases(request: HttpRequest, user: Any) -> None:
    """Before a user is deleted. The same words for every user: they tell nothing of any case."""
    if request.method != "GET":
        return
    messages.warning(
        request,
        _(
            "Er gaat geen klacht verloren als je dit account verwijdert. Wat deze persoon deed "
            "blijft in de geschiedenis staan, zonder naam. Behandelde deze persoon klachten, dan "
            "hebben die daarna geen behandelaar meer."
        ),
    )


def says_so_in_bulk(request: HttpRequest, action_type: str, objects: Any, action: Any) -> None:
    """The same words before pages or users are deleted several at a time."""
    if action_type != "delete":
        return
    for item in objects:
        if isinstance(item, Page):
            says_no_complaint_is_lost(request, item)
