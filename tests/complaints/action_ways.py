"""Every way of doing something with a case, from the registry, on a case where it is possible.

A new action is covered the day it is made: where a fresh case does not allow it, the tests that
use this fail until it has a line in `ARRANGED`.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import TextChoices
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from complaints.cases import decisions, due_dates, moves, people, rights
from complaints.models.case import Complaint
from complaints.models.lists import ChecklistItem
from complaints.staff.actions.base import Action
from complaints.staff.actions.deciding import Decision
from complaints.staff.actions.registry import ACTIONS
from complaints.stages import Outcome, Source, Stage
from complaints.terms import TermKind
from tests.factories import make_complaint, make_user, move

Way = tuple[Action, TextChoices | None]


def ways() -> Iterator[Way]:
    """Every action with every choice; no stage leads back to the first."""
    reached = {to for stage in Stage for to in stage.next_stages}
    for action in ACTIONS:
        for choice in action.choices or (None,):
            if not isinstance(choice, Stage) or choice in reached:
                yield action, choice


def name_of_way(way: Way) -> str:
    action, choice = way
    return f"{action.name}-{choice}" if choice else action.name


def case_for(way: Way, by: Any, **given: Any) -> Complaint:
    """A case, of which `by` is the confidant, on which this can be done now."""
    action, choice = way
    if action.name == "check":
        given["is_suspect"] = True
    if action.name == "acknowledge":
        given["source"] = Source.LETTER
    case = make_complaint(**given)
    ARRANGED.get(action.name, lambda _case, _by, _choice: None)(case, by, choice)
    case.refresh_from_db()
    return case


def address(way: Way, case: Complaint) -> str:
    action, choice = way
    url = reverse(f"complaints_complaint_modeladmin_{action.name}", args=[case.pk])
    return f"{url}?choice={choice}" if choice else url


def fields_of(way: Way, case: Complaint, by: Any) -> dict[str, forms.Field]:
    action, choice = way
    return action.fields(by, case, choice)


def texts_of(fields: dict[str, forms.Field]) -> list[str]:
    """The names of the boxes in which people write."""
    return [name for name, field in fields.items() if isinstance(field.widget, forms.Textarea)]


def post(desk: Client, way: Way, case: Complaint, by: Any) -> Any:
    """Does it, with every field filled in and in each text box `kanarie-` and its name."""
    filled = {n: _value(n, f, case) for n, f in fields_of(way, case, by).items()}
    given = {"seen": case.event_count, "choice": way[1] or ""} | filled
    return desk.post(address(way, case).partition("?")[0], given)


def _value(name: str, field: forms.Field, case: Complaint) -> Any:
    if isinstance(field.widget, forms.Textarea):
        return f"kanarie-{name}"
    if name == "until":
        return case.terms.get(kind=TermKind.HANDLING).due_on + timedelta(days=3)
    if isinstance(field, forms.DateField):
        return timezone.localdate()
    if isinstance(field, forms.ModelChoiceField):
        first = field.queryset.first()
        return first.pk if first else ""
    if isinstance(field, forms.ChoiceField):
        return next(value for value, _label in field.choices if value)
    return make_complaint().reference


def _mediate(case: Complaint, by: Any, _choice: Any = None) -> None:
    move(case, Stage.MEDIATION, by)


def _to_committee(case: Complaint, by: Any, _choice: Any = None) -> None:
    move(case, Stage.COMMITTEE, by)


def _advise(case: Complaint, by: Any, _choice: Any) -> None:
    _mediate(case, by)
    decisions.give_advice(complaint=case, by=by, given_on=case.received_on, text="Praat samen.")


def _rule(case: Complaint, by: Any, _choice: Any) -> None:
    _to_committee(case, by)
    decisions.record_ruling(complaint=case, by=by, ruled_on=case.received_on, text="Excuses.")


def _close(case: Complaint, by: Any, _choice: Any = None) -> None:
    moves.close_complaint(complaint=case, outcome=Outcome.WITHDRAWN, by=by, reason="Zo.")


def _stage_for(case: Complaint, by: Any, choice: Any) -> None:
    stage = next(stage for stage in Stage if choice in stage.outcomes)
    if choice is Outcome.ADVISED:
        _advise(case, by, choice)
    elif stage is not Stage.FILING:
        move(case, stage, by)


def _ask(case: Complaint, by: Any, choice: Any) -> None:
    rights.ask_right(complaint=case, right=choice.right)
    if choice is Decision.ERASE:
        _close(case, by)


def _step(case: Complaint, _by: Any, _choice: Any) -> None:
    ChecklistItem.objects.create(stage=case.stage, text="Bel de klager.")


def _relate(case: Complaint, by: Any, _choice: Any) -> None:
    moves.relate(complaint=case, other=make_complaint(), by=by, reason="Zo.")


def _pause(case: Complaint, by: Any, _choice: Any) -> None:
    due_dates.pause_clock(complaint=case, by=by, explanation="Zo.")


def _colleague(_case: Complaint, _by: Any, _choice: Any) -> Any:
    return make_user("handler")


def _share(case: Complaint, by: Any, choice: Any) -> None:
    people.share_case(complaint=case, to=_colleague(case, by, choice), by=by)


def _give_away(case: Complaint, by: Any, choice: Any) -> None:
    people.assign_case(complaint=case, to=_colleague(case, by, choice), by=by)


ARRANGED: dict[str, Callable[[Complaint, Any, Any], Any]] = {
    "tick": _step,
    "unlink": _relate,
    "advise": _mediate,
    "advice-answer": _advise,
    "rule": _to_committee,
    "comply": _rule,
    "close": _stage_for,
    "resume": _pause,
    "reopen": _close,
    "decide": _ask,
    "takeover": _give_away,
    "assign": _colleague,
    "share": _colleague,
    "unshare": _share,
}
