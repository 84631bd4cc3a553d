"""Two versions of a form, compared in words: added, removed, moved, and each setting changed.

Wagtail's own comparison marks nothing for a pure reorder, shows a condition as a bare id, and
fails where a block of the same id has another kind.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.admin.compare import (
    FieldComparison,
    RichTextFieldComparison,
    register_comparison_class,
)
from wagtail.blocks import BooleanBlock, ChoiceBlock, StreamBlock
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page, Revision

from complaints.models.form_field import Row, choices_of_row, label_of, referred_to

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
                place = _("nu na '%(above)s'") % {"above": above} if above else _("nu bovenaan")
                yield _marked("addition", _("Verplaatst"), f"{_titled(row, block)}, {place}")
            if changes := list(_changes_of(was, row, before, after, block)):
                yield format_html("{}: {}", _titled(row, block), _listed(changes))
        above = label_of(row)
    for row in before:
        if row["id"] not in new:
            yield _marked("deletion", _("Weg"), _titled(row, block))


@dataclass(frozen=True)
class Version:
    """A version of a form, with what it changed in words; nothing for the first."""

    revision: Revision
    changes: list[SafeString]


def versions_of(page: Page) -> list[Version]:
    """The versions of a form's questions and texts, newest first, to read and to put back."""
    fields = [field for field in page._meta.local_concrete_fields if not field.is_relation]
    versions: list[Version] = []
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
        versions.insert(0, Version(revision, changes))
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
    return f"'{choice['text']}' ({page})" if page else f"'{choice['text']}'"


def _titled(row: Row, block: StreamBlock) -> str:
    return f"{block.child_blocks[row['type']].label} '{label_of(row)}'"


def _marked(how: str, what: str, title: str) -> SafeString:
    return format_html('<span class="{}">{}: {}</span>', how, what, title)


def _from_to(label: str, old: str, new: str) -> SafeString:
    parts = ((_("was"), "deletion", old), (_("nu"), "addition", new))
    told = ((word, how, text) for word, how, text in parts if text)
    return format_html(
        "{}: {}", label, format_html_join(", ", '{} <span class="{}">{}</span>', told)
    )


def _listed(changes: list[SafeString]) -> SafeString:
    return format_html_join("; ", "{}", zip(changes))
