"""The time for a decision: extended once with a reason (R-03), or standing still for a while.

Either way the complainant is told why: what is written here is written for them.
"""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint, EventKind
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term
from complaints.services import terms
from complaints.services.casework import locked, record, written
from complaints.services.handling import NotAllowed
from complaints.terms import TermKind, add_days


def running_term(case: Complaint) -> Term | None:
    """The term for the decision, if it can still be moved: not met, not over, not standing still.

    On the day it is due it is not over yet.
    """
    if not case.is_open or case.paused_on is not None:
        return None
    term = terms.open_term(case, TermKind.HANDLING)
    return term if term is not None and term.due_on >= timezone.localdate() else None


def latest_extension(term: Term) -> date:
    """The latest day to which this term may be extended in one go."""
    return add_days(term.due_on, HandlingSettings.current().extension_days)


def needs_agreement(term: Term) -> bool:
    """Whether a further extension is asked for, which the complainant must have agreed to."""
    return term.times_extended > 0


@transaction.atomic
def extend_handling(
    *,
    complaint: Complaint,
    until: date,
    by: Any,
    explanation: str,
    agreed_on: date | None = None,
    sealed_mail: bytes | None = None,
) -> Complaint:
    """Gives the decision more time, before its term ends, and tells the complainant (R-03).

    Raises NotAllowed where it is too late or too long, or a further one was not agreed to.
    """
    case, explanation = locked(complaint), written(explanation)
    term = running_term(case)
    if term is None or not term.due_on < until <= latest_extension(term):
        raise NotAllowed(f"extension until {until}")
    if needs_agreement(term) and not _is_agreement(case, agreed_on):
        raise NotAllowed("a further extension needs the complainant's agreement")
    before, term.times_extended = term.due_on, term.times_extended + 1
    terms.move(case, term, to=until)
    terms.message_sent(case, on=timezone.localdate())
    days = {"was_due_on": before, "now_due_on": until, "extension_agreed_on": agreed_on}
    told = {name: day.isoformat() for name, day in days.items() if day}
    record(case, EventKind.EXTENDED, by, {"explanation": explanation} | told)
    notifications.owe_extended(case, before=before, until=until, sealed_text=sealed_mail)
    return case


@transaction.atomic
def pause_clock(*, complaint: Complaint, by: Any, explanation: str) -> Complaint:
    """Stops the time for a decision from today, for a reason the complainant reads."""
    case, explanation = locked(complaint), written(explanation)
    if running_term(case) is None:
        raise NotAllowed("no term that runs")
    terms.stand_still(case, on=timezone.localdate())
    record(case, EventKind.PAUSED, by, {"explanation": explanation})
    return case


@transaction.atomic
def resume_clock(*, complaint: Complaint, by: Any) -> Complaint:
    """Lets the time run again; the decision is due as many days later as it stood still."""
    case = locked(complaint)
    if not case.is_open or case.paused_on is None:
        raise NotAllowed("the clock runs")
    due = terms.run_again(case, on=timezone.localdate())
    record(case, EventKind.RESUMED, by, {"now_due_on": due.isoformat()} if due else {})
    return case


def _is_agreement(case: Complaint, agreed_on: date | None) -> bool:
    return agreed_on is not None and case.received_on <= agreed_on <= timezone.localdate()
