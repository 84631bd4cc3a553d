"""For how long each kind of record is kept, and what ends it (R-17, R-37).

The terms are settings, and count as they are set now. Before the content of a case goes its handler
is told on which day, 30 days ahead; it never goes sooner than that day, whatever is set meanwhile.
What is held goes by no term. Each erasure leaves a tombstone (docs/decisions/0025-how-long.md).
"""

import logging
from datetime import date, datetime, time
from uuid import UUID

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
    if case.is_held or not case.sealed:
        return None
    if case.is_suspect:
        last = case.events.aggregate(at=Max("at"))["at"]
        end = add_days(timezone.localdate(last), settings.suspect_days)
    elif case.closed_at is None:
        return None
    else:
        end = add_months(timezone.localdate(case.closed_at), settings.case_months)
    return max(end, case.goes_on_told or add_days(timezone.localdate(), WARNED_DAYS))


WHOLE = (ErasureReason.RETENTION, ErasureReason.SUSPECT)


def _over(rule: ErasureReason, day: date, settings: HandlingSettings) -> QuerySet[Complaint]:
    """Returns the cases of which that term is over on that day, and that still have what goes."""
    cases = Complaint.objects.filter(is_held=False)
    if rule is ErasureReason.SUSPECT:
        silent = cases.exclude(sealed=b"").filter(is_suspect=True).annotate(last=Max("events__at"))
        return silent.filter(last__lt=_after(add_days(day, -settings.suspect_days)))
    if rule is ErasureReason.NOTES:
        noted = _own_notes(Event.objects.all()).values("complaint")
        return cases.filter(closed_at__lt=_end_of(day, settings.notes_months), pk__in=noted)
    if rule is ErasureReason.REGISTER:
        return cases.filter(closed_at__lt=_end_of(day, settings.register_months), sealed=b"")
    kept = cases.filter(closed_at__lt=_end_of(day, settings.case_months), is_suspect=False)
    return kept.exclude(sealed=b"")


def due_on(today: date, settings: HandlingSettings) -> dict[ErasureReason, QuerySet[Complaint]]:
    """Finds what is to be erased: of cases still to be told of, nothing but our own notes."""
    rules = (*WHOLE, ErasureReason.NOTES, ErasureReason.REGISTER)
    due = {rule: _over(rule, today, settings) for rule in rules}
    return due | {rule: due[rule].filter(goes_on_told__lte=today) for rule in WHOLE}


def _end_of(by: date, months: int) -> datetime:
    """Returns the moment such that what is from before it is as many months old on that day."""
    return _after(months_before(by, months))


def _after(day: date) -> datetime:
    """Returns the first moment of the next day, where we live."""
    return timezone.make_aware(datetime.combine(add_days(day, 1), time.min))


def _own_notes(events: QuerySet[Event]) -> QuerySet[Event]:
    """Returns those of the events that hold notes of ours, which were not erased yet."""
    return events.filter(kind__in=OWN_NOTES, sealed__isnull=False)


@transaction.atomic
def erase(pk: UUID, rule: ErasureReason, today: date, settings: HandlingSettings) -> bool:
    """Erases it, where it still is due once the case is locked; returns whether it did."""
    case = Complaint.objects.select_for_update(of=("self",)).filter(pk=pk).first()
    if case is None or not due_on(today, settings)[rule].filter(pk=pk).exists():
        return False
    if rule is ErasureReason.NOTES:
        # Also the files that came with them. That something was noted, and when, stays.
        notes = _own_notes(case.events.all())
        detach_files(case.attachments.filter(event__in=notes))
        notes.update(sealed=None)
        bury(case, rule, None)
    elif rule is ErasureReason.REGISTER:
        bury(case, rule, None)
    else:
        erase_content(complaint=case, by=None, reason=rule)
    if rule in (ErasureReason.REGISTER, ErasureReason.SUSPECT):
        case.delete()  # what nobody took for a complaint leaves no line in the register either
    return True


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
    soon = add_days(today, WARNED_DAYS)
    ending = [case for rule in WHOLE for case in _over(rule, soon, settings)]
    told = Complaint.objects.filter(goes_on_told__isnull=False)
    told.exclude(pk__in=[case.pk for case in ending]).update(goes_on_told=None)
    for case in ending:
        with by_itself(case.reference):
            _announce(case, settings, roster, mail_from)
    due = [(case, rule) for rule, cases in due_on(today, settings).items() for case in cases]
    erased = 0
    for case, rule in due:
        with by_itself(case.reference):
            erased += erase(case.pk, rule, today, settings)
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
