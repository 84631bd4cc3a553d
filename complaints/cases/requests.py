"""What a complainant does with their own case: withdraw, ask for stage 3 or the deputy, rate it.

Each raises NotAllowed where a rule refuses, MessageRefused for a text that cannot be taken, and
all but withdrawing TooMuchToday. `code` is the receipt code they came with, which no text may hold.
"""

from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import rules
from complaints.cases.case import (
    COMPLAINANT,
    NotAllowed,
    check_not_too_much,
    locked,
    mark_unread,
    record,
)
from complaints.cases.codes_and_links import (
    end_links,
    is_given_by_us,
    let_code_wait,
    replace_and_record,
)
from complaints.cases.conversation import checked_text, hear, now_waits_on
from complaints.cases.moves import end_case
from complaints.cases.rules import locked_unless, refuse_if
from complaints.cases.sealing import drop_waiting_code
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind
from complaints.models.roster import Circle, Roster
from complaints.stages import Acceptance, Outcome, Party, Route

SATISFIED, NOT_SATISFIED = "yes", "no"


class Recoded(NamedTuple):
    """A case with its new receipt code, to be shown once; "" where the one they have stays."""

    case: Complaint
    code: str


@transaction.atomic
def withdraw_complaint(*, complaint: Complaint, text: str = "", code: str = "") -> Complaint:
    """Closes an open case at the complainant's word; no reason is needed (R-13)."""
    case = locked_unless(rules.why_not_handle, complaint)
    content = {"message": checked_text(text, code=code, may_be_empty=True)}
    event = end_case(case, Outcome.WITHDRAWN, None, content, label=COMPLAINANT)
    mark_unread(case)
    notifications.owe_to_handler(case, occasion=str(event.number))
    notifications.owe_to_complainant(case, MailKind.CASE_CLOSED, str(event.number))
    return case


@transaction.atomic
def say_solved(*, complaint: Complaint, text: str = "", code: str = "") -> Complaint:
    """Tells the handler that for the complainant it is solved; the handler closes it (R-02)."""
    case = locked_unless(rules.why_not_say_solved, complaint)
    hear(case, EventKind.SAID_SOLVED, text, code)
    now_waits_on(case, Party.HANDLER)
    return case


@transaction.atomic
def answer_advice(
    *, complaint: Complaint, choice: str, text: str = "", code: str = ""
) -> Complaint:
    """Keeps whether they take the last advice over (an `Acceptance`), and why.

    In the row that a handler's record uses too (`records.answer_advice`); what they say here
    themselves wins, and of that the last. The history keeps each answer.
    """
    case = locked_unless(rules.why_not_take_advice, complaint)
    if choice not in (Acceptance.ACCEPTED, Acceptance.REFUSED):
        raise NotAllowed("no answer")
    case.advices.latest("pk").change(by_complainant=choice)
    hear(case, EventKind.ADVICE_ANSWERED, text, code, by_complainant=choice)
    now_waits_on(case, Party.HANDLER)
    return case


@transaction.atomic
def ask_for_committee(*, complaint: Complaint, text: str = "", code: str = "") -> Complaint:
    """Asks the handler for the external committee, where the case can go there.

    Of a case that was closed with advice it is the request to open it again for that.
    """
    case = locked_unless(rules.why_not_ask_committee, complaint)
    hear(case, EventKind.ASKED_COMMITTEE, text, code)
    now_waits_on(case, Party.HANDLER)
    return case


@transaction.atomic
def ask_for_deputy(
    *, complaint: Complaint, text: str = "", code: str = "", new_code: str = ""
) -> Recoded:
    """Takes the case away from the confidant, for good, and to the deputy (R-07).

    With no deputy it waits, and the managers hear that a case does; it never falls back. With
    whom the case was shared is for the deputy to decide anew. A receipt code that we gave is
    replaced, so that nobody of us reads along with it.
    """
    case, roster = locked(complaint), Roster.read()
    refuse_if(rules.why_not_ask_deputy(case))
    text = checked_text(text, code=code, may_be_empty=True)
    case.change(route=Route.DEPUTY, passed_over=roster.confidant)
    case.change(handler=Circle(case, roster).next_handler, waiting_on=Party.HANDLER)
    record(case, EventKind.ASKED_DEPUTY, None, {"message": text}, label=COMPLAINANT)
    case.shares.filter(revoked_at=None).update(revoked_at=timezone.now())
    end_links(case)
    mark_unread(case)
    notifications.owe_handed_over(case)
    return Recoded(case, replace_and_record(case, code=new_code) if is_given_by_us(case) else "")


@transaction.atomic
def take_new_code(
    *, complaint: Complaint, text: str = "", code: str = "", new_code: str = ""
) -> Recoded:
    """Replaces a receipt code that we gave by one that only they know: the one that was minted."""
    case = locked_unless(rules.why_not_take_code, complaint)
    check_not_too_much(case)
    return Recoded(case, replace_and_record(case, code=new_code))


@transaction.atomic
def give_new_code(*, complaint: Complaint, by: User, reason: str = "") -> str:
    """Gives the case a new receipt code, which is returned once; the old one opens nothing now.

    Neither does a link that was mailed, nor a page that one opened. `by` is the handler who gives
    it, with the reason to trust who asks.
    """
    case = locked_unless(rules.why_not_write, complaint)
    return replace_and_record(case, by=by, reason=reason)


@transaction.atomic
def ask_new_code(*, complaint: Complaint) -> str:
    """Returns a new code, once, that works after a day; for whoever came by a mailed link.

    It is told at the address, and until then whoever has the old one can keep that.
    """
    case = locked_unless(rules.why_not_write, complaint)
    check_not_too_much(case)
    return let_code_wait(case)


@transaction.atomic
def keep_code(*, complaint: Complaint) -> Complaint:
    """Stops a new code that waits: it never works, and the one there is stays."""
    case = locked_unless(rules.why_not_keep_code, complaint)
    drop_waiting_code(case.pk)
    record(case, EventKind.CODE_KEPT, None, {}, label=COMPLAINANT)
    return case


@transaction.atomic
def switch_link_way(
    *, complaint: Complaint, is_on: bool, text: str = "", code: str = ""
) -> Complaint:
    """Lets nobody come in by a mailed link from now on, or again; off ends those there are."""
    case = locked_unless(rules.why_not_switch_link_way, complaint, is_on)
    if is_on:
        check_not_too_much(case)
    else:
        end_links(case)
    case.change(has_link_way=is_on)
    kind = EventKind.LINKS_ON if is_on else EventKind.LINKS_OFF
    record(case, kind, None, {}, label=COMPLAINANT)
    return case


@transaction.atomic
def rate_handling(
    *, complaint: Complaint, choice: str, text: str = "", code: str = ""
) -> Complaint:
    """Keeps whether they are satisfied with how it was handled, SATISFIED or NOT_SATISFIED.

    About the handling, not the outcome: that can be against them.
    """
    case = locked_unless(rules.why_not_rate, complaint)
    if choice not in (SATISFIED, NOT_SATISFIED):
        raise NotAllowed("no judgement")
    hear(case, EventKind.RATED, text, code, satisfied=choice)
    return case


@transaction.atomic
def ask_reopening(*, complaint: Complaint, text: str, code: str = "") -> Complaint:
    """Asks the handler to open it again, with a reason; a person decides."""
    case = locked_unless(rules.why_not_ask_reopening, complaint)
    hear(case, EventKind.ASKED_REOPENING, checked_text(text), code)
    return case
