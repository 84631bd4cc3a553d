"""Joins the vault to a complaint: its own content key, and what is sealed under it."""

import hmac
import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, IntegrityError, connection, transaction
from django.db.models import QuerySet

from complaints.models.case import Complaint
from complaints.models.keys_and_files import KeyWrap
from complaints.models.tables import compiled_once
from complaints.vault import cipher, keyring
from complaints.vault.cipher import SealBroken
from complaints.vault.codes import CODE, code_holder, parse_code
from complaints.vault.keyring import SERVER, Holder, cover, server_holder, uncover

# The secret behind receipt codes is kept as a case key of no case, so that rotation re-wraps it.
LOOKUP_ID = UUID(int=0)
LOOKUP_MARK = bytes(32)
NEWEST = 5  # complaints that the keys are tried on
CONTACT, MAIL = "contact", "mail"  # what the server's keys seal, each with one of its own
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
    for file in (keyring.RING, keyring.ERASURE):
        file.all()
    try:
        wraps = KeyWrap.objects.filter(holder__startswith=SERVER)
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
    holder = _server(wrap.holder)
    try:
        return bool(holder.unwrap(wrap.wrapped, wrap.complaint_id))
    except SealBroken:
        return False


def wrapped_case_key(
    complaint_id: UUID, *, code: str | None = None, secret: bytes | None = None
) -> tuple[bytes, list[KeyWrap]]:
    """Returns a complaint's new content key, and its wraps to store; call it once, at filing.

    With a receipt `code`, in any spelling, the complainant is a holder too; `secret` is
    `lookup_key()`, if at hand. Raises CodeMistyped.
    """
    key = cipher.new_key()
    wraps = [_wrap(complaint_id, key, server_holder(keyring.keyring()[0]))]
    if code is not None:
        wraps.append(_wrap(complaint_id, key, code_holder(code, secret or lookup_key())))
    return key, wraps


def case_key(complaint_id: UUID) -> bytes:
    """Returns the content key, by way of the server's ring; raises KeyDestroyed after erasure."""
    for wrap in _wraps_of(complaint_id):
        if wrap.holder.startswith(SERVER):
            return _server(wrap.holder).unwrap(bytes(wrap.wrapped), complaint_id)
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
    wraps = KeyWrap.objects.filter(complaint_id__in=complaint_ids, holder__startswith=SERVER)
    servers = {key.key_id: server_holder(key) for key in keyring.keyring()}
    keys = {}
    for pk, holder, wrapped in wraps.values_list("complaint_id", "holder", "wrapped"):
        with suppress(SealBroken, KeyError):
            keys[pk] = servers[wrap_key_id(holder)].unwrap(bytes(wrapped), pk)
    return keys


def case_key_by_code(code: str) -> tuple[UUID, bytes]:
    """Returns the case that a receipt code opens, and its content key.

    Raises CodeMistyped for what cannot be a code, CodeUnknown for one that opens nothing (yet). A
    code that is unknown costs the same queries and the same decryption as one that is known.
    """
    holder = code_holder(parse_code(code), lookup_key())
    wrap = KeyWrap.objects.filter(holder=holder.name, lookup=holder.lookup).first()
    complaint_id, wrapped = (
        (wrap.complaint_id, bytes(wrap.wrapped)) if wrap else (LOOKUP_ID, uncover(cover(NO_WRAP)))
    )
    try:
        return complaint_id, holder.unwrap(wrapped, complaint_id)
    except SealBroken:
        if wrap is None:
            raise CodeUnknown from None
        raise


@transaction.atomic
def replace_code(complaint_id: UUID, new_code: str, *, works_from: datetime | None = None) -> None:
    """Gives a case a new receipt code; the old one, and one that waits, open nothing from then on.

    With `works_from` it waits beside the old one until `start_waiting_code`, and opens nothing.
    Raises CodeMistyped, and KeyDestroyed for an erased case.
    """
    Complaint.objects.select_for_update(of=("self",)).only("pk").get(pk=complaint_id)
    wrap = _wrap(complaint_id, case_key(complaint_id), code_holder(new_code, lookup_key()))
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


def rewrap(wrap: KeyWrap) -> None:
    """Puts a server's wrap under the newest key of the ring, unsaved; raises SealBroken."""
    key = _server(wrap.holder).unwrap(bytes(wrap.wrapped), wrap.complaint_id)
    holder = server_holder(keyring.keyring()[0])
    wrap.holder, wrap.wrapped = holder.name, holder.wrap(key, wrap.complaint_id)


