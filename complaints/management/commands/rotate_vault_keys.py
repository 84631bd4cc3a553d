"""Puts all that the server's keys protect under a new key, while the site runs.

Every case opens at every moment: the new key is on disk before anything is under it, each batch is
one transaction, and the older keys stay. After a kill, run it again.
"""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from complaints.cases.drafts import draft_address
from complaints.cases.sealing import (
    SERVER,
    address_key_id,
    open_address,
    open_mail,
    rewrap,
    seal_address,
    seal_mail,
    wrap_key_id,
)
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.ways_back import Draft
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import add_key, forget_keys, keyring

BATCH = 500
TOKENS_LIVE_SECONDS = 24 * 3600

Sealed = type[KeyWrap] | type[CaseContact] | type[Draft] | type[OwedMail]
Work = tuple[Sealed, Any]  # a row under an older key: model, pk


class Command(BaseCommand):
    help = (
        "Adds a new server key and puts every case's key under it; finishes first what an earlier "
        "run left undone. --forget-old removes the keys that nothing is under any more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--new", action="store_true", help="add a key, also to unfinished work")
        what.add_argument("--continue", action="store_true", help="finish only; add no key")
        what.add_argument("--forget-old", action="store_true", help="remove keys out of use")
        parser.add_argument(
            "--now", action="store_true", help="with --forget-old: do not wait for open forms"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["forget_old"]:
            self.forget_old(is_urgent=options["now"])
        else:
            self.rotate(is_new=options["new"], is_continuing=options["continue"])

    def rotate(self, *, is_new: bool, is_continuing: bool) -> None:
        if is_new or not (is_continuing or older_rows()):
            self.add_key()
        else:
            self.stdout.write("Going on with the newest key; no key was added.")
        broken = self.renew_all()
        self.stdout.write(
            "All that opens is under the newest key. The older keys can be removed after 24 hours, "
            "when no form is open under them: manage.py rotate_vault_keys --forget-old"
        )
        if broken:
            raise CommandError(f"{len(broken)} rows open with no key and were left as they are.")

    def add_key(self) -> None:
        try:
            key = add_key()
        except OSError as error:
            raise CommandError(f"The key file cannot be replaced: {error.strerror}.") from error
        self.stdout.write(
            f"Key {key.key_id} was added to {settings.VAULT_KEY_FILE}. Copy that file off this "
            "server now: an older copy will not open what is stored from here on."
        )

    def renew_all(self) -> set[Work]:
        """Puts all under the newest key, also what came meanwhile; returns what does not open."""
        broken: set[Work] = set()
        while work := [row for row in older_rows() if row not in broken]:
            for start in range(0, len(work), BATCH):
                broken |= renew(work[start : start + BATCH])
                self.show_progress(min(start + BATCH, len(work)), len(work))
            self.stdout.write("")
        return broken

    def show_progress(self, done: int, total: int) -> None:
        self.stdout.write(f"\r{done * 100 // total:3d} %  {done} of {total}", ending="")
        self.stdout.flush()

    def forget_old(self, *, is_urgent: bool) -> None:
        age = time.time() - Path(settings.VAULT_KEY_FILE).stat().st_mtime
        if age < TOKENS_LIVE_SECONDS and not is_urgent:
            raise CommandError(
                "The key file changed less than 24 hours ago: somebody may be filling in a form "
                "under an older key. Wait, or give --now: then they lose what they typed."
            )
        used = keys_in_use()
        older = [key.key_id for key in keyring()[1:]]
        unused = [key_id for key_id in older if key_id not in used]
        forget_keys(unused)
        self.stdout.write(f"Removed {len(unused)} of {len(older)} older keys.")
        if len(unused) < len(older):
            self.stdout.write("The others are still in use: run rotate_vault_keys first.")


def renew(work: list[Work]) -> set[Work]:
    """Puts these rows under the newest key, in one transaction; returns those that do not open.

    Only updates: a row erased meanwhile stays erased.
    """
    lost: set[Work] = set()
    with transaction.atomic():
        for wrap in KeyWrap.objects.select_for_update().filter(pk__in=pks(work, KeyWrap)):
            if not renew_wrap(wrap):
                lost.add((KeyWrap, wrap.pk))
        for contact in CaseContact.objects.select_for_update().filter(
            pk__in=pks(work, CaseContact)
        ):
            if not renew_contact(contact):
                lost.add((CaseContact, contact.pk))
        for draft in Draft.objects.select_for_update().filter(pk__in=pks(work, Draft)):
            if not renew_draft(draft):
                lost.add((Draft, draft.pk))
        for owed in OwedMail.objects.select_for_update().filter(pk__in=pks(work, OwedMail)):
            if not renew_mail(owed):
                lost.add((OwedMail, owed.pk))
    return lost


def renew_wrap(wrap: KeyWrap) -> bool:
    """Re-wraps a case's key; False, and no change, where it does not open."""
    try:
        rewrap(wrap)
    except SealBroken:
        return False
    wrap.save(update_fields=["holder", "wrapped"])
    return True


def renew_contact(contact: CaseContact) -> bool:
    """Seals an address again; False, and no change, where it does not open."""
    try:
        address = open_address(contact.complaint_id, bytes(contact.sealed_email))
    except SealBroken:
        return False
    contact.sealed_email = seal_address(contact.complaint_id, address)
    contact.save(update_fields=["sealed_email"])
    return True


def renew_draft(draft: Draft) -> bool:
    """As `renew_contact`, for where a reminder goes; what the draft holds is under its code."""
    try:
        address = draft_address(draft)
    except SealBroken:
        return False
    if address:
        draft.sealed_email = seal_address(draft.pk, address)
        draft.save(update_fields=["sealed_email"])
    return True


def renew_mail(owed: OwedMail) -> bool:
    """As `renew_contact`, for a mail that a handler changed; one sent meanwhile has none."""
    if owed.sealed_text is None or owed.complaint_id is None:
        return True
    try:
        content = open_mail(owed.complaint_id, bytes(owed.sealed_text))
    except SealBroken:
        return False
    owed.sealed_text = seal_mail(owed.complaint_id, content)
    owed.save(update_fields=["sealed_text"])
    return True


def pks(work: list[Work], model: Sealed) -> list[Any]:
    return [pk for kind, pk in work if kind is model]


def older_rows() -> list[Work]:
    """The wraps and addresses that are not under the newest key."""
    newest = keyring()[0].key_id
    wraps = KeyWrap.objects.filter(holder__startswith=SERVER).exclude(holder=SERVER + newest)
    contacts = CaseContact.objects.values_list("pk", "sealed_email").order_by("pk")
    older: list[Work] = [(KeyWrap, pk) for pk in wraps.order_by("pk").values_list("pk", flat=True)]
    older += [
        (CaseContact, pk) for pk, seal in contacts.iterator() if address_key_id(seal) != newest
    ]
    older += [(Draft, pk) for pk, seal in draft_addresses() if address_key_id(seal) != newest]
    older += [(OwedMail, pk) for pk, seal in changed_mails() if address_key_id(seal) != newest]
    return older


def draft_addresses() -> list[tuple[Any, bytes]]:
    """The drafts that a reminder is owed for, as pk and sealed address."""
    rows = Draft.objects.values_list("pk", "sealed_email")
    return [(pk, bytes(sealed)) for pk, sealed in rows if sealed]


def changed_mails() -> list[tuple[Any, bytes]]:
    """The mails in a handler's words that are still to be sent, as pk and sealed text."""
    rows = OwedMail.objects.exclude(sealed_text=None).values_list("pk", "sealed_text")
    return [(pk, bytes(sealed)) for pk, sealed in rows if sealed is not None]


def keys_in_use() -> set[str]:
    """The ids of the keys that some wrap or address is under."""
    wraps = KeyWrap.objects.filter(holder__startswith=SERVER)
    contacts = CaseContact.objects.values_list("sealed_email", flat=True)
    ids = {wrap_key_id(name) for name in wraps.values_list("holder", flat=True).distinct()}
    ids |= {address_key_id(sealed) for _pk, sealed in draft_addresses()}
    ids |= {address_key_id(sealed) for _pk, sealed in changed_mails()}
    return ids | {address_key_id(sealed) for sealed in contacts.iterator()}
