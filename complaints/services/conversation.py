"""Messages between the complainant and the handler: events of the case, sealed, never changed."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint, Event, EventKind
from complaints.models.outbox import MailKind
from complaints.models.reading import Reading
from complaints.services import terms
from complaints.services.bounds import MOST_FILES_OF_CASE, check_not_too_much
from complaints.services.files import StoredFile, attach_files
from complaints.services.handling import NotAllowed
from complaints.services.history import COMPLAINANT, Entry, append_event
from complaints.services.sealing import KeyDestroyed, case_key
from complaints.services.unread import mark_unread
from complaints.services.wording import TooManyFiles, checked_text, refuse_code
from complaints.stages import Party, Stage

# What each side reads of the other's.
FROM_COMPLAINANT = (EventKind.FILED, EventKind.WROTE)
FROM_HANDLER = (EventKind.ANSWERED, EventKind.ADVISED, EventKind.RULED)


@transaction.atomic
def write_to_handler(
    *, complaint: Complaint, text: str, code: str, files: Sequence[StoredFile] = ()
) -> Event:
    """Adds a message of the complainant, who came with `code`; tells the handler without content.

    Staged `files` become the case's; with files the text may be empty. Raises MessageRefused,
    FilesGone, TooMuchToday, and NotAllowed for an erased case: nothing is stored then.
    """
    text = checked_text(text, code=code, may_be_empty=bool(files))
    refuse_code(code, *(file.name for file in files))
    case = _locked(complaint)
    check_not_too_much(case)
    _add_files(case, files)
    content = {"message": text, "files": [file.name for file in files]}
    event = _append(case, EventKind.WROTE, content, label=COMPLAINANT)
    _now_waits_on(case, Party.HANDLER)
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number))
    return event


@transaction.atomic
def write_to_complainant(
    *, complaint: Complaint, text: str, by: Any, sealed_mail: bytes | None = None
) -> Event:
    """Adds a message of a handler, which the complainant reads on the follow page.

    A mail without content says that it waits, where they agreed to mail. Raises as above.
    """
    text = checked_text(text)
    case = _locked(complaint)
    event = _append(case, EventKind.ANSWERED, {"message": text}, by=by)
    _now_waits_on(case, Party.COMPLAINANT)
    terms.message_sent(case, on=timezone.localdate())
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


def _locked(complaint: Complaint) -> Complaint:
    return Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)


def _add_files(case: Complaint, files: Sequence[StoredFile]) -> None:
    held = case.attachments.count()
    if files and held + len(files) > MOST_FILES_OF_CASE:
        raise TooManyFiles
    if files:
        key = _key(case)
        attach_files(complaint=case, key=key, files=files, at=timezone.now(), after=held)


def _key(case: Complaint) -> bytes:
    try:
        return case_key(case.pk)
    except KeyDestroyed as error:
        raise NotAllowed("the content of this case was erased") from error


def _append(
    case: Complaint,
    kind: EventKind,
    content: dict[str, Any],
    *,
    by: Any = None,
    label: str = "",
) -> Event:
    entry = Entry(content={name: said for name, said in content.items() if said})
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
