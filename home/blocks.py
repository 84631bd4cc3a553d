"""The blocks editors write pages with. Each has a template of its name in templates/blocks/."""

from typing import Any

from django.apps import apps
from django.forms import CheckboxSelectMultiple
from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.images.blocks import ImageBlock

PROSE_FEATURES = ["h2", "h3", "bold", "italic", "ol", "ul", "link", "document-link"]
LINE_FEATURES = ["bold", "italic", "link"]


class ProseBlock(blocks.RichTextBlock):
    """Running text with headings, lists and links."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("features", PROSE_FEATURES)
        super().__init__(**kwargs)

    class Meta:
        template = "blocks/prose.html"
        icon = "pilcrow"
        label = _("Tekst")


class QuoteBlock(blocks.StructBlock):
    """Somebody's words, with who said them."""

    text = blocks.TextBlock(label=_("Citaat"))
    source = blocks.CharBlock(label=_("Van wie"), required=False)

    class Meta:
        template = "blocks/quote.html"
        icon = "openquote"
        label = _("Citaat")


class CalloutBlock(blocks.StructBlock):
    """What a reader must not miss, in a box of its own."""

    title = blocks.CharBlock(label=_("Kop"))
    text = blocks.RichTextBlock(label=_("Tekst"), features=["bold", "italic", "ul", "link"])

    class Meta:
        template = "blocks/callout.html"
        icon = "info-circle"
        label = _("Let op")


class FoldBlock(blocks.StructBlock):
    """What most readers do not need now, behind its heading."""

    title = blocks.CharBlock(label=_("Kop"))
    text = blocks.RichTextBlock(label=_("Tekst"), features=PROSE_FEATURES[2:])

    class Meta:
        template = "blocks/fold.html"
        icon = "collapse-down"
        label = _("Uitklapper")


class ContactBlock(blocks.StructBlock):
    """How to reach the organisation; the mail address and phone come from the settings."""

    title = blocks.CharBlock(label=_("Kop"))
    text = blocks.RichTextBlock(label=_("Tekst"), features=LINE_FEATURES, required=False)

    class Meta:
        template = "blocks/contact.html"
        icon = "mail"
        label = _("Contact")


class PictureBlock(blocks.StructBlock):
    """An image with its description for whoever cannot see it."""

    image = ImageBlock(label=_("Afbeelding"))
    caption = blocks.CharBlock(label=_("Bijschrift"), required=False)

    class Meta:
        template = "blocks/picture.html"
        icon = "image"
        label = _("Afbeelding")


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


class BodyBlock(blocks.StreamBlock):
    """The body of every page that is mostly text."""

    prose = ProseBlock()
    quote = QuoteBlock()
    callout = CalloutBlock()
    fold = FoldBlock()
    contact = ContactBlock()
    picture = PictureBlock()
    terms = TermsBlock()
