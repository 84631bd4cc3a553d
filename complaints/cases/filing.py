"""Files a complaint: one transaction holds all of it, or none of it is stored.

The form files it, or a handler registers what came by letter, mail or in a talk (R-12).
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from complaints import notifications
from complaints.cases.attachments import StoredFile, attach_files
from complaints.cases.case import NotAllowed
from complaints.cases.consents import consent_texts
from complaints.cases.drafts import destroy_draft
from complaints.cases.due_dates import keep_first_due, stamped_terms
from complaints.cases.history import Entry, begin_history
from complaints.cases.mails import (
    MailText,
    acknowledgement_before,
    fault_in,
    known_at_filing,
    seal_filled,
)
from complaints.cases.sealing import lookup_key, seal_address, seal_part, wrapped_case_key
from complaints.models.case import Complaint
from complaints.models.keystore import KeyWrap
from complaints.models.outbox import CaseContact
from complaints.models.pages import ProcedurePublication
from complaints.models.privacy import Consent, ConsentPurpose
from complaints.models.roster import Roster, roster_for
from complaints.models.term import Term
from complaints.questions import Answer, Purpose, answer_for
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
    """The complaint already filed with this nonce, if any; most often there is none to read."""
    found = Complaint.objects.filter(nonce_hash=_hash(nonce))
    return found.first() if found.exists() else None


@dataclass(frozen=True)
class Filed:
    """A complaint with what its confirmation says: by when what is done, and whether it mails."""

    case: Complaint
    due: dict[str, date]
    has_address: bool
    is_new: bool = False

    @classmethod
    def of(cls, case: Complaint) -> "Filed":
        """Of a complaint that was filed before."""
        due = {term.kind: term.due_on for term in case.terms.all()}
        return cls(case, due, notifications.has_address(case))


def file_complaint(*, filing: Filing, at: datetime | None = None) -> Complaint:
    """As `file`, for who needs no more than the complaint."""
    return file(filing=filing, roster=Roster.read(), at=at).case


def file(*, filing: Filing, roster: Roster, at: datetime | None = None) -> Filed:
    """Stores a complaint with its answers, consents, text in force, first event and owed mail.

    Sending the same nonce again, also at the same moment, returns the complaint already there.
    Raises FilesGone when one of the files is not staged any more; nothing is filed then.
    """
    now = at or timezone.now()
    prepared = _prepare(filing, roster, now)  # not in the transaction: SQLite has one writer
    try:
        with transaction.atomic():
            return _store(filing, prepared, now)
    except IntegrityError:
        known = filed_with(filing.nonce)
        if known is None:
            raise
        return Filed.of(known)


@dataclass(frozen=True)
class Prepared:
    """A case sealed and ready to be stored, with its keys and its terms."""

    case: Complaint
    key: bytes
    wraps: Sequence[KeyWrap]
    terms: Sequence[Term]
    secret: bytes
    sealed_mail: bytes | None


def _prepare(filing: Filing, roster: Roster, now: datetime) -> Prepared:
    """Reads and seals; stores nothing but, at the very first complaint, the look-up secret."""
    secret = lookup_key()
    received = filing.received_on or timezone.localdate(now)
    case = Complaint(filed_at=now, received_on=received, source=filing.source)
    is_sent = filing.registered_by is not None and bool(_address(filing))
    terms = stamped_terms(case, roster.settings, is_acknowledged=is_sent)
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
    case.handler = roster.handler_for(filing.route)
    case.passed_over = roster.confidant if filing.route is Route.DEPUTY else None
    case.form_page_id = filing.form_page_id
    case.procedure_publication = publication
    case.procedure_text_id = publication.text_id if publication else None
    case.sealed = seal_part(key, case.pk, ANSWERS, content)
    return Prepared(case, key, wraps, terms, secret, _sealed_mail(filing, case, terms))


def _sealed_mail(filing: Filing, case: Complaint, terms: Sequence[Term]) -> bytes | None:
    if filing.acknowledgement is None or not _address(filing):
        return None
    return seal_filled(filing.acknowledgement, case, known_at_filing(case, terms))


def _store(filing: Filing, prepared: Prepared, now: datetime) -> Filed:
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
    due = {term.kind: term.due_on for term in prepared.terms}
    return Filed(case, due, has_address, is_new=True)


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


@dataclass(frozen=True)
class Registration:
    """What a member of staff writes down for the complainant. Empty texts were not given."""

    nonce: bytes
    source: Source
    received_on: date
    problem: str
    route: Route
    name: str = ""
    email: str = ""
    phone: str = ""
    coach: str = ""
    remedy: str = ""
    consent_how: str = ""
    wants_mail: bool = False
    acknowledgement: MailText | None = None  # as it was changed, with its blanks
    files: Sequence[StoredFile] = ()


def register_complaint(*, registration: Registration, by: User) -> Complaint:
    """Files it with its true date of receipt; the history begins with who registered it.

    In the language of the site, whichever the CMS is read in: the complainant reads it too. The
    same nonce gives the same complaint. Raises FilesGone, and NotAllowed for a date to come, a
    source that is the form's own, nothing written, or an acknowledgement that has a fault.
    """
    is_to_come = registration.received_on > timezone.localdate()
    if is_to_come or registration.source is Source.WEB or not registration.problem.strip():
        raise NotAllowed("nothing that came in")
    mail = registration.acknowledgement
    if mail is not None and (fault := fault_in(acknowledgement_before(), mail, "")):
        raise NotAllowed(f"mail {fault}")
    with translation.override(settings.LANGUAGE_CODE):
        return file(filing=_filing(registration, by), roster=roster_for(by)).case


def _filing(registration: Registration, by: User) -> Filing:
    return Filing(
        nonce=registration.nonce,
        answers=_answers(registration),
        consents=_consents(registration),
        route=registration.route,
        source=registration.source,
        received_on=registration.received_on,
        files=registration.files,
        registered_by=by,
        registered_how=_how(registration),
        acknowledgement=registration.acknowledgement,
    )


def _how(given: Registration) -> dict[str, str]:
    consent_how = given.consent_how.strip()
    return {"source": given.source.value} | ({"consent_how": consent_how} if consent_how else {})


def _answers(given: Registration) -> list[Answer]:
    """The answers as the form asks them, so that everything that reads a complaint reads these."""
    asked = (
        (Purpose.PROBLEM, _("Wat is er gebeurd?"), given.problem, _("De klacht")),
        (Purpose.REMEDY, _("Wat vraagt de klager?"), given.remedy, _("De klacht")),
        (Purpose.COACH, _("Over welke kunstcoach gaat het?"), given.coach, _("De klacht")),
        (Purpose.NAME, _("Naam van de klager"), given.name, _("Over de klager")),
        (Purpose.EMAIL, _("E-mailadres"), given.email, _("Over de klager")),
        (Purpose.PHONE, _("Telefoonnummer"), given.phone, _("Over de klager")),
    )
    return [
        Answer(
            name=purpose.value,
            label=label,
            field_type="multiline"
            if purpose in (Purpose.PROBLEM, Purpose.REMEDY)
            else "singleline",
            value=text.strip(),
            purpose=purpose.value,
            step=step,
        )
        for purpose, label, text, step in asked
    ]


def _consents(given: Registration) -> list[GivenConsent]:
    """Words of our own: how it was given is the complainant's, and sealed in the first event."""
    found = []
    if given.consent_how.strip():
        found.append(_consent(ConsentPurpose.FILING, given.source))
    if given.wants_mail and given.email.strip():
        found.append(_consent(ConsentPurpose.MAIL, given.source))
    return found


def _consent(purpose: ConsentPurpose, source: Source) -> GivenConsent:
    words = _(
        "Toestemming voor: %(purpose)s. Gegeven buiten de site (%(source)s), en vastgelegd door "
        "wie de klacht registreerde."
    )
    text = words % {"purpose": purpose.label, "source": str(source.label).lower()}
    return GivenConsent(purpose, format_html("<p>{}</p>", text))
