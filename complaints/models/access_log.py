"""Who of us opened a case, when and in what way (R-39)."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.stages import choices_of


class AccessKind(models.TextChoices):
    """What somebody did with what is in a case."""

    READ = "read", _("Dossier gelezen")
    FILE = "file", _("Bestand geopend")
    PRINT = "print", _("Dossier op papier gezet")
    EXPORT = "export", _("In een export opgenomen")


class Access(models.Model):
    """One reading of a case by a member of staff. Appended, never changed."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="accesses")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    user_label = models.CharField(max_length=40)  # "user:<pk>", for when the account is gone
    kind = models.CharField(max_length=10, choices=choices_of(AccessKind))
    at = models.DateTimeField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("inzage")
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.complaint} {self.kind}"
