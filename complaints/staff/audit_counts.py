"""How often what was done, by month, for whoever answers for it: numbers and nothing else."""

from datetime import date
from itertools import groupby
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from complaints.cases.handlers_group import is_manager
from complaints.models.case import Complaint
from complaints.models.privacy import AccessKind, AuditLine
from complaints.staff.pages import StaffPage


def counts_by_month(user: User) -> list[tuple[date, list[tuple[str, int]]]]:
    """Returns each month, the newest first; without cases of which this person may not hear."""
    theirs = Complaint.objects.not_kept_from(user).values("pk")
    lines = AuditLine.objects.filter(Q(complaint=None) | Q(complaint__in=theirs))
    found = lines.annotate(month=TruncMonth("at")).order_by("-month", "kind")
    counted = found.values_list("month", "kind").annotate(Count("pk"))
    return [
        (month, [(str(AccessKind(kind).label), count) for _month, kind, count in rows])
        for month, rows in groupby(counted, key=lambda row: row[0])
    ]


class AuditCountsView(StaffPage):
    template_name = "desk/pages/audit_counts.html"
    header_icon = "view"
    title = _("Logboek in aantallen")

    def is_for(self, user: User) -> bool:
        return is_manager(user)

    def trail(self) -> list[tuple[str, str]]:
        return [*super().trail(), (reverse("handlers"), str(_("Klachten")))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(months=counts_by_month(self.request.user), **kwargs)
