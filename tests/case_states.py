"""Cases in every state, so rich that each action of the desk is open in one of them.

For tests that go over all actions: to whoever is in charge, each in each of its choices is
allowed in at least one of these cases (`tests.complaints.test_shared` holds that).
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.urls import reverse
from django.utils import timezone

from complaints.cases import decisions, due_dates, moves, people, rights
from complaints.models.case import Complaint
from complaints.staff.actions.base import Action, Choice
from complaints.staff.actions.registry import ACTIONS
from complaints.stages import Outcome, Right, Source, Stage
from tests.factories import make_complaint, move

NAME = "complaints_complaint_modeladmin_"
WHY = "Zo is het afgesproken."


def _filing(by: Any) -> Complaint:
    """A letter that looks like misuse: receipt is not acknowledged, nobody let it through."""
    return make_complaint(source=Source.LETTER, is_suspect=True)


def _mediation(by: Any) -> Complaint:
    """With advice, and the clock at a standstill."""
    case = make_complaint()
    _advise(case, by)
    due_dates.pause_clock(complaint=case, by=by, explanation=WHY)
    return case


def _committee(by: Any) -> Complaint:
    case = make_complaint()
    _rule(case, by)
    return case


def _closed(by: Any) -> Complaint:
    """After all three stages, with advice and a ruling."""
    case = make_complaint()
    _advise(case, by)
    _rule(case, by)
    said = dict.fromkeys(("reason", "finding", "decisions", "measures"), WHY)
    return moves.close_complaint(complaint=case, outcome=Outcome.SOLVED, by=by, **said)


def _advise(case: Complaint, by: Any) -> None:
    move(case, Stage.MEDIATION, by, WHY)
    today = timezone.localdate()
    decisions.give_advice(complaint=case, by=by, given_on=today, text="Maak samen een rooster.")


def _rule(case: Complaint, by: Any) -> None:
    move(case, Stage.COMMITTEE, by, WHY)
    today = timezone.localdate()
    decisions.record_ruling(complaint=case, by=by, ruled_on=today, text="Betaal een uur terug.")


MADE: dict[str, Callable[[Any], Complaint]] = {
    "filing": _filing,
    "mediation": _mediation,
    "committee": _committee,
    "closed": _closed,
}
OPEN, STATES = ("filing", "mediation", "committee"), tuple(MADE)


def make_case_in(state: str, *, by: Any, handler: Any, reader: Any) -> Complaint:
    """A case in that state of `handler`, shared with `reader`; `by` is in charge by their role.

    Its complainant asked to see and to erase everything, and it hangs together with another one
    that all three see.
    """
    case, other = MADE[state](by), make_complaint()
    moves.relate(complaint=case, other=other, by=by, reason=WHY)
    for right in Right:
        rights.ask_right(complaint=case, right=right)
    for each in (case, other):
        people.assign_case(complaint=each, to=handler, by=by)
        people.share_case(complaint=each, to=reader, by=by)
    case.refresh_from_db()
    return case


def every_way() -> Iterator[tuple[Action, Choice]]:
    """Each action in each of its choices; no case ever goes back to the first stage."""
    for action in ACTIONS:
        for choice in action.choices or (None,):
            if choice is not Stage.FILING:
                yield action, choice


def address_of(case: Complaint, action: Action, choice: Choice) -> str:
    url = reverse(NAME + action.name, args=[case.pk])
    return f"{url}?choice={choice.value}" if choice is not None else url
