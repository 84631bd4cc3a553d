"""What a complaint is about: a list that the organisation keeps in the CMS."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet


@register_snippet
class Theme(models.Model):
    """A theme. Removing one leaves its cases without a theme, and loses nothing else."""

    name = models.CharField(_("naam"), max_length=80, unique=True)
    is_active = models.BooleanField(
        _("te kiezen"), default=True, help_text=_("Uit: niet meer te kiezen bij een zaak.")
    )

    panels: ClassVar = [FieldPanel("name"), FieldPanel("is_active")]

    class Meta:
        verbose_name = _("thema")
        verbose_name_plural = _("thema's")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name
