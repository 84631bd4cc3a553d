"""Who takes part in a case, and how to reach each of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.outbox import CaseContact
from complaints.models.settings import HandlingSettings
from complaints.questions import Answer, Purpose, answer_for


@dataclass(frozen=True)
class PartyLine:
    """One party: its role, its name, and what its handler needs to reach it."""

    role: str
    name: str
    ways: list[str]


def parties_of(case: Complaint, answers: list[Answer]) -> list[PartyLine]:
    """The complainant, the coach and the committee; what is not known is said in words."""
    people = HandlingSettings.current()
    return [
        PartyLine(
            role=_("Klager"),
            name=answer_for(answers, Purpose.NAME) or _("Gaf geen naam"),
            ways=[
                *_known(answer_for(answers, p) for p in (Purpose.PHONE, Purpose.EMAIL)),
                _("krijgt berichten per e-mail")
                if CaseContact.objects.filter(complaint=case).exists()
                else _("krijgt geen e-mail: bericht lezen kan op de volgpagina"),
            ],
        ),
        PartyLine(
            role=_("Kunstcoach"),
            name=answer_for(answers, Purpose.COACH) or _("Niet genoemd"),
            ways=[],
        ),
        PartyLine(
            role=_("Klachtencommissie"),
            name=people.committee_name or _("Nog niet ingevuld bij de instellingen"),
            ways=_known(people.committee_contact.splitlines()),
        ),
    ]


def _known(texts: Iterable[str]) -> list[str]:
    return [text.strip() for text in texts if text.strip()]
