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
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from wagtail.models import Site

from complaints import notifications
from complaints.cases import due_dates
from complaints.cases.attachments import StoredFile, attach_files
from complaints.cases.case import MOST_FILES_OF_CASE, NotAllowed, check_not_too_much, mark_unread
from complaints.cases.history import COMPLAINANT, Entry, append_event
from complaints.cases.sealing import KeyDestroyed, case_key
from complaints.models.case import Complaint, Event, EventKind, ReadReceipt
from complaints.models.lists import IN_BRACES, ReplyTemplate
from complaints.models.outbox import MailKind
from complaints.models.settings import HandlingSettings
from complaints.questions import MAX_CHARACTERS
from complaints.stages import Party, Stage
from complaints.terms import TermKind
from complaints.vault.codes import find_code_in
from home.models import OrganisationSettings


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
    """The text as it is kept: one kind of line end, no null bytes. Raises MessageRefused.

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
    *, complaint: Complaint, text: str, by: User, sealed_mail: bytes | None = None
) -> Event:
    """Adds a message of a handler, which the complainant reads on the follow page.

    A mail without content says that it waits, where they agreed to mail. Raises as above.
    """
    text = checked_text(text)
    case = _locked(complaint)
    event = _append(case, EventKind.ANSWERED, {"message": text}, by=by)
    _now_waits_on(case, Party.COMPLAINANT)
    due_dates.message_sent(case, on=timezone.localdate())
    notifications.owe_to_complainant(
        case, MailKind.MESSAGE_WAITS, occasion=str(event.number), sealed_text=sealed_mail
    )
    return event


def mark_read(events: Iterable[Event], kinds: tuple[EventKind, ...]) -> None:
    """Keeps when those of these kinds were first read; who reads them again changes nothing.

    The events come joined with their `reading`.
    """
    unread = [event for event in events if event.kind in kinds and not hasattr(event, "reading")]
    now = timezone.now()
    ReadReceipt.objects.bulk_create(
        [ReadReceipt(event=event, at=now) for event in unread], ignore_conflicts=True
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
    by: User | None = None,
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


def templates_for(complaint: Complaint) -> QuerySet[ReplyTemplate]:
    """The templates of the case's stage and those for every stage."""
    return ReplyTemplate.objects.filter(Q(stage=complaint.stage) | Q(stage=""))


def filled_in(template: ReplyTemplate, complaint: Complaint) -> str:
    """The text for this case, in the language of the site; what it does not know stays."""
    with translation.override(settings.LANGUAGE_CODE):
        known = _facts(complaint)
    return IN_BRACES.sub(lambda found: known.get(found[1], found[0]), template.text)


def _facts(case: Complaint) -> Mapping[str, str]:
    people, site = HandlingSettings.current(), Site.objects.filter(is_default_site=True).first()
    due = dict(case.terms.values_list("kind", "due_on"))
    committee = people.committee_name or _("de klachtencommissie")
    return {
        "kenmerk": case.reference,
        "fase": str(case.current_stage.label),
        "contact_voor": _day(due.get(TermKind.CONTACT)),
        "beslissing_voor": _day(due.get(TermKind.HANDLING)),
        "contactdagen": str(people.contact_working_days),
        "behandeldagen": str(people.handling_days),
        "voortgangsdagen": str(people.progress_days),
        "behandelaar": _name(case.handler, _("de behandelaar")),
        "vertrouwenspersoon": _name(people.confidant, _("de vertrouwenspersoon")),
        "commissie": committee,
        "organisatie": OrganisationSettings.for_site(site).name if site else "",
    }


def _day(day: date | None) -> str:
    return date_format(day, "l j F Y") if day else _("(nog geen datum)")


def _name(person: User | None, otherwise: str) -> str:
    return str(person.get_full_name() or otherwise) if person else otherwise
