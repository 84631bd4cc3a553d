"""Keeps a form that somebody puts aside, under a code that only they hold.

The only writer of drafts. The server cannot open one by itself: the key is made of the code, which
is stored nowhere (docs/decisions/0009-drafts.md).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import Count, QuerySet, Sum
from django.utils import timezone

from complaints import notifications
from complaints.cases.attachments import StoredFile, detach_files, keep_with
from complaints.cases.sealing import (
    CodeUnknown,
    empty_write_ahead_log,
    lookup_key,
    open_address,
    refuse_code,
    seal_address,
)
from complaints.models.keys_and_files import Attachment, Draft
from complaints.models.outbox import MailKind
from complaints.models.settings import HandlingSettings
from complaints.models.tables import compiled_once
from complaints.terms import add_days
from complaints.vault.cipher import new_key, open_sealed, seal
from complaints.vault.codes import DRAFT, CodeKey

logger = logging.getLogger(__name__)

# So that nobody fills the disk: what one draft may weigh, and all of them together.
LARGEST_BYTES = 4 * 1024 * 1024
MOST_DRAFTS = 20_000
MOST_BYTES = 4 * 1024 * 1024 * 1024
MOST_REMINDERS = 3


class NoRoom(Exception):
    """This draft is too large, or there are as many drafts as we keep. Nothing was changed."""


class TooManyReminders(Exception):
    """Enough was mailed about this draft."""


def key_of(code: str, secret: bytes | None = None) -> CodeKey:
    """Returns the key of the draft of that code; raises CodeMistyped."""
    return CodeKey.of(DRAFT, code, secret or lookup_key())


@dataclass(frozen=True)
class OpenedDraft:
    """A draft as its code opens it; `expires_on` is the last day it is kept."""

    content: bytes
    saved_at: datetime
    expires_on: date


@transaction.atomic
def save_draft(*, code: str, content: bytes, files: Sequence[StoredFile] = ()) -> Draft:
    """Keeps `content` under `code`, in the place of what was there, for a fresh term.

    The staged `files` whose keys are in it are kept as long; those it held before go at once.

    Raises CodeMistyped, and NoRoom where it would take more room than drafts may.
    """
    now, made, key = timezone.now(), key_of(code), new_key()
    _check_room(made, len(content))
    kept_days = HandlingSettings.current().draft_days
    owner = made.lookup.hex()
    draft, is_new = Draft.objects.update_or_create(
        lookup=made.lookup,
        defaults={
            "sealed": seal(key, content, place=owner),
            "wrapped": made.wrap(key, owner),
            "size": len(content),
            "saved_at": now,
            "expires_on": add_days(timezone.localdate(now), kept_days),
        },
    )
    after = timezone.make_aware(datetime.combine(add_days(draft.expires_on, 1), time.min))
    keep_with(draft, files, until=after)
    logger.info("draft.saved new=%s", is_new)
    return draft


def open_draft(code: str) -> OpenedDraft:
    """Returns the draft that the code opens.

    Raises CodeMistyped for what cannot be a code, CodeUnknown where nothing is kept under it (any
    more). An unknown code costs the same queries and the same decryption as a known one.
    """
    made, today = key_of(code), timezone.localdate()
    draft = Draft.objects.filter(lookup=made.lookup, expires_on__gte=today).first()
    if draft is None:
        refuse_code(made)
    owner = made.lookup.hex()
    content = open_sealed(made.unwrap(draft.wrapped, owner), draft.sealed, place=owner)
    return OpenedDraft(content, draft.saved_at, draft.expires_on)


def destroy_draft(code: str, *, secret: bytes | None = None) -> bool:
    """Deletes the draft of that code with its files; False where there was none.

    What is filed is of its case and stays. Raises CodeMistyped.

    `secret` is `lookup_key()`, where the caller has it at hand.
    """
    lookup = key_of(code, secret).lookup
    return any(_with_lookup(lookup)) and _destroy(lookup=lookup) > 0


@compiled_once
def _with_lookup(lookup: bytes) -> QuerySet[Draft]:
    return Draft.objects.filter(lookup=lookup)


def destroy_expired_drafts(now: datetime) -> int:
    """Deletes the drafts whose last day is over; returns how many."""
    return _destroy(expires_on__lt=timezone.localdate(now))


@transaction.atomic
def remind(*, code: str, address: str) -> None:
    """Owes a mail with the way back and the date; the address is kept until it was sent.

    Raises CodeUnknown for a draft that is gone, TooManyReminders after the third.
    """
    key = key_of(code)
    draft = Draft.objects.select_for_update().filter(lookup=key.lookup).first()
    if draft is None:
        raise CodeUnknown
    number = draft.owed_mails.count() + 1
    if number > MOST_REMINDERS:
        raise TooManyReminders
    draft.change(sealed_email=seal_address(draft.pk, address))
    # The mail says where to go and until when; never the code.
    notifications.owe(MailKind.DRAFT_SAVED, None, occasion=f"{draft.pk} {number}", draft=draft)


def draft_address(draft: Draft) -> str:
    """Returns where its reminder goes; "" once it was sent."""
    return open_address(draft.pk, bytes(draft.sealed_email)) if draft.sealed_email else ""


@transaction.atomic
def forget_address(draft: Draft) -> None:
    """Lets the address go that a reminder was sent to, unless another was given meanwhile."""
    now = Draft.objects.select_for_update().filter(pk=draft.pk).first()
    if now is not None and now.sealed_email == draft.sealed_email:
        Draft.objects.filter(pk=now.pk).update(sealed_email=None)


@transaction.atomic
def _destroy(**which: object) -> int:
    found = Draft.objects.filter(**which)
    detach_files(Attachment.objects.staged().filter(draft__in=found))
    _rows, by_model = found.delete()
    number = by_model.get(Draft._meta.label, 0)
    if number:
        logger.info("draft.destroyed number=%s", number)
        # A complaint may be filed in this transaction: a log that stays full must not undo that.
        transaction.on_commit(empty_write_ahead_log, robust=True)
    return number


def _check_room(key: CodeKey, size: int) -> None:
    others = Draft.objects.exclude(lookup=key.lookup)
    taken = others.aggregate(number=Count("pk"), size=Sum("size", default=0))
    if size > LARGEST_BYTES or taken["number"] >= MOST_DRAFTS or taken["size"] + size > MOST_BYTES:
        raise NoRoom
