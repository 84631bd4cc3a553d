"""Files a complaint: one transaction holds all of it, or none of it is stored.

The form files it, or a handler registers what came by letter, mail or in a talk (R-12).
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone, translation
from django.utils.html import format_html
from django.utils.translation import gettext as _

from complaints import notifications
from complaints.cases.attachments import StoredFile, attach_files
from complaints.cases.case import NotAllowed, begin_history
from complaints.cases.contents import ANSWERS, consent_texts, new_consent
from complaints.cases.drafts import destroy_draft
from complaints.cases.due_dates import keep_first_due, stamped_terms
from complaints.cases.mails import (
    MailText,
    acknowledgement_before,
    fault_in,
    known_at_filing,
    seal_filled,
)
from complaints.cases.sealing import lookup_key, mark_of, seal_address, seal_part, wrapped_case_key
from complaints.models.case import Complaint
from complaints.models.handling import Term
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import CaseContact
from complaints.models.pages import ProcedurePublication
from complaints.models.roster import Roster, roster_for
from complaints.models.tables import compiled_once
from complaints.questions import Answer, Purpose, answer_for
from complaints.stages import ConsentPurpose, Party, Route, Source
from complaints.vault.codes import ALPHABET, code_from_nonce


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
    registered_how: Mapping[str, Any] = field(default_factory=dict)
    acknowledgement: MailText | None = None


def filed_with(nonce: bytes) -> Complaint | None:
    """Returns the complaint already filed with this nonce, if any; most often there is none."""
    return next(iter(_with_nonce(_hash(nonce))), None) if nonce else None  # none at the first page


@compiled_once
def _with_nonce(nonce_hash: bytes) -> QuerySet[Complaint]:
    return Complaint.objects.filter(nonce_hash=nonce_hash)


@dataclass(frozen=True)
class Filed:
    """A complaint with what its confirmation says: by when what is done, and whether it mails."""

    case: Complaint
    due: dict[str, date]
    has_address: bool
    is_new: bool = False

    @classmethod
    def of(cls, case: Complaint) -> "Filed":
        """Returns this of a complaint that was filed before."""
        due = {term.kind: term.due_on for term in case.terms.all()}
        return cls(case, due, notifications.has_address(case))


def file_complaint(*, filing: Filing, at: datetime | None = None) -> Complaint:
    """Files a complaint as `file` does, for a caller that needs no more than the case."""
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
    sealed_address: bytes | None
    sealed_mail: bytes | None


def _prepare(filing: Filing, roster: Roster, now: datetime) -> Prepared:
    """Reads and seals; stores nothing but, at the very first complaint, the look-up secret."""
    secret = lookup_key()
    received = filing.received_on or timezone.localdate(now)
    case = Complaint(filed_at=now, received_on=received, source=filing.source)
    address = _address(filing)
    is_sent = filing.registered_by is not None and bool(address)
    terms = stamped_terms(case, roster.settings, is_acknowledged=is_sent)
    keep_first_due(case, terms)
    code = code_from_nonce(filing.nonce)
    key, wraps = wrapped_case_key(case.pk, code=code, secret=secret)
    content = {"v": 1, "answers": [vars(answer) for answer in filing.answers]}
    publication = ProcedurePublication.in_force()
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
    case.coach_mark = mark_of(answer_for(list(filing.answers), Purpose.COACH), secret)
    sealed_mail = None
    if filing.acknowledgement is not None and address:
        sealed_mail = seal_filled(filing.acknowledgement, case, known_at_filing(case, terms))
    sealed_address = seal_address(case.pk, address) if address else None
    return Prepared(case, key, wraps, terms, secret, sealed_address, sealed_mail)


def _store(filing: Filing, prepared: Prepared, now: datetime) -> Filed:
    case, address = prepared.case, prepared.sealed_address
    KeyWrap.objects.bulk_create(prepared.wraps)
    event = begin_history(
        complaint=case,
        at=now,
        key=prepared.key,
        by=filing.registered_by,
        content=filing.registered_how,
    )
    attach_files(event=event, key=prepared.key, files=filing.files, at=now)
    Term.objects.bulk_create(prepared.terms)
    texts = consent_texts(given.html for given in filing.consents)
    said = {given.purpose: texts[given.html] for given in filing.consents}
    new_consent(case.pk, prepared.key, said, at=now).save()
    if address is not None:
        CaseContact.objects.create(complaint=case, sealed_email=address)
    if filing.draft_code:
        destroy_draft(filing.draft_code, secret=prepared.secret)
    has_address, sealed_mail = address is not None, prepared.sealed_mail
    notifications.owe_filed(case, to_complainant=has_address, sealed_text=sealed_mail)
    due = {term.kind: term.due_on for term in prepared.terms}
    return Filed(case, due, has_address, is_new=True)


def new_reference() -> str:
    """Returns one such as KM-7F3Q-9XKD: 40 random bits, that reveal no count and nobody (R-20)."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(8))
    return f"KM-{letters[:4]}-{letters[4:]}"


