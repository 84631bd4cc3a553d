"""What a complainant asked under the law about their data, with a due date and a decision."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint


class Right(models.TextChoices):
    """What is asked (GDPR art. 17 and 15)."""

    ERASURE = "erasure", _("Wissen")
    ACCESS = "access", _("Inzage")


class RightsRequest(models.Model):
    """One request. The reason of the decision is sealed in the event that decides it."""

    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, related_name="rights_requests"
    )
    right = models.CharField(_("verzoek"), max_length=10, choices=Right)
    asked_at = models.DateTimeField(_("gevraagd op"))
    due_on = models.DateField(_("besluit uiterlijk"))
    decided_at = models.DateTimeField(_("besloten op"), null=True)
    is_granted = models.BooleanField(_("ingewilligd"), null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("verzoek over gegevens")
        default_permissions: ClassVar = ()
        ordering: ClassVar = ["asked_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(decided_at=None, is_granted=None)
                | Q(decided_at__isnull=False, is_granted__isnull=False),
                name="rights_request_decided_either_way",
            ),
            models.UniqueConstraint(
                fields=["complaint", "right"],
                condition=Q(decided_at=None),
                name="one_open_request_per_right",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.complaint} {self.right}"
