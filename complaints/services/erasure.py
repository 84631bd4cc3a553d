"""Erases what people wrote in a case; what stays says that there was a case, when, and who acted.

The keys go first and for good: whatever copy of the content is left in a backup opens with nothing
once the keystore's own dumps, which are kept shortly, have aged out (GDPR art. 17).
"""

import logging
from enum import StrEnum
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from complaints.models.case import Complaint, EventKind
from complaints.models.keystore import KeyWrap
from complaints.models.outbox import CaseContact
from complaints.models.rights import Right
from complaints.services import terms
from complaints.services.files import let_go
from complaints.services.history import append_event

logger = logging.getLogger(__name__)


class ErasureReason(StrEnum):
    """Why a case's content is erased. No prose: there is no key left to seal it with."""

    REQUEST = "request"  # the person asked
    CONSENT = "consent"  # consent was withdrawn
    RETENTION = "retention"  # the term for keeping it is over
    MISTAKE = "mistake"  # it never was a complaint


@transaction.atomic
def erase_content(*, complaint: Complaint, by: Any, reason: ErasureReason) -> Complaint:
    """Destroys keys, address, files and every sealed text of a case; its history still verifies.

    `by` is a member of staff, or None for the clock. From here on opening it raises KeyDestroyed.
    What was asked about its data is settled: it is erased, and there is nothing left to show.
    Erasing twice changes nothing more.
    """
    case = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    destroyed, _ = KeyWrap.objects.filter(complaint_id=case.pk).delete()
    if not destroyed and not case.sealed:
        return case
    CaseContact.objects.filter(complaint=case).delete()
    let_go(case)
    for texts in (case.events, case.advices, case.rulings):
        texts.update(sealed=None)
    case.owed_mails.update(sealed_text=None)
    case.sealed = b""
    case.save(update_fields=["sealed"])
    _settle_requests(case)
    kind = _erased_kind()
    if kind is not None:
        append_event(complaint=case, kind=kind, at=timezone.now(), by=by)
    logger.info("case.erased reference=%s reason=%s", case.reference, reason.value)
    transaction.on_commit(empty_write_ahead_log)
    return case


def _settle_requests(case: Complaint) -> None:
    """Else they would be late for ever: no reason of a decision could be sealed any more."""
    waiting, now = case.rights_requests.filter(decided_at=None), timezone.now()
    for right in Right:
        asked = waiting.filter(right=right)
        asked.update(decided_at=now, is_granted=right is Right.ERASURE)
    terms.refresh_due(case)


def _erased_kind() -> EventKind | None:
    """The event kind for it, where the models have one."""
    known: dict[str, EventKind] = dict(EventKind.__members__)
    return known.get("ERASED")


def empty_write_ahead_log() -> None:
    """On SQLite the log still holds the pages as they were; PostgreSQL recycles its own."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
