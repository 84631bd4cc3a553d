"""The coaches a complainant can choose from; a list kept in the CMS."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet


@register_snippet
class Coach(models.Model):
    """An art coach. A complaint keeps the name as it was chosen, so removing one loses nothing."""

    name = models.CharField(_("naam"), max_length=100, unique=True)
    is_active = models.BooleanField(
        _("staat in de lijst"),
        default=True,
        help_text=_("Uit: niet meer te kiezen op het formulier."),
    )

    panels: ClassVar = [FieldPanel("name"), FieldPanel("is_active")]

    class Meta:
        verbose_name = _("kunstcoach")
        verbose_name_plural = _("kunstcoaches")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
