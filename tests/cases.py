"""Cases in every state, so rich that each action of the desk is open in one of them, and every
way of acting on them.

For tests that go over all actions: to whoever is in charge, each in each of its choices is
allowed in at least one of these cases (`tests.complaints.staff.test_shared` holds that), so a new
action is covered the day it is made.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.cases import due_dates, moves, people, records, rights
from complaints.models.case import Complaint
from complaints.models.roster import Share
from complaints.staff.actions import ACTIONS
from complaints.staff.actions.base import Action, Choice
from complaints.staff.actions.forms import CaseField
from complaints.stages import Outcome, Referral, Right, Source, Stage
from complaints.terms import TermKind
from tests.desk import NAME
from tests.factories import advise, make_complaint, move

WHY = "Zo is het afgesproken."


def _filing(by: Any) -> Complaint:
    """A letter that looks like misuse: receipt is not acknowledged, nobody let it through."""
    return make_complaint(source=Source.LETTER, is_suspect=True)


def _mediation(by: Any) -> Complaint:
    """With advice, the clock at a standstill, and kept from being erased."""
    case = make_complaint()
    _advise(case, by)
    due_dates.pause_clock(complaint=case, by=by, reason=WHY)
    return records.hold(complaint=case, by=by, reason=WHY)


def _committee(by: Any) -> Complaint:
    """After a ruling it was referred back, and came again by mistake."""
    case = make_complaint()
    _rule(case, by)
    move(case, Stage.MEDIATION, by, WHY)
    return move(case, Stage.COMMITTEE, by, WHY)


def _closed(by: Any) -> Complaint:
    """After all three stages, with advice and a ruling."""
    case = make_complaint()
    _advise(case, by)
    _rule(case, by)
    said = dict.fromkeys(("reason", "finding", "decisions", "measures"), WHY)
    return moves.close_complaint(complaint=case, outcome=Outcome.SOLVED, by=by, **said)


def _advise(case: Complaint, by: Any) -> None:
    move(case, Stage.MEDIATION, by, WHY)
    advise(case, by)


def _rule(case: Complaint, by: Any) -> None:
    move(case, Stage.COMMITTEE, by, WHY)
    today = timezone.localdate()
    records.record_ruling(complaint=case, by=by, ruled_on=today, text="Betaal een uur terug.")


MADE: dict[str, Callable[[Any], Complaint]] = {
    "filing": _filing,
    "mediation": _mediation,
    "committee": _committee,
    "closed": _closed,
}
OPEN, STATES = ("filing", "mediation", "committee"), tuple(MADE)


def make_case_in(state: str, *, by: Any, handler: Any, reader: Any) -> Complaint:
    """A case in that state of `handler`, shared with `reader`; `by` is in charge by their role.

    It hangs together with another one that all three see. Its complainant asked to see and to erase
    everything, save of one that is just filed: that nobody handled yet.
    """
    case, other = MADE[state](by), make_complaint()
    moves.relate(complaint=case, other=other, by=by, reason=WHY)
    for right in Right if state != "filing" else ():
        rights.ask_right(complaint=case, right=right)
    for each in (case, other):
        _give(each, by=by, handler=handler, reader=reader)
    case.refresh_from_db()
    return case


def _give(case: Complaint, *, by: Any, handler: Any, reader: Any) -> None:
    people.assign_case(complaint=case, to=handler, by=by)
    people.share_case(complaint=case, to=reader, by=by)


def every_way() -> Iterator[tuple[Action, Choice]]:
    """Each action in each of its choices; no case ever goes back to the first stage."""
    for action in ACTIONS:
        for choice in action.all_choices():
            if choice is not Stage.FILING:
                yield action, choice


def address_of(case: Complaint, action: Action, choice: Choice) -> str:
    url = reverse(NAME + action.name, args=[case.pk])
    return f"{url}?choice={choice.value}" if choice is not None else url


def name_of(way: tuple[Action, Choice]) -> str:
    action, choice = way
    return f"{action.name}-{choice}" if choice else action.name


def post(desk: Client, case: Complaint, way: tuple[Action, Choice], by: Any) -> Any:
    """Does it, with every field filled in and in each text box `kanarie-` and its name."""
    action, choice = way
    filled = {name: _value(name, field, case, by) for name, field in fields(case, way, by).items()}
    given = {"seen": case.event_count, "sure": "yes", "choice": choice or ""} | filled
    return desk.post(address_of(case, action, None), given)


def fields(case: Complaint, way: tuple[Action, Choice], by: Any) -> dict[str, forms.Field]:
    action, choice = way
    return action.fields(by, case, choice)


def texts(case: Complaint, way: tuple[Action, Choice], by: Any) -> list[str]:
    """The names of the boxes in which people write."""
    boxes = fields(case, way, by).items()
    return [name for name, field in boxes if isinstance(field.widget, forms.Textarea)]


def _value(name: str, field: forms.Field, case: Complaint, by: Any) -> Any:
    if isinstance(field.widget, forms.Textarea):
        return f"kanarie-{name}"
    if name == "ground":
        return Referral.LEGAL
    if name == "until":
        return case.terms.get(kind=TermKind.HANDLING).due_on + timedelta(days=3)
    if name in ("files", "may_mail", "email"):
        return "noor@example.com" if name == "email" else ""
    if isinstance(field, forms.DateField):
        return timezone.localdate()
    if isinstance(field, forms.ModelChoiceField):
        first = field.queryset.first()
        return first.pk if first else ""
    if isinstance(field, forms.ChoiceField):
        return next(value for value, _label in field.choices if value)
    if not isinstance(field, CaseField):
        return "06 12 34 56 78"
    other, share = make_complaint(), Share.objects.get(complaint=case)
    _give(other, by=by, handler=case.handler, reader=share.user)
    return other.reference
