"""Advice and ruling: two records, for one binds nobody and the other binds both (R-06)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.stages import Acceptance, Compliance, choices_of


class Advice(models.Model):
    """The confidant's advice in stage 2; `sealed` is its text. It does not bind."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="advices")
    given_on = models.DateField(_("gegeven op"))
    sealed = models.BinaryField(null=True)
    by_complainant = models.CharField(
        _("de klager"),
        max_length=10,
        choices=choices_of(Acceptance),
        blank=True,
        default=Acceptance.UNKNOWN,
    )
    by_coach = models.CharField(
        _("de kunstcoach"), max_length=10, choices=choices_of(Acceptance), blank=True, default=""
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("advies")
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.complaint} {self.given_on}"


class Ruling(models.Model):
    """The committee's ruling in stage 3; `sealed` is its text. It binds both parties."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="rulings")
    ruled_on = models.DateField(_("uitspraak van"))
    comply_by = models.DateField(_("na te komen uiterlijk"), null=True)
    sealed = models.BinaryField(null=True)
    compliance = models.CharField(
        _("nakoming"),
        max_length=10,
        choices=choices_of(Compliance),
        blank=True,
        default=Compliance.UNKNOWN,
    )
    compliance_on = models.DateField(_("vastgesteld op"), null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("uitspraak")
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.complaint} {self.ruled_on}"
