"""The daily digest: what waits, in the words of the start page, without content."""

from datetime import datetime

from django.utils import timezone

from complaints import notifications
from complaints.models.outbox import MailKind, OwedMail
from complaints.notifications import Recipient, owe
from complaints.services.reminders import is_mail_time
from complaints.services.waiting import what_waits


def owe_digests(now: datetime) -> None:
    """Owes it once each working day to who wants it; nothing where nothing presses."""
    if not is_mail_time(now):
        return
    today = timezone.localdate(now).isoformat()
    wanting = notifications.handlers().filter(desk_preference__wants_digest=True)
    told = OwedMail.objects.filter(kind=MailKind.DAILY_DIGEST, occasion=today)
    for person in wanting.exclude(pk__in=told.values("user")):
        if what_waits(person, now).is_pressing:
            owe(
                kind=MailKind.DAILY_DIGEST,
                complaint=None,
                to=Recipient(person),
                occasion=today,
            )
