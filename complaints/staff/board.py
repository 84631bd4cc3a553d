"""The board: the open cases of this person in three columns, one a stage, each with its moves."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy

from complaints.models.case import Complaint
from complaints.staff import permissions
from complaints.staff.filters import ALL, MINE
from complaints.staff.listing import DeskView
from complaints.staff.selection import Selection
from complaints.stages import Stage, Status

CARDS_A_COLUMN = 20


@dataclass(frozen=True)
class Card:
    """A case on the board, and the stages it may go to now."""

    case: Complaint
    moves: list[Stage]


@dataclass(frozen=True)
class Column:
    """A stage with the cases whose date comes first; `rest` leads to all of them in the list."""

    stage: Stage
    cards: list[Card]
    is_more: bool
    rest: str


class BoardView(DeskView):
    """Mine unless asked for all. A move is a link to the move's own form, which asks its reason."""

    title = gettext_lazy("Bord")

    def get_template_names(self) -> list[str]:
        return list(self.model_admin.get_templates("board"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        whose = ALL if self.request.GET.get("whose") == ALL else MINE
        columns = list(columns_for(self.request.user, whose))
        return super().get_context_data(whose=whose, columns=columns, **kwargs)


def columns_for(user: Any, whose: str) -> Iterator[Column]:
    """The three columns, at most CARDS_A_COLUMN cases in each."""
    selections = {stage: _selection(user, whose, stage) for stage in Stage}
    found = {
        stage: list(selection.ordered().for_desk()[: CARDS_A_COLUMN + 1])
        for stage, selection in selections.items()
    }
    permissions.know_in_charge(user, [case for cases in found.values() for case in cases])
    for stage, cases in found.items():
        cards = [Card(case, _moves(user, case)) for case in cases[:CARDS_A_COLUMN]]
        yield Column(stage, cards, len(cases) > CARDS_A_COLUMN, selections[stage].query())


def _selection(user: Any, whose: str, stage: Stage) -> Selection:
    words = QueryDict(mutable=True)
    words.update({"whose": whose, "status": Status.OPEN.value, "stage": stage.value})
    return Selection(user, words)


def _moves(user: Any, case: Complaint) -> list[Stage]:
    return [
        stage for stage in case.current_stage.next_stages if permissions.may_move(user, case, stage)
    ]
