"""What happens to cases because time passes; each effect happens once. `jobs` says what when.

Once, also with two workers: every mail it owes has a name of its own for what it tells of, and
every change checks under the case's lock whether it is still needed. Of a term the handler is
reminded when it comes near and when it is late, and then the deputy.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from complaints.cases import (
    attachments,
    audit,
    codes_and_links,
    drafts,
    forgetting,
    retention,
    rights,
)
from complaints.cases.case import by_itself
from complaints.cases.mails import LATE, SOON
from complaints.cases.people import cases_to_take_up, is_long_unassigned, pass_on
from complaints.cases.todo import todo_of
from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.handling import Term
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import RightsRequest
from complaints.models.roster import Circle, Roster, is_seen
from complaints.models.settings import DeskPreference
from complaints.notifications import is_owed, managers, owe
from complaints.stages import Right, Route
from complaints.terms import (
    SOON_WORKING_DAYS,
    add_working_days,
    is_working_day,
    working_days_before,
)

ANNOUNCE_EVERY = timedelta(minutes=15)
DEPUTY_AFTER = 2  # working days late
EARLIEST_HOUR = 7


def clear_up(now: datetime) -> None:
    """Erases what was kept long enough, and tells handlers what goes next."""
    retention.run(now, mail_from=next_mail_time(now))


def watch(now: datetime) -> None:
    """Does each of these apart, so that one that fails stops no other.

    Staff hear of their work on working days and not in the night.
    """
    roster = Roster.read()
    work = {
        "audit": audit.chain,
        "files": lambda: attachments.destroy_expired_files(now),
        "drafts": lambda: drafts.destroy_expired_drafts(now),
        "links": lambda: codes_and_links.match_requests(now),
        "codes": lambda: codes_and_links.start_codes(now),
        "over": lambda: codes_and_links.forget_what_is_over(now),
        "granted": lambda: rights.erase_granted(now),
        "key": forgetting.turn_key,
        "unassigned": lambda: hand_over_unassigned(roster),
        "suspects": lambda: announce_suspects(roster, now),
    }
    if is_mail_time(now):
        work |= {
            "managers": lambda: remind_of_unassigned(roster, now),
            "terms": lambda: remind_of_terms(roster, now),
            "digests": lambda: owe_digests(roster, now),
        }
    for name, do in work.items():
        with by_itself(name):
            do()


def is_mail_time(now: datetime) -> bool:
    """Whether staff may be mailed about their work: on working days, not in the night."""
    local = timezone.localtime(now)
    return is_working_day(local.date()) and local.hour >= EARLIEST_HOUR


def next_mail_time(now: datetime) -> datetime:
    """Returns now, or else the morning on which staff may be mailed next."""
    local = timezone.localtime(now)
    if is_mail_time(now):
        return now
    is_early = is_working_day(local.date()) and local.hour < EARLIEST_HOUR
    day = local.date() if is_early else add_working_days(local.date(), 1)
    return timezone.make_aware(datetime.combine(day, time(EARLIEST_HOUR)))


def hand_over_unassigned(roster: Roster) -> None:
    """Gives cases that waited for somebody to the one there is now; by route, never across it."""
    waiting = Complaint.objects.filter(pk__in=cases_to_take_up(roster))
    for pk, reference in waiting.values_list("pk", "reference"):
        with by_itself(reference), transaction.atomic():
            unassigned = Complaint.objects.unassigned(roster).select_for_update(of=("self",))
            case = unassigned.filter(pk=pk).first()
            if case is not None and Circle(case, roster).next_handler is not None:
                pass_on(case, roster)


def remind_of_unassigned(roster: Roster, now: datetime) -> None:
    """Reminds the managers, once a working day and without content, that a case waits."""
    today = timezone.localdate(now).isoformat()
    for manager in managers():
        if is_long_unassigned(manager, now, roster):
            owe(MailKind.UNASSIGNED_CASE, manager, occasion=today)


def announce_suspects(roster: Roster, now: datetime) -> None:
    """Tells whoever takes it up, at most once in 15 minutes, that there is something to check.

    Where there is nobody, the managers' daily reminder counts these cases too. Each is named after
    the one before it: two workers that saw the same one owe one mail.
    """
    for route in Route:
        person = roster.handler_for(route)
        suspects = Complaint.objects.open().filter(is_suspect=True, route=route)
        suspects = suspects.visible_to(person, roster)
        filed = suspects.order_by("-filed_at").values_list("filed_at", flat=True).first()
        if filed is None:
            continue
        told = OwedMail.objects.filter(kind=MailKind.SUSPECT_DIGEST, user=person)
        last = told.order_by("-created_at", "-pk").first()
        if last is None or (filed > last.created_at and now - last.created_at >= ANNOUNCE_EVERY):
            owe(MailKind.SUSPECT_DIGEST, person, occasion=f"after {last.pk if last else 0}")


def owe_digests(roster: Roster, now: datetime) -> None:
    """Owes whoever wants it a digest of what waits, once each working day, where something presses.

    It says how much waits in the words of the start page, and nothing of what is in a case.
    """
    today = timezone.localdate(now).isoformat()
    wanting = DeskPreference.objects.filter(wants_digest=True).values_list("user", flat=True)
    told = OwedMail.objects.filter(kind=MailKind.DAILY_DIGEST, occasion=today)
    new = set(wanting.exclude(user__in=told.values("user")))
    for person in roster.handlers:
        with by_itself(f"user:{person.pk}"):
            if person.pk in new and todo_of(person, roster, now).is_pressing:
                owe(MailKind.DAILY_DIGEST, person, occasion=today)


def is_still_due(complaint: Complaint, occasion: str) -> bool:
    """Whether what an owed reminder is about is still to be done, by that same day."""
    kind, day, _grade = occasion.split(" ")
    due = {"complaint": complaint, "due_on": day}
    if kind in Right.values:
        return RightsRequest.objects.filter(right=kind, decided_at=None, **due).exists()
    return Term.objects.running().filter(kind=kind, **due).exists()


def remind_of_terms(roster: Roster, now: datetime) -> None:
    """Owes a reminder of what is near or late, once for each date, each of both and each person.

    Of their own, and the deputy also of what others leave.
    After the worker stood still what is late is reminded of as late, and not of what it was before.
    """
    today = timezone.localdate(now)
    soon = add_working_days(today, SOON_WORKING_DAYS)
    deputys_turn = working_days_before(today, DEPUTY_AFTER)
    for person in roster.handlers:
        with by_itself(f"user:{person.pk}"):
            theirs = Q(complaint__handler=person)
            if roster.is_deputy(person):
                theirs |= Q(due_on__lte=deputys_turn)
                if roster.is_confidant_absent(today):
                    theirs |= Q(complaint__handler=roster.settings.confidant_id)
            for rows in _due(Complaint.objects.visible_to(person, roster), soon):
                _owe_once(MailKind.TERM_REMINDER, rows.filter(theirs), person, today)
    deputy = roster.deputy
    if deputy is not None and roster.may_handle(deputy):
        with by_itself(f"user:{deputy.pk}"):  # who is told nothing that says which case it is
            unseen = of_colleagues(deputy, roster).exclude(is_seen(deputy, roster))
            for rows in _due(unseen, deputys_turn):
                _owe_once(MailKind.COLLEAGUE_LATE, rows, deputy, today)


def of_colleagues(deputy: User, roster: Roster) -> ComplaintQuerySet:
    """Returns the cases of other handlers that may go to the deputy, seen or not."""
    cases = Complaint.objects.may_go_to(deputy, roster)
    return cases.filter(handler__isnull=False).exclude(handler=deputy)


def _due(cases: ComplaintQuerySet, until: date) -> Iterator[QuerySet[Any]]:
    """Yields the terms that run, and the requests about data.

    A term of a suspect case is nobody's until a person has looked. Of requests the law gives the
    term: those of closed cases and of suspect ones are among them.
    """
    handled = cases.filter(is_suspect=False, next_due_on__lte=until)
    terms = Term.objects.running().filter(complaint__in=handled, due_on__lte=until)
    yield terms.annotate(name=F("kind"))
    asked = RightsRequest.objects.filter(complaint__in=cases, decided_at=None)
    yield asked.filter(due_on__lte=until).annotate(name=F("right"))


def _owe_once(kind: MailKind, rows: QuerySet[Any], person: User, today: date) -> None:
    """Owes the mail of each row that has none yet for its date and how near that is."""
    grade = Case(When(due_on__lt=today, then=Value(LATE)), default=Value(SOON))
    day = Cast("due_on", CharField())
    occasion = Concat("name", Value(" "), day, Value(" "), grade, output_field=CharField())
    new = rows.annotate(occasion=occasion).exclude(is_owed(kind, person))
    for row in new.select_related("complaint").defer("complaint__sealed"):
        with by_itself(row.complaint.reference):
            owe(kind, person, row.complaint, occasion=row.occasion)
