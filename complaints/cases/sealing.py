"""Joins the vault to a complaint: its own content key, and what is sealed under it."""

import hmac
import json
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from typing import Any, NoReturn
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, IntegrityError, connection, transaction
from django.db.models import QuerySet

from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.tables import compiled_once
from complaints.vault import cipher, keyring
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import CODE, CodeKey, parse_code
from complaints.vault.keyring import KEY_ID_BYTES, RING, cover, key_id_of, uncover

# The secret behind receipt codes is kept as a case key of no case, so that rotation re-wraps it.
LOOKUP_ID = UUID(int=0)
NEWEST = 5  # complaints that the keys are tried on
SERVER = "server"  # the holder of a wrap under the server's ring
WRAP, CONTACT, MAIL = "wrap", "contact", "mail"  # what that ring seals, each with a key of its own
NEXT_CODE = "code-next"  # the holder of a code that waits; its wrap is bound to CODE already
NO_WRAP = cipher.VERSION + bytes(cipher.NONCE_BYTES + cipher.KEY_BYTES + 16)


class KeyDestroyed(Exception):
    """The complaint has no key any more: its content was erased."""


class CodeUnknown(Exception):
    """No case opens with this receipt code (any more)."""


def require_keys() -> None:
    """Raises ImproperlyConfigured unless the key files there are open one of the newest complaints.

    For what takes or sends: with wrong keys all seems well until somebody files. A database that
    is down, or holds no complaint, says nothing about the keys; nor does one that is broken alone.
    """
    for file in (RING, keyring.ERASURE):
        file.all()
    try:
        wraps = KeyWrap.objects.filter(holder=SERVER)
        newest = list(wraps.order_by("-pk")[:NEWEST])
    except Error:
        return
    said = "none of the newest"
    try:
        is_right = not newest or any(_opens(wrap) for wrap in newest)
    except SealBroken as error:
        said, is_right = str(error), False
    if not is_right:
        raise ImproperlyConfigured(
            f"The newest complaint does not open: {said}. VAULT_KEY_FILE and ERASURE_KEY_FILE "
            "must be those of this database; see README, 'Deploy'."
        )


def _opens(wrap: KeyWrap) -> bool:
    """Whether the wrap is whole; raises SealBroken where the ring has no key of its name."""
    if key_id := key_of_wrap(wrap.wrapped):
        RING.key(key_id)
    try:
        return bool(RING.open(WRAP, wrap.wrapped, wrap.complaint_id))
    except SealBroken:
        return False


def key_of_wrap(wrapped: bytes | memoryview) -> str:
    """Returns the id of the server's key that a wrap is under; "" of one that was changed.

    What is not in the database as it was written keeps its cover, and is longer.
    """
    return key_id_of(wrapped) if len(wrapped) == KEY_ID_BYTES + len(NO_WRAP) else ""


def wrapped_case_key(
    complaint_id: UUID, *, code: str | None = None, secret: bytes | None = None
) -> tuple[bytes, list[KeyWrap]]:
    """Returns a complaint's new content key, and its wraps to store; call it once, at filing.

    With a receipt `code`, in any spelling, the complainant is a holder too; `secret` is
    `lookup_key()`, if at hand. Raises CodeMistyped.
    """
    key = cipher.new_key()
    wraps = [_server_wrap(complaint_id, key)]
    if code is not None:
        wraps.append(_code_wrap(complaint_id, key, code, secret or lookup_key()))
    return key, wraps


def case_key(complaint_id: UUID) -> bytes:
    """Returns the content key, by way of the server's ring; raises KeyDestroyed after erasure."""
    for wrap in _wraps_of(complaint_id):
        if wrap.holder == SERVER:
            return RING.open(WRAP, bytes(wrap.wrapped), complaint_id)
    raise KeyDestroyed(str(complaint_id))


@compiled_once
def _wraps_of(complaint_id: UUID) -> QuerySet[KeyWrap]:
    return KeyWrap.objects.filter(complaint_id=complaint_id)


def key_to_read(case: Complaint) -> bytes:
    """As `case_key`, asked once for this instance: a page opens many things of its case."""
    if case.opened_key is None:
        case.opened_key = case_key(case.pk)
    return case.opened_key


