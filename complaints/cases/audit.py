"""The audit: what staff and the server did, without content, such that a later change shows.

A line is signed when it is written, under a secret that is not in the database, and waits for
nobody. The worker puts what came since into a chain, each link of which covers the one before it
(docs/decisions/0029-the-audit-is-signed-at-once-and-chained-by-the-worker.md).
"""

import json
import logging
import secrets
from collections.abc import Iterator
from datetime import UTC
from hmac import compare_digest
from typing import Any, NamedTuple

from allauth.core import context
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from wagtail.models import ModelLogEntry

from complaints.models.privacy import SERVER, AccessKind, AuditHead, AuditLine

logger = logging.getLogger(__name__)

SALT = "complaints.audit"
NONCE_BYTES = 8  # so that no two lines are the same
BATCH = 500
WRITTEN = ("wagtail.create", "wagtail.edit", "wagtail.delete", "complaints.settings_changed")


def signed(kind: AccessKind, by: User | None, **fields: Any) -> AuditLine:
    """Returns a line that is to be stored as it is: nothing of it is changed later."""
    label = f"user:{by.pk}" if by else SERVER
    line = AuditLine(kind=kind, user=by, user_label=label, at=timezone.now(), **fields)
    nonce = secrets.token_bytes(NONCE_BYTES)
    line.mac = nonce + _mac(nonce, _fields(line))
    return line


def note(kind: AccessKind, by: User | None = None, **fields: Any) -> None:
    """Keeps that something was done; by the server, or a command on it, where nobody is named."""
    signed(kind, by, **fields).save()


def whoever_asks() -> User | None:
    """Returns who makes the request that is being answered, if there is one."""
    user = getattr(context.request, "user", None)
    return user if isinstance(user, User) else None


def _mac(*parts: bytes, secret: str | bytes | None = None) -> bytes:
    return salted_hmac(SALT, b"|".join(parts), secret=secret, algorithm="sha256").digest()


def _holds(mac: bytes, *parts: bytes) -> bool:
    """Whether it was made with our secret, or with one we had before."""
    known = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return any(compare_digest(mac, _mac(*parts, secret=each)) for each in known)


def _fields(line: AuditLine) -> bytes:
    at = line.at.astimezone(UTC).isoformat()
    case = str(line.complaint_id or "")
    fields = [case, line.user_label, line.kind, at, line.case_count, line.about]
    return json.dumps(fields).encode()


def _is_signed(line: AuditLine) -> bool:
    nonce, mac = bytes(line.mac)[:NONCE_BYTES], bytes(line.mac)[NONCE_BYTES:]
    is_theirs = line.user_id is None or line.user_label == f"user:{line.user_id}"
    return is_theirs and _holds(mac, nonce, _fields(line))


def _span(head: AuditHead) -> bytes:
    links = bytes(head.link).hex(), bytes(head.gone_link).hex()
    return json.dumps([head.number, head.gone_number, *links]).encode()


def _close(head: AuditHead) -> None:
    head.mac = _mac(_span(head))
    head.save()


@transaction.atomic
def chain() -> AuditHead | None:
    """Chains the lines that came since the last time; for the worker, one at a time.

    An end that is not as we left it is not signed anew: `verify_audit` keeps finding it.
    """
    _head, is_new = AuditHead.objects.get_or_create(pk=1)
    head = AuditHead.objects.select_for_update().get(pk=1)
    if is_new and not AuditLine.objects.filter(number__isnull=False).exists():
        _close(head)
    if not _holds(bytes(head.mac), _span(head)):
        logger.error("audit.broken")
        return None
    waiting = AuditLine.objects.filter(number=None).order_by("pk")
    while batch := list(waiting[:BATCH]):
        for line in batch:
            head.number += 1
            head.link = _mac(bytes(head.link), bytes(line.mac))
            line.number, line.link = head.number, head.link
        AuditLine.objects.bulk_update(batch, ["number", "link"])
        _close(head)
    return head


@transaction.atomic
def let_go(lines: QuerySet[Any]) -> None:
    """Deletes lines that were kept long enough; the chain begins after the last of them.

    Of what a hold keeps from before that, each line still answers for itself.
    """
    head = chain()
    last = lines.order_by().aggregate(number=Max("number"))["number"]
    if head is not None and last is not None and last > head.gone_number:
        head.gone_number = last
        head.gone_link = AuditLine.objects.get(number=last).link
        _close(head)
    lines.delete()


