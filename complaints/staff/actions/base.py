"""What every action on a case is: its words, its condition, its form and its one service call.

The conditions are `staff.permissions`, which ask `stages`; the writing is in `services`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.forms import Field
from django.http import Http404
from django.utils.translation import gettext_lazy

from complaints.cases.mails import Blank
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.staff.actions.audience import US, Reader
from complaints.staff.actions.forms import NEEDED_FIELDS, ActionForm, long_text

Choice = TextChoices | None


@dataclass(frozen=True)
class Offer:
    """One thing that can be done with a case now, as a link in the case file."""

    action: "Action"
    choice: Choice
    label: str


@dataclass(frozen=True)
class Shown:
    """What an action gives back to show once, on the page that says it was done."""

    words: str
    secret: str = ""
    letter: str = ""  # to print or copy


class Action:
    """Base of the actions: a form at its own address, and one service call."""

    name: ClassVar[str]
    title: ClassVar[Any]
    group: ClassVar[Any] = gettext_lazy("Vastleggen")
    choices: ClassVar[type[TextChoices] | None] = None
    reason_label: ClassVar[Any] = gettext_lazy("Reden")
    reason_help: ClassVar[Any] = ""
    reason_rows: ClassVar[int] = 5
    reason_missing: ClassVar[Any] = gettext_lazy("Schrijf op waarom je dit doet.")
    done: ClassVar[Any]
    readers: ClassVar[tuple[Reader, ...]] = US
    read_otherwise: ClassVar[Mapping[str, tuple[Reader, ...]]] = {}
    is_offered: ClassVar[bool] = True
    mail_kind: ClassVar[MailKind | None] = None  # the mail the complainant gets, if any
    mail_about: ClassVar[str] = ""

    def readers_of(self, name: str) -> tuple[Reader, ...]:
        """Who will read what is typed in the field of that name."""
        return self.read_otherwise.get(name, self.readers)

    def initial(
        self, user: User, case: Complaint, choice: Choice, query: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What stands in the fields before anything is typed."""
        return {}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """What its page shows beside the form, for `action.html`: `notes`, `templates`, and what
        was sealed: `known` (decisions) and `asked`. Showing that is a reading that is kept."""
        return {}

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        """The case as it will be, unsaved, as far as its mail speaks of it."""
        return case

    def about(self, case: Complaint) -> str:
        """What its mail is about, as the occasion of that mail says it."""
        return self.mail_about

    def known_then(self, data: Mapping[str, Any]) -> Mapping[Blank, str]:
        """What was blank in its mail and is known once its form is filled in."""
        return {}

    def read_choice(self, raw: str | None) -> Choice:
        """The stage or outcome chosen; none yet is None, and an unknown word is a 404."""
        if self.choices is None or not raw:
            return None
        try:
            return self.choices(raw)
        except ValueError as unknown:
            raise Http404 from unknown

    def label_for(self, choice: Choice) -> str:
        return str(self.title)

    def needs(self, choice: Choice) -> tuple[str, ...]:
        return ()

    def tells(self, choice: Choice) -> str:
        """What else happens when this is saved: who gets a message."""
        return ""

    def reason_field(self) -> Field:
        return long_text(
            self.reason_label, self.reason_help, self.reason_missing, rows=self.reason_rows
        )

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        """The fields of its form by name, in order; the reason last."""
        needed = {name: NEEDED_FIELDS[name]() for name in self.needs(choice)}
        return {**needed, "reason": self.reason_field()}

    def check(self, form: ActionForm) -> None:
        """Adds errors to a form whose fields are each well; for what only all of them show."""

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        raise NotImplementedError

    def perform(self, case: Complaint, by: User, choice: Any, data: dict[str, Any]) -> Shown | None:
        """Does it; gives back what the handler must see now, if anything."""
        raise NotImplementedError

    def offers(self, user: User, case: Complaint) -> Iterator[Offer]:
        """The ways in which this action is allowed now."""
        for choice in (self.choices or (None,)) if self.is_offered else ():
            if self.is_allowed(user, case, choice):
                yield Offer(self, choice, self.label_for(choice))
