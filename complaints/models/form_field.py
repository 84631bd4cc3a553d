"""The rows of a form as they are stored, the questions they ask, and what two versions differ in.

A row is what Wagtail keeps of a block: its type, its id and its settings. A draft's row may miss
some. Nothing here reads a block's value, so no page or picture is fetched to ask a question.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.compare import (
    FieldComparison,
    RichTextFieldComparison,
    register_comparison_class,
)
from wagtail.blocks import BooleanBlock, ChoiceBlock, StreamBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page

from complaints.models.handling import Coach
from complaints.questions import Condition, Purpose, Question, Step
from complaints.stages import Route

Row = dict[str, Any]

NEEDED = [
    ("", gettext_lazy("mag leeg blijven")),
    ("soft", gettext_lazy("graag: leeg is een let-op bij het controleren")),
    ("required", gettext_lazy("verplicht")),
]
# What a row asks by its type, where that is not called the same. A setting `shape` comes first,
# which a draft may miss.
KINDS = {"tick": "checkbox", "note": "text", "text": "singleline", "choice": "singleline"}
PURPOSE_OF = {"coach": Purpose.COACH, "route": Purpose.ROUTE}

# What the routing question offers; the answer's place, not its words, decides the route.
ROUTE_ANSWERS = {
    Route.CONFIDANT: gettext_lazy("De vertrouwenspersoon"),
    Route.DEPUTY: gettext_lazy("De plaatsvervanger: de vertrouwenspersoon ziet je klacht dan niet"),
}
SOMEONE_ELSE = gettext_lazy("Iemand anders")


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
        field_type=_text(row, "shape") or KINDS.get(row["type"]) or str(row["type"]),
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
        label=str(gettext_lazy("Naam van de kunstcoach")),
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


# Two versions compared in words. Wagtail's own comparison marks nothing for a pure reorder, shows a
# condition as a bare id, and fails where a block of the same id has another kind.

BLOCK_KEY = re.compile(r' data-block-key="\w*"')  # the editor's own mark on a paragraph


class QuestionsComparison(FieldComparison):
    """Says in a list what became of each row."""

    def htmldiff(self) -> SafeString:
        before, after = self.val_a.get_prep_value(), self.val_b.get_prep_value()
        changes = changes_in(before, after, self.field.stream_block)
        return format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", zip(changes)))


class TextComparison(RichTextFieldComparison):
    """A text that differs only in the editor's own marks reads the same, and is not shown."""

    def has_changed(self) -> bool:
        return BLOCK_KEY.sub("", str(self.val_a)) != BLOCK_KEY.sub("", str(self.val_b))


register_comparison_class(RichTextField, comparison_class=TextComparison)


def changes_in(before: list[Row], after: list[Row], block: StreamBlock) -> Iterator[SafeString]:
    """Each change in the order of the form as it is now; what is gone comes last."""
    old = {row["id"]: row for row in before}
    new = {row["id"] for row in after}
    order = [row["id"] for row in after if row["id"] in old]
    moved = _moved([name for name in old if name in new], order)
    above = ""
    for row in after:
        was = old.get(row["id"])
        if was is None:
            yield _marked("addition", _("Erbij"), _titled(row, block))
        else:
            if row["id"] in moved:
                place = _("nu na ‘%(above)s’") % {"above": above} if above else _("nu bovenaan")
                yield _marked("addition", _("Verplaatst"), f"{_titled(row, block)}, {place}")
            if changes := list(_changes_of(was, row, before, after, block)):
                told = format_html_join("; ", "{}", zip(changes))
                yield format_html("{}: {}", _titled(row, block), told)
        above = label_of(row)
    for row in before:
        if row["id"] not in new:
            yield _marked("deletion", _("Weg"), _titled(row, block))


def versions_of(page: Page) -> list[dict[str, Any]]:
    """The versions of a form's questions and texts, newest first, to read and to put back.

    Each is a revision, with what it changed in words; nothing for the first.
    """
    fields = [field for field in page._meta.local_concrete_fields if not field.is_relation]
    versions: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for revision in page.revisions.select_related("user").order_by("created_at", "pk"):
        now = {field.name: BLOCK_KEY.sub("", revision.content[field.name]) for field in fields}
        if now == before:
            continue
        changes: list[SafeString] = []
        for field in fields if before else ():
            old, new = before[field.name], now[field.name]
            if isinstance(field, StreamField):
                changes += changes_in(json.loads(old), json.loads(new), field.stream_block)
            elif old != new:
                changes.append(_marked("addition", _("Andere tekst"), field.verbose_name))
        versions.insert(0, {"revision": revision, "changes": changes})
        before = now
    return versions


def _moved(before: list[str], after: list[str]) -> set[str]:
    """The ids that do not stand where they stood among those that stayed."""
    same = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    stayed = {name for match in same for name in after[match.b : match.b + match.size]}
    return set(after) - stayed


def _changes_of(
    was: Row, now: Row, before: list[Row], after: list[Row], block: StreamBlock
) -> Iterator[SafeString]:
    """Each setting that reads otherwise, as from what to what."""
    kinds = block.child_blocks
    if was["type"] != now["type"]:
        yield _from_to(_("soort"), str(kinds[was["type"]].label), str(kinds[now["type"]].label))
    settings = kinds[was["type"]].child_blocks | kinds[now["type"]].child_blocks
    for name, setting in settings.items():
        if was["value"].get(name) == now["value"].get(name):
            continue  # a condition on a question that was renamed is the same condition
        old, new = (
            _said(name, setting, row, rows) if name in kinds[row["type"]].child_blocks else ""
            for row, rows in ((was, before), (now, after))
        )
        if old != new:
            yield _from_to(str(setting.label), old, new)


def _said(name: str, setting: Any, row: Row, rows: list[Row]) -> str:
    """A setting in words."""
    value = row["value"].get(name)
    if name == "show_if":
        asked, words = referred_to(value or "", rows)
        return " → ".join(filter(None, (label_of(asked), words))) if asked else _("altijd")
    if name == "choices":
        return ", ".join(_said_choice(choice) for choice in choices_of_row(row))
    if isinstance(setting, ChoiceBlock):
        return str(dict(setting.field.choices).get(value or "", ""))
    if isinstance(setting, BooleanBlock):
        return _("ja") if value else _("nee")
    return str(value or "")


def _said_choice(choice: dict[str, Any]) -> str:
    page = choice["exit_page"] and Page.objects.filter(pk=choice["exit_page"]).first()
    return f"‘{choice['text']}’ ({page})" if page else f"‘{choice['text']}’"


def _titled(row: Row, block: StreamBlock) -> str:
    return f"{block.child_blocks[row['type']].label} ‘{label_of(row)}’"


def _marked(how: str, what: str, title: str) -> SafeString:
    return format_html('<span class="{}">{}: {}</span>', how, what, title)


def _from_to(label: str, old: str, new: str) -> SafeString:
    parts = ((_("was"), "deletion", old), (_("nu"), "addition", new))
    told = ((word, how, text) for word, how, text in parts if text)
    return format_html(
        "{}: {}", label, format_html_join(", ", '{} <span class="{}">{}</span>', told)
    )
