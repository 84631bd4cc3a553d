"""The words of a mail as a handler may change them, with blanks that the site fills in later.

Checked, sealed until sent, then gone. A mail is composed here; the worker sends it.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import TextChoices
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.models import Site

from complaints.cases.case import NotAllowed, locked, mark_unread, record
from complaints.cases.codes_and_links import CODE_WAITS, token_of
from complaints.cases.handlers_group import happened, invitation_path
from complaints.cases.rules import last_day_to_rate
from complaints.cases.sealing import MAIL
from complaints.cases.todo import todo_of
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.handling import Term
from complaints.models.outbox import FOR_GOOD, CaseContact, MailFault, MailKind, OwedMail
from complaints.models.privacy import READ_UNTIL
from complaints.models.roster import Circle, Roster, may_handle
from complaints.models.settings import HandlingSettings, name_of
from complaints.stages import Outcome, Route, Stage
from complaints.terms import DUE_KINDS, TermKind, day_in_words, moment_in_words
from complaints.vault.codes import holds_a_code
from complaints.vault.keyring import RING
from home.models import OrganisationSettings


class Blank(TextChoices):
    """One thing to fill in; the label is how it stands in the mail until then."""

    REFERENCE = "reference", gettext_lazy("[kenmerk]")
    RECEIVED = "received", gettext_lazy("[dag van ontvangst]")
    READERS = "readers", gettext_lazy("[wie het bericht leest]")
    CONTACT = "contact", gettext_lazy("[uiterste dag van contact]")
    HANDLING = "handling", gettext_lazy("[uiterste dag van een uitkomst]")
    UNTIL = "until", gettext_lazy("[nieuwe datum]")

    @property
    def mark(self) -> str:
        """As it stands in a mail, in the language of mails."""
        with translation.override(settings.LANGUAGE_CODE):
            return str(self.label)


def blanks_in(text: str) -> list[Blank]:
    return [blank for blank in Blank if blank.mark in text]


def fill(text: str, known: Mapping[Blank, str]) -> str:
    """Returns the text with what is known in the place of its blanks."""
    for blank, words in known.items():
        text = text.replace(blank.mark, words)
    return text


def known_at_filing(case: Complaint, terms: Iterable[Term]) -> dict[Blank, str]:
    """Returns what an acknowledgement says of a case that is filed."""
    due = {term.kind: term.due_on for term in terms}
    with translation.override(settings.LANGUAGE_CODE):
        return {
            Blank.REFERENCE: case.reference,
            Blank.RECEIVED: mail_day(case.received_on),
            Blank.READERS: _readers(case),
            Blank.CONTACT: mail_day(due.get(TermKind.CONTACT)),
            Blank.HANDLING: mail_day(due.get(TermKind.HANDLING)),
        }


def mail_day(day: date | None) -> str:
    """Returns a day as mails write it, in the language of the site; "" for none."""
    with translation.override(settings.LANGUAGE_CODE):
        return day_in_words(day) if day else ""


def _readers(case: Complaint) -> str:
    if case.handler_id is None:
        return _(
            "Er is nu niemand die je bericht behandelt. We zoeken iemand; de beheerder weet dit "
            "en kan je bericht niet lezen."
        )
    if case.route == Route.DEPUTY:
        return _("De plaatsvervanger leest je bericht. De vertrouwenspersoon kan het niet openen.")
    return _(
        "De vertrouwenspersoon leest je bericht; is die afwezig, dan de plaatsvervanger. Verder "
        "niemand."
    )


LINK = re.compile(r"https?://\S+")
LONGEST_SUBJECT, LONGEST_BODY = 200, 10_000


class Fault(TextChoices):
    """Why a changed mail is not sent; the label says what to mend."""

    EMPTY = "empty", gettext_lazy("De mail heeft een onderwerp en een tekst nodig.")
    TOO_LONG = "too_long", gettext_lazy("Maak de mail korter.")
    CODE = "code", gettext_lazy("In de mail staat iets wat een volgcode kan zijn. Haal het weg.")
    REFERENCE = "reference", gettext_lazy("Laat het kenmerk in de mail staan.")
    LINK = "link", gettext_lazy("Laat elke link in de mail staan zoals hij was.")
    BLANK = "blank", gettext_lazy("Laat alles staan wat tussen [ ] staat: de site vult dat in.")


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
    """Returns what is wrong with a mail that was changed from `composed`, if anything.

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
    composed: MailText, edited: MailText, complaint: Complaint, known: Mapping[Blank, str]
) -> bytes | None:
    """Returns the changed mail, sealed for `OwedMail.sealed_text`; None where nothing was changed.

    What is `known` by now takes the place of its blanks. Raises NotAllowed for a mail that has a
    fault.
    """
    if edited.tidy() == composed.tidy():
        return None
    if fault := fault_in(composed, edited, complaint.reference):
        raise NotAllowed(f"mail {fault}")
    return seal_filled(edited, complaint, known)


