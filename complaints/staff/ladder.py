"""The stage ladder of a case: three numbered steps, who acts, what binds, where the case stands.

The state is a word and a shape; colour only repeats it.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.stages import Stage


class RungState(TextChoices):
    """Where a stage is, seen from the case."""

    PAST = "past", gettext_lazy("Geweest")
    HERE = "here", gettext_lazy("Hier staat de zaak")
    ENDED = "ended", gettext_lazy("Hier is de zaak afgesloten")
    SKIPPED = "skipped", gettext_lazy("Overgeslagen")
    AHEAD = "ahead", gettext_lazy("Nog niet")


@dataclass(frozen=True)
class Rung:
    """One step of the ladder."""

    stage: Stage
    who_acts: str
    state: RungState

    @property
    def binds(self) -> str:
        return _("Bindend voor beide partijen") if self.stage.is_binding else _("Niet bindend")


def rungs(case: Complaint, visited: Collection[str]) -> list[Rung]:
    """The ladder of a case; `visited` holds the stages its history names."""
    acting = {
        Stage.FILING: _("De klager dient in"),
        Stage.MEDIATION: _("De vertrouwenspersoon bemiddelt en geeft advies"),
        Stage.COMMITTEE: _("De externe commissie doet uitspraak"),
    }
    return [Rung(stage, acting[stage], _state(case, stage, visited)) for stage in Stage]


def _state(case: Complaint, stage: Stage, visited: Collection[str]) -> RungState:
    here = case.current_stage
    if stage is here:
        return RungState.HERE if case.is_open else RungState.ENDED
    if stage is Stage.FILING or stage.value in visited:
        return RungState.PAST
    return RungState.SKIPPED if stage.number < here.number else RungState.AHEAD
