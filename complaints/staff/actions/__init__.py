"""Every action there is, in the order the case file offers them, and what it says of the rest."""

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.staff.actions import deciding, people, procedure, recording
from complaints.staff.actions.base import Action, Way
from complaints.staff.permissions import has_role, is_in_charge
from complaints.terms import TermKind

ACTIONS: tuple[Action, ...] = (
    procedure.Check(),
    deciding.NoComplaint(),
    recording.Assess(),
    recording.Agree(),
    recording.Message(),
    procedure.Contact(),
    recording.Acknowledge(),
    recording.TellCoach(),
    recording.Note(),
    recording.Reach(),
    recording.Consent(),
    recording.ShowCoach(),
    procedure.Waiting(),
    recording.Tick(),
    people.Link(),
    people.Unlink(),
    deciding.Advise(),
    deciding.AnswerAdvice(),
    deciding.Rule(),
    deciding.Comply(),
    procedure.Move(),
    procedure.PutBack(),
    procedure.Extend(),
    procedure.Pause(),
    procedure.Resume(),
    procedure.Close(),
    procedure.Reopen(),
    deciding.Decide(),
    deciding.Hold(),
    deciding.Release(),
    recording.NewCode(),
    people.TakeOver(),
    people.Assign(),
    people.ShareIt(),
    people.Unshare(),
    people.Conflict(),
)


def ways_on(user: User, case: Complaint) -> tuple[list[Way], list[str]]:
    """Returns what this person can do with a case now, and in words why the rest cannot be."""
    ways: list[Way] = []
    words: dict[str, None] = {}
    if not is_in_charge(user, case):
        theirs = _(
            "Deze zaak is met je gedeeld. Je leest mee, maakt notities en schrijft berichten; wie "
            "haar behandelt beslist."
        )
        words[theirs] = None
    for action in ACTIONS:
        is_theirs = action.is_offered and has_role(user, case, action.role)
        for choice in action.all_choices():
            refusal = action.why_not(user, case, choice)
            if refusal is None and is_theirs:
                ways.append(Way(action, choice))
            elif refusal is not None and refusal.words:
                words[refusal.words] = None
    return ways, list(words)


MOST_LIKELY = 3
MEETS = {  # which recorded fact meets which term
    TermKind.ACKNOWLEDGEMENT.value: EventKind.ACKNOWLEDGED,
    TermKind.CONTACT.value: EventKind.CONTACTED,
    TermKind.COACH_TOLD.value: EventKind.COACH_TOLD,
}
LAST = (EventKind.MOVED, EventKind.CLOSED, EventKind.REOPENED)


def likely_first(ways: list[Way], case: Complaint, undone: Iterable[str]) -> list[Way]:
    """Returns the few ways that stand out, each action once, its choice still to be made.

    A check, a request, the next term; `undone`: the facts that would do a step of this stage, in
    order; then going on.
    """
    pressing = (EventKind.CHECKED, EventKind.RIGHTS_DECIDED, MEETS.get(case.next_due_kind))
    by_fact = {str(way.action.fact): Way(way.action, None) for way in ways}
    wanted = dict.fromkeys(str(fact) for fact in (*pressing, *undone, *LAST) if fact)
    return [by_fact[fact] for fact in wanted if fact in by_fact][:MOST_LIKELY]
