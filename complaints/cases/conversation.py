"""Messages between the complainant and the handler: events of the case, sealed, never changed.

A message is some text, not too long, and never the receipt code. A handler may start from a
template.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints import notifications
from complaints.cases import due_dates, rules
from complaints.cases.attachments import StoredFile, attach_files
from complaints.cases.case import (
    COMPLAINANT,
    MOST_FILES_OF_CASE,
    check_not_too_much,
    key_of,
    locked,
    mark_unread,
    record,
)
from complaints.cases.mails import organisation
from complaints.cases.rules import locked_unless
from complaints.events import EventKind
from complaints.models.case import Complaint, Event, ReadReceipt
from complaints.models.handling import IN_BRACES, ReplyTemplate
from complaints.models.outbox import MailKind
from complaints.models.settings import HandlingSettings
from complaints.questions import MAX_CHARACTERS
from complaints.stages import Party, Stage
from complaints.terms import TermKind, day_in_words
from complaints.vault.codes import find_code_in


class MessageRefused(Exception):
    """Base of the reasons for which a message is not taken; nothing was stored."""


class EmptyMessage(MessageRefused):
    """There is no text in it."""


class MessageTooLong(MessageRefused):
    """It is longer than MAX_CHARACTERS."""


class CodeInMessage(MessageRefused):
    """It gives the receipt code away, which opens everything."""


class TooManyFiles(MessageRefused):
    """The case holds as many files as one may."""


def checked_text(text: str, *, code: str = "", may_be_empty: bool = False) -> str:
    """Returns the text as it is kept: one kind of line end, no null bytes. Raises MessageRefused.

    With a `code`, the text may not give that code away.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()
    if not text and not may_be_empty:
        raise EmptyMessage
    if len(text) > MAX_CHARACTERS:
        raise MessageTooLong
    refuse_code(code, text)
    return text


def refuse_code(code: str, *said: str) -> None:
    """Raises CodeInMessage where one of the texts gives the code away, however it is spelled."""
    if code and any(find_code_in(text, code) for text in said):
        raise CodeInMessage


# What each side reads of the other's.
FROM_COMPLAINANT = (EventKind.FILED, EventKind.WROTE)
FROM_HANDLER = (EventKind.ANSWERED, EventKind.ADVISED, EventKind.RULED)


def hear(
    case: Complaint,
    kind: EventKind,
    text: str,
    code: str,
    *,
    is_by_law: bool = False,
    **content: Any,
) -> Event:
    """Records what the complainant asked or said, and tells the handler, without content.

    The caller holds the case locked. Raises TooMuchToday, MessageRefused and NotAllowed.
    """
    check_not_too_much(case)
    message = checked_text(text, code=code, may_be_empty=True)
    event = record(case, kind, None, {**content, "message": message}, label=COMPLAINANT)
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number), is_by_law=is_by_law)
    return event


@transaction.atomic
def write_to_handler(
    *, complaint: Complaint, text: str, code: str, files: Sequence[StoredFile] = ()
) -> Event:
    """Adds a message of the complainant, who came with `code`; tells the handler without content.

    Staged `files` become the case's; with files the text may be empty. Raises MessageRefused,
    FilesGone, TooMuchToday, and NotAllowed for an erased case: nothing is stored then.
    """
    names = [file.name for file in files]
    refuse_code(code, *names)
    case = locked(complaint)
    checked_text(text, may_be_empty=bool(files))
    event = hear(case, EventKind.WROTE, text, code, files=names)
    attach(event, files)
    now_waits_on(case, Party.HANDLER)
    return event


@transaction.atomic
def write_to_complainant(
    *,
    complaint: Complaint,
    text: str,
    by: User,
    sealed_mail: bytes | None = None,
    files: Sequence[StoredFile] = (),
) -> Event:
    """Adds a message of a handler, which the complainant reads on the follow page.

    Staged `files` go along; with files the text may be empty. A mail without content says that it
    waits, where they agreed to mail; `sealed_mail` is that mail as the handler changed it. Raises
    MessageRefused, FilesGone, and NotAllowed for an erased case.
    """
    text = checked_text(text, may_be_empty=bool(files))
    case = locked_unless(rules.why_not_write, complaint)
    event = record_with_files(case, EventKind.ANSWERED, by, {"message": text}, files)
    now_waits_on(case, Party.COMPLAINANT)
    due_dates.tell_complainant(case, MailKind.MESSAGE_WAITS, str(event.number), sealed_mail)
    return event


