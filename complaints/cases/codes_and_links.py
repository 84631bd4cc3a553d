"""The ways into a filed case: its receipt code, replaced or given by us, and a mailed link.

A link is asked for blindly, matched later by the worker, and used once. It opens the status only: a
code asked there works after a day, and is told at the address (decision 0021).
"""

import logging
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints.cases.case import COMPLAINANT, by_itself, check_not_too_much, locked, record
from complaints.cases.sealing import (
    drop_waiting_code,
    open_address,
    replace_code,
    seal_address,
    start_waiting_code,
    waiting_codes,
)
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.keys_and_files import EndedSession, FollowLink, LinkRequest
from complaints.models.outbox import CaseContact, MailKind, OwedMail
from complaints.models.roster import Circle
from complaints.notifications import owe, owe_to_complainant
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import new_code
from complaints.vault.keyring import TokenBroken, open_token, seal_token


def is_given_by_us(case: Complaint) -> bool:
    """Whether the code there is now was seen by a member of staff."""
    return any(event.actor_label != COMPLAINANT for event in _code_given(case))


def is_known_outside(circle: Circle) -> bool:
    """Whether the one of us who gave the code there is now may not read the case (any more)."""
    if not is_given_by_us(circle.case):
        return False
    readers = {user.pk for user in circle.readers}
    return any(event.actor_id not in readers for event in _code_given(circle.case))


def replace_and_record(
    case: Complaint, *, by: User | None = None, reason: str = "", code: str = ""
) -> str:
    """Returns the new code, once; the old one opens nothing now, nor does a mailed link.

    `code` is one that was made before, if any. The caller holds the case locked. Raises
    KeyDestroyed where the content was erased.
    """
    code = code or new_code()
    replace_code(case.pk, code)
    end_links(case)
    record(case, EventKind.CODE_REPLACED, by, {"reason": reason}, label=COMPLAINANT)
    return code


CODE_WAITS = timedelta(days=1)
MOST_CODES_A_DAY = 3


def let_code_wait(case: Complaint) -> str:
    """Returns a new code, once, that works after a day; the old one works until then.

    The caller holds the case locked. It takes the place of one that waited. Raises TooMuchToday.
    """
    check_not_too_much(case, MOST_CODES_A_DAY, kind=EventKind.CODE_ASKED)
    code, works_from = new_code(), timezone.now() + CODE_WAITS
    replace_code(case.pk, code, works_from=works_from)
    content = {"works_from": works_from}
    event = record(case, EventKind.CODE_ASKED, None, content, label=COMPLAINANT)
    owe_to_complainant(case, MailKind.CODE_ASKED, str(event.number))
    return code


def code_works_from(case: Complaint) -> datetime | None:
    """Returns the moment from which a code that waits will work; None where none waits."""
    waiting = waiting_codes().filter(complaint_id=case.pk)
    return waiting.values_list("works_from", flat=True).first()


def start_codes(now: datetime | None = None) -> None:
    """Lets each code work whose moment has come and of which the address was told; the worker's."""
    due = waiting_codes().filter(works_from__lte=now or timezone.now())
    for found in Complaint.objects.filter(pk__in=list(due.values_list("complaint_id", flat=True))):
        with by_itself(found.reference), transaction.atomic():
            case = locked(found)
            told = OwedMail.objects.filter(complaint=case, kind=MailKind.CODE_ASKED)
            last = told.order_by("-pk").first()
            is_told = last is None or (last.sent_at is not None and not last.dropped_reason)
            if is_told and due.filter(complaint_id=case.pk).exists():
                start_waiting_code(case.pk)
                end_links(case)
                record(case, EventKind.CODE_REPLACED, None, {}, label=COMPLAINANT)


def _code_given(case: Complaint) -> list[Event]:
    """Returns the event at which the code there is now was given."""
    kinds = (EventKind.FILED, EventKind.CODE_REPLACED)
    return [event for event in case.events.all() if event.kind in kinds][-1:]


logger = logging.getLogger(__name__)

USE = "follow-link"
LIVES = timedelta(hours=2)
NOT_AGAIN_FOR = timedelta(minutes=5)  # then twice as long each time, up to as long as one lives
KEPT = timedelta(days=1)  # links, to count them; also the longest that a page opened by one lasts
MOST_WAITING = 2000
AT_ONCE = 50


class LinkOver(Exception):
    """The link was used, is too old, was ended, or is not ours."""


@transaction.atomic
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
    addresses = {_address_in(row.pk, row.sealed_email) for row in asked} - {""}
    for contact in CaseContact.objects.select_related("complaint").iterator():
        if _address_in(contact.complaint_id, contact.sealed_email) in addresses:
            with by_itself(contact.complaint.reference):
                _make_link(contact.complaint, now)
    LinkRequest.objects.filter(pk__in=[row.pk for row in asked]).delete()


@transaction.atomic
def _make_link(complaint: Complaint, now: datetime) -> None:
    """One more link, beside those there are; none for a suspect case, or soon after another.

    The more were mailed in a day, the longer it takes; never longer than a link lives. So nobody
    who only knows the address can keep the complainant from having one that works.
    """
    case = locked(complaint)
    made = FollowLink.objects.filter(complaint=case, made_at__gt=now - KEPT)
    times = made.values_list("made_at", flat=True)
    wait = min(NOT_AGAIN_FOR * 2 ** (len(times) - 1), LIVES) if times else timedelta()
    if case.is_suspect or not case.has_link_way or (times and max(times) > now - wait):
        return
    link = FollowLink.objects.create(complaint=case, made_at=now, expires_at=now + LIVES)
    owe(MailKind.FOLLOW_LINK, None, case, occasion=link.pk.hex)


def token_of(link_id: UUID) -> str:
    """Returns what stands in the mailed address; the server makes it anew when it sends."""
    return seal_token(link_id.bytes, use=USE)


def fresh_link(token: str) -> FollowLink:
    """Returns the link of that token, while it can be used; raises LinkOver. Changes nothing."""
    try:
        link_id = UUID(bytes=open_token(token, use=USE))
    except TokenBroken as error:
        raise LinkOver from error
    link = FollowLink.objects.fresh(timezone.now()).filter(pk=link_id).first()
    if link is None:
        raise LinkOver
    return link


def use_link(token: str) -> FollowLink:
    """Uses the link up; of two that come at once, one gets it. Raises LinkOver."""
    link, now = fresh_link(token), timezone.now()
    if not FollowLink.objects.fresh(now).filter(pk=link.pk).update(used_at=now):
        raise LinkOver
    return link


def end_links(case: Complaint) -> None:
    """Lets no link of this case work any more, nor a page or a code that came of one."""
    FollowLink.objects.filter(complaint=case).delete()
    drop_waiting_code(case.pk)


def end_session(session: UUID, until: datetime) -> None:
    """Lets no cookie of this session open anything; it is over by itself at `until`."""
    EndedSession.objects.bulk_create([EndedSession(id=session, until=until)], ignore_conflicts=True)


def is_ended(session: UUID) -> bool:
    return EndedSession.objects.filter(pk=session).exists()


def forget_what_is_over(now: datetime) -> None:
    """Deletes links and ended sessions that are over anyway; for the worker."""
    FollowLink.objects.filter(made_at__lte=now - KEPT).delete()
    EndedSession.objects.filter(until__lte=now).delete()


def _address_in(pk: UUID, sealed: bytes | memoryview) -> str:
    """Returns the address in one spelling, to compare; "" for what does not open."""
    try:
        return open_address(pk, bytes(sealed)).strip().casefold()
    except SealBroken:
        return ""
