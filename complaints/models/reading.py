"""When something that was written in a case was first read by the one it was for."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Event


class Reading(models.Model):
    """The first reading of an event: of a message, or of the complaint as it was filed."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, related_name="reading")
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("eerste lezing")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return f"{self.event}"
