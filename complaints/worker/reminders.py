"""Reminds of terms: the handler when one comes near and when it is late, then the deputy.

And once a day what waits, in the words of the start page, without content.
"""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from complaints.cases.mails import LATE, SOON
from complaints.cases.todo import todo_of
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.handling import Term
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.models.roster import Roster
from complaints.models.settings import DeskPreference
from complaints.notifications import Recipient, is_owed, owe
from complaints.stages import Right
from complaints.terms import (
    SOON_WORKING_DAYS,
    add_working_days,
    is_working_day,
    working_days_before,
)


def owe_digests(roster: Roster, now: datetime) -> None:
    """Owes it once each working day to who wants it; nothing where nothing presses."""
    if not is_mail_time(now):
        return
    today = timezone.localdate(now).isoformat()
    wanting = DeskPreference.objects.filter(wants_digest=True).values_list("user", flat=True)
    told = OwedMail.objects.filter(kind=MailKind.DAILY_DIGEST, occasion=today)
    new = set(wanting.exclude(user__in=told.values("user")))
    for person in roster.handlers:
        if person.pk in new and todo_of(person, roster, now).is_pressing:
            owe(
                kind=MailKind.DAILY_DIGEST,
                complaint=None,
                to=Recipient(person),
                occasion=today,
            )


DEPUTY_AFTER = 2  # working days late
EARLIEST_HOUR = 7


def is_still_due(complaint: Complaint, occasion: str) -> bool:
    """Whether what an owed reminder is about is still to be done, by that same day."""
    kind, day, _grade = occasion.split(" ")
    due = {"complaint": complaint, "due_on": date.fromisoformat(day)}
    if kind in Right.values:
        return RightsRequest.objects.filter(right=kind, decided_at=None, **due).exists()
    return Term.objects.running().filter(kind=kind, **due).exists()


def is_mail_time(now: datetime) -> bool:
    """Whether staff may be mailed about their work: on working days, not in the night."""
    local = timezone.localtime(now)
    return is_working_day(local.date()) and local.hour >= EARLIEST_HOUR


def remind_of_terms(roster: Roster, now: datetime) -> None:
    """Owes a reminder of what is near or late, once for each date, each of both and each person.

    After the worker stood still what is late is reminded of as late, and not of what it was before.
    """
    if not is_mail_time(now):
        return
    today = timezone.localdate(now)
    for person in roster.handlers:
        _remind(person, roster, today)
        if roster.is_deputy(person):
            _tell_of_colleagues(person, roster, today)


def _remind(person: User, roster: Roster, today: date) -> None:
    until, theirs = add_working_days(today, SOON_WORKING_DAYS), _whose(person, roster, today)
    seen = Complaint.objects.visible_to(person, roster)
    for rows in (_terms(seen, until), _requests(seen, until)):
        _owe_once(MailKind.TERM_REMINDER, rows.filter(theirs), person, today)


def _tell_of_colleagues(deputy: User, roster: Roster, today: date) -> None:
    unseen = of_colleagues(deputy, roster).out_of_sight_of(deputy, roster)
    until = _deputys_turn(today)
    for rows in (_terms(unseen, until), _requests(unseen, until)):
        _owe_once(MailKind.COLLEAGUE_LATE, rows, deputy, today)


def of_colleagues(deputy: User, roster: Roster) -> ComplaintQuerySet:
    """The cases of other handlers that may go to the deputy, seen or not: never one barred."""
    cases = Complaint.objects.may_go_to(deputy, roster)
    return cases.filter(handler__isnull=False).exclude(handler=deputy)


def _whose(person: User, roster: Roster, today: date) -> Q:
    """Whose dates a person is reminded of: their own, and the deputy of what others leave."""
    whose = Q(complaint__handler=person)
    if roster.is_deputy(person):
        whose |= Q(due_on__lte=_deputys_turn(today))
        if roster.is_confidant_absent(today):
            whose |= Q(complaint__handler=roster.settings.confidant_id)
    return whose


def _deputys_turn(today: date) -> date:
    """What was due on that day or before is the deputy's to know."""
    return working_days_before(today, DEPUTY_AFTER)


def _terms(cases: ComplaintQuerySet, until: date) -> QuerySet[Any]:
    """Terms that run; a suspect case is nobody's until a person has looked."""
    due = cases.filter(is_suspect=False, next_due_on__lte=until)
    terms = Term.objects.running().filter(complaint__in=due, due_on__lte=until)
    return terms.annotate(name=F("kind"))


def _requests(cases: ComplaintQuerySet, until: date) -> QuerySet[Any]:
    """Requests about data, of closed cases too, and of suspect ones: the law gives the term."""
    asked = RightsRequest.objects.filter(complaint__in=cases, decided_at=None)
    return asked.filter(due_on__lte=until).annotate(name=F("right"))


def _owe_once(kind: MailKind, rows: QuerySet[Any], person: User, today: date) -> None:
    """Owes the mail of each row that has none yet for its date and how near that is."""
    grade = Case(When(due_on__lt=today, then=Value(LATE)), default=Value(SOON))
    day = Cast("due_on", CharField())
    occasion = Concat("name", Value(" "), day, Value(" "), grade, output_field=CharField())
    new = rows.annotate(occasion=occasion).exclude(is_owed(kind, Recipient(person)))
    for row in new.select_related("complaint").defer("complaint__sealed"):
        owe(kind=kind, complaint=row.complaint, to=Recipient(person), occasion=row.occasion)
