"""What the complainant is promised: what happens next, by when, and who reads it (R-10)."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from complaints.models.case import Complaint
from complaints.questions import Answer, Purpose, answer_for
from complaints.services.readership import Readership, readership
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
    """Of what was promised at filing, what is not met yet; nothing for a closed case."""
    if not case.is_open:
        return []
    terms = {term.kind: term for term in case.terms.all()}
    due = {kind: term.due_on for kind, term in terms.items()}
    both = zip(
        (TermKind.CONTACT, TermKind.HANDLING), promises(due, reachable=reachable), strict=True
    )
    return [promise for kind, promise in both if terms[kind].met_at is None]


def readers(complaint: Complaint) -> str:
    """Who reads the complaint now, by role (R-10)."""
    who = readership(complaint)
    past = _past_confidant if who.is_past_confidant else _confidant_first
    return " ".join(past(who))


def _confidant_first(who: Readership) -> list[str]:
    nobody_else = _("Verder niemand: geen coach, geen redactie, geen beheerder.")
    return [_roles(who), *_reading_along(who.others), nobody_else]


def _roles(who: Readership) -> str:
    if who.is_past_deputy:
        return _("De vertrouwenspersoon.")
    if who.is_confidant_away:
        return _("De vertrouwenspersoon en, omdat die nu afwezig is, de plaatsvervanger.")
    if who.deputy:
        return _("De vertrouwenspersoon en de plaatsvervanger.")
    return _("De vertrouwenspersoon, en alleen bij afwezigheid de plaatsvervanger.")


def _past_confidant(who: Readership) -> list[str]:
    """Of a case that is kept from the confidant, whoever else they may have been made since."""
    others = who.others + who.confidant
    if not (who.deputy or others):
        return [
            _(
                "Nu nog niemand: er is op dit moment geen plaatsvervanger. De "
                "vertrouwenspersoon kan je klacht niet openen."
            )
        ]
    first = _("De plaatsvervanger.") if who.deputy else _("De behandelaar van je klacht.")
    kept = _("De vertrouwenspersoon kan je klacht niet openen en niet zien dat hij er is.")
    along = _reading_along(others if who.deputy else others - 1)
    return [first, *along, *([] if who.confidant else [kept])]


def _reading_along(count: int) -> list[str]:
    if not count:
        return []
    said = ngettext(
        "Er leest nog een behandelaar mee.", "Er lezen nog %(count)d behandelaars mee.", count
    )
    return [said % {"count": count}]
