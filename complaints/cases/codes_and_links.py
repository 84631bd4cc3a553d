"""The ways into a filed case: its receipt code, replaced or given by us, and a mailed link.

A link is asked for blindly, matched later by the worker, and used once.
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from complaints.cases.case import COMPLAINANT, locked, record
from complaints.cases.sealing import open_address, replace_code, seal_address
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.circle import Circle
from complaints.models.outbox import CaseContact, MailKind
from complaints.models.roster import Roster
from complaints.models.ways_back import FollowLink, LinkRequest
from complaints.notifications import owe
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import new_code
from complaints.vault.keyring import TokenBroken, open_token, seal_token


def is_given_by_us(case: Complaint) -> bool:
    """Whether the code there is now was seen by a member of staff."""
    by = _code_given(case).values_list("actor_label", flat=True).first()
    return by not in (None, COMPLAINANT)


def is_known_outside(case: Complaint, roster: Roster) -> bool:
    """Whether the one of us who gave the code there is now may not read the case (any more)."""
    given = _code_given(case).values_list("actor_label", "actor").first()
    if given is None or given[0] == COMPLAINANT:
        return False
    return given[1] not in {user.pk for user in Circle(case, roster).readers}


def replace_and_record(case: Complaint, *, by: User | None = None, reason: str = "") -> str:
    """Returns a new code, once; the old one opens nothing now, nor does a mailed link.

    The caller holds the case locked. Raises KeyDestroyed where the content was erased.
    """
    code = new_code()
    replace_code(case.pk, code)
    end_links(case)
    record(case, EventKind.CODE_REPLACED, by, {"reason": reason}, label=COMPLAINANT)
    return code


def _code_given(case: Complaint) -> QuerySet[Event]:
    """Returns the events at which a code was given, the one there is now first."""
    kinds = (EventKind.FILED, EventKind.CODE_REPLACED)
    return case.events.filter(kind__in=kinds).order_by("-number")


logger = logging.getLogger(__name__)

USE = "follow-link"
LIVES = timedelta(hours=2)
NOT_AGAIN_FOR = timedelta(minutes=5)
MOST_WAITING = 2000
AT_ONCE = 50


class LinkOver(Exception):
    """The link was used, is too old, was followed by a newer one, or is not ours."""


def ask_for_link(*, address: str, now: datetime | None = None) -> None:
    """Queues the question; at most 2,000 wait, and what comes on top of that is dropped."""
    if LinkRequest.objects.count() >= MOST_WAITING:
        logger.warning("link.queue_full")
        return
    pk = uuid4()
    LinkRequest.objects.create(
        id=pk, sealed_email=seal_address(pk, address), created_at=now or timezone.now()
    )


def match_requests(now: datetime | None = None) -> None:
    """Owes a mail with a link for each case that has an address asked for; for the worker."""
    now = now or timezone.now()
    asked = list(LinkRequest.objects.all()[:AT_ONCE])
    if not asked:
        return
    addresses = {_same(_opened(row.pk, row.sealed_email)) for row in asked} - {""}
    for contact in CaseContact.objects.select_related("complaint").iterator():
        if _same(_opened(contact.complaint_id, contact.sealed_email)) in addresses:
            _make_link(contact.complaint, now)
    LinkRequest.objects.filter(pk__in=[row.pk for row in asked]).delete()


@transaction.atomic
def _make_link(complaint: Complaint, now: datetime) -> None:
    """A link in the place of an older one; none soon after a fresh one, or for a suspect case."""
    case = locked(complaint)
    recent = FollowLink.objects.fresh(now).filter(complaint=case, made_at__gt=now - NOT_AGAIN_FOR)
    if case.is_suspect or recent.exists():
        return
    FollowLink.objects.filter(complaint=case).delete()
    link = FollowLink.objects.create(complaint=case, made_at=now, expires_at=now + LIVES)
    owe(MailKind.FOLLOW_LINK, None, case, occasion=link.pk.hex)


def token_of(link_id: UUID) -> str:
    """Returns what stands in the mailed address; the server makes it anew when it sends."""
    return seal_token(link_id.bytes, use=USE)


def fresh_link(token: str, now: datetime | None = None) -> FollowLink:
    """Returns the link of that token, while it can be used; raises LinkOver. Changes nothing."""
    try:
        link_id = UUID(bytes=open_token(token, use=USE))
    except TokenBroken as error:
        raise LinkOver from error
    link = FollowLink.objects.fresh(now or timezone.now()).filter(pk=link_id).first()
    if link is None:
        raise LinkOver
    return link


def use_link(token: str, now: datetime | None = None) -> FollowLink:
    """Uses the link up; of two that come at once, one gets it. Raises LinkOver."""
    now = now or timezone.now()
    link = fresh_link(token, now)
    if not FollowLink.objects.fresh(now).filter(pk=link.pk).update(used_at=now):
        raise LinkOver
    return link


def end_links(case: Complaint) -> None:
    """Lets no link of this case work any more, nor a page that is open because of one."""
    FollowLink.objects.filter(complaint=case).delete()


def _opened(pk: UUID, sealed: bytes | memoryview) -> str:
    try:
        return open_address(pk, bytes(sealed))
    except SealBroken:
        return ""


def _same(address: str) -> str:
    return address.strip().casefold()