def empty_write_ahead_log() -> None:
    """Empties SQLite's log, which holds the pages as they were; PostgreSQL recycles its own."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def seal_part(key: bytes, complaint_id: UUID, part: str, content: Any) -> bytes:
    """Seals a JSON value under the case's key, bound to the case and the part's name."""
    return cipher.seal(key, _json(content), place=_place(complaint_id, part))


def open_part(key: bytes, complaint_id: UUID, part: str, sealed: bytes) -> Any:
    """Returns the JSON value sealed as that part of that case; else raises SealBroken."""
    return json.loads(cipher.open_sealed(key, sealed, place=_place(complaint_id, part)))


def mark_of(name: str, secret: bytes) -> str:
    """Returns by what two cases about one person are known, and the person is not; "" for nobody.

    Keyed with `lookup_key()`: whoever has the database alone can try no names against it.
    """
    folded, key = " ".join(name.casefold().split()), cipher.derive(secret, "mark of a person")
    return hmac.digest(key, folded.encode(), "sha256").hex()[:32] if folded else ""


def seal_address(complaint_id: UUID, address: str) -> bytes:
    """Seals a mail address under the server's key, for the worker that sends notices."""
    return _seal_for_server(CONTACT, complaint_id, address.encode())


def open_address(complaint_id: UUID, sealed: bytes) -> str:
    """Returns the address that was sealed for this case; raises SealBroken for another's."""
    return _open_for_server(CONTACT, complaint_id, sealed).decode()


def seal_mail(complaint_id: UUID, content: Any) -> bytes:
    """Seals the words of a mail under the server's key, for the worker that sends it."""
    return _seal_for_server(MAIL, complaint_id, _json(content))


def open_mail(complaint_id: UUID, sealed: bytes) -> Any:
    """Returns the words that were sealed for this case; raises SealBroken for another's."""
    return json.loads(_open_for_server(MAIL, complaint_id, sealed))


def reseal(use: str, owner: UUID, sealed: bytes) -> bytes:
    """Returns an address or a mail under the newest key of the ring; raises SealBroken."""
    return _seal_for_server(use, owner, _open_for_server(use, owner, sealed))


def _seal_for_server(use: str, complaint_id: UUID, plaintext: bytes) -> bytes:
    key = keyring.keyring()[0]
    sealed = cipher.seal(key.derive(use), plaintext, place=_place(complaint_id, use))
    return key.key_id.encode() + b":" + sealed


def _open_for_server(use: str, complaint_id: UUID, sealed: bytes) -> bytes:
    content = bytes(sealed).partition(b":")[2]
    key = keyring.server_key(address_key_id(sealed)).derive(use)
    return cipher.open_sealed(key, content, place=_place(complaint_id, use))


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def address_key_id(sealed: bytes | memoryview) -> str:
    """Returns the id of the server's key that an address, or a mail, is sealed under."""
    return bytes(sealed).partition(b":")[0].decode("ascii", "replace")


def wrap_key_id(wrap_holder: str) -> str:
    """Returns the id of the server's key in the name of a holder, ``server:<key id>``."""
    return wrap_holder.removeprefix(SERVER)


def _server(wrap_holder: str) -> Holder:
    return server_holder(keyring.server_key(wrap_key_id(wrap_holder)))


def _wrap(complaint_id: UUID, key: bytes, holder: Holder) -> KeyWrap:
    wrapped = holder.wrap(key, complaint_id)
    return KeyWrap(
        complaint_id=complaint_id, holder=holder.name, wrapped=wrapped, lookup=holder.lookup
    )


def lookup_key() -> bytes:
    """Returns the server's secret for codes, 32 bytes; made once, also by two processes at once."""
    try:
        return case_key(LOOKUP_ID)
    except KeyDestroyed:
        pass
    try:
        with transaction.atomic():
            server = server_holder(keyring.keyring()[0])
            wrap = _wrap(LOOKUP_ID, cipher.new_key(), replace(server, lookup=LOOKUP_MARK))
            wrap.save(force_insert=True)
    except IntegrityError:
        pass  # another process was first: its secret is the secret
    return case_key(LOOKUP_ID)


def _place(complaint_id: UUID, part: str) -> str:
    return f"complaint|{complaint_id}|{part}"
