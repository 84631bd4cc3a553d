"""The words of a mail as a handler may change them: checked, sealed until sent, then gone.

A mail stays content-free by habit of who writes it; that it leads back to the case, and does not
give its receipt code away, is checked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from complaints.models.case import Complaint
from complaints.services.handling import NotAllowed
from complaints.services.mail_blanks import Blank, blanks_in, fill
from complaints.services.sealing import open_mail, seal_mail
from complaints.vault.codes import holds_a_code

LINK = re.compile(r"https?://\S+")
LONGEST_SUBJECT, LONGEST_BODY = 200, 10_000
NOTHING: Mapping[Blank, str] = MappingProxyType({})


class Fault(StrEnum):
    """Why a changed mail is not sent."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    CODE = "code"
    REFERENCE = "reference"
    LINK = "link"
    BLANK = "blank"


@dataclass(frozen=True)
class MailText:
    """Subject and body, plain, as they are sent."""

    subject: str
    body: str

    def tidy(self) -> "MailText":
        """On one line, respectively with newlines as we write them; for comparing and sending."""
        lines = self.body.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").split("\n")
        body = "\n".join(line.rstrip() for line in lines).strip()
        return MailText(" ".join(self.subject.replace("\x00", "").split()), body + "\n")


def fault_in(composed: MailText, edited: MailText, reference: str) -> Fault | None:
    """What is wrong with a mail that was changed from `composed`, if anything.

    The reference is empty where there is none yet: then it is a blank, which has to stay too.
    """
    edited = edited.tidy()
    if not edited.subject or not edited.body.strip():
        return Fault.EMPTY
    if len(edited.subject) > LONGEST_SUBJECT or len(edited.body) > LONGEST_BODY:
        return Fault.TOO_LONG
    if holds_a_code(edited.subject) or holds_a_code(edited.body):
        return Fault.CODE
    if reference not in edited.body:
        return Fault.REFERENCE
    if any(blank.mark not in edited.body for blank in blanks_in(composed.body)):
        return Fault.BLANK
    links = LINK.findall(composed.body)
    return None if all(link in edited.body.split() for link in links) else Fault.LINK


def seal_edit(
    composed: MailText,
    edited: MailText,
    complaint: Complaint,
    known: Mapping[Blank, str] = NOTHING,
) -> bytes | None:
    """The mail as changed, sealed for `OwedMail.sealed_text`; None where nothing was changed.

    What is `known` by now takes the place of its blanks. Raises NotAllowed for a mail that has a
    fault.
    """
    if edited.tidy() == composed.tidy():
        return None
    if fault := fault_in(composed, edited, complaint.reference):
        raise NotAllowed(f"mail {fault}")
    return seal_filled(edited, complaint, known)


def seal_filled(edited: MailText, complaint: Complaint, known: Mapping[Blank, str]) -> bytes:
    """A mail that was changed and found well, with its blanks filled in, sealed."""
    filled = MailText(fill(edited.subject, known), fill(edited.body, known))
    return seal_mail(complaint.pk, vars(filled.tidy()))


def open_edit(complaint_id: UUID, sealed: bytes) -> MailText:
    """The mail that `seal_edit` sealed for this case; raises SealBroken."""
    return MailText(**open_mail(complaint_id, sealed))
