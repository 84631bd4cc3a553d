"""What was advised and ruled in a case, in the words the desk shows."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from complaints.models.case import Complaint
from complaints.models.decision import Acceptance, Compliance
from complaints.services.decision_texts import open_advices, open_rulings
from complaints.services.sealing import KeyDestroyed
from complaints.vault.cipher import SealBroken


@dataclass(frozen=True)
class Known:
    """An advice or a ruling: what it is, whether it binds, its words, what became of it."""

    title: str
    binds: str
    on: date
    text: str
    facts: list[tuple[str, str]]
    comply_by: date | None = None
    is_binding: bool = False


def known_advice(case: Complaint) -> list[Known]:
    """Every advice, oldest first; none where the texts do not open."""
    try:
        opened = open_advices(case)
    except (KeyDestroyed, SealBroken):
        return []
    return [
        Known(
            title=_("Advies van de vertrouwenspersoon"),
            binds=_("Bindt niet: elke partij kiest zelf."),
            on=advice.row.given_on,
            text=advice.text,
            facts=[
                (_("De klager"), str(Acceptance(advice.row.by_complainant).label)),
                (_("De kunstcoach"), str(Acceptance(advice.row.by_coach).label)),
            ],
        )
        for advice in opened
    ]


def known_rulings(case: Complaint) -> list[Known]:
    """Every ruling, oldest first; none where the texts do not open."""
    try:
        opened = open_rulings(case)
    except (KeyDestroyed, SealBroken):
        return []
    return [
        Known(
            title=_("Uitspraak van de klachtencommissie"),
            binds=_("Bindt beide partijen."),
            on=ruling.row.ruled_on,
            text=ruling.text,
            facts=[(_("Nakoming"), str(Compliance(ruling.row.compliance).label))],
            comply_by=ruling.row.comply_by,
            is_binding=True,
        )
        for ruling in opened
    ]
