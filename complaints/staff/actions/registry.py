"""Every action there is, in the order the case file offers them, and what it says of the rest."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.staff.actions import deciding, people, procedure, recording
from complaints.staff.actions.base import Action, Offer
from complaints.staff.permissions import has_role, is_in_charge

ACTIONS: tuple[Action, ...] = (
    procedure.Check(),
    recording.Assess(),
    recording.Agree(),
    recording.Message(),
    procedure.Contact(),
    recording.Acknowledge(),
    recording.TellCoach(),
    recording.Note(),
    procedure.Waiting(),
    recording.Tick(),
    people.Link(),
    people.Unlink(),
    deciding.Advise(),
    deciding.AnswerAdvice(),
    deciding.Rule(),
    deciding.Comply(),
    procedure.Move(),
    procedure.Extend(),
    procedure.Pause(),
    procedure.Resume(),
    procedure.Close(),
    procedure.Reopen(),
    deciding.Decide(),
    deciding.NewCode(),
    people.TakeOver(),
    people.Assign(),
    people.ShareIt(),
    people.Unshare(),
    people.Conflict(),
)


@dataclass(frozen=True)
class Ways:
    """What somebody can do with a case now, and in plain words why the rest cannot be done."""

    offers: list[Offer]
    why_not: list[str]


def ways_on(user: User, case: Complaint) -> Ways:
    """Asks the rule of every action in each of its choices, once."""
    offers: list[Offer] = []
    words: dict[str, None] = {}
    if not is_in_charge(user, case):
        theirs = _(
            "Deze zaak is met je gedeeld. Je leest mee, maakt notities en schrijft berichten; wie "
            "haar behandelt beslist."
        )
        words[theirs] = None
    for action in ACTIONS:
        is_theirs = action.is_offered and has_role(user, case, action.role)
        for choice in action.ways():
            refusal = action.why_not(user, case, choice)
            if refusal is None and is_theirs:
                offers.append(Offer(action, choice, action.label_for(choice)))
            elif refusal is not None and refusal.words:
                words[refusal.words] = None
    return Ways(offers, list(words))
