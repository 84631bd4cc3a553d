"""Files a complaint: one transaction holds all of it, or none of it is stored."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.case import Complaint
from complaints.models.consent import Consent, ConsentPurpose
from complaints.models.keystore import KeyWrap
from complaints.models.outbox import CaseContact
from complaints.models.procedure import ProcedurePublication
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term
from complaints.questions import Answer, Purpose, answer_for
from complaints.services.consent import consent_texts
from complaints.services.drafts import destroy_draft
from complaints.services.files import StoredFile, attach_files
from complaints.services.history import Entry, begin_history
from complaints.services.mail_blanks import known_at_filing
from complaints.services.mail_text import MailText, seal_filled
from complaints.services.sealing import lookup_key, seal_address, seal_part, wrapped_case_key
from complaints.services.terms import keep_first_due, stamped_terms
from complaints.stages import Party, Route, Source
from complaints.vault.codes import code_from_nonce

ANSWERS = "answers"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class GivenConsent:
    """Consent for one purpose, in the words (HTML) it was asked in."""

    purpose: ConsentPurpose
    html: str


@dataclass(frozen=True)
class Filing:
    """All that a complaint is filed with.

    `nonce` makes sending it twice one complaint, and gives the receipt code (`code_from_nonce`):
    only its hash is stored, so the server alone cannot recover the code. `draft_code`
    is of the draft that goes with it, where one was kept. `registered_by` is the member of staff
    who entered it for the complainant, `registered_how` what the first event then says (R-12), and
    `acknowledgement` the mail with its blanks as they changed it, checked.
    """

    nonce: bytes
    answers: Sequence[Answer]
    consents: Sequence[GivenConsent]
    form_page_id: int | None = None
    route: Route = Route.CONFIDANT
    source: Source = Source.WEB
    received_on: date | None = None
    is_suspect: bool = False
    draft_code: str = ""
    files: Sequence[StoredFile] = ()
    registered_by: Any = None
    registered_how: dict[str, Any] | None = None
    acknowledgement: MailText | None = None


def filed_with(nonce: bytes) -> Complaint | None:
    """The complaint already filed with this nonce, if any."""
    return Complaint.objects.filter(nonce_hash=_hash(nonce)).first()


def file_complaint(*, filing: Filing, at: datetime | None = None) -> Complaint:
    """Stores a complaint with its answers, consents, text in force, first event and owed mail.

    Sending the same nonce again, also at the same moment, returns the complaint already there.
    Raises FilesGone when one of the files is not staged any more; nothing is filed then.
    """
    now = at or timezone.now()
    prepared = _prepare(filing, now)  # outside the transaction: SQLite has one writer at a time
    try:
        with transaction.atomic():
            return _store(filing, prepared, now)
    except IntegrityError:
        known = filed_with(filing.nonce)
        if known is None:
            raise
        return known


@dataclass(frozen=True)
class Prepared:
    """A case sealed and ready to be stored, with its keys and its terms."""

    case: Complaint
    key: bytes
    wraps: Sequence[KeyWrap]
    terms: Sequence[Term]
    secret: bytes
    sealed_mail: bytes | None


def _prepare(filing: Filing, now: datetime) -> Prepared:
    """Reads and seals; stores nothing but, at the very first complaint, the look-up secret."""
    people, secret = HandlingSettings.current(), lookup_key()
    received = filing.received_on or timezone.localdate(now)
    case = Complaint(filed_at=now, received_on=received, source=filing.source)
    is_sent = filing.registered_by is not None and bool(_address(filing))
    terms = stamped_terms(case, people, is_acknowledged=is_sent)
    keep_first_due(case, terms)
    code = code_from_nonce(filing.nonce)
    key, wraps = wrapped_case_key(case.pk, code=code, secret=secret)
    content = {"v": 1, "answers": [vars(answer) for answer in filing.answers]}
    publication = ProcedurePublication.objects.in_force()
    case.reference = new_reference()
    case.nonce_hash = _hash(filing.nonce)
    case.route = filing.route
    case.waiting_on = Party.HANDLER
    case.is_suspect = filing.is_suspect
    case.handler = people.handler_for(filing.route)
    case.passed_over = people.confidant if filing.route is Route.DEPUTY else None
    case.form_page_id = filing.form_page_id
    case.procedure_publication = publication
    case.procedure_text_id = publication.text_id if publication else None
    case.sealed = seal_part(key, case.pk, ANSWERS, content)
    return Prepared(case, key, wraps, terms, secret, _sealed_mail(filing, case, terms))


def _sealed_mail(filing: Filing, case: Complaint, terms: Sequence[Term]) -> bytes | None:
    if filing.acknowledgement is None or not _address(filing):
        return None
    return seal_filled(filing.acknowledgement, case, known_at_filing(case, terms))


def _store(filing: Filing, prepared: Prepared, now: datetime) -> Complaint:
    case = prepared.case
    KeyWrap.objects.bulk_create(prepared.wraps)
    begin_history(
        complaint=case,
        at=now,
        key=prepared.key,
        by=filing.registered_by,
        entry=Entry(content=filing.registered_how),
    )
    attach_files(complaint=case, key=prepared.key, files=filing.files, at=now)
    Term.objects.bulk_create(prepared.terms)
    _keep_consents(case, filing.consents, now)
    has_address = _keep_address(case, filing)
    if filing.draft_code:
        destroy_draft(filing.draft_code, secret=prepared.secret)
    notifications.owe_filed(
        complaint=case,
        manager_needed=case.handler_id is None,
        to_complainant=has_address,
        sealed_text=prepared.sealed_mail,
    )
    return case


def new_reference() -> str:
    """A reference such as KM-7F3Q-9XKD: 40 random bits; reveals no count and no person (R-20)."""
    letters = "".join(secrets.choice(CROCKFORD) for _ in range(8))
    return f"KM-{letters[:4]}-{letters[4:]}"


def _keep_consents(complaint: Complaint, consents: Sequence[GivenConsent], now: datetime) -> None:
    """All lines of the ledger at once: filing is the post that somebody waits for."""
    texts = consent_texts(given.html for given in consents)
    Consent.objects.bulk_create(
        Consent(
            complaint=complaint,
            purpose=given.purpose,
            is_given=True,
            text=texts[given.html],
            at=now,
        )
        for given in consents
    )


def _keep_address(complaint: Complaint, filing: Filing) -> bool:
    """Keeps the address for notices, if there is one."""
    address = _address(filing)
    if not address:
        return False
    CaseContact.objects.create(
        complaint=complaint, sealed_email=seal_address(complaint.pk, address)
    )
    return True


def _address(filing: Filing) -> str:
    """The address for notices; none where they were not agreed to."""
    agreed = any(given.purpose is ConsentPurpose.MAIL for given in filing.consents)
    return answer_for(list(filing.answers), Purpose.EMAIL) if agreed else ""


def _hash(nonce: bytes) -> bytes:
    return hashlib.sha256(nonce).digest()