def mark_read(events: Iterable[Event]) -> None:
    """Keeps when these were first read by whom they are for; reading again changes nothing.

    They come joined with their `read_receipt`.
    """
    unread, now = [event for event in events if event.read_at is None], timezone.now()
    ReadReceipt.objects.bulk_create(
        [ReadReceipt(event=event, at=now) for event in unread], ignore_conflicts=True
    )


def attach(event: Event, files: Sequence[StoredFile], *, is_from_us: bool = False) -> None:
    """Each side may send as many as a case holds, whatever the other sent."""
    if not files:
        return
    held = list(event.complaint.attachments.values_list("is_from_us", flat=True))
    if held.count(is_from_us) + len(files) > MOST_FILES_OF_CASE:
        raise TooManyFiles
    key, now = key_of(event.complaint), timezone.now()
    attach_files(event=event, key=key, files=files, at=now, after=len(held), is_from_us=is_from_us)


def record_with_files(
    case: Complaint,
    kind: EventKind,
    by: User,
    content: Mapping[str, Any],
    files: Sequence[StoredFile],
) -> Event:
    """Records what one of us did, and keeps the staged files that go along."""
    event = record(case, kind, by, {**content, "files": [file.name for file in files]})
    attach(event, files, is_from_us=True)
    return event


def now_waits_on(case: Complaint, party: Party) -> None:
    """Puts on an open case whom it waits on; at the committee it goes on waiting on them."""
    if case.is_open and case.current_stage is not Stage.COMMITTEE:
        case.change(waiting_on=party)


def templates_for(complaint: Complaint) -> QuerySet[ReplyTemplate]:
    """Returns the templates of the case's stage and those for every stage."""
    return ReplyTemplate.objects.filter(Q(stage=complaint.stage) | Q(stage=""))


BLANK_DAY = gettext_lazy("[vul een datum in]")  # where the day that was promised has passed


def filled_in(
    template: ReplyTemplate, complaint: Complaint, people: HandlingSettings, name: str = ""
) -> str:
    """Returns its text for this case, in the language of the site; what it does not know stays.

    It greets by `name`, where there is one, and states no day that has passed.
    """
    with translation.override(settings.LANGUAGE_CODE):
        known = _facts(complaint, people, name)
    return IN_BRACES.sub(lambda found: known.get(found[1], found[0]), template.text)


def blank_in(text: str) -> str:
    """Returns the blank that a template left in it and nobody filled in; "" where there is none."""
    with translation.override(settings.LANGUAGE_CODE):
        blank = str(BLANK_DAY)
    return blank if blank in text else ""


def _facts(case: Complaint, people: HandlingSettings, name: str) -> Mapping[str, str]:
    due = {term.kind: term.due_on for term in case.terms.all()}
    return {
        "aanhef": _("Dag %(name)s") % {"name": name} if name else _("Dag"),
        "kenmerk": case.reference,
        "fase": str(case.current_stage.label),
        "contact_voor": _day(due.get(TermKind.CONTACT)),
        "beslissing_voor": _day(due.get(TermKind.HANDLING)),
        "contactdagen": str(people.contact_working_days),
        "behandeldagen": str(people.handling_days),
        "voortgangsdagen": str(people.progress_days),
        "behandelaar": _name(case.handler, _("de behandelaar")),
        "vertrouwenspersoon": _name(people.confidant, _("de vertrouwenspersoon")),
        "commissie": people.committee_name or _("de klachtencommissie"),
        "organisatie": organisation().name,
    }


def _day(day: date | None) -> str:
    return day_in_words(day) if day and day >= timezone.localdate() else str(BLANK_DAY)


def _name(person: User | None, otherwise: str) -> str:
    return str(person.get_full_name() or otherwise) if person else otherwise
