"""The steps of each stage that the organisation keeps in the CMS, and what was ticked in a case."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from complaints.models.case import Complaint
from complaints.stages import Stage


@register_snippet
class ChecklistItem(models.Model):
    """A step that a handler does in a stage."""

    stage = models.CharField(_("fase"), max_length=20, choices=Stage)
    text = models.CharField(_("stap"), max_length=200)
    position = models.PositiveSmallIntegerField(_("volgorde"), default=0)

    panels: ClassVar = [FieldPanel("stage"), FieldPanel("text"), FieldPanel("position")]

    class Meta:
        verbose_name = _("stap in de werkwijze")
        verbose_name_plural = _("stappen in de werkwijze")
        ordering: ClassVar = ["stage", "position", "pk"]

    def __str__(self) -> str:
        return self.text


class ChecklistTick(models.Model):
    """A step that was done in a case; keeps its text when the step is changed or removed."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, on_delete=models.SET_NULL, null=True, related_name="+")
    stage = models.CharField(max_length=20, choices=Stage)
    text = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("gedane stap")
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "item"], name="one_tick_per_step")
        ]

    def __str__(self) -> str:
        return self.text