def seal_filled(edited: MailText, complaint: Complaint, known: Mapping[Blank, str]) -> bytes:
    """Returns a mail that was changed and found well, with its blanks filled in, sealed."""
    filled = MailText(fill(edited.subject, known), fill(edited.body, known)).tidy()
    return RING.seal(MAIL, json.dumps(vars(filled)).encode(), complaint.pk)


def open_edit(complaint_id: UUID, sealed: bytes) -> MailText:
    """Returns the mail that `seal_edit` sealed for this case; raises SealBroken."""
    return MailText(**json.loads(RING.open(MAIL, sealed, complaint_id)))


SOON, LATE = "soon", "late"


def reminder_in(occasion: str) -> dict[str, object]:
    """Returns what has to happen, by when, and whether that day is past: of an owed reminder."""
    kind, day, grade = occasion.split(" ")
    due_on = date.fromisoformat(day)
    return {"label": str(dict(DUE_KINDS)[kind]), "due_on": due_on, "is_late": grade == LATE}


def way_out(circle: Circle) -> str:
    """Returns who can put a deputy who does not see the case in its handler's place.

    For the confidant's: whoever enters their absence in the settings ("manager"). For another's:
    the confidant, where they may take it over ("confidant"). Else only its handler ("").
    """
    confidant = circle.roster.confidant
    if circle.case.handler_id == (confidant.pk if confidant else None):
        return "manager"
    return "confidant" if confidant and circle.is_in_charge(confidant) else ""


def preview(complaint: Complaint, kind: MailKind, about: str) -> MailText:
    """Returns the mail of that kind as it would go out for this case now."""
    return composed(OwedMail(complaint=complaint, kind=kind, occasion=about))


def acknowledgement_before() -> MailText:
    """Returns the acknowledgement of a complaint that is not filed yet, with blanks."""
    known = {blank: blank.mark for blank in Blank}
    standing = {"reference": Blank.REFERENCE.mark, "stage": Stage.FILING, "is_open": True}
    return _rendered(MailKind.ACKNOWLEDGEMENT, {"known": known, **standing, **_about_us()})


def composed(owed: OwedMail) -> MailText:
    """Returns an owed mail, of reference, dates and links."""
    with translation.override(settings.LANGUAGE_CODE):
        return _rendered(owed.kind, _context(owed))


def _rendered(kind: str, context: dict[str, Any]) -> MailText:
    """Returns the mail of that kind: the first line of its template is the subject.

    What a template leaves empty leaves no gap.
    """
    with translation.override(settings.LANGUAGE_CODE):
        subject, _newline, body = render_to_string(f"emails/{kind}.txt", context).partition("\n")
    return MailText(subject.strip(), re.sub(r"\n\s*\n", "\n\n", body.strip()) + "\n")


def _context(owed: OwedMail) -> dict[str, Any]:
    complaint = owed.complaint
    terms = list(complaint.terms.all()) if complaint else []
    return {
        "complaint": complaint,
        "occasion": owed.occasion,
        "about": owed.occasion.partition("-")[0],
        "draft": owed.draft,
        "person": owed.user,
        "due": {term.kind: term.due_on for term in terms},
        **(_standing(complaint, terms) if complaint else {}),
        **_for_complainant(owed),
        **_for_staff(owed),
        **_about_us(),
    }


