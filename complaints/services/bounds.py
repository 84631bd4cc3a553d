"""How much one complainant may write: enough for anyone, and never the whole disk."""

from datetime import timedelta

from django.utils import timezone

from complaints.models.case import Complaint
from complaints.services.history import COMPLAINANT

MOST_A_DAY = 100  # events of one complainant in 24 hours
MOST_FILES_OF_CASE = 50


class TooMuchToday(Exception):
    """This complainant wrote and changed so much in a day that it has to wait until tomorrow."""


def check_not_too_much(case: Complaint) -> None:
    """Raises TooMuchToday. Withdrawing never asks this: one can always stop."""
    since = timezone.now() - timedelta(days=1)
    own = case.events.filter(actor_label=COMPLAINANT, at__gt=since)
    if own.count() >= MOST_A_DAY:
        raise TooMuchToday
