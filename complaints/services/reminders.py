"""Reminds of terms: the handler when one comes near and when it is late, then the deputy.

What was owed before is left out by the database, so that the worker may look every few seconds.
A date that has moved is another date: of that one there is a reminder again.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import notifications
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.rights import Right, RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term
from complaints.notifications import Recipient, is_owed, owe
from complaints.stages import Status
from complaints.terms import (
    SOON_WORKING_DAYS,
    TermKind,
    add_working_days,
    is_working_day,
    working_days_before,
)

DEPUTY_AFTER = 2  # working days late
EARLIEST_HOUR = 7
SOON, LATE = "soon", "late"
# The time for a decision does not run while the clock stands still; of the rest it always does.
_STILL_RUNS = ~Q(kind=TermKind.HANDLING) | Q(complaint__paused_on=None)


@dataclass(frozen=True)
class Reminder:
    """What a reminder is about: what has to happen, by when, and whether that day is past."""

    label: str
    due_on: date
    is_late: bool


def reminder_in(occasion: str) -> Reminder:
    """What an owed reminder is about, from the name of its occasion."""
    kind, day, grade = occasion.split(" ")
    requests = {
        Right.ERASURE.value: _("Besluit op een verzoek om wissen"),
        Right.ACCESS.value: _("Besluit op een verzoek om inzage"),
    }
    label = requests.get(kind) or str(TermKind(kind).label)
    return Reminder(label, date.fromisoformat(day), grade == LATE)


def is_still_due(complaint: Complaint, occasion: str) -> bool:
    """Whether what an owed reminder is about is still to be done, by that same day."""
    kind, day, _grade = occasion.split(" ")
    due = {"complaint": complaint, "due_on": date.fromisoformat(day)}
    if kind in Right.values:
        return RightsRequest.objects.filter(right=kind, decided_at=None, **due).exists()
    terms = Term.objects.filter(_STILL_RUNS, kind=kind, met_at=None, **due)
    return terms.filter(complaint__status=Status.OPEN).exists()


def is_mail_time(now: datetime) -> bool:
    """Whether staff may be mailed about their work: on working days, not in the night."""
    local = timezone.localtime(now)
    return is_working_day(local.date()) and local.hour >= EARLIEST_HOUR


def remind_of_terms(people: HandlingSettings, now: datetime) -> None:
    """Owes each handler a reminder of what is near or late, once for each date and each of both.

    After the worker stood still what is late is reminded of as late, and not of what it was before.
    """
    if not is_mail_time(now):
        return
    today = timezone.localdate(now)
    until = add_working_days(today, SOON_WORKING_DAYS)
    for person in notifications.handlers():
        theirs = _whose(person, people, today)
        for rows in (_terms(person, until), _requests(person, until)):
            for row in _not_reminded(rows.filter(theirs), person, today):
                owe(
                    kind=MailKind.TERM_REMINDER,
                    complaint=row.complaint,
                    to=Recipient(person),
                    occasion=row.occasion,
                )


def _whose(person: Any, people: HandlingSettings, today: date) -> Q:
    """Whose dates a person is reminded of: their own, and the deputy of what others leave."""
    whose = Q(complaint__handler=person)
    if person.pk == people.deputy_id:
        whose |= Q(due_on__lte=working_days_before(today, DEPUTY_AFTER))
        if people.is_confidant_absent(today):
            whose |= Q(complaint__handler=people.confidant_id)
    return whose


def _terms(person: Any, until: date) -> QuerySet[Any]:
    cases = _seen_by(person).open().filter(next_due_on__lte=until)
    terms = Term.objects.filter(complaint__in=cases, met_at=None, due_on__lte=until)
    return terms.filter(_STILL_RUNS).annotate(name=F("kind"))


def _requests(person: Any, until: date) -> QuerySet[Any]:
    """Requests about data, of closed cases too, and of suspect ones: the law gives the term."""
    seen = Complaint.objects.visible_to(person)
    requests = RightsRequest.objects.filter(complaint__in=seen, decided_at=None)
    return requests.filter(due_on__lte=until).annotate(name=F("right"))


def _seen_by(person: Any) -> Any:
    """A suspect case is nobody's until a person has looked."""
    return Complaint.objects.visible_to(person).filter(is_suspect=False)


def _not_reminded(rows: QuerySet[Any], person: Any, today: date) -> QuerySet[Any]:
    grade = Case(When(due_on__lt=today, then=Value(LATE)), default=Value(SOON))
    day = Cast("due_on", CharField())
    occasion = Concat("name", Value(" "), day, Value(" "), grade, output_field=CharField())
    rows = rows.annotate(occasion=occasion).exclude(
        is_owed(MailKind.TERM_REMINDER, Recipient(person))
    )
    return rows.select_related("complaint").defer("complaint__sealed")
