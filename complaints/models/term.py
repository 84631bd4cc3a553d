"""Due dates of a case. Stamped when their event happens: a date once promised does not move."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.terms import TermKind


class Term(models.Model):
    """By when something has to happen in a case, and when it did."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=20, choices=TermKind)
    due_on = models.DateField()
    met_at = models.DateTimeField(null=True, blank=True)
    times_extended = models.PositiveSmallIntegerField(default=0)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("termijn")
        ordering: ClassVar = ["due_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "kind"], name="one_term_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.complaint} {self.kind}"
