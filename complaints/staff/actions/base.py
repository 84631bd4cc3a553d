"""What an action on a case is: a declaration of its role, rule, form, service and mail.

    class Pause(Action):
        name, title, group = "pause", gettext_lazy("Klok stilzetten"), TIME
        rule, service = rules.why_not_pause, due_dates.pause_clock
        reason = TextField(gettext_lazy("Waarom staat de klok stil?"))
        done = gettext_lazy("De klok staat stil. De klager ziet dat, en waarom.")

A method is for what differs from case to case: fields, what stands beside the form, its mail.
"""

from collections.abc import Callable, Iterable, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass
from inspect import signature
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.db.models import TextChoices
from django.forms import Field
from django.http import Http404
from django.utils.translation import gettext, gettext_lazy

from complaints.cases.mails import Blank
from complaints.cases.rules import Refusal
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.roster import Circle
from complaints.models.settings import name_of
from complaints.staff.actions.forms import ActionForm, TextField
from complaints.staff.permissions import Role, has_role

Choice = TextChoices | None
Data = dict[str, Any]  # what was filled in, cleaned, by field


def people_of(circle: Circle) -> list[tuple[str, str]]:
    """Returns who can read a case now, as (role, name), as every view decides it (R-38)."""
    return [(_role(user, circle), name_of(user)) for user in circle.readers]


def _role(user: User, circle: Circle) -> str:
    if user.pk in circle.shared_with:
        return gettext("gedeeld met")
    if circle.roster.is_confidant(user):
        return gettext("vertrouwenspersoon")
    is_deputy = circle.roster.is_deputy(user)
    return gettext("plaatsvervanger") if is_deputy else gettext("behandelaar")


@dataclass(frozen=True)
class Way:
    """One thing that can be done with a case: an action, in one of its choices if it has any."""

    action: "Action"
    choice: Choice

    @property
    def label(self) -> str:
        return self.action.label_for(self.choice)

    @property
    def does(self) -> str:
        """What it does of the handler's list: the fact it records, or what is agreed to."""
        return str(self.action.fact or self.choice or "")


@dataclass(frozen=True)
class Result:
    """What an action gives back to show once, on the page that says it was done."""

    words: str
    secret: str = ""
    letter: str = ""  # to print or copy


