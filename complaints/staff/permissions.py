"""Who may do what at the case desk. Every view asks here itself; nothing else decides.

What a person may not see does not exist for them: `case_or_404`, never a redirect. Superusers,
editors and managers see nothing, whatever `has_perm` says.
"""

from typing import Any
from uuid import UUID

from django.http import Http404

from complaints.models.case import Complaint, ComplaintQuerySet
from complaints.models.handlers import may_handle
from complaints.services import access
from complaints.stages import Outcome, Stage


def may_enter_desk(user: Any) -> bool:
    """Whether the section exists for this person: menu item, list and all."""
    return may_handle(user)


def visible_cases(user: Any) -> ComplaintQuerySet:
    """The cases this person may see; every list, count and look-up starts here."""
    return Complaint.objects.visible_to(user)


def may_see(user: Any, complaint: Complaint) -> bool:
    return visible_cases(user).filter(pk=complaint.pk).exists()


def enter_desk_or_404(user: Any) -> None:
    if not may_enter_desk(user):
        raise Http404


def case_or_404(user: Any, pk: UUID) -> Complaint:
    """The case, if this person may see it; the same 404 as for a case that is not there."""
    enter_desk_or_404(user)
    case = visible_cases(user).select_related("handler", "duplicate_of").filter(pk=pk).first()
    if case is None:
        raise Http404
    return case


# The predicates below are about a case that came from `case_or_404`: whoever may see a case may
# handle it, as far as the procedure allows.


def may_move(user: Any, complaint: Complaint, to: Stage) -> bool:
    return may_handle(user) and complaint.is_open and complaint.current_stage.may_move_to(to)


def may_close(user: Any, complaint: Complaint, outcome: Outcome) -> bool:
    return may_handle(user) and complaint.is_open and outcome in complaint.current_stage.outcomes


def may_reopen(user: Any, complaint: Complaint) -> bool:
    return may_handle(user) and not complaint.is_open


def may_clear_suspicion(user: Any, complaint: Complaint) -> bool:
    return may_handle(user) and complaint.is_open and complaint.is_suspect


def may_record_contact(user: Any, complaint: Complaint) -> bool:
    return may_handle(user) and complaint.is_open


def may_write(user: Any, complaint: Complaint) -> bool:
    """A closed case is written in too: the outcome raises questions."""
    return may_handle(user)


def may_note(user: Any, complaint: Complaint) -> bool:
    """A closed case takes notes too: what comes in afterwards belongs in the file."""
    return may_handle(user)


def may_admit(user: Any) -> bool:
    """Whether this person may change who is in a handlers' group."""
    return access.may_admit_handlers(user)


def may_assess(user: Any, complaint: Complaint) -> bool:
    return may_handle(user) and complaint.is_open


def may_record_agreement(user: Any, complaint: Complaint) -> bool:
    """Whether both parties take part is asked before the mediation, and in it."""
    is_there = complaint.current_stage is not Stage.COMMITTEE
    return may_handle(user) and complaint.is_open and is_there


def may_advise(user: Any, complaint: Complaint) -> bool:
    is_there = complaint.current_stage is Stage.MEDIATION
    return may_handle(user) and complaint.is_open and is_there


def may_answer_advice(user: Any, complaint: Complaint) -> bool:
    """Also after closing: a party may take its time."""
    return may_handle(user) and complaint.advices.exists()


def may_rule(user: Any, complaint: Complaint) -> bool:
    is_there = complaint.current_stage is Stage.COMMITTEE
    return may_handle(user) and complaint.is_open and is_there


def may_record_compliance(user: Any, complaint: Complaint) -> bool:
    """Mostly after closing: that is when a ruling is carried out."""
    return may_handle(user) and complaint.rulings.exists()


def may_tick(user: Any, complaint: Complaint) -> bool:
    return may_handle(user) and complaint.is_open


def related_cases(user: Any, complaint: Complaint) -> ComplaintQuerySet:
    """The cases related to this one that this person may see; of others not even a count."""
    return visible_cases(user).filter(related=complaint)


def may_link(user: Any, complaint: Complaint) -> bool:
    """A closed case too: what comes in later may hang together with it."""
    return may_handle(user)


def may_unlink(user: Any, complaint: Complaint) -> bool:
    return may_handle(user) and related_cases(user, complaint).exists()
