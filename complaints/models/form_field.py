"""The rows of a form as they are stored, and the questions they ask.

A row is what Wagtail keeps of a block: its type, its id and its settings. A draft's row may miss
some. Nothing here reads a block's value, so no page or picture is fetched to ask a question.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.utils.translation import gettext_lazy as _

from complaints.models.lists import Coach
from complaints.questions import Condition, Purpose, Question, Step
from complaints.stages import Route

Row = dict[str, Any]

NEEDED = [
    ("", _("mag leeg blijven")),
    ("soft", _("graag: leeg is een let-op bij het controleren")),
    ("required", _("verplicht")),
]
# What a row asks when its kind says it all; the others have it as a setting, `shape`.
KINDS = {"email": "email", "number": "number", "tick": "checkbox", "files": "files"}
KINDS |= {"coach": "coach", "route": "route", "note": "text"}
PURPOSE_OF = {"coach": Purpose.COACH, "route": Purpose.ROUTE}

# What the routing question offers; the answer's place, not its words, decides the route.
ROUTE_ANSWERS = {
    Route.CONFIDANT: _("De vertrouwenspersoon"),
    Route.DEPUTY: _("De plaatsvervanger: de vertrouwenspersoon ziet je klacht dan niet"),
}
SOMEONE_ELSE = _("Iemand anders")


def label_of(row: Row) -> str:
    return row["value"].get("label") or ""


def purpose_of(row: Row) -> str:
    return PURPOSE_OF.get(row["type"]) or row["value"].get("purpose") or ""


def choices_of_row(row: Row) -> Iterator[dict[str, Any]]:
    """The choices of a row, each with its id, text and way out."""
    for item in row["value"].get("choices") or ():
        value = item["value"]
        yield {
            "id": item["id"],
            "text": value.get("text") or "",
            "exit_page": value.get("exit_page"),
        }


def answers_of(row: Row) -> dict[str, str]:
    """What one chooses from at a row, by what a condition names it with; a coach by its key.

    Without coaches in the list a name is typed, and there is nothing to choose from.
    """
    if row["type"] == "route":
        return {route.value: str(label) for route, label in ROUTE_ANSWERS.items()}
    if row["type"] == "coach":
        coaches = Coach.objects.filter(is_active=True).values_list("pk", "name")
        names = {str(key): name for key, name in coaches}
        return names and names | {"anders": str(SOMEONE_ELSE)}
    return {choice["id"]: choice["text"] for choice in choices_of_row(row)}


def referred_to(wanted: str, rows: list[Row]) -> tuple[Row | None, str | None]:
    """The question a condition leans on and the words of its answer; None for what is gone."""
    name, _slash, option = wanted.partition("/")
    asked = next((r for r in rows if r["id"] == name and r["type"] not in {"step", "note"}), None)
    return asked, answers_of(asked).get(option) if asked else None


def steps_of(title: str, rows: list[Row]) -> tuple[Step, ...]:
    """The rows cut into steps at each "Nieuwe stap"; what stands before the first is called
    `title`, and so is a form without steps."""
    drafts: list[tuple[str, str, Condition | None, list[Question]]] = [(title, "", None, [])]
    answers = {row["id"]: answers_of(row) for row in rows}
    for row in rows:
        if row["type"] == "step":
            drafts.append((label_of(row), _text(row, "help_text"), _condition(row, answers), []))
        else:
            drafts[-1][3].extend(_questions(row, answers))
    steps = tuple(
        Step(title=title, introduction=text, questions=tuple(questions), show_if=condition)
        for title, text, condition, questions in drafts
        if questions
    )
    return steps or (Step(title, "", ()),)


def _text(row: Row, name: str) -> str:
    return row["value"].get(name) or ""


def _condition(row: Row, answers: dict[str, dict[str, str]]) -> Condition | None:
    """What the row waits for. A choice that is gone is an answer that nobody gives."""
    wanted = _text(row, "show_if")
    if not wanted:
        return None
    name, _slash, option = wanted.partition("/")
    return Condition(name, answers.get(name, {}).get(option) or option)


def _questions(row: Row, answers: dict[str, dict[str, str]]) -> list[Question]:
    """The question of a row; one after a coach also asks the name of someone else."""
    way_out = next((choice for choice in choices_of_row(row) if choice["exit_page"]), None)
    question = Question(
        clean_name=row["id"],
        label=label_of(row),
        field_type=KINDS.get(row["type"]) or _text(row, "shape") or "singleline",
        help_text=_text(row, "help_text"),
        required=row["value"].get("needed") == "required",
        soft_required=row["value"].get("needed") == "soft",
        choices=tuple(answers[row["id"]].values()),
        purpose=str(purpose_of(row)),
        sensitive=bool(row["value"].get("sensitive")),
        show_if=_condition(row, answers),
        exit_value=way_out["text"] if way_out else "",
        exit_page=way_out["exit_page"] if way_out else None,
    )
    if row["type"] != "coach":
        return [question]
    if not question.choices:
        return [replace(question, field_type="singleline")]
    name_of_another = Question(
        clean_name=f"{question.clean_name}_anders",
        label=str(_("Naam van de kunstcoach")),
        field_type="singleline",
        show_if=Condition(question.clean_name, str(SOMEONE_ELSE)),
    )
    return [question, name_of_another]


def with_own_ids(rows: list[Row], whose: str) -> list[Row]:
    """The rows with other ids, the same each time for the same `whose`; conditions follow."""
    ids = {item["id"] for row in rows for item in (row, *choices_of_row(row))}
    others = {name: str(uuid5(NAMESPACE_URL, f"{whose}/{name}")) for name in ids}

    def renewed(value: Any, name: str = "") -> Any:
        if isinstance(value, dict):
            return {key: renewed(part, key) for key, part in value.items()}
        if isinstance(value, list):
            return [renewed(part) for part in value]
        if name in {"id", "show_if"} and value:
            return "/".join(others.get(part, part) for part in value.split("/"))
        return value

    return [renewed(row) for row in rows]
