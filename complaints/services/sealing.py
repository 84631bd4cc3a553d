"""Joins the vault to a complaint: its own content key, and what is sealed under it."""

import json
from typing import Any
from uuid import UUID

from complaints.models.keystore import KeyWrap
from complaints.vault import cipher, keyring

SERVER = "server"


class KeyDestroyed(Exception):
    """The complaint has no key any more: its content was erased."""


def new_case_key(complaint_id: UUID) -> bytes:
    """Makes a complaint's content key and wraps it for each holder; call it once, at filing."""
    key = cipher.new_key()
    ring_key = keyring.keyring()[0]
    KeyWrap.objects.create(
        complaint_id=complaint_id,
        holder=f"{SERVER}:{ring_key.key_id}",
        wrapped=cipher.seal(
            ring_key.derive("wrap"), key, place=_wrap_place(complaint_id, ring_key.key_id)
        ),
    )
    return key


def case_key(complaint_id: UUID) -> bytes:
    """The content key, by way of the server's ring; raises KeyDestroyed after erasure."""
    wrap = KeyWrap.objects.filter(
        complaint_id=complaint_id, holder__startswith=f"{SERVER}:"
    ).first()
    if wrap is None:
        raise KeyDestroyed(str(complaint_id))
    key_id = wrap.holder.partition(":")[2]
    return cipher.open_sealed(
        keyring.server_key(key_id).derive("wrap"),
        bytes(wrap.wrapped),
        place=_wrap_place(complaint_id, key_id),
    )


def seal_part(key: bytes, complaint_id: UUID, part: str, content: Any) -> bytes:
    """Seals a JSON value under the case's key, bound to the case and the part's name."""
    plaintext = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return cipher.seal(key, plaintext, place=_place(complaint_id, part))


def open_part(key: bytes, complaint_id: UUID, part: str, sealed: bytes) -> Any:
    """The JSON value sealed as that part of that case; raises SealBroken for anything else."""
    return json.loads(cipher.open_sealed(key, sealed, place=_place(complaint_id, part)))


def seal_address(complaint_id: UUID, address: str) -> bytes:
    """Seals a mail address under the server's key, for the worker that sends notices."""
    ring_key = keyring.keyring()[0]
    sealed = cipher.seal(
        ring_key.derive("contact"), address.encode(), place=_place(complaint_id, "contact")
    )
    return ring_key.key_id.encode() + b":" + sealed


def open_address(complaint_id: UUID, sealed: bytes) -> str:
    """The address that `seal_address` sealed for this case."""
    key_id, _, content = bytes(sealed).partition(b":")
    key = keyring.server_key(key_id.decode()).derive("contact")
    return cipher.open_sealed(key, content, place=_place(complaint_id, "contact")).decode()


def _place(complaint_id: UUID, part: str) -> str:
    return f"complaint|{complaint_id}|{part}"


def _wrap_place(complaint_id: UUID, key_id: str) -> str:
    return f"wrap|{complaint_id}|{SERVER}:{key_id}"
