"""The blocks editors write pages with. Each has a template of its name in templates/blocks/."""

from typing import Any

from django.apps import apps
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageBlock

PROSE_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]
LINE_FEATURES = ["bold", "italic", "link"]


class BlocksField(StreamField):
    """Wagtail's, of which a migration does not list the blocks: a new kind is no migration."""

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _path, _blocks, options = super().deconstruct()
        return name, "wagtail.fields.StreamField", [[]], options | {"block_lookup": {}}


def _handling() -> Any:
    """Returns the model of the terms, by name: this app knows no other of complaints."""
    return apps.get_model("complaints", "HandlingSettings")


def term_choices() -> list[tuple[str, str]]:
    choices: list[tuple[str, str]] = _handling().sentence_choices()
    return choices


class TermsBlock(blocks.StructBlock):
    """Terms in sentences, with the number as set: one setting for page, mail and clock."""

    title = blocks.CharBlock(label=_("Kop"))
    terms = blocks.MultipleChoiceBlock(
        label=_("Welke termijnen"), choices=term_choices, widget=CheckboxSelectMultiple
    )

    class Meta:
        template = "blocks/terms.html"
        icon = "date"
        label = _("Termijnen")

    def get_context(self, value: Any, parent_context: Any = None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(value, parent_context=parent_context)
        handling = context.get("handling") or _handling().current()
        wanted = [name for name, _label in term_choices() if name in value["terms"]]
        context["sentences"] = [handling.sentence(name) for name in wanted]
        return context


def _block(name: str, icon: str, label: Any, **parts: blocks.Block) -> blocks.StructBlock:
    """Returns a block of these parts, with the template of its name."""
    template = f"blocks/{name}.html"
    return blocks.StructBlock([*parts.items()], template=template, icon=icon, label=label)


class BodyBlock(blocks.StreamBlock):
    """The body of every page that is mostly text."""

    prose = blocks.RichTextBlock(
        features=PROSE_FEATURES, template="blocks/prose.html", icon="pilcrow", label=_("Tekst")
    )
    quote = _block(
        *("quote", "openquote", _("Citaat")),
        text=blocks.TextBlock(label=_("Citaat")),
        source=blocks.CharBlock(label=_("Van wie"), required=False),
    )
    # What a reader must not miss, in a box of its own.
    callout = _block(
        *("callout", "info-circle", _("Let op")),
        title=blocks.CharBlock(label=_("Kop")),
        text=blocks.RichTextBlock(label=_("Tekst"), features=["bold", "italic", "ul", "link"]),
    )
    # What most readers do not need now, behind its heading.
    fold = _block(
        *("fold", "collapse-down", _("Uitklapper")),
        title=blocks.CharBlock(label=_("Kop")),
        text=blocks.RichTextBlock(label=_("Tekst"), features=PROSE_FEATURES[2:]),
    )
    # How to reach the organisation; the mail address and phone come from the settings.
    contact = _block(
        *("contact", "mail", _("Contact")),
        title=blocks.CharBlock(label=_("Kop")),
        text=blocks.RichTextBlock(label=_("Tekst"), features=LINE_FEATURES, required=False),
    )
    # An image with its description for whoever cannot see it.
    picture = _block(
        *("picture", "image", _("Afbeelding")),
        image=ImageBlock(label=_("Afbeelding")),
        caption=blocks.CharBlock(label=_("Bijschrift"), required=False),
    )
    terms = TermsBlock()
