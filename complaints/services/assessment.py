"""The first assessment of a case, and whether both parties take part in mediation (R-23)."""

from datetime import date
from typing import Any

from django.db import transaction

from complaints.models.case import Complaint, EventKind
from complaints.models.theme import Theme
from complaints.services.casework import locked_open, record
from complaints.services.handling import NotAllowed
from complaints.stages import Agreement, Complexity, Impact, Safety, Severity, Stage, Urgency


@transaction.atomic
def assess(
    *,
    complaint: Complaint,
    by: Any,
    severity: Severity,
    safety: Safety,
    complexity: Complexity,
    impact: Impact,
    urgency: Urgency,
    theme: Theme | None = None,
    reason: str = "",
) -> Complaint:
    """Records how a case looks at first sight; done again, the last one counts.

    Theme and severity stand in clear, for lists; the rest is sealed in the event.
    """
    case = locked_open(complaint)
    case.theme, case.severity = theme, severity
    case.save(update_fields=["theme", "severity"])
    content = {
        "theme": theme.name if theme else "",
        "severity": severity.value,
        "safety": safety.value,
        "complexity": complexity.value,
        "impact": impact.value,
        "urgency": urgency.value,
        "reason": reason.strip(),
    }
    record(case, EventKind.ASSESSED, by, content)
    return case


@transaction.atomic
def record_agreement(
    *,
    complaint: Complaint,
    by: Any,
    by_complainant: Agreement,
    by_coach: Agreement,
    agreed_on: date,
    reason: str,
) -> Complaint:
    """Records what each party said to mediation, when and how. Raises NotAllowed at the committee.

    It may be recorded before the mediation begins: the answers decide whether it does.
    """
    case = locked_open(complaint)
    if case.current_stage is Stage.COMMITTEE or not reason.strip():
        raise NotAllowed("not at the committee, and how is needed")
    content = {
        "by_complainant": by_complainant.value,
        "by_coach": by_coach.value,
        "agreed_on": agreed_on.isoformat(),
        "reason": reason.strip(),
    }
    record(case, EventKind.AGREED, by, content)
    return case
