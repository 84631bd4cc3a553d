"""The blocks a form is built of: a kind of question each, and where a new step begins.

One flat list, so that a question can be dragged to another step and stays the same question: its
name is its block's id, and a choice's its own. No wording is an identity. What an editor may not
publish is refused here, at its place. `complaints.models.form_field` makes questions of them.
"""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail import blocks
from wagtail.blocks.list_block import ListBlockValidationError
from wagtail.blocks.stream_block import StreamBlockValidationError, StreamValue
from wagtail.blocks.struct_block import StructBlockValidationError

from complaints.models.form_field import (
    NEEDED,
    PURPOSE_OF,
    choices_of_row,
    label_of,
    purpose_of,
    referred_to,
)
from complaints.questions import Purpose


def setting(
    label: Any, options: list[tuple[Any, Any]], *, required: bool = True
) -> blocks.ChoiceBlock:
    """One answer out of a few; the first stands there to begin with."""
    return blocks.ChoiceBlock(
        choices=options, default=options[0][0], required=required, label=label
    )


def purpose(*purposes: Purpose) -> blocks.ChoiceBlock:
    options = [(p.value, p.label) for p in (Purpose.NONE, *purposes)]
    return blocks.ChoiceBlock(
        choices=options,
        required=False,
        label=gettext_lazy("Waarvoor"),
        help_text=gettext_lazy(
            "Waaraan de klachtbehandeling deze vraag herkent. Elk doel één keer."
        ),
    )


def sensitive() -> blocks.BooleanBlock:
    return blocks.BooleanBlock(
        required=False,
        label=gettext_lazy("Gaat over gezondheid"),
        help_text=gettext_lazy("Ingevuld: dan vragen we apart toestemming."),
    )


class ConditionalBlock(blocks.StructBlock):
    """A row with a heading, that can wait for an answer given before."""

    label = blocks.CharBlock(max_length=255, label=gettext_lazy("Vraag"))
    help_text = blocks.CharBlock(
        max_length=500, required=False, label=gettext_lazy("Uitleg bij de vraag")
    )
    # A question's id, or with a slash one of its choices': the page's script makes a list of it.
    show_if = blocks.CharBlock(
        required=False,
        label=gettext_lazy("Wanneer tonen"),
        form_attrs={
            "data-controller": "condition",
            "data-always": gettext_lazy("altijd"),
            "data-any": gettext_lazy("elk antwoord"),
            "data-gone": gettext_lazy("wat er niet meer is"),
        },
    )

    class Meta:
        label_format = "{label}"


class QuestionBlock(ConditionalBlock):
    needed = setting(gettext_lazy("Invullen"), NEEDED, required=False)


def asks_nothing(heading: Any, text: Any, **meta: Any) -> ConditionalBlock:
    """A row that asks nothing, with what its heading and its text are called here."""
    label = blocks.CharBlock(max_length=255, label=heading)
    help_text = blocks.CharBlock(max_length=500, required=False, label=text)
    return ConditionalBlock([("label", label), ("help_text", help_text)], **meta)


class OptionBlock(blocks.StructBlock):
    text = blocks.CharBlock(max_length=255, label=gettext_lazy("Antwoord"))
    exit_page = blocks.PageChooserBlock(
        required=False, label=gettext_lazy("Bij dit antwoord eerst deze pagina met advies")
    )

    class Meta:
        label_format = "{text}"
        form_layout = blocks.BlockGroup(["text"], settings=["exit_page"])


OPTIONS = blocks.ListBlock(
    OptionBlock(label=gettext_lazy("Antwoord")), min_num=1, label=gettext_lazy("Antwoorden")
)
TEXT_SHAPES = [
    ("multiline", gettext_lazy("meer regels")),
    ("singleline", gettext_lazy("één regel")),
    ("url", gettext_lazy("een webadres")),
]
CHOICE_SHAPES = [
    ("radio", gettext_lazy("rondjes: één antwoord")),
    ("dropdown", gettext_lazy("lijst: één antwoord")),
    ("checkboxes", gettext_lazy("vakjes: meer antwoorden")),
]
DATE_SHAPES = [
    ("plain_date", gettext_lazy("in eigen woorden mag ook")),
    ("date", gettext_lazy("een datum")),
    ("datetime", gettext_lazy("een datum met tijd")),
]


