"""What the complainant is promised: what happens next, by when, and who reads it (R-10)."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.rights import Right
from complaints.models.settings import HandlingSettings
from complaints.questions import Answer, Purpose, answer_for
from complaints.services.rights import erased_on
from complaints.stages import Route
from complaints.terms import TermKind

REACHED_BY = (Purpose.EMAIL, Purpose.PHONE)


def is_reachable(answers: list[Answer]) -> bool:
    """Whether the complainant gave a way to be reached."""
    return any(answer_for(answers, purpose) for purpose in REACHED_BY)


def promises(due: dict[str, Any], *, reachable: bool) -> list[dict[str, Any]]:
    """What happens next, by which date; who gave no address is promised no call."""
    if not reachable:
        return [
            {"text": _("Je klacht is gelezen."), "date": due[TermKind.CONTACT]},
            {
                "text": _(
                    "Er is een uitkomst met uitleg. We kunnen je die niet sturen: je leest hem met "
                    "je volgcode."
                ),
                "date": due[TermKind.HANDLING],
            },
        ]
    return [
        {"text": _("Iemand neemt persoonlijk contact met je op."), "date": due[TermKind.CONTACT]},
        {"text": _("Je krijgt een uitkomst met uitleg."), "date": due[TermKind.HANDLING]},
    ]


def open_promises(case: Complaint, *, reachable: bool) -> list[dict[str, Any]]:
    """Of what was promised, what is not met yet; for a closed case only decisions on requests."""
    if not case.is_open:
        return _decisions(case)
    terms = {term.kind: term for term in case.terms.all()}
    due = {kind: term.due_on for kind, term in terms.items()}
    both = zip(
        (TermKind.CONTACT, TermKind.HANDLING), promises(due, reachable=reachable), strict=True
    )
    return [promise for kind, promise in both if terms[kind].met_at is None] + _decisions(case)


def _decisions(case: Complaint) -> list[dict[str, Any]]:
    """By when what they asked about their data is decided, and when it is erased if so."""
    words = {
        Right.ERASURE: _("Je hoort of we alles over je klacht wissen."),
        Right.ACCESS: _("Je krijgt antwoord op je verzoek om inzage."),
    }
    erased = _("We wissen alles over je klacht. Download hieronder wat je wilt bewaren.")
    asked = case.rights_requests.filter(
        Q(decided_at=None) | Q(right=Right.ERASURE, is_granted=True)
    )
    return [
        {"text": words[Right(request.right)], "date": request.due_on}
        if request.decided_at is None
        else {"text": erased, "date": erased_on(request)}
        for request in asked
    ]


def readers(complaint: Complaint) -> str:
    """Who reads the complaint, by role (R-10)."""
    if complaint.route == Route.DEPUTY:
        if complaint.handler_id is None:
            return _(
                "Nu nog niemand: er is op dit moment geen plaatsvervanger. De "
                "vertrouwenspersoon kan je klacht niet openen."
            )
        return _(
            "De plaatsvervanger. De vertrouwenspersoon kan je klacht niet openen en niet zien "
            "dat hij er is."
        )
    if HandlingSettings.current().is_confidant_absent():
        return _(
            "De vertrouwenspersoon en, omdat die nu afwezig is, de plaatsvervanger. Verder "
            "niemand: geen coach, geen redactie, geen beheerder."
        )
    return _(
        "De vertrouwenspersoon, en alleen bij afwezigheid de plaatsvervanger. Verder niemand: "
        "geen coach, geen redactie, geen beheerder."
    )
