"""The terms of a case: stamped, met, extended once with a reason (R-03), or standing still."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints.cases import rules
from complaints.cases.case import record, required
from complaints.cases.rules import locked_unless, open_term
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.handling import Term
from complaints.models.outbox import MailKind
from complaints.models.privacy import RightsRequest
from complaints.models.settings import HandlingSettings
from complaints.notifications import extension_occasion, owe_to_complainant
from complaints.stages import Source
from complaints.terms import TermKind, add_days, add_working_days


def stamped_terms(
    case: Complaint, settings: HandlingSettings, *, is_acknowledged: bool = False
) -> list[Term]:
    """Returns the terms of a case that is being filed, not stored yet; all count from its receipt.

    What comes by the website is acknowledged at once, by the answer to the post and by mail where
    that was asked; by another channel somebody has to do it (R-22), unless `is_acknowledged`: who
    registered it sent the mail along.
    """
    received = case.received_on
    due = {
        TermKind.ACKNOWLEDGEMENT: add_working_days(received, settings.acknowledgement_working_days),
        TermKind.CONTACT: add_working_days(received, settings.contact_working_days),
        TermKind.PROGRESS: add_days(received, settings.progress_days),
        TermKind.COACH_TOLD: add_days(received, settings.coach_told_days),
        TermKind.HANDLING: add_days(received, settings.handling_days),
    }
    terms = [Term(complaint=case, kind=kind, due_on=day) for kind, day in due.items()]
    if case.source == Source.WEB or is_acknowledged:
        terms[0].met_at = case.filed_at
    return terms


def keep_first_due(
    case: Complaint, terms: Iterable[Term], requests: Iterable[RightsRequest] = ()
) -> None:
    """Puts on the case, unsaved, what is due first and by when; nothing where nothing is due."""
    due = [(term.due_on, term.kind) for term in terms if term.is_running]
    due += [(request.due_on, request.right) for request in requests]
    case.next_due_on, case.next_due_kind = min(due, default=(None, ""))


def meet(case: Complaint, kind: TermKind, *, at: datetime) -> None:
    """Marks the term as met: what it asked was done."""
    case.terms.filter(kind=kind, met_at=None).update(met_at=at)
    refresh_due(case)


def message_sent(case: Complaint, *, on: date) -> None:
    """Puts off the next message that is due, for the complainant heard from us (R-04).

    A message that is recorded late never brings the date nearer; a closed case promises none.
    """
    if not case.is_open:
        return
    due = add_days(on, HandlingSettings.current().progress_days)
    case.terms.filter(kind=TermKind.PROGRESS, due_on__lt=due).update(due_on=due)
    refresh_due(case)


def tell_complainant(
    case: Complaint, kind: MailKind, occasion: str, sealed_mail: bytes | None = None
) -> None:
    """Owes the complainant a mail about what was recorded now, which counts as a message (R-04).

    `sealed_mail` is that mail as the handler changed it.
    """
    message_sent(case, on=timezone.localdate())
    owe_to_complainant(case, kind, occasion, sealed_mail)


def run_again(case: Complaint, *, on: date) -> date | None:
    """Puts off the decision by as many days as the clock stood still; returns its date, if any."""
    if case.paused_on is None:
        return None
    days = (on - case.paused_on).days
    case.change(paused_on=None)
    term = open_term(case, TermKind.HANDLING)
    if term is None:
        return None
    term.change(due_on=add_days(term.due_on, days))
    refresh_due(case)
    return term.due_on


def refresh_due(case: Complaint) -> None:
    """Puts on the case what is due first: of the terms that run and the requests that wait."""
    requests = case.rights_requests.filter(decided_at=None)
    keep_first_due(case, case.terms.filter(met_at=None), requests)
    case.save(update_fields=["next_due_on", "next_due_kind"])


@transaction.atomic
def extend_handling(
    *,
    complaint: Complaint,
    until: date,
    by: User,
    reason: str,
    agreed_on: date | None = None,
    sealed_mail: bytes | None = None,
) -> Complaint:
    """Gives the decision more time, before its term ends, and tells the complainant (R-03)."""
    case = locked_unless(rules.why_not_extend, complaint, until=until, agreed_on=agreed_on)
    term = case.terms.get(kind=TermKind.HANDLING)
    before = term.due_on
    term.change(due_on=until, times_extended=term.times_extended + 1)
    refresh_due(case)
    days = {"was_due_on": before, "now_due_on": until, "extension_agreed_on": agreed_on}
    record(case, EventKind.EXTENDED, by, {"explanation": required(reason), **days})
    occasion = extension_occasion(before, until)
    tell_complainant(case, MailKind.TERM_EXTENDED, occasion, sealed_mail)
    return case


@transaction.atomic
def pause_clock(*, complaint: Complaint, by: User, reason: str) -> Complaint:
    """Stops the time for a decision from today, for a reason the complainant reads."""
    case = locked_unless(rules.why_not_pause, complaint)
    case.change(paused_on=timezone.localdate())
    refresh_due(case)
    record(case, EventKind.PAUSED, by, {"explanation": required(reason)})
    return case


@transaction.atomic
def resume_clock(*, complaint: Complaint, by: User) -> Complaint:
    """Lets the time run again; the decision is due as many days later as it stood still."""
    case = locked_unless(rules.why_not_resume, complaint)
    due = run_again(case, on=timezone.localdate())
    record(case, EventKind.RESUMED, by, {"now_due_on": due})
    return case
