"""Who may do what at the case desk. Every view asks here itself; nothing else decides.

What a person may not see does not exist for them: `case_or_404`, never a redirect. Superusers,
editors and managers see nothing, whatever `has_perm` says.
"""

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest
from django.utils import timezone

from complaints.cases import due_dates, handlers_group, rights
from complaints.models.case import Complaint, ComplaintQuerySet, EventKind
from complaints.models.circle import Circle
from complaints.models.roster import keep_roster, may_handle, roster_for
from complaints.stages import Outcome, Stage
from complaints.terms import TermKind


class StaffRequest(HttpRequest):
    """A request inside the CMS, where Wagtail lets in nobody who has no account."""

    user: User


def may_enter_desk(user: User) -> bool:
    """Whether the section exists for this person: menu item, list and all.

    Asked first on every page of the CMS: reads who is who, and keeps it for the request.
    """
    return keep_roster(user).may_handle(user)


def visible_cases(user: User) -> ComplaintQuerySet:
    """The cases this person may see; every list, count and look-up starts here."""
    return Complaint.objects.visible_to(user)


def unread_cases(user: User) -> ComplaintQuerySet:
    """The cases with something new that it is up to this person to read, misuse apart."""
    return Complaint.objects.unread_by(user).filter(is_suspect=False)


def may_see(user: User, complaint: Complaint) -> bool:
    return visible_cases(user).filter(pk=complaint.pk).exists()


def enter_desk_or_404(user: User) -> None:
    if not may_enter_desk(user):
        raise Http404


def case_or_404(user: User, pk: UUID) -> Complaint:
    """The case, if this person may see it; the same 404 as for a case that is not there."""
    enter_desk_or_404(user)
    cases = visible_cases(user).select_related("handler", "contact")
    case = cases.prefetch_related("terms", "rights_requests").filter(pk=pk).first()
    if case is None:
        raise Http404
    know_in_charge(user, [case])
    return case


COPY_FOR = timedelta(hours=1)


class Copy(Enum):
    """What is left of the paper with the receipt code, for who registered the case."""

    THEIRS = "theirs"
    OVER = "over"
    NOT_THEIRS = "not theirs"


def copy_left(user: User, complaint: Complaint) -> Copy:
    """Whether who registered a case may still take the paper they hand over, with its code.

    For an hour, also of a case they sent past themselves: they wrote it down. Not once they said
    to have a conflict of interest or the complainant asked for somebody else, and not with a code
    that opens nothing any more.
    """
    since = set(complaint.events.values_list("kind", flat=True))
    if complaint.exclusions.filter(user=user).exists() or (
        complaint.passed_over_id == user.pk and EventKind.ASKED_DEPUTY in since
    ):
        return Copy.NOT_THEIRS
    is_fresh = timezone.now() < complaint.filed_at + COPY_FOR
    is_of_use = bool(complaint.sealed) and EventKind.CODE_REPLACED not in since
    return Copy.THEIRS if is_fresh and is_of_use else Copy.OVER


# The predicates below are about a case that came from `case_or_404`: whoever is in charge of it
# decides on it, as far as the procedure allows. With whom it is only shared reads, notes, writes
# and talks; where the case goes, who else reads it and how it ends is not theirs to decide.


def is_in_charge(user: User, complaint: Complaint) -> bool:
    """Whether they see the case by their role or as its handler, not only because it is shared.

    The answer is kept on the case object, which lives as long as one request.
    """
    known: dict[Any, bool] = complaint.__dict__.setdefault("_is_in_charge", {})
    if user.pk not in known:
        known[user.pk] = circle_of(user, complaint).is_in_charge(user)
    return known[user.pk]


def circle_of(user: User, complaint: Complaint) -> Circle:
    """Who reads the case and who may have it; read once for a case object."""
    known: dict[Any, Circle] = complaint.__dict__.setdefault("_circle", {})
    if user.pk not in known:
        known[user.pk] = Circle(complaint, roster_for(user))
    return known[user.pk]


def know_in_charge(user: User, complaints: list[Complaint]) -> None:
    """Answers `is_in_charge` without a query, of cases that were found by `visible_cases`."""
    routes = roster_for(user).routes_of(user)
    for case in complaints:
        is_theirs = case.handler_id == user.pk or case.route in routes
        case.__dict__.setdefault("_is_in_charge", {})[user.pk] = is_theirs


def know_handlers(user: User, complaints: list[Complaint]) -> None:
    """Names the handler of many cases: a query only for who does not handle complaints now."""
    known = {person.pk: person for person in roster_for(user).handlers}
    gone = {case.handler_id for case in complaints} - known.keys() - {None}
    known |= User.objects.in_bulk(gone) if gone else {}
    for case in complaints:
        case.handler = known.get(case.handler_id or 0)


def may_move(user: User, complaint: Complaint, to: Stage) -> bool:
    is_next = complaint.is_open and complaint.current_stage.may_move_to(to)
    return is_next and is_in_charge(user, complaint)


def may_close(user: User, complaint: Complaint, outcome: Outcome) -> bool:
    is_possible = complaint.is_open and outcome in complaint.current_stage.outcomes
    if outcome is Outcome.ADVISED and not complaint.advices.exists():
        return False  # an advice is a record of its own, and there is none yet
    return is_possible and is_in_charge(user, complaint)


