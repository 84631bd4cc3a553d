"""Which mail goes to whom when. Content-free: reference, dates and links, never an answer.

A row is written with the event that owes it. `cases.mails` composes the mail later, and
`worker.delivery` sends it. A mail without a `User` is for the complainant.
"""

from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from complaints.models.case import Complaint
from complaints.models.keys_and_files import Draft
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Circle, Roster
from complaints.models.settings import holders_of


def owe(
    kind: MailKind,
    to: User | None,
    complaint: Complaint | None = None,
    *,
    occasion: str = "",
    draft: Draft | None = None,
    sealed_text: bytes | None = None,
    not_before: datetime | None = None,
) -> None:
    """Writes the row for a mail, once per case, kind, person and occasion.

    `sealed_text` is a mail that a handler changed (`mails.seal_edit`).
    """
    when = {"not_before": not_before} if not_before else {}
    _write([_owed(kind, to, complaint, occasion, draft=draft, sealed_text=sealed_text, **when)])


def _owed(
    kind: MailKind, to: User | None, complaint: Complaint | None, occasion: str = "", **rest: Any
) -> OwedMail:
    now, reference = timezone.now(), complaint.reference if complaint else ""
    return OwedMail(
        once="|".join([kind, reference, _name(to), occasion]),
        complaint=complaint,
        kind=kind,
        user=to,
        occasion=occasion,
        created_at=now,
        **{"not_before": now, **rest},
    )


def _write(owed: list[OwedMail]) -> None:
    """Stores them; what was owed before is not owed again."""
    OwedMail.objects.bulk_create(owed, ignore_conflicts=True)


def _name(to: User | None) -> str:
    return f"user:{to.pk}" if to else "complainant"


def is_owed(kind: MailKind, to: User) -> Exists:
    """Whether `owe` wrote this mail before, of rows with a `complaint` and an `occasion`.

    Asks by the name that `owe` gives it, which is indexed: there may be many.
    """
    reference, occasion = OuterRef("complaint__reference"), OuterRef("occasion")
    before, between = Value(f"{kind}|"), Value(f"|{_name(to)}|")
    once = Concat(before, reference, between, occasion, output_field=CharField())
    return Exists(OwedMail.objects.filter(once=once))


def owe_filed(
    complaint: Complaint, *, to_complainant: bool, sealed_text: bytes | None = None
) -> None:
    """Owes the complainant an acknowledgement, and a notice to whoever takes the case up.

    A suspect complaint mails nobody until a person has looked (the desk shows it).
    """
    if complaint.is_suspect:
        return
    owed = _to_whoever_takes_it_up(complaint)
    if to_complainant:
        kind = MailKind.ACKNOWLEDGEMENT
        owed.append(_owed(kind, None, complaint, sealed_text=sealed_text))
    _write(owed)


def owe_handed_over(complaint: Complaint, *, occasion: str = "handed-over") -> None:
    """Owes the new handler a notice of the case, or the managers one that a case waits."""
    if not complaint.is_suspect:
        _write(_to_whoever_takes_it_up(complaint, occasion))


def _to_whoever_takes_it_up(complaint: Complaint, occasion: str = "") -> list[OwedMail]:
    """Returns the mail to the handler, or without one those to the managers who may hear of it."""
    if complaint.handler_id is not None:
        return [_owed(MailKind.NEW_CASE, complaint.handler, complaint, occasion)]
    circle, kind = Circle(complaint, Roster.read()), MailKind.UNASSIGNED_CASE
    people = [manager for manager in managers() if not circle.is_kept_from(manager)]
    return [_owed(kind, manager, complaint, occasion) for manager in people]


def managers() -> QuerySet[Any]:
    """Returns the active people who set terms and people; they never see a complaint."""
    return holders_of("complaints", "change_handlingsettings").filter(is_active=True)


def owe_to_complainant(
    complaint: Complaint,
    kind: MailKind,
    occasion: str,
    sealed_text: bytes | None = None,
    sealed_address: bytes | None = None,
) -> None:
    """Owes the complainant a notice, if they gave an address and agreed to mail.

    Nothing goes to an address that came with a suspect complaint until a person has looked.
    `sealed_address` is where it goes, if not to the address the case has when it is sent.
    """
    if reaches_complainant(complaint):
        sealed = {"sealed_text": sealed_text, "sealed_address": sealed_address}
        _write([_owed(kind, None, complaint, occasion, **sealed)])


def reaches_complainant(complaint: Complaint) -> bool:
    """Whether a notice to the complainant would be owed now."""
    return has_address(complaint) and not complaint.is_suspect


def has_address(complaint: Complaint) -> bool:
    """Whether the complainant gave an address and agreed to mail."""
    return hasattr(complaint, "contact")


def extension_occasion(before: date, until: date | None = None) -> str:
    """Returns the occasion of a letter about an extension; without `until` its date is blank."""
    return f"{before.isoformat()} {until.isoformat() if until else ''}".strip()


def owe_to_handler(complaint: Complaint, *, occasion: str, is_by_law: bool = False) -> None:
    """Owes whoever handles the case now word that the complainant did something. Nobody: nothing.

    While the handler is away that is the deputy, if they may see the case. Nothing is owed about
    a suspect case, but for what the law gives a term: `is_by_law`.
    """
    person = Circle(complaint, Roster.read()).acting_handler
    if person is not None and (is_by_law or not complaint.is_suspect):
        owe(MailKind.COMPLAINANT_ACTED, person, complaint, occasion=occasion)
