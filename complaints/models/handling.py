"""What handling leaves on a case beside its history: due dates, advice and ruling.

A due date is stamped when its event happens: once promised it does not move by itself. Advice and
ruling are two records, for one binds nobody and the other binds both (R-06).
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from complaints.models.case import Complaint
from complaints.models.tables import InternalModel
from complaints.stages import Acceptance, Compliance, Status, choices_of
from complaints.terms import TermKind

OUTLIVING = [kind for kind in TermKind if kind.outlives_case]


class TermQuerySet(models.QuerySet["Term"]):
    def running(self) -> "TermQuerySet":
        """Returns those whose date counts: `Term.is_running`, asked of the database."""
        outlives = Q(kind__in=OUTLIVING) & ~Q(complaint__sealed=b"")
        still = Q(kind=TermKind.HANDLING, complaint__paused_on__isnull=False)
        live = self.filter(Q(complaint__status=Status.OPEN) | outlives, met_at=None)
        return live.exclude(still)


class Term(InternalModel):
    """By when something has to happen in a case, and when it did."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="terms")
    kind = models.CharField(max_length=20, choices=choices_of(TermKind))
    due_on = models.DateField()
    met_at = models.DateTimeField(null=True, blank=True)
    times_extended = models.PositiveSmallIntegerField(default=0)

    objects = TermQuerySet.as_manager()

    class Meta(InternalModel.Meta):
        verbose_name = _("termijn")
        ordering: ClassVar = ["due_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "kind"], name="one_term_per_kind")
        ]

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


class Advice(InternalModel):
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

    class Meta(InternalModel.Meta):
        verbose_name = _("advies")
        ordering: ClassVar = ["pk"]


class Ruling(InternalModel):
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

    class Meta(InternalModel.Meta):
        verbose_name = _("uitspraak")
        ordering: ClassVar = ["pk"]
