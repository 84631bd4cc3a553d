"""How the complainant can be reached now and what they agree to now; both change only here.

What was given at filing is overlaid by the last change. A consent is a line of a ledger, with the
exact words as they were shown (R-31).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from complaints import notifications
from complaints.cases import rules
from complaints.cases.case import (
    COMPLAINANT,
    NotAllowed,
    check_not_too_much,
    event_content,
    mark_unread,
    record,
    required,
)
from complaints.cases.codes_and_links import end_links
from complaints.cases.contents import HistoryLine, consent_texts, new_consent, open_answers
from complaints.cases.conversation import MessageRefused, refuse_code
from complaints.cases.forgetting import note_withdrawn
from complaints.cases.requests import withdraw_complaint
from complaints.cases.rules import locked_unless
from complaints.cases.sealing import case_key, key_to_read, seal_address
from complaints.events import EventKind
from complaints.meant import tidy
from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact, MailKind
from complaints.models.privacy import Consent
from complaints.questions import Answer, Purpose, answer_for
from complaints.stages import ConsentPurpose


@dataclass(frozen=True)
class Contact:
    """Who the complainant is and how to reach them; an empty text was not given.

    `may_mail`: the site sends notices to the address. Without it, the address is only told.
    """

    name: str
    email: str
    phone: str
    may_mail: bool

    @property
    def is_reachable(self) -> bool:
        """Whether somebody can get in touch with them in the way they agreed to."""
        return bool(self.phone) or self.may_mail


def contact_in(
    answers: list[Answer], history: Iterable[HistoryLine] = (), *, may_mail: bool
) -> Contact:
    """Returns the contact data out of what the caller opened: the answers and the events."""
    changed = [line.content for line in history if line.event.kind == EventKind.CONTACT_CHANGED]
    asked = {"name": Purpose.NAME, "email": Purpose.EMAIL, "phone": Purpose.PHONE}
    given = {
        name: str(changed[-1].get(name, "")) if changed else answer_for(answers, purpose)
        for name, purpose in asked.items()
    }
    return Contact(**given, may_mail=may_mail)


def contact_of(case: Complaint, key: bytes | None = None) -> Contact:
    """Returns the contact data as they are now; raises KeyDestroyed for an erased case."""
    key = key or key_to_read(case)
    changes = case.events.filter(kind=EventKind.CONTACT_CHANGED).order_by("number")
    history = [HistoryLine(event, event_content(event, key)) for event in changes]
    may_mail = notifications.has_address(case)
    return contact_in(open_answers(case, key), history, may_mail=may_mail)


MOST_CHANGES_A_DAY = 10  # each can mail an address, and nobody says that it is theirs


class NoAddress(MessageRefused):
    """Mail is agreed to, and there is no address to mail to."""


@transaction.atomic
def change_contact(
    *,
    complaint: Complaint,
    name: str,
    email: str,
    phone: str,
    may_mail: bool,
    words: Iterable[Any],
    text: str = "",
    code: str = "",
    by: User | None = None,
) -> Complaint:
    """Keeps how the complainant can be reached from now on, as one event that holds all of it.

    What was before stays in the history. `words` are those of the mail consent as shown, which
    is a line of the ledger where it changed. A handler (`by`) says in `text` how they know. An
    address that is replaced is mailed that it is, and a link mailed to it works no more. Raises
    MessageRefused, NotAllowed and TooMuchToday; taking back the mail alone is never refused.
    """
    refuse_code(code, name, email, phone)
    name, email, phone = (" ".join(given.split()) for given in (name, email, phone))
    now = Contact(name, email, phone, may_mail)
    if may_mail and not now.email:
        raise NoAddress
    case = locked_unless(rules.why_not_write, complaint)
    before = contact_of(case)
    if now == before:
        return case
    if by is None and now != replace(before, may_mail=False):
        check_not_too_much(case)
        check_not_too_much(case, MOST_CHANGES_A_DAY, kind=EventKind.CONTACT_CHANGED)
    content = vars(now) | {"may_mail": "yes" if may_mail else "no"}
    content |= {"reason": required(text)} if by else {}
    event = record(case, EventKind.CONTACT_CHANGED, by, content, label=COMPLAINANT)
    if may_mail != before.may_mail:
        _add_line(case, ConsentPurpose.MAIL, words, is_given=may_mail)
    if (now.email, may_mail) != (before.email, before.may_mail):
        _mail_to(case, now, str(event.number))
    if by is None:
        mark_unread(case)
        notifications.owe_to_handler(case, occasion=str(event.number))
    return case


def _mail_to(case: Complaint, now: Contact, occasion: str) -> None:
    """Puts the address for notices right; one that another takes the place of is told so."""
    old = CaseContact.objects.filter(complaint=case).first()
    if old is not None and now.may_mail:
        old_address, kind = bytes(old.sealed_email), MailKind.CONTACT_CHANGED
        notifications.owe_to_complainant(case, kind, occasion, sealed_address=old_address)
    forget_address(case)
    if now.may_mail:
        sealed = seal_address(case.pk, now.email)
        CaseContact.objects.create(complaint=case, sealed_email=sealed)


def forget_address(case: Complaint) -> None:
    """Mails no notice any more, and lets no link that was mailed work."""
    CaseContact.objects.filter(complaint=case).delete()
    end_links(case)


@transaction.atomic
def record_consent(
    *,
    complaint: Complaint,
    purpose: ConsentPurpose,
    is_given: bool,
    words: Iterable[Any],
    text: str = "",
    code: str = "",
) -> Consent:
    """Records consent given or taken back after filing, with the `words` as shown (R-31).

    Without consent to handle it a complaint is withdrawn: closed, never erased (R-32). Mail is
    agreed to with an address (`change_contact`). Raises NotAllowed, and TooMuchToday for giving;
    taking back is never refused.
    """
    case = locked_unless(rules.why_not_consent, complaint, purpose, is_given=is_given)
    if purpose is ConsentPurpose.MAIL and is_given:
        raise NotAllowed("without an address")
    if is_given:
        check_not_too_much(case)
    consent = _add_line(case, purpose, words, is_given=is_given)
    kind = EventKind.CONSENTED if is_given else EventKind.WITHDREW
    event = record(case, kind, None, {"consent": str(purpose.label)}, label=COMPLAINANT)
    if purpose is ConsentPurpose.MAIL:
        forget_address(case)
    if purpose is ConsentPurpose.FILING and case.is_open:
        withdraw_complaint(complaint=case)  # which tells the handler
        return consent
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number))
    return consent


@transaction.atomic
def record_told_consent(
    *, complaint: Complaint, purpose: ConsentPurpose, by: User, reason: str
) -> Consent:
    """Records consent that was given outside the site, and how; raises NotAllowed without that."""
    case = locked_unless(rules.why_not_record_consent, complaint, purpose)
    words = _("Toestemming voor: %(purpose)s. Gegeven buiten de site, en door ons vastgelegd.")
    consent = _add_line(case, purpose, [words % {"purpose": purpose.label}], is_given=True)
    record(
        case,
        EventKind.CONSENTED,
        by,
        {"consent": str(purpose.label), "consent_how": required(reason)},
    )
    return consent


HIDDEN = "[…]"
PLAIN = str.maketrans("０１２３４５６７８９＠", "0123456789@")
NUMBER = re.compile(r"\d[\d\W_]{4,}\d")
FEWEST_DIGITS = 5  # fewer would be found in any date
MOST_DIGITS = 15  # of one number; what has more is several, each with a nought or a plus first
BETWEEN = r"[\W_]{0,4}"  # signs that people put between; few, so that no text takes long
_WORD = r"[^\s@<>()\[\],;:\"]"
_AT = r"\s{0,3}(?:@|[(\[{]\s?(?:at|apenstaartje)\s?[)\]}])\s{0,3}"
MAIL_ADDRESS = re.compile(rf"(?<!{_WORD}){_WORD}+{_AT}{_WORD}+\w", re.IGNORECASE)


def without_contact(text: str, contacts: Iterable[Contact]) -> str:
    """Returns a text without any mail address, and without these numbers however they are typed."""
    text = MAIL_ADDRESS.sub(HIDDEN, text.translate(PLAIN))
    before = rf"(?<!\d)(?=[\d+(])(?:(?:\+|00)?{BETWEEN}31{BETWEEN})?\(?0?\)?{BETWEEN}"
    for contact in contacts:
        for core in _cores(tidy(contact.phone.translate(PLAIN))):
            text = re.sub(rf"{before}{BETWEEN.join(core)}(?!\d)", HIDDEN, text)
    return text


def _cores(phone: str) -> Iterator[str]:
    """Yields the digits of each number in it, without those of the country and the first nought."""
    for found in NUMBER.findall(phone):
        is_one = len(re.sub(r"\D", "", found)) <= MOST_DIGITS
        for number in [found] if is_one else re.split(r"\W+(?=0)|\+", found):
            core = re.sub(r"^(00)?(31)?0?", "", re.sub(r"\D", "", number))
            if len(core) >= FEWEST_DIGITS:
                yield core


def _add_line(
    case: Complaint, purpose: ConsentPurpose, words: Iterable[Any], *, is_given: bool
) -> Consent:
    html = "".join(f"<p>{escape(text)}</p>" for text in words)
    if not is_given:
        note_withdrawn(case, purpose)
    said, key = {purpose: consent_texts([html])[html]}, case_key(case.pk)
    consent = new_consent(case.pk, key, said, at=timezone.now(), is_given=is_given)
    consent.save()
    return consent
