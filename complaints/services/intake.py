"""Files a complaint: one transaction holds all of it, or none of it is stored."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint, EventKind
from complaints.models.consent import ConsentPurpose
from complaints.models.outbox import CaseContact
from complaints.models.procedure import ProcedurePublication
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term
from complaints.questions import Answer, Purpose, answer_for
from complaints.services.consent import append_consent
from complaints.services.files import StoredFile, attach_files
from complaints.services.history import COMPLAINANT, Entry, append_event
from complaints.services.sealing import new_case_key, seal_address, seal_part
from complaints.stages import Party, Route, Source
from complaints.terms import TermKind, add_days, add_working_days

ANSWERS = "answers"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class GivenConsent:
    """Consent for one purpose, in the words (HTML) it was asked in."""

    purpose: ConsentPurpose
    html: str


@dataclass(frozen=True)
class Filing:
    """All that a complaint is filed with. `nonce` makes sending it twice one complaint."""

    nonce: bytes
    answers: Sequence[Answer]
    consents: Sequence[GivenConsent]
    form_page_id: int | None = None
    route: Route = Route.CONFIDANT
    source: Source = Source.WEB
    received_on: date | None = None
    is_suspect: bool = False
    files: Sequence[StoredFile] = ()


def filed_with(nonce: bytes) -> Complaint | None:
    """The complaint already filed with this nonce, if any."""
    return Complaint.objects.filter(nonce_hash=_hash(nonce)).first()


def file_complaint(*, filing: Filing, at: datetime | None = None) -> Complaint:
    """Stores a complaint with its answers, consents, text in force, first event and owed mail.

    Sending the same nonce again, also at the same moment, returns the complaint already there.
    Raises FilesGone when one of the files is not staged any more; nothing is filed then.
    """
    known = filed_with(filing.nonce)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return _store(filing, at or timezone.now())
    except IntegrityError:
        known = filed_with(filing.nonce)
        if known is None:
            raise
        return known


def _store(filing: Filing, now: datetime) -> Complaint:
    people = HandlingSettings.current()
    complaint, key = _create_case(filing, people, now)
    attach_files(complaint=complaint, key=key, files=filing.files, at=now)
    append_event(
        complaint=complaint, kind=EventKind.FILED, at=now, label=COMPLAINANT, key=key, entry=Entry()
    )
    _stamp_terms(complaint, people)
    _keep_consents(complaint, filing.consents, now)
    has_address = _keep_address(complaint, filing)
    notifications.owe_filed(
        complaint=complaint, manager_needed=complaint.handler_id is None, to_complainant=has_address
    )
    return complaint


def _create_case(
    filing: Filing, people: HandlingSettings, now: datetime
) -> tuple[Complaint, bytes]:
    complaint_id = uuid4()
    key = new_case_key(complaint_id)
    content = {"v": 1, "answers": [asdict(answer) for answer in filing.answers]}
    publication = ProcedurePublication.objects.in_force()
    complaint = Complaint.objects.create(
        id=complaint_id,
        reference=new_reference(),
        nonce_hash=_hash(filing.nonce),
        source=filing.source,
        route=filing.route,
        waiting_on=Party.HANDLER,
        is_suspect=filing.is_suspect,
        filed_at=now,
        received_on=filing.received_on or timezone.localdate(now),
        handler=people.handler_for(filing.route),
        passed_over=people.confidant if filing.route is Route.DEPUTY else None,
        form_page_id=filing.form_page_id,
        procedure_publication=publication,
        procedure_text=publication.text if publication else None,
        sealed=seal_part(key, complaint_id, ANSWERS, content),
    )
    return complaint, key


def new_reference() -> str:
    """A reference such as KM-7F3Q-9XKD: 40 random bits; reveals no count and no person (R-20)."""
    letters = "".join(secrets.choice(CROCKFORD) for _ in range(8))
    return f"KM-{letters[:4]}-{letters[4:]}"


def _stamp_terms(complaint: Complaint, people: HandlingSettings) -> None:
    received = complaint.received_on
    terms = [
        Term(
            complaint=complaint,
            kind=TermKind.CONTACT,
            due_on=add_working_days(received, people.contact_working_days),
        ),
        Term(
            complaint=complaint,
            kind=TermKind.HANDLING,
            due_on=add_days(received, people.handling_days),
        ),
    ]
    Term.objects.bulk_create(terms)
    complaint.next_due_on = min(term.due_on for term in terms)
    complaint.save(update_fields=["next_due_on"])


def _keep_consents(complaint: Complaint, consents: Sequence[GivenConsent], now: datetime) -> None:
    for given in consents:
        append_consent(complaint=complaint, purpose=given.purpose, html=given.html, at=now)


def _keep_address(complaint: Complaint, filing: Filing) -> bool:
    """Keeps the address for notices, only where notices were agreed to."""
    address = answer_for(list(filing.answers), Purpose.EMAIL)
    agreed = any(given.purpose is ConsentPurpose.MAIL for given in filing.consents)
    if not (address and agreed):
        return False
    CaseContact.objects.create(
        complaint=complaint, sealed_email=seal_address(complaint.pk, address)
    )
    return True


def _hash(nonce: bytes) -> bytes:
    return hashlib.sha256(nonce).digest()
