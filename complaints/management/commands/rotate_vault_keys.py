"""Puts all that the server's keys protect under a new key, while the site runs.

Every case opens at every moment: the new key is on disk before anything is under it, each batch is
one transaction, and the older keys stay. After a kill, run it again.
"""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from complaints.cases.audit import note
from complaints.cases.sealing import CONTACT, MAIL, SERVER, WRAP
from complaints.models.keys_and_files import Draft, KeyWrap, LinkRequest
from complaints.models.outbox import CaseContact, OwedMail
from complaints.models.privacy import AccessKind
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import RING, key_id_of, keyring, open_secret, seal_secret

BATCH = 500
TOKENS_LIVE_SECONDS = 24 * 3600


@dataclass(frozen=True, eq=False)
class Sealed:
    """The rows of one model whose `column` the ring sealed, for one use and the id in `owner`."""

    model: type[Model]
    column: str
    use: str
    owner: str = "complaint_id"
    among: Q = field(default_factory=Q)

    def rows(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(self.among).exclude(**{self.column: None})

    def key_ids(self) -> Iterator[tuple[Any, str]]:
        """Yields each row's pk with the id of the key it is under."""
        found = self.rows().order_by("pk").values_list("pk", self.column)
        return ((pk, self.key_id(value)) for pk, value in found.iterator())

    def key_id(self, value: Any) -> str:
        return key_id_of(value)

    def renew(self, row: Any) -> None:
        """Seals a row again; raises SealBroken, and changes nothing, where it does not open."""
        owner = getattr(row, self.owner)
        plain = RING.open(self.use, getattr(row, self.column), owner)
        setattr(row, self.column, RING.seal(self.use, plain, owner))
        row.save(force_update=True)


FACTOR_SECRETS = ("secret", "seed")  # of an app with codes, of recovery codes


class Factors(Sealed):
    """What an app and recovery codes come from; of a passkey the server has no secret."""

    def key_id(self, value: Any) -> str:
        return key_id_of(base64.b64decode(self._secrets(value).popitem()[1]))

    def renew(self, row: Any) -> None:
        secrets = self._secrets(row.data).items()
        row.data |= {name: seal_secret(open_secret(sealed)) for name, sealed in secrets}
        row.save(force_update=True)

    def _secrets(self, data: dict[str, Any]) -> dict[str, str]:
        return {name: data[name] for name in FACTOR_SECRETS if name in data}


ALL_SEALED = (
    Sealed(KeyWrap, "wrapped", WRAP, among=Q(holder=SERVER)),
    Sealed(CaseContact, "sealed_email", CONTACT),
    Sealed(Draft, "sealed_email", CONTACT, "pk"),  # what it holds is under its code
    Sealed(LinkRequest, "sealed_email", CONTACT, "pk"),
    Sealed(OwedMail, "sealed_text", MAIL),
    Sealed(OwedMail, "sealed_address", CONTACT),
    Factors(Authenticator, "data", "secret", among=Q(data__has_any_keys=FACTOR_SECRETS)),
)
Work = tuple[Sealed, Any]  # a row under an older key, by its pk


class Command(BaseCommand):
    help = (
        "Adds a new server key and puts every case's key under it; finishes first what an earlier "
        "run left undone. --forget-old removes the keys that nothing is under any more."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--new", action="store_true", help="add a key, also to unfinished work")
        what.add_argument("--forget-old", action="store_true", help="remove keys out of use")
        parser.add_argument(
            "--now", action="store_true", help="with --forget-old: do not wait for open forms"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["forget_old"]:
            self.forget_old(is_urgent=options["now"])
        else:
            self.rotate(is_new=options["new"])

    def rotate(self, *, is_new: bool) -> None:
        older = {key.key_id for key in keyring()[1:]}
        if is_new or not older & keys_in_use():
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
            key = RING.add()
        except OSError as error:
            raise CommandError(f"The key file cannot be replaced: {error.strerror}.") from error
        note(AccessKind.KEY)
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
                done, total = min(start + BATCH, len(work)), len(work)
                self.stdout.write(f"\r{done * 100 // total:3d} %  {done} of {total}", ending="")
                self.stdout.flush()
            self.stdout.write("")
        return broken

    def forget_old(self, *, is_urgent: bool) -> None:
        age = time.time() - RING.path.stat().st_mtime
        if age < TOKENS_LIVE_SECONDS and not is_urgent:
            raise CommandError(
                "The key file changed less than 24 hours ago: somebody may be filling in a form "
                "under an older key. Wait, or give --now: then they lose what they typed."
            )
        used = keys_in_use()
        older = [key.key_id for key in keyring()[1:]]
        unused = [key_id for key_id in older if key_id not in used]
        RING.forget(unused)
        self.stdout.write(f"Removed {len(unused)} of {len(older)} older keys.")
        if len(unused) < len(older):
            self.stdout.write("The others are still in use: run rotate_vault_keys first.")


def renew(work: list[Work]) -> set[Work]:
    """Puts these rows under the newest key, in one transaction; returns those that do not open.

    Only updates: a row erased meanwhile stays erased.
    """
    lost: set[Work] = set()
    with transaction.atomic():
        for sealed in ALL_SEALED:
            pks = [pk for kind, pk in work if kind is sealed]
            for row in sealed.rows().select_for_update().filter(pk__in=pks):
                try:
                    sealed.renew(row)
                except SealBroken:
                    lost.add((sealed, row.pk))
    return lost


def older_rows() -> list[Work]:
    """The rows that are not under the newest key."""
    newest = keyring()[0].key_id
    return [(sealed, pk) for sealed in ALL_SEALED for pk, key in sealed.key_ids() if key != newest]


def keys_in_use() -> set[str]:
    """The ids of the keys that some row is under."""
    return {key_id for sealed in ALL_SEALED for _pk, key_id in sealed.key_ids()}