def case_keys(complaint_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """Returns the content keys of many cases in one query.

    A case is left out that was erased, or whose key is not what was wrapped.
    """
    wraps = KeyWrap.objects.filter(complaint_id__in=complaint_ids, holder=SERVER)
    keys = {}
    for pk, wrapped in wraps.values_list("complaint_id", "wrapped"):
        with suppress(SealBroken):
            keys[pk] = RING.open(WRAP, wrapped, pk)
    return keys


def case_key_by_code(code: str) -> tuple[UUID, bytes]:
    """Returns the case that a receipt code opens, and its content key.

    Raises CodeMistyped for what cannot be a code, CodeUnknown for one that opens nothing (yet). A
    code that is unknown costs the same queries and the same decryption as one that is known.
    """
    made = CodeKey.of(CODE, parse_code(code), lookup_key())
    wrap = KeyWrap.objects.filter(holder=CODE, lookup=made.lookup).first()
    if wrap is None:
        refuse_code(made)
    return wrap.complaint_id, made.unwrap(wrap.wrapped, wrap.complaint_id)


def refuse_code(made: CodeKey) -> NoReturn:
    """Raises CodeUnknown, after as much decryption as a known code takes."""
    with suppress(SealBroken):
        made.unwrap(uncover(cover(NO_WRAP)), LOOKUP_ID)
    raise CodeUnknown


@transaction.atomic
def replace_code(complaint_id: UUID, new_code: str, *, works_from: datetime | None = None) -> None:
    """Gives a case a new receipt code; the old one, and one that waits, open nothing from then on.

    With `works_from` it waits beside the old one until `start_waiting_code`, and opens nothing.
    Raises CodeMistyped, and KeyDestroyed for an erased case.
    """
    Complaint.objects.select_for_update(of=("self",)).only("pk").get(pk=complaint_id)
    wrap = _code_wrap(complaint_id, case_key(complaint_id), new_code, lookup_key())
    drop_waiting_code(complaint_id)
    if works_from is None:
        KeyWrap.objects.filter(complaint_id=complaint_id, holder=CODE).delete()
    else:
        wrap.holder, wrap.works_from = NEXT_CODE, works_from
    wrap.save(force_insert=True)


def waiting_codes() -> QuerySet[KeyWrap]:
    """Returns the wraps of the codes that do not work yet: of a case one, at most."""
    return KeyWrap.objects.filter(holder=NEXT_CODE)


def drop_waiting_code(complaint_id: UUID) -> None:
    """Lets a code that waits never work."""
    waiting_codes().filter(complaint_id=complaint_id).delete()


@transaction.atomic
def start_waiting_code(complaint_id: UUID) -> None:
    """Makes the code that waits the code of its case; the one there was opens nothing any more."""
    KeyWrap.objects.filter(complaint_id=complaint_id, holder=CODE).delete()
    waiting_codes().filter(complaint_id=complaint_id).update(holder=CODE, works_from=None)


def empty_write_ahead_log() -> None:
    """Empties SQLite's log, which holds the pages as they were; PostgreSQL recycles its own."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def seal_part(key: bytes, complaint_id: UUID, part: str, content: Any) -> bytes:
    """Seals a JSON value under the case's key, bound to the case and the part's name."""
    packed = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return cipher.seal(key, packed, place=_place(complaint_id, part))


def open_part(key: bytes, complaint_id: UUID, part: str, sealed: bytes) -> Any:
    """Returns the JSON value sealed as that part of that case; else raises SealBroken."""
    return json.loads(cipher.open_sealed(key, sealed, place=_place(complaint_id, part)))


def mark_of(name: str, secret: bytes) -> str:
    """Returns by what two cases about one person are known, and the person is not; "" for nobody.

    Keyed with `lookup_key()`: whoever has the database alone can try no names against it.
    """
    folded, key = " ".join(name.casefold().split()), cipher.derive(secret, "mark of a person")
    return hmac.digest(key, folded.encode(), "sha256").hex()[:32] if folded else ""


def seal_address(owner: UUID, address: str) -> bytes:
    """Seals a mail address under the server's key, for the worker that sends notices."""
    return RING.seal(CONTACT, address.encode(), owner)


def open_address(owner: UUID, sealed: bytes) -> str:
    """Returns the address that was sealed for this case; raises SealBroken for another's."""
    return RING.open(CONTACT, sealed, owner).decode()


def _server_wrap(complaint_id: UUID, key: bytes) -> KeyWrap:
    wrapped = RING.seal(WRAP, key, complaint_id)
    return KeyWrap(complaint_id=complaint_id, holder=SERVER, wrapped=wrapped)


def _code_wrap(complaint_id: UUID, key: bytes, code: str, secret: bytes) -> KeyWrap:
    made = CodeKey.of(CODE, code, secret)
    wrapped = made.wrap(key, complaint_id)
    return KeyWrap(complaint_id=complaint_id, holder=CODE, wrapped=wrapped, lookup=made.lookup)


def lookup_key() -> bytes:
    """Returns the server's secret for codes, 32 bytes; made once, also by two processes at once."""
    try:
        return case_key(LOOKUP_ID)
    except KeyDestroyed:
        pass
    try:
        with transaction.atomic():
            _server_wrap(LOOKUP_ID, cipher.new_key()).save(force_insert=True)
    except IntegrityError:
        pass  # another process was first: its secret is the secret
    return case_key(LOOKUP_ID)


def _place(complaint_id: UUID, part: str) -> str:
    return f"complaint|{complaint_id}|{part}"