def _address(filing: Filing) -> str:
    """Returns the address for notices; "" where they were not agreed to."""
    agreed = any(given.purpose is ConsentPurpose.MAIL for given in filing.consents)
    return answer_for(list(filing.answers), Purpose.EMAIL) if agreed else ""


def _hash(nonce: bytes) -> bytes:
    return hashlib.sha256(nonce).digest()


def register_complaint(
    *,
    by: User,
    nonce: bytes,
    source: Source,
    received_on: date,
    route: Route,
    consent_how: str = "",
    wants_mail: bool = False,
    acknowledgement: MailText | None = None,
    files: Sequence[StoredFile] = (),
    **written: str,
) -> Complaint:
    """Files it with its true date of receipt; the history begins with who registered it.

    `written` are the answers that were given, by their purpose; `acknowledgement` is that mail as
    it was changed, with its blanks. In the language of the site, whichever the CMS is read in: the
    complainant reads it too. The same nonce gives the same complaint. Raises FilesGone, and
    NotAllowed for a date to come, a source that is the form's own, nothing written, or an
    acknowledgement that has a fault.
    """
    is_to_come = received_on > timezone.localdate()
    if is_to_come or source is Source.WEB or not written["problem"].strip():
        raise NotAllowed("nothing that came in")
    mail = acknowledgement
    if mail is not None and (fault := fault_in(acknowledgement_before(), mail, "")):
        raise NotAllowed(f"mail {fault}")
    given = {
        ConsentPurpose.FILING: bool(consent_how.strip()),
        ConsentPurpose.MAIL: wants_mail and bool(written.get("email", "").strip()),
    }
    with translation.override(settings.LANGUAGE_CODE):
        filing = Filing(
            nonce=nonce,
            answers=_answers(written),
            consents=[_consent(purpose, source) for purpose, is_given in given.items() if is_given],
            route=route,
            source=source,
            received_on=received_on,
            files=files,
            registered_by=by,
            registered_how={"source": source.value, "consent_how": consent_how},
            acknowledgement=acknowledgement,
        )
        return file(filing=filing, roster=roster_for(by)).case


def _answers(written: Mapping[str, str]) -> list[Answer]:
    """Returns the answers as the form asks them: all that reads a complaint reads these too."""
    what, who, long, short = _("De klacht"), _("Over de klager"), "multiline", "singleline"
    asked = (
        (Purpose.PROBLEM, _("Wat is er gebeurd?"), long, what),
        (Purpose.REMEDY, _("Wat vraagt de klager?"), long, what),
        (Purpose.COACH, _("Over welke kunstcoach gaat het?"), short, what),
        (Purpose.NAME, _("Naam van de klager"), short, who),
        (Purpose.EMAIL, _("E-mailadres"), short, who),
        (Purpose.PHONE, _("Telefoonnummer"), short, who),
    )
    return [
        Answer(
            name.value, label, kind, written.get(name, "").strip(), purpose=name.value, step=step
        )
        for name, label, kind, step in asked
    ]


def _consent(purpose: ConsentPurpose, source: Source) -> GivenConsent:
    """In words of our own: how it was given is the complainant's, sealed in the first event."""
    words = _(
        "Toestemming voor: %(purpose)s. Gegeven buiten de site (%(source)s), en vastgelegd door "
        "wie de klacht registreerde."
    )
    said = words % {"purpose": purpose.label, "source": str(source.label).lower()}
    return GivenConsent(purpose, format_html("<p>{}</p>", said))
