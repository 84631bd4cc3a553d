"""Every handler hears what happens to the account of one of them."""

from typing import Any

from django.utils import timezone

from complaints.models.outbox import MailKind
from complaints.models.roster import may_handle
from complaints.models.settings import active_handlers
from complaints.notifications import owe


def tell_handlers(what: str, user: Any) -> None:
    """Owes each handler a mail that says who; `what` the template knows."""
    if not may_handle(user):
        return
    occasion = f"{what}-{user.pk}-{timezone.now().isoformat(timespec='microseconds')}"
    for handler in active_handlers():
        owe(MailKind.ACCOUNT_USED, handler, occasion=occasion)
