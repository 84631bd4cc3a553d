"""The ladder of three stages with where a case stands; the same on every page that shows it."""

from dataclasses import dataclass

from complaints.models.pages import ProcedurePage
from complaints.stages import Stage


@dataclass(frozen=True)
class Rung:
    """One stage as the ladder shows it. `state` is done, current, upcoming or nothing."""

    title: str
    who_acts: str
    binding: str
    state: str
    text: str = ""


def ladder_of(procedure: ProcedurePage | None, current: Stage) -> list[Rung]:
    """The three stages in the words of the procedure page, seen from the stage a case is in."""
    texts = list(procedure.stages.all()) if procedure is not None else []
    rungs = []
    for stage in Stage:
        text = texts[stage.number - 1] if len(texts) >= stage.number else None
        rungs.append(
            Rung(
                title=text.title if text else str(stage.label),
                who_acts=text.who_acts if text else "",
                binding=text.binding if text else "",
                state=_state(stage, current),
            )
        )
    return rungs


def _state(stage: Stage, current: Stage) -> str:
    if stage is current:
        return "current"
    return "done" if stage.number < current.number else "upcoming"
