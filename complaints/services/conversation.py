"""Messages between the complainant and the handler: events of the case, sealed, never changed."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint, Event, EventKind
from complaints.models.outbox import MailKind
from complaints.models.reading import Reading
from complaints.questions import MAX_CHARACTERS
from complaints.services.handling import NotAllowed
from complaints.services.history import COMPLAINANT, Entry, append_event
from complaints.services.sealing import KeyDestroyed
from complaints.stages import Party, Stage
from complaints.vault.codes import find_code_in

# What each side reads of the other's.
FROM_COMPLAINANT = (EventKind.FILED, EventKind.WROTE)
FROM_HANDLER = (EventKind.ANSWERED, EventKind.ADVISED, EventKind.RULED)


class MessageRefused(Exception):
    """Base of the reasons for which a message is not taken; nothing was stored."""


class EmptyMessage(MessageRefused):
    """There is no text in it."""


class MessageTooLong(MessageRefused):
    """It is longer than MAX_CHARACTERS."""


class CodeInMessage(MessageRefused):
    """It gives the receipt code away, which opens everything."""


@transaction.atomic
def write_to_handler(*, complaint: Complaint, text: str, code: str) -> Event:
    """Adds a message of the complainant, who came with `code`; tells the handler without content.

    Raises EmptyMessage, MessageTooLong, CodeInMessage, and NotAllowed for an erased case.
    """
    text = _checked(text)
    if find_code_in(text, code):
        raise CodeInMessage
    case = _locked(complaint)
    event = _append(case, EventKind.WROTE, text, label=COMPLAINANT)
    _now_waits_on(case, Party.HANDLER)
    notifications.owe_to_handler(case, occasion=str(event.number))
    return event


@transaction.atomic
def write_to_complainant(
    *, complaint: Complaint, text: str, by: Any, sealed_mail: bytes | None = None
) -> Event:
    """Adds a message of a handler, which the complainant reads on the follow page.

    A mail without content says that it waits, where they agreed to mail. Raises as above.
    """
    text = _checked(text)
    case = _locked(complaint)
    event = _append(case, EventKind.ANSWERED, text, by=by)
    _now_waits_on(case, Party.COMPLAINANT)
    notifications.owe_to_complainant(
        case, MailKind.MESSAGE_WAITS, occasion=str(event.number), sealed_text=sealed_mail
    )
    return event


def mark_read(complaint: Complaint, kinds: tuple[EventKind, ...]) -> None:
    """Keeps when events of these kinds were first read; who reads them again changes nothing."""
    unread = complaint.events.filter(kind__in=kinds, reading=None).values_list("pk", flat=True)
    now = timezone.now()
    Reading.objects.bulk_create(
        [Reading(event_id=pk, at=now) for pk in unread], ignore_conflicts=True
    )


def has_unread(complaint: Complaint, kinds: tuple[EventKind, ...]) -> bool:
    """Whether something of these kinds was never read yet."""
    return complaint.events.filter(kind__in=kinds, reading=None).exists()


def _checked(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if not text:
        raise EmptyMessage
    if len(text) > MAX_CHARACTERS:
        raise MessageTooLong
    return text


def _locked(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def _append(
    case: Complaint, kind: EventKind, text: str, *, by: Any = None, label: str = ""
) -> Event:
    entry = Entry(content={"message": text})
    try:
        return append_event(
            complaint=case, kind=kind, at=timezone.now(), by=by, label=label, entry=entry
        )
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def _now_waits_on(case: Complaint, party: Party) -> None:
    """An open case waits on whoever did not write last; at the committee it waits on them."""
    if case.is_open and case.current_stage is not Stage.COMMITTEE:
        case.waiting_on = party
        case.save(update_fields=["waiting_on"])
