"""What the services did, as tests ask it: the case, its terms, a refusal, mail owed and sent."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.utils import timezone

from complaints.cases.case import NotAllowed, event_content
from complaints.cases.contents import HistoryLine
from complaints.cases.sealing import key_to_read
from complaints.models.case import Complaint
from complaints.models.outbox import OwedMail
from complaints.terms import TermKind
from complaints.worker.delivery import deliver_due
from complaints.worker.jobs import MAIL, do_due, jobs


def fresh(case: Complaint) -> Complaint:
    """The case as the database holds it now."""
    return Complaint.objects.get(pk=case.pk)


def refused(service: Callable[..., Any], **given: Any) -> None:
    """Fails unless the service raises NotAllowed on this."""
    with pytest.raises(NotAllowed):
        service(**given)


@contextmanager
def undone() -> Iterator[None]:
    """What is tried in here is taken back, so that many may be tried on one case."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def told(kind: str, **which: Any) -> list[Any]:
    """To whom mail of this kind is or was owed, in order; None is the complainant."""
    owed = OwedMail.objects.filter(kind=kind, **which).order_by("pk").select_related("user")
    return [row.user for row in owed]


def forget_mail(*, but: str = "") -> None:
    """Nothing is owed any more, save mail of that kind."""
    OwedMail.objects.exclude(kind=but).delete()


def tick(now: datetime | None = None) -> None:
    """Does what the worker does now, but for sending mail."""
    do_due([job for job in jobs() if job is not MAIL], now or timezone.now())


def ticked(case: Complaint) -> Complaint:
    """The case once the clock has looked, twice."""
    tick()
    tick()
    return fresh(case)


def send_all() -> list[Any]:
    """Delivers all that is owed and due; returns what went out."""
    mail.outbox.clear()
    while deliver_due():
        pass
    return mail.outbox


def due(case: Complaint, kind: TermKind = TermKind.HANDLING) -> date:
    return case.terms.get(kind=kind).due_on


def is_met(case: Complaint, kind: TermKind) -> bool:
    return case.terms.get(kind=kind).met_at is not None


def open_history(case: Complaint, key: bytes | None = None) -> list[HistoryLine]:
    """Every event of the case, oldest first, opened."""
    key = key or key_to_read(case)
    return [
        HistoryLine(event, event_content(event, key)) for event in case.events.order_by("number")
    ]