def _standing(case: Complaint, terms: Iterable[Term]) -> dict[str, object]:
    """Returns where a case stands; by when there is an outcome, where that is promised now."""
    is_promised, today = case.is_open and case.paused_on is None, timezone.localdate()
    unmet = [t.due_on for t in terms if t.kind == TermKind.HANDLING and t.met_at is None]
    outcome_by = [day for day in unmet if day >= today]
    return {
        "reference": case.reference,
        "stage": case.current_stage,
        "is_open": case.is_open,
        "outcome_by": mail_day(outcome_by[0]) if outcome_by and is_promised else "",
    }


def _about_us() -> dict[str, Any]:
    return {"organisation": organisation(), "base_url": settings.WAGTAILADMIN_BASE_URL.rstrip("/")}


def _for_complainant(owed: OwedMail) -> dict[str, object]:
    """Returns what only this kind of mail to a complainant says."""
    case: Any = owed.complaint
    match owed.kind:
        case MailKind.ACKNOWLEDGEMENT:
            return {"known": known_at_filing(case, case.terms.all()), "outcome_by": ""}
        case MailKind.FOLLOW_LINK:
            return {"link_token": token_of(UUID(owed.occasion))}
        case MailKind.CASE_CLOSED:
            return _about_end(case)
        case MailKind.CODE_ASKED:
            phone = "" if Circle(case, Roster.read()).is_past_confidant else organisation().phone
            return {"works_from": moment_in_words(owed.created_at + CODE_WAITS), "phone": phone}
        case MailKind.RIGHTS_DECIDED:
            decided_at = owed.created_at or timezone.now()
            return {"erased_on": mail_day(timezone.localdate(decided_at + READ_UNTIL))}
        case MailKind.TERM_EXTENDED:
            before, _space, until = owed.occasion.partition(" ")
            days = [mail_day(date.fromisoformat(day) if day else None) for day in (before, until)]
            return {"before": days[0], "until": days[1] or Blank.UNTIL.mark, "outcome_by": ""}
    return {}


def _for_staff(owed: OwedMail) -> dict[str, object]:
    """Returns what only this kind of mail to one of us says."""
    case: Any = owed.complaint
    person: Any = owed.user
    match owed.kind:
        case MailKind.NEW_CASE:
            return {"is_handed_over": bool(owed.occasion)}
        case MailKind.TERM_REMINDER:
            return {"reminder": reminder_in(owed.occasion)}
        case MailKind.COLLEAGUE_LATE:
            circle, name = Circle(case, Roster.read()), name_of(case.handler)
            told = {"name": name, "is_seen": circle.sees(person), "way_out": way_out(circle)}
            return {"reminder": reminder_in(owed.occasion), **told}
        case MailKind.DAILY_DIGEST | MailKind.CASES_GO:
            return {"waiting": todo_of(person, Roster.read())}
        case MailKind.INVITED:
            return {"way_in": invitation_path(person), "is_handler": may_handle(person)}
        case MailKind.HANDLERS_CHANGED:
            return {"at": moment_in_words(owed.created_at), **happened(owed.occasion)}
    return {}


def _about_end(case: Complaint) -> dict[str, object]:
    """Returns until when one may judge how a case was handled that was closed."""
    days = HandlingSettings.objects.filter(site__is_default_site=True).only("satisfaction_days")
    return {
        "judge_until": mail_day(last_day_to_rate(case, days.first() or HandlingSettings())),
        "is_withdrawn": case.outcome == Outcome.WITHDRAWN,
        "is_advised": case.outcome == Outcome.ADVISED,
    }


def organisation() -> OrganisationSettings:
    site = Site.objects.filter(is_default_site=True).first()
    return OrganisationSettings.for_site(site) if site else OrganisationSettings()


@transaction.atomic
def keep_whether_it_came(complaint: Complaint, fault: str) -> None:
    """Keeps with the address whether it takes mail; that it does not is a fact in the case."""
    contact = CaseContact.objects.filter(complaint=complaint)
    if not fault:
        contact.exclude(fault="").update(fault="")
    elif fault in FOR_GOOD:
        case, is_wrong = locked(complaint), fault == MailFault.ADDRESS
        if contact.update(fault=fault):
            kind = EventKind.NO_SUCH_ADDRESS if is_wrong else EventKind.MAIL_REFUSED
            record(case, kind, None, {})
            mark_unread(case)
