"""Keeps who read a case, and when (R-39). Appended, never changed; erasing a case leaves it.

It holds no content, so it is kept when the content goes: who read it stays accountable.
"""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from complaints.models.case import Complaint
from complaints.models.reader import Access, AccessKind

BATCH = 1000


def record_access(*, complaint: Complaint, user: Any, kind: AccessKind) -> None:
    """One person read one case, or took a file or the whole of it away.

    Call it once the answer is certain: a refused request and a HEAD read nothing.
    """
    _access(complaint.pk, user, kind, timezone.now()).save(force_insert=True)


@transaction.atomic
def record_accesses(*, complaint_ids: Iterable[UUID], user: Any, kind: AccessKind) -> int:
    """As above for many cases at once, in batches; returns how many. All of them or none."""
    now, ids, count = timezone.now(), iter(complaint_ids), 0
    while batch := [_access(pk, user, kind, now) for pk in islice(ids, BATCH)]:
        Access.objects.bulk_create(batch)
        count += len(batch)
    return count


def _access(complaint_id: UUID, user: Any, kind: AccessKind, at: datetime) -> Access:
    return Access(
        complaint_id=complaint_id, user=user, user_label=f"user:{user.pk}", kind=kind, at=at
    )
