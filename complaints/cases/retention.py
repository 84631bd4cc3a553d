"""For how long each kind of record is kept, and what ends it (R-17, R-37).

The terms are settings, and count as they are set now. Before the content of a case goes its handler
is told on which day, 30 days ahead; it never goes sooner than that day, whatever is set meanwhile.
What is held goes by no term. Each erasure leaves a tombstone (docs/decisions/0025-how-long.md).
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from complaints.cases.attachments import detach_files
from complaints.cases.audit import let_go
from complaints.cases.case import by_itself
from complaints.cases.rights import bury, erase_content
from complaints.events import OWN_NOTES
from complaints.models.case import Complaint, Event
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import AuditLine, ErasureReason
from complaints.models.roster import Circle, Roster
from complaints.models.settings import HandlingSettings
from complaints.notifications import owe
from complaints.terms import add_days, add_months, months_before

logger = logging.getLogger(__name__)

WARNED_DAYS = 30


def goes_on(case: Complaint, settings: HandlingSettings) -> date | None:
    """Returns the day on which the content of a case is erased; None where none is known yet."""
    end = ends_on(case, _whole(case), settings)
    told = case.goes_on_told or add_days(timezone.localdate(), WARNED_DAYS)
    return max(end, told) if end else None


def _whole(case: Complaint) -> ErasureReason:
    return ErasureReason.SUSPECT if case.is_suspect else ErasureReason.RETENTION


def ends_on(case: Complaint, rule: ErasureReason, settings: HandlingSettings) -> date | None:
    """Returns the day on which that term of a case is over; None where it does not run."""
    is_there = rule is not ErasureReason.REGISTER
    if case.is_held or bool(case.sealed) != is_there:
        return None
    if rule is ErasureReason.SUSPECT:
        last = case.events.aggregate(at=Max("at"))["at"]
        return add_days(timezone.localdate(last), settings.suspect_days)
    if case.closed_at is None:
        return None
    months = {
        ErasureReason.RETENTION: settings.case_months,
        ErasureReason.NOTES: settings.notes_months,
        ErasureReason.REGISTER: settings.register_months,
    }
    return add_months(timezone.localdate(case.closed_at), months[rule])


def _ending(by: date, settings: HandlingSettings) -> Iterator[Complaint]:
    """Finds the cases whose whole content goes by their term on that day or before it."""
    kept = Complaint.objects.filter(is_held=False).exclude(sealed=b"")
    yield from kept.filter(is_suspect=False, closed_at__lt=_end_of(by, settings.case_months))
    silent = kept.filter(is_suspect=True).annotate(last=Max("events__at"))
    yield from silent.filter(last__lt=_after(add_days(by, -settings.suspect_days)))


def _end_of(by: date, months: int) -> datetime:
    """Returns the moment such that what is from before it is as many months old on that day."""
    return _after(months_before(by, months))


def _after(day: date) -> datetime:
    """Returns the first moment of the next day, where we live."""
    return timezone.make_aware(datetime.combine(add_days(day, 1), time.min))


@dataclass(frozen=True)
class Due:
    """A case of which something is to be erased, and by which rule."""

    case: Complaint
    rule: ErasureReason


def due_on(today: date, settings: HandlingSettings) -> Iterator[Due]:
    """Finds what is to be erased: of cases still to be told of, nothing but our own notes."""
    for case in _ending(today, settings):
        if case.goes_on_told is not None and _is_due(Due(case, _whole(case)), today, settings):
            yield Due(case, _whole(case))
    closed = Complaint.objects.filter(is_held=False)
    noted = closed.filter(closed_at__lt=_end_of(today, settings.notes_months))
    noted = noted.filter(pk__in=_own_notes(Event.objects.all()).values("complaint"))
    yield from (Due(case, ErasureReason.NOTES) for case in noted)
    lines = closed.filter(sealed=b"", closed_at__lt=_end_of(today, settings.register_months))
    yield from (Due(case, ErasureReason.REGISTER) for case in lines)


def _own_notes(events: QuerySet[Event]) -> QuerySet[Event]:
    """Returns those of the events that hold notes of ours, which were not erased yet."""
    return events.filter(kind__in=OWN_NOTES, sealed__isnull=False)


def _is_due(due: Due, today: date, settings: HandlingSettings) -> bool:
    end = ends_on(due.case, due.rule, settings)
    is_whole = due.rule in (ErasureReason.RETENTION, ErasureReason.SUSPECT)
    told = due.case.goes_on_told if is_whole else end
    return end is not None and told is not None and max(end, told) <= today


@transaction.atomic
def erase(due: Due, today: date, settings: HandlingSettings) -> bool:
    """Erases it, where it still is due once the case is locked; returns whether it did."""
    cases = Complaint.objects.select_for_update(of=("self",))
    case = cases.filter(pk=due.case.pk).first()
    if case is None or not _is_due(Due(case, due.rule), today, settings):
        return False
    if due.rule is ErasureReason.NOTES:
        _erase_notes(case)
    elif due.rule is ErasureReason.REGISTER:
        bury(case, due.rule, None)
    else:
        erase_content(complaint=case, by=None, reason=due.rule)
    if due.rule in (ErasureReason.REGISTER, ErasureReason.SUSPECT):
        case.delete()  # what nobody took for a complaint leaves no line in the register either
    return True


def _erase_notes(case: Complaint) -> None:
    """Also the files that came with them. That something was noted, and when, stays."""
    notes = _own_notes(case.events.all())
    detach_files(case.attachments.filter(event__in=notes))
    if notes.update(sealed=None):
        bury(case, ErasureReason.NOTES, None)


def lines_over(
    today: date, settings: HandlingSettings
) -> dict[str, QuerySet[OwedMail | AuditLine]]:
    """Returns the lines of both logs that were kept long enough: the mail log and the readings.

    A mail of a case in which something is due still keeps it from being owed anew; so does the
    last word of what looks like misuse.
    """
    sent_before = _after(add_days(today, -settings.mail_log_days))
    is_over = Q(complaint=None) | Q(complaint__next_due_on=None, complaint__is_held=False)
    mails = OwedMail.objects.filter(is_over, sent_at__lt=sent_before)
    told = OwedMail.objects.filter(kind=MailKind.SUSPECT_DIGEST).order_by().values("user")
    readings = AuditLine.objects.filter(at__lt=_end_of(today, settings.readings_months))
    return {
        "mail": mails.exclude(pk__in=told.annotate(last=Max("pk")).values("last")),
        "reading": readings.exclude(complaint__is_held=True),
    }


def run(now: datetime, *, mail_from: datetime) -> None:
    """Does a day's work; handlers are mailed what goes soon, not before `mail_from`.

    A case that fails stops no other: it is reported, and tried again the next day.
    """
    today, roster = timezone.localdate(now), Roster.read()
    settings = roster.settings
    ending = list(_ending(add_days(today, WARNED_DAYS), settings))
    told = Complaint.objects.filter(goes_on_told__isnull=False)
    told.exclude(pk__in=[case.pk for case in ending]).update(goes_on_told=None)
    for case in ending:
        with by_itself(case.reference):
            _announce(case, settings, roster, mail_from)
    erased = 0
    for due in list(due_on(today, settings)):
        with by_itself(due.case.reference):
            erased += erase(due, today, settings)
    over = lines_over(today, settings)
    over["mail"].delete()
    let_go(over["reading"])
    logger.info("retention.done erased=%s", erased)


@transaction.atomic
def _announce(
    case: Complaint, settings: HandlingSettings, roster: Roster, mail_from: datetime
) -> None:
    """Keeps on which day a case goes, and owes its handler one mail a day about all that go.

    A case that goes later than was told, by settings that changed, is told of anew.
    """
    day, person = goes_on(case, settings), Circle(case, roster).acting_handler
    if day == case.goes_on_told:
        return
    Complaint.objects.filter(pk=case.pk, is_held=False).update(goes_on_told=day)
    if person is not None:
        today = timezone.localdate().isoformat()
        owe(MailKind.CASES_GO, person, occasion=today, not_before=mail_from)
