"""What a mail says that is not known yet while it is written: blanks that the site fills in.

A handler reads and changes a mail before the reference exists or the new date is chosen.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from django.conf import settings
from django.db.models import TextChoices
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.models.term import Term
from complaints.stages import Route
from complaints.terms import TermKind


class Blank(TextChoices):
    """One thing to fill in; the label is how it stands in the mail until then."""

    REFERENCE = "reference", gettext_lazy("[kenmerk]")
    RECEIVED = "received", gettext_lazy("[dag van ontvangst]")
    READERS = "readers", gettext_lazy("[wie het bericht leest]")
    CONTACT = "contact", gettext_lazy("[uiterste dag van contact]")
    HANDLING = "handling", gettext_lazy("[uiterste dag van een uitkomst]")
    UNTIL = "until", gettext_lazy("[nieuwe datum]")

    @property
    def mark(self) -> str:
        """As it stands in a mail, in the language of mails."""
        with translation.override(settings.LANGUAGE_CODE):
            return str(self.label)


def blanks_in(text: str) -> list[Blank]:
    return [blank for blank in Blank if blank.mark in text]


def fill(text: str, known: Mapping[Blank, str]) -> str:
    """The text with what is known in the place of its blanks."""
    for blank, words in known.items():
        text = text.replace(blank.mark, words)
    return text


def known_at_filing(case: Complaint, terms: Iterable[Term]) -> dict[Blank, str]:
    """What an acknowledgement says of a case that is filed."""
    due = {term.kind: term.due_on for term in terms}
    with translation.override(settings.LANGUAGE_CODE):
        return {
            Blank.REFERENCE: case.reference,
            Blank.RECEIVED: in_words(case.received_on),
            Blank.READERS: _readers(case),
            Blank.CONTACT: in_words(due.get(TermKind.CONTACT)),
            Blank.HANDLING: in_words(due.get(TermKind.HANDLING)),
        }


def in_words(day: date | None) -> str:
    """A day as mails write it."""
    with translation.override(settings.LANGUAGE_CODE):
        return date_format(day, "l j F Y") if day else ""


def _readers(case: Complaint) -> str:
    if case.handler_id is None:
        return _(
            "Er is nu niemand die je bericht behandelt. We zoeken iemand; de beheerder weet dit "
            "en kan je bericht niet lezen."
        )
    if case.route == Route.DEPUTY:
        return _("De plaatsvervanger leest je bericht. De vertrouwenspersoon kan het niet openen.")
    return _(
        "De vertrouwenspersoon leest je bericht; is die afwezig, dan de plaatsvervanger. Verder "
        "niemand."
    )
