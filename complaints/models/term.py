"""Due dates of a case. Stamped when their event happens: a date once promised does not move."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.stages import Status, choices_of
from complaints.terms import TermKind

OUTLIVING = [kind for kind in TermKind if kind.outlives_case]


class TermQuerySet(models.QuerySet["Term"]):
    def running(self) -> "TermQuerySet":
        """Those whose date counts: `Term.is_running`, asked of the database."""
        outlives = Q(kind__in=OUTLIVING) & ~Q(complaint__sealed=b"")
        still = Q(kind=TermKind.HANDLING, complaint__paused_on__isnull=False)
        live = self.filter(Q(complaint__status=Status.OPEN) | outlives, met_at=None)
        return live.exclude(still)


class Term(models.Model):
    """By when something has to happen in a case, and when it did."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=20, choices=choices_of(TermKind))
    due_on = models.DateField()
    met_at = models.DateTimeField(null=True, blank=True)
    times_extended = models.PositiveSmallIntegerField(default=0)

    objects = TermQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("termijn")
        ordering: ClassVar = ["due_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "kind"], name="one_term_per_kind")
        ]

    def __str__(self) -> str:
        return f"{self.complaint} {self.kind}"

    @property
    def is_running(self) -> bool:
        """Whether its date counts now.

        A stopped clock holds the decision's; closing ends all but a duty towards the coach, and
        erasing that too, for then nothing is held about the coach any more.
        """
        case, kind = self.complaint, TermKind(self.kind)
        is_live = case.is_open or (kind.outlives_case and bool(case.sealed))
        stands_still = kind is TermKind.HANDLING and case.paused_on is not None
        return self.met_at is None and is_live and not stands_still
