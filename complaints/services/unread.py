"""Whether something in a case waits to be read by the one who handles it."""

from typing import Any

from complaints.models.case import Complaint


def mark_unread(case: Complaint) -> None:
    """Something came in: at filing, from the complainant, or the case got another handler.

    The caller holds the case locked.
    """
    if not case.is_unread:
        case.is_unread = True
        case.save(update_fields=["is_unread"])


def clear_unread(*, complaint: Complaint, by: Any) -> None:
    """Somebody opens the case file; read it is only by the one whose task that is.

    Call it before reading: what comes in meanwhile marks the case again. Somebody else, such as
    one it is shared with, changes nothing.
    """
    if complaint.is_unread:
        theirs = Complaint.objects.unread_by(by).values("pk")
        Complaint.objects.filter(pk__in=theirs.filter(pk=complaint.pk)).update(is_unread=False)