class Action:
    """Base of the actions: a form at its own address, and one service call."""

    name: ClassVar[str]  # in its address
    title: ClassVar[Any]
    group: ClassVar[Any] = gettext_lazy("Vastleggen")
    button: ClassVar[Any] = ""  # what sends the form; "" where its title says that
    done: ClassVar[Any]
    is_offered: ClassVar[bool] = True  # among the buttons of the case file
    fact: ClassVar[EventKind | None] = None  # the fact that it records: it does a step, a term

    # Who may do it, whether the case allows it, and what does it. Of an action with `choices`
    # each choice is a button of its own; the rule and the service are asked about it. What the
    # rule takes by keyword only are fields of the form, and it is asked about those too.
    role: ClassVar[Role] = Role.IN_CHARGE
    rule: ClassVar[Callable[..., Refusal | None]]
    service: ClassVar[Callable[..., Any]]
    choices: ClassVar[type[TextChoices] | None] = None

    # The form: the fields that are declared, in order, and what the service calls them.
    asks: ClassVar[Mapping[str, Field]] = {}
    reason: ClassVar[Field | None] = TextField(gettext_lazy("Reden"))
    files: ClassVar[Field | None] = None
    renamed: ClassVar[Mapping[str, str]] = {}
    tells: ClassVar[Any] = ""  # what else happens when it is saved, such as who gets a message

    # The mail the complainant gets, if any, and what it is about, as its occasion says it.
    mail_kind: ClassVar[MailKind | None] = None
    mail_about: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        """Takes the fields of a class together, as Django does for a form."""
        own = {name: each for name, each in vars(cls).items() if isinstance(each, Field)}
        cls.asks = {**cls.asks, **own}

    def why_not(self, user: User, case: Complaint, choice: Choice) -> Refusal | None:
        """Returns what the case has against it now, whoever asks; None where nothing."""
        return type(self).rule(case, *self.asked_about(user, case, choice))

    def asked_about(self, user: User, case: Complaint, choice: Any) -> tuple[Any, ...]:
        """Returns what the rule is asked about beside the case."""
        return () if choice is None else (choice,)

    def is_allowed(self, user: User, case: Complaint, choice: Choice) -> bool:
        """Whether this person may do it to this case now; an action with choices, that choice."""
        if not has_role(user, case, self.role) or (self.choices is not None and choice is None):
            return False
        return self.why_not(user, case, choice) is None

    def all_choices(self) -> Iterable[Choice]:
        """Returns each choice there is; of an action without choices one None."""
        return (None,) if self.choices is None else self.choices

    def read_choice(self, raw: str | None) -> Choice:
        """Returns the stage or outcome chosen, None for none yet; an unknown word is a 404."""
        if self.choices is None or not raw:
            return None
        try:
            return self.choices(raw)
        except ValueError as unknown:
            raise Http404 from unknown

    def label_for(self, choice: Choice) -> str:
        """Returns what the button of that choice says."""
        return str(self.title if choice is None else choice.label)

    def tells_for(self, choice: Choice) -> str:
        return str(self.tells)

    def fields(self, user: User, case: Complaint, choice: Choice) -> dict[str, Field]:
        """Returns the fields of its form by name, in order; each form has its own."""
        last = {"reason": self.reason, "files": self.files}
        asks = {name: field for name, field in self.asks.items() if name not in last} | last
        return deepcopy({name: field for name, field in asks.items() if field is not None})

    def initial(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """Returns what stands in the fields before anything is typed, where they do not say it."""
        return {}

    def beside(self, user: User, case: Complaint, choice: Choice) -> dict[str, Any]:
        """Returns what its page shows beside the form, for `action.html`: `notes`, and what was
        sealed: `known` (decisions) and `asked`. Showing that is a reading that is kept."""
        return {}

    def touches(self, user: User, case: Complaint, data: Data) -> list[str]:
        """Returns what it touches, of what cannot be undone: then its page asks once more."""
        return []

    def check(self, form: ActionForm) -> None:
        """Adds what the rule has against what was filled in, each at the field it is about."""
        taken = signature(type(self).rule).parameters.values()
        names = [each.name for each in taken if each.kind is each.KEYWORD_ONLY]
        given = {name: form.cleaned_data.get(name) for name in names}
        choice = self.read_choice(form.cleaned_data.get("choice"))
        if not given or (self.choices is not None and choice is None):
            return
        about = self.asked_about(form.user, form.case, choice)
        while (refusal := type(self).rule(form.case, *about, **given)) is not None:
            if refusal.field not in given:
                return
            if refusal.field not in form.errors:
                form.add_error(refusal.field, refusal.words)
            del given[refusal.field]

    def after(self, case: Complaint, choice: Choice) -> Complaint:
        """Returns the case as it will be, unsaved."""
        after = copy(case)
        vars(after).update(self.becomes(case, choice))
        return after

    def becomes(self, case: Complaint, choice: Choice) -> dict[str, Any]:
        """Returns what of the case will be another, as far as its mail speaks of it."""
        return {}

    def about(self, case: Complaint) -> str:
        """Returns what its mail is about, as the occasion of that mail says it."""
        return self.mail_about

    def known_then(self, data: Mapping[str, Any]) -> Mapping[Blank, str]:
        """Returns what was blank in its mail and is known once its form is filled in."""
        return {}

    def perform(self, case: Complaint, by: User, choice: Any, data: Data) -> Result | None:
        """Does it; returns what the handler must see now, if anything. Raises NotAllowed."""
        given = data | ({} if choice is None else {"choice": choice})
        named = {self.renamed.get(name, name): value for name, value in given.items()}
        type(self).service(complaint=case, by=by, **named)
        return None
