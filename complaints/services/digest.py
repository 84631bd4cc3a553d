"""The daily digest: how much waits, counting only what its reader may see, without content."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.notifications import Recipient, owe
from complaints.services.reminders import is_mail_time
from complaints.terms import SOON_WORKING_DAYS, add_working_days


@dataclass(frozen=True)
class Digest:
    """How many open cases are late, due soon, and unread."""

    late: int
    soon: int
    unread: int

    def __bool__(self) -> bool:
        return any(astuple(self))


def digest_for(user: Any, now: datetime | None = None) -> Digest:
    """What waits now for this person; a case excluded for them is in no count."""
    today = timezone.localdate(now)
    until = add_working_days(today, SOON_WORKING_DAYS)
    cases = Complaint.objects.visible_to(user).open().filter(is_suspect=False)
    counts = cases.aggregate(
        late=Count("pk", filter=Q(next_due_on__lt=today)),
        soon=Count("pk", filter=Q(next_due_on__range=(today, until))),
        unread=Count("pk", filter=Q(is_unread=True)),
    )
    return Digest(**counts)


def owe_digests(now: datetime) -> None:
    """Owes it once each working day to who wants it; nothing where nothing waits."""
    if not is_mail_time(now):
        return
    today = timezone.localdate(now).isoformat()
    wanting = notifications.handlers().filter(desk_preference__wants_digest=True)
    told = OwedMail.objects.filter(kind=MailKind.DAILY_DIGEST, occasion=today)
    for person in wanting.exclude(pk__in=told.values("user")):
        if digest_for(person, now):
            owe(
                kind=MailKind.DAILY_DIGEST,
                complaint=None,
                to=Recipient(person),
                occasion=today,
            )
