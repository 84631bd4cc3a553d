"""Which mail goes to whom when. Content-free: reference, dates and links, never an answer.

A row is written with the event that owes it; `services.delivery` composes and sends it later.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat
from django.utils import timezone

from complaints.models.case import Complaint
from complaints.models.circle import Circle
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Roster
from complaints.models.settings import holders_of
from complaints.models.ways_back import Draft


@dataclass(frozen=True)
class Recipient:
    """Whom a mail is for: a member of staff, or (without one) the complainant."""

    user: Any = None

    @property
    def key(self) -> str:
        return f"user:{self.user.pk}" if self.user else "complainant"


def owe(
    *,
    kind: MailKind,
    complaint: Complaint | None,
    to: Recipient,
    occasion: str = "",
    not_before: datetime | None = None,
    draft: Draft | None = None,
    sealed_text: bytes | None = None,
) -> None:
    """Writes the row for a mail, once per case, kind, person and occasion."""
    owed = _owed(kind, complaint, to, occasion, draft, sealed_text)
    owed.not_before = not_before or owed.created_at
    _write([owed])


def _owed(
    kind: MailKind,
    complaint: Complaint | None,
    to: Recipient,
    occasion: str = "",
    draft: Draft | None = None,
    sealed_text: bytes | None = None,
) -> OwedMail:
    now = timezone.now()
    return OwedMail(
        once="|".join([kind, complaint.reference if complaint else "", to.key, occasion]),
        complaint=complaint,
        draft=draft,
        kind=kind,
        user=to.user,
        occasion=occasion,
        sealed_text=sealed_text,
        created_at=now,
        not_before=now,
    )


def _write(owed: list[OwedMail]) -> None:
    """What was owed before is not owed again."""
    OwedMail.objects.bulk_create(owed, ignore_conflicts=True)


def is_owed(kind: MailKind, to: Recipient) -> Exists:
    """Whether `owe` wrote this mail before, of rows with a `complaint` and an `occasion`.

    Asks by the name that `owe` gives it, which is indexed: there may be many.
    """
    reference, occasion = OuterRef("complaint__reference"), OuterRef("occasion")
    once = Concat(
        Value(f"{kind}|"), reference, Value(f"|{to.key}|"), occasion, output_field=CharField()
    )
    return Exists(OwedMail.objects.filter(once=once))


def owe_filed(
    *,
    complaint: Complaint,
    manager_needed: bool,
    to_complainant: bool,
    sealed_text: bytes | None = None,
) -> None:
    """At filing: an acknowledgement to the complainant, a notice to whoever takes it up.

    A suspect complaint mails nobody until a person has looked (the desk shows it).
    """
    if complaint.is_suspect:
        return
    kind = MailKind.UNASSIGNED_CASE if manager_needed else MailKind.NEW_CASE
    people = managers_for(complaint) if manager_needed else [complaint.handler]
    owed = [_owed(kind, complaint, Recipient(person)) for person in people]
    if to_complainant:
        receipt = MailKind.ACKNOWLEDGEMENT
        owed.append(_owed(receipt, complaint, Recipient(), sealed_text=sealed_text))
    _write(owed)


def owe_to_complainant(
    complaint: Complaint, kind: MailKind, *, occasion: str, sealed_text: bytes | None = None
) -> None:
    """Owes the complainant a notice, if they gave an address and agreed to mail.

    `sealed_text` is of a mail that a handler changed (`services.sealing.seal_mail`).
    Nothing goes to an address that came with a suspect complaint until a person has looked.
    """
    if reaches_complainant(complaint):
        owe(
            kind=kind,
            complaint=complaint,
            to=Recipient(),
            occasion=occasion,
            sealed_text=sealed_text,
        )


def reaches_complainant(complaint: Complaint) -> bool:
    """Whether a notice to the complainant would be owed now."""
    return has_address(complaint) and not complaint.is_suspect


def has_address(complaint: Complaint) -> bool:
    """Whether the complainant gave an address and agreed to mail."""
    return hasattr(complaint, "contact")


def owe_extended(
    complaint: Complaint, *, before: date, until: date, sealed_text: bytes | None = None
) -> None:
    """Owes the complainant the letter about an extension, with the old date and the new (R-03)."""
    owe_to_complainant(
        complaint,
        MailKind.TERM_EXTENDED,
        occasion=extension(before, until),
        sealed_text=sealed_text,
    )


def extension(before: date, until: date | None = None) -> str:
    """The occasion of the letter about an extension; without `until` its new date is blank."""
    return f"{before.isoformat()} {until.isoformat() if until else ''}".strip()


def owe_reminder(draft: Draft, *, number: int) -> None:
    """Owes whoever saved a draft the address and the date; never its code (R-72)."""
    owe(
        kind=MailKind.DRAFT_SAVED,
        complaint=None,
        to=Recipient(),
        occasion=f"{draft.pk} {number}",
        draft=draft,
    )


def owe_handed_over(complaint: Complaint, *, occasion: str = "handed-over") -> None:
    """Owes the new handler a notice of the case, or the managers one that a case waits."""
    if complaint.is_suspect:
        return
    people = managers_for(complaint) if complaint.handler_id is None else [complaint.handler]
    kind = MailKind.UNASSIGNED_CASE if complaint.handler_id is None else MailKind.NEW_CASE
    for person in people:
        owe(kind=kind, complaint=complaint, to=Recipient(person), occasion=occasion)


def owe_shared(complaint: Complaint, user: User, *, occasion: str) -> None:
    """Owes somebody word that a case is shared with them."""
    if not complaint.is_suspect:
        owe(
            kind=MailKind.CASE_SHARED,
            complaint=complaint,
            to=Recipient(user),
            occasion=occasion,
        )


def owe_many_handed_over(user: User, *, occasion: str) -> None:
    """Owes the successor one notice for all the cases of a hand-over, however many there are."""
    owe(kind=MailKind.NEW_CASE, complaint=None, to=Recipient(user), occasion=occasion)


def owe_to_handler(complaint: Complaint, *, occasion: str, is_by_law: bool = False) -> None:
    """Owes whoever handles the case now word that the complainant did something. Nobody: nothing.

    While the handler is away that is the deputy, if they may see the case. Nothing is owed about
    a suspect case, but for what the law gives a term: `is_by_law`.
    """
    person = Circle(complaint, Roster.read()).acting_handler
    if person is not None and (is_by_law or not complaint.is_suspect):
        owe(
            kind=MailKind.COMPLAINANT_ACTED,
            complaint=complaint,
            to=Recipient(person),
            occasion=occasion,
        )


def owe_handlers_changed(*, occasion: str) -> None:
    """Tells every holder, switched off or not, that who handles complaints has changed."""
    for handler in holders_of("complaints", "handle_complaint"):
        owe(
            kind=MailKind.HANDLERS_CHANGED,
            complaint=None,
            to=Recipient(handler),
            occasion=occasion,
        )


def managers() -> QuerySet[Any]:
    """The active people who set terms and people; they never see a complaint."""
    return holders_of("complaints", "change_handlingsettings").filter(is_active=True)


def managers_for(complaint: Complaint) -> list[Any]:
    """The managers who may hear that this case waits: not who is kept from it."""
    circle = Circle(complaint, Roster.read())
    return [manager for manager in managers() if not circle.is_kept_from(manager)]
