"""The terms of a case, and the requests about its data, as the case file shows them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.rights import Right, RightsRequest
from complaints.models.term import Term
from complaints.terms import TermKind, TermState, term_state


@dataclass(frozen=True)
class TermLine:
    """One term; `lapsed` says how it ended unmet, `stands_since` since when its clock is still."""

    label: str
    due_on: date
    met_at: datetime | None
    lapsed: str
    state: TermState
    times_extended: int
    stands_since: date | None


def term_lines(case: Complaint) -> list[TermLine]:
    """All of them; a closed case owes its complainant no next message."""
    return [
        _term_line(term, case)
        for term in case.terms.all()
        if case.is_open or term.kind != TermKind.PROGRESS
    ]


@dataclass(frozen=True)
class RequestLine:
    """A request about data: what was asked, by when it is decided, or what was decided."""

    label: str
    asked_on: date
    due_on: date
    decided_on: date | None
    is_granted: bool
    state: TermState


def request_lines(case: Complaint) -> list[RequestLine]:
    """Every request about data, the first one first; asked of a closed case too."""
    return [_request_line(request) for request in case.rights_requests.all()]


def _request_line(request: RightsRequest) -> RequestLine:
    decided = request.decided_at
    return RequestLine(
        label=str(Right(request.right).label),
        asked_on=timezone.localdate(request.asked_at),
        due_on=request.due_on,
        decided_on=timezone.localdate(decided) if decided else None,
        is_granted=bool(request.is_granted),
        state=term_state(None if decided else request.due_on, timezone.localdate()),
    )


def _term_line(term: Term, case: Complaint) -> TermLine:
    return TermLine(
        label=str(TermKind(term.kind).label),
        due_on=term.due_on,
        met_at=term.met_at,
        lapsed=_lapsed(term, case),
        state=term_state(term.due_on if term.is_running else None, timezone.localdate()),
        times_extended=term.times_extended,
        stands_since=case.paused_on if term.kind == TermKind.HANDLING else None,
    )


def _lapsed(term: Term, case: Complaint) -> str:
    """How the term ended without being met, which is not the same as met; "" where it did not."""
    if case.is_open or term.is_running or term.met_at is not None:
        return ""
    if TermKind(term.kind).outlives_case:
        return _("vervallen: de inhoud van de zaak is gewist")
    if term.kind == TermKind.CONTACT:
        return _("vervallen: de zaak is afgesloten zonder contact")
    return _("vervallen bij het afsluiten")
