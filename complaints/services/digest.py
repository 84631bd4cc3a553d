"""The daily digest: how much waits, counting only what its reader may see, without content."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.rights import RightsRequest
from complaints.notifications import Recipient, owe
from complaints.services.reminders import is_mail_time
from complaints.stages import Status
from complaints.terms import SOON_WORKING_DAYS, add_working_days


@dataclass(frozen=True)
class Digest:
    """How many cases are late and due soon, and how many are up to its reader to read."""

    late: int
    soon: int
    unread: int

    def __bool__(self) -> bool:
        return any(astuple(self))


def digest_for(user: Any, now: datetime | None = None) -> Digest:
    """What waits now for this person; a case excluded for them is in no count.

    What looks like misuse counts where somebody asked about their data: the law gives the term.
    """
    today = timezone.localdate(now)
    until = add_working_days(today, SOON_WORKING_DAYS)
    is_live = Q(status=Status.OPEN) | Q(next_due_on__isnull=False)  # a request, once closed
    cases = Complaint.objects.filter(is_live)
    asked = RightsRequest.objects.filter(decided_at=None).values("complaint")
    dated = cases.filter(Q(is_suspect=False) | Q(pk__in=asked))
    counts = dated.visible_to(user).aggregate(
        late=Count("pk", filter=Q(next_due_on__lt=today)),
        soon=Count("pk", filter=Q(next_due_on__range=(today, until))),
    )
    unread = cases.filter(is_suspect=False).unread_by(user)
    return Digest(**counts, unread=unread.count())


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