class Fault(NamedTuple):
    """What is not as it was written, in which lines; `known` once somebody wrote that down."""

    words: str
    first: int
    last: int
    known: AuditLine | None = None


@transaction.atomic
def faults() -> list[Fault]:
    """Returns what was changed, removed or inserted. The worker waits."""
    lines = AuditLine.objects.filter(kind=AccessKind.BREAK)
    breaks = [line for line in lines if _is_signed(line)]

    def judged(fault: Fault) -> Fault:
        for line in breaks:
            first, last = map(int, line.about.split("-"))
            if first <= fault.first and fault.last <= last:
                return fault._replace(known=line)
        return fault

    return [judged(fault) for fault in _faults()]


def _faults() -> Iterator[Fault]:
    head = AuditHead.objects.select_for_update().first()
    if head is None or not _holds(bytes(head.mac), _span(head)):
        yield Fault("the end of the chain is missing or was changed (has the worker run?)", -1, -1)
        return
    number, link, seen = head.gone_number, bytes(head.gone_link), set()
    chained = AuditLine.objects.filter(number__isnull=False).order_by("number")
    for line in chained.iterator():
        here: int = line.number or 0
        if not _is_signed(line) or bytes(line.mac) in seen:
            yield Fault(f"line {here} was changed or inserted", here, here)
        seen.add(bytes(line.mac))
        if here <= head.gone_number:
            continue
        if here != number + 1:
            words = f"removed: what stood between line {number} and line {here}"
            yield Fault(words, number + 1, here - 1)
        elif not _holds(bytes(line.link or b""), link, bytes(line.mac)):
            yield Fault(f"line {here} does not follow on the line before it", here, here)
        number, link = here, bytes(line.link or b"")
    if (number, link) != (head.number, bytes(head.link)):
        words = f"the chain ends with line {number}, and ended with line {head.number}"
        yield Fault(words, min(number + 1, head.number), max(number, head.number))
    for line in AuditLine.objects.filter(number=None).order_by("pk").iterator():
        if not _is_signed(line) or bytes(line.mac) in seen:
            yield Fault(f"row {line.pk}, not chained yet, was changed or inserted", -1, -1)
        seen.add(bytes(line.mac))


@transaction.atomic
def go_on(by: User) -> None:
    """Writes down each break that nobody wrote down yet, in a signed line; the chain goes on.

    What is broken stays so, and stays named. Where the end of the chain was lost it begins anew,
    with a number left out: what stood there nobody knows.
    """
    head, _is_new = AuditHead.objects.get_or_create(pk=1)
    chained = AuditLine.objects.filter(number__isnull=False).order_by("number")
    first, last = chained.first(), chained.last()
    number = (last.number or 0) if last else 0
    if not _holds(bytes(head.mac), _span(head)):
        head.gone_number, head.gone_link = (first.number or 1) - 1 if first else 0, b""
        head.number, head.link = number + 1, b""
    elif last is not None and number == head.number:
        head.link = last.link or b""
    _close(head)
    chain()
    for fault in faults():
        if fault.known is None:
            note(AccessKind.BREAK, by, about=f"{fault.first}-{fault.last}")
    chain()


def logged_in(user: User, **_signal: Any) -> None:
    note(AccessKind.LOGIN, user)


def factor_changed(instance: Authenticator, created: bool = True, **_signal: Any) -> None:
    """One was made or removed, whichever way; using one is no change."""
    if created:
        note(AccessKind.FACTOR, whoever_asks(), about=f"user:{instance.user_id}")


def rights_changed(instance: Any, action: str, **_signal: Any) -> None:
    """What a user or a group may; who is in which group `cases.handlers_group` hears."""
    if action in {"post_add", "post_remove", "post_clear"}:
        about = f"{instance._meta.model_name}:{instance.pk}"
        note(AccessKind.RIGHTS, whoever_asks(), about=about)


def logged_by_cms(instance: ModelLogEntry, created: bool, **_signal: Any) -> None:
    """An account or a setting was written in the CMS, which says by whom."""
    model = instance.content_type.model if instance.content_type else ""
    about = f"{model}:{instance.object_id}"[:60]
    if created and instance.action in WRITTEN:
        if model in {"user", "group"}:
            note(AccessKind.ACCOUNT, instance.user, about=about)
        elif model.endswith("settings"):
            note(AccessKind.SETTINGS, instance.user, about=about)
