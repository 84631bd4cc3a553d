"""A home page, a page of text and an e-mail form, as Wagtail's documentation builds them."""

from typing import ClassVar

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail import blocks
from wagtail.contrib.forms.models import AbstractEmailForm, AbstractFormField
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Page


class NoteBlock(blocks.StructBlock):
    """A text with a heading, in a box."""

    title = blocks.CharBlock()
    text = blocks.RichTextBlock()

    class Meta:
        template = "plain_site/blocks/note.html"


class CardBlock(blocks.StructBlock):
    """A way on to another page."""

    page = blocks.PageChooserBlock()
    title = blocks.CharBlock()
    text = blocks.CharBlock()

    class Meta:
        template = "plain_site/blocks/card.html"


class BodyBlock(blocks.StreamBlock):
    prose = blocks.RichTextBlock()
    note = NoteBlock()
    card = CardBlock()


class HomePage(Page):
    introduction = RichTextField(blank=True)
    body = StreamField(BodyBlock())
    template = "plain_site/content_page.html"


class ContentPage(Page):
    introduction = RichTextField(blank=True)
    body = StreamField(BodyBlock())
    template = "plain_site/content_page.html"


class FormPage(AbstractEmailForm):
    introduction = RichTextField(blank=True)
    thank_you_text = RichTextField(blank=True)
    template = "plain_site/form_page.html"
    landing_page_template = "plain_site/form_page_landing.html"


class FormField(AbstractFormField):
    page = ParentalKey(FormPage, on_delete=models.CASCADE, related_name="form_fields")

    class Meta(AbstractFormField.Meta):
        ordering: ClassVar = ["sort_order"]
