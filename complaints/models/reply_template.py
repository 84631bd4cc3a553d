"""Texts a handler starts a message from; the organisation keeps them in the CMS."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from complaints.stages import Stage


@register_snippet
class ReplyTemplate(models.Model):
    """A text for one stage, or for all. Words in braces become dates and terms (see the help)."""

    stage = models.CharField(
        _("fase"), max_length=20, choices=Stage, blank=True, help_text=_("Leeg: in elke fase.")
    )
    title = models.CharField(_("titel"), max_length=80)
    text = models.TextField(_("tekst"), max_length=10_000)

    panels: ClassVar = [FieldPanel("stage"), FieldPanel("title"), FieldPanel("text")]

    class Meta:
        verbose_name = _("antwoordsjabloon")
        verbose_name_plural = _("antwoordsjablonen")
        ordering: ClassVar = ["title"]

    def __str__(self) -> str:
        return self.title