class FormBlock(blocks.StreamBlock):
    """The whole form. A draft may be half; what is published can be filled in."""

    step = asks_nothing(
        gettext_lazy("Kop van de stap"),
        gettext_lazy("Inleiding"),
        icon="doc-empty",
        label=gettext_lazy("Nieuwe stap"),
    )
    text = QuestionBlock(
        [
            ("shape", setting(gettext_lazy("Ruimte"), TEXT_SHAPES)),
            ("purpose", purpose(Purpose.PROBLEM, Purpose.REMEDY, Purpose.NAME, Purpose.PHONE)),
            ("sensitive", sensitive()),
        ],
        icon="pilcrow",
        label=gettext_lazy("Tekst"),
    )
    choice = QuestionBlock(
        [
            ("shape", setting(gettext_lazy("Vorm"), CHOICE_SHAPES)),
            ("choices", OPTIONS),
            ("purpose", purpose(Purpose.DISCUSSED, Purpose.ABOUT_WHOM)),
            ("sensitive", sensitive()),
        ],
        icon="list-ul",
        label=gettext_lazy("Keuze"),
    )
    tick = QuestionBlock(
        [("sensitive", sensitive())], icon="check", label=gettext_lazy("Aankruisvak")
    )
    date = QuestionBlock(
        [("shape", setting(gettext_lazy("Vorm"), DATE_SHAPES))],
        icon="date",
        label=gettext_lazy("Datum"),
    )
    number = QuestionBlock(icon="decimal", label=gettext_lazy("Getal"))
    email = QuestionBlock(
        [("purpose", purpose(Purpose.EMAIL))], icon="mail", label=gettext_lazy("E-mailadres")
    )
    files = QuestionBlock(icon="doc-full", label=gettext_lazy("Bestanden"))
    coach = QuestionBlock(icon="user", label=gettext_lazy("Kunstcoach"))
    route = QuestionBlock(icon="group", label=gettext_lazy("Wie de klacht behandelt"))
    note = asks_nothing(
        gettext_lazy("Kop"),
        gettext_lazy("Uitleg"),
        icon="info-circle",
        label=gettext_lazy("Uitleg, geen vraag"),
    )

    class Meta:
        collapsed = True

    def clean(self, value: StreamValue) -> StreamValue:
        cleaned = super().clean(value)
        if self.is_deferred_validation:
            return cleaned
        rows = cleaned.get_prep_value()
        refused = {
            number: StructBlockValidationError(block_errors=errors)
            for number, row in enumerate(rows)
            if (errors := dict(refusals(rows, number, row)))
        }
        no_problem = not any(purpose_of(row) == Purpose.PROBLEM for row in rows)
        if refused or no_problem:
            message = _("Geef een vraag (soort Tekst) het doel ‘het probleem’. Die is er nu niet.")
            raise StreamBlockValidationError(refused, [ValidationError(message)] * no_problem)
        return cleaned


def refusals(
    rows: list[dict[str, Any]], number: int, row: dict[str, Any]
) -> Iterator[tuple[str, ValidationError]]:
    """What is wrong with a row, as (setting, reason with its mend)."""
    earlier = rows[:number]
    served = purpose_of(row)
    twin = next((other for other in earlier if served and purpose_of(other) == served), None)
    if twin:
        at = "label" if row["type"] in PURPOSE_OF else "purpose"
        message = _("De vraag ‘%(other)s’ is daar al voor. Houd een van de twee.")
        yield at, ValidationError(message % {"other": label_of(twin)})
    if wanted := row["value"].get("show_if"):
        if reason := condition_refused(wanted, rows, earlier):
            yield "show_if", ValidationError(reason)
        elif served == Purpose.PROBLEM:
            yield "show_if", ValidationError(_("Vraag altijd naar het probleem."))
    elif served == Purpose.PROBLEM:
        step = next((other for other in reversed(earlier) if other["type"] == "step"), None)
        if step and step["value"].get("show_if"):
            yield "label", ValidationError(_("Zet de vraag naar het probleem in een vaste stap."))
    if row["type"] == "choice" and (errors := dict(_choices_refused(row))):
        yield "choices", ListBlockValidationError(block_errors=errors)


def condition_refused(
    wanted: str, rows: list[dict[str, Any]], earlier: list[dict[str, Any]]
) -> str:
    """Why a condition can never come true, or an empty text."""
    asked, option = referred_to(wanted, earlier)
    if asked is None:
        if referred_to(wanted, rows)[0] is not None:
            return _("Die vraag staat verderop. Kies een vraag die eerder staat.")
        return _("Die vraag is er niet meer. Kies een eerdere vraag.")
    if option is None and "/" in wanted:
        return _("Dat antwoord is er niet meer. Kies een ander.")
    return ""


def _choices_refused(row: dict[str, Any]) -> Iterator[tuple[int, ValidationError]]:
    seen: set[str] = set()
    has_exit = False
    for number, choice in enumerate(choices_of_row(row)):
        text = choice["text"].casefold()
        if text in seen:
            reason = ValidationError(_("Dit antwoord staat er al."))
            yield number, StructBlockValidationError(block_errors={"text": reason})
        if choice["exit_page"] and has_exit:
            reason = ValidationError(_("Geef één antwoord een pagina met advies."))
            yield number, StructBlockValidationError(block_errors={"exit_page": reason})
        seen.add(text)
        has_exit = has_exit or bool(choice["exit_page"])