def may_reopen(user: User, complaint: Complaint) -> bool:
    """Not what will be erased: that was decided, and its complainant was told."""
    is_over = not complaint.is_open and not rights.is_to_be_erased(complaint)
    return is_over and is_in_charge(user, complaint)


def may_clear_suspicion(user: User, complaint: Complaint) -> bool:
    return complaint.is_open and complaint.is_suspect and is_in_charge(user, complaint)


def may_record_contact(user: User, complaint: Complaint) -> bool:
    return may_handle(user) and complaint.is_open


def may_write(user: User, complaint: Complaint) -> bool:
    """A closed case is written in too: the outcome raises questions."""
    return may_handle(user)


def may_say_who_is_next(user: User, complaint: Complaint) -> bool:
    return may_handle(user) and complaint.is_open


def may_note(user: User, complaint: Complaint) -> bool:
    """A closed case takes notes too: what comes in afterwards belongs in the file."""
    return may_handle(user)


def may_admit(user: User) -> bool:
    """Whether this person may change who is in a handlers' group."""
    return handlers_group.may_admit_handlers(user)


def may_decide_rights(user: User, complaint: Complaint) -> bool:
    """Whether this person decides on what was asked about data, of an open or a closed case."""
    return is_in_charge(user, complaint)


def may_give_code(user: User, complaint: Complaint) -> bool:
    """As long as there is something to open with it."""
    return is_in_charge(user, complaint) and bool(complaint.sealed)


def may_move_term(user: User, complaint: Complaint) -> bool:
    """Whether the time for a decision can be extended or stopped: it runs, and is not over."""
    return is_in_charge(user, complaint) and due_dates.running_term(complaint) is not None


def may_resume(user: User, complaint: Complaint) -> bool:
    return is_in_charge(user, complaint) and complaint.is_open and complaint.paused_on is not None


def may_tell_coach(user: User, complaint: Complaint) -> bool:
    """Of a closed case too, until it is erased: what is held about the coach is held (R-34)."""
    is_due = due_dates.open_term(complaint, TermKind.COACH_TOLD) is not None
    return is_due and bool(complaint.sealed) and is_in_charge(user, complaint)


def may_acknowledge(user: User, complaint: Complaint) -> bool:
    is_due = due_dates.open_term(complaint, TermKind.ACKNOWLEDGEMENT) is not None
    return is_in_charge(user, complaint) and complaint.is_open and is_due


def may_choose_people(user: User, complaint: Complaint) -> bool:
    """Whether they may assign the case, share it and stop sharing it; a closed one too."""
    return is_in_charge(user, complaint)


def may_take_over(user: User, complaint: Complaint) -> bool:
    """Whether they may make a case of somebody else, or of nobody, their own."""
    is_theirs = complaint.handler_id == user.pk
    return not is_theirs and is_in_charge(user, complaint)


def may_declare_conflict(user: User, complaint: Complaint) -> bool:
    """Whoever sees a case may step back from it."""
    return may_handle(user)


def may_hand_over(user: User) -> bool:
    """Whether they may hand running cases to a successor: those they are in charge of."""
    return may_handle(user)


def may_assess(user: User, complaint: Complaint) -> bool:
    return is_in_charge(user, complaint) and complaint.is_open


def may_record_agreement(user: User, complaint: Complaint) -> bool:
    """Whether both parties take part is asked before the mediation, and in it."""
    is_there = complaint.current_stage is not Stage.COMMITTEE
    return is_in_charge(user, complaint) and complaint.is_open and is_there


def may_advise(user: User, complaint: Complaint) -> bool:
    is_there = complaint.current_stage is Stage.MEDIATION
    return is_in_charge(user, complaint) and complaint.is_open and is_there


def may_answer_advice(user: User, complaint: Complaint) -> bool:
    """Also after closing: a party may take its time."""
    return is_in_charge(user, complaint) and complaint.advices.exists()


def may_rule(user: User, complaint: Complaint) -> bool:
    is_there = complaint.current_stage is Stage.COMMITTEE
    return is_in_charge(user, complaint) and complaint.is_open and is_there


def may_record_compliance(user: User, complaint: Complaint) -> bool:
    """Mostly after closing: that is when a ruling is carried out."""
    return is_in_charge(user, complaint) and complaint.rulings.exists()


def may_tick(user: User, complaint: Complaint) -> bool:
    return may_handle(user) and complaint.is_open


def related_cases(user: User, complaint: Complaint) -> list[Complaint]:
    """The cases related to this one that this person may see; of others not even a count.

    Read once, and kept on the case object, which lives as long as one request.
    """
    known: dict[Any, list[Complaint]] = complaint.__dict__.setdefault("_related", {})
    if user.pk not in known:
        know_related(user, complaint, visible_cases(user).filter(related=complaint).defer("sealed"))
    return known[user.pk]


def know_related(user: User, complaint: Complaint, related: Iterable[Complaint]) -> None:
    """Answers `related_cases` for a page that read them together with others."""
    complaint.__dict__.setdefault("_related", {})[user.pk] = list(related)


def may_link(user: User, complaint: Complaint) -> bool:
    """A closed case too: what comes in later may hang together with it."""
    return is_in_charge(user, complaint)


def may_unlink(user: User, complaint: Complaint) -> bool:
    return is_in_charge(user, complaint) and bool(related_cases(user, complaint))
