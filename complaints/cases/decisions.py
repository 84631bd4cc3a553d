"""Advice in stage 2, which binds nobody, and the ruling in stage 3, which binds both (R-06).

The complainant reads both on the follow page; a mail without content says that something waits.
"""

from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.cases import due_dates, rules
from complaints.cases.case import key_of, locked, record, written
from complaints.cases.contents import keep_advice, keep_ruling
from complaints.cases.rules import refuse_if
from complaints.events import EventKind
from complaints.models.case import Complaint
from complaints.models.handling import Advice, Ruling
from complaints.models.outbox import MailKind
from complaints.stages import Acceptance, Compliance, Party


@transaction.atomic
def give_advice(
    *, complaint: Complaint, by: User, given_on: date, text: str, sealed_mail: bytes | None = None
) -> Advice:
    """Gives advice in mediation; raises NotAllowed elsewhere, or without words."""
    case, text = locked(complaint), written(text)
    refuse_if(rules.why_not_advise(case))
    row = keep_advice(case, key_of(case), given_on=given_on, text=text)
    content = {"given_on": given_on.isoformat(), "advice": text}
    event = record(case, EventKind.ADVISED, by, content)
    due_dates.message_sent(case, on=timezone.localdate())
    notifications.owe_to_complainant(
        case, MailKind.MESSAGE_WAITS, occasion=f"advice-{event.number}", sealed_text=sealed_mail
    )
    return row


@transaction.atomic
def answer_advice(
    *,
    complaint: Complaint,
    by: User,
    by_complainant: Acceptance,
    by_coach: Acceptance,
    reason: str = "",
) -> Advice:
    """Records whether each party takes the last advice over; raises NotAllowed without one."""
    case = locked(complaint)
    refuse_if(rules.why_not_answer_advice(case))
    row: Advice = case.advices.latest("pk")
    row.by_complainant, row.by_coach = by_complainant, by_coach
    row.save(update_fields=["by_complainant", "by_coach"])
    content = {
        "by_complainant": by_complainant.value,
        "by_coach": by_coach.value,
        "reason": reason.strip(),
    }
    record(case, EventKind.ADVICE_ANSWERED, by, content)
    return row


@transaction.atomic
def record_ruling(
    *,
    complaint: Complaint,
    by: User,
    ruled_on: date,
    text: str,
    comply_by: date | None = None,
    sealed_mail: bytes | None = None,
) -> Ruling:
    """Records what the committee ruled, and by when it has to be done.

    Raises NotAllowed in another stage, without words, and for a date before the ruling.
    """
    case, text = locked(complaint), written(text)
    refuse_if(rules.why_not_rule(case, ruled_on=ruled_on, comply_by=comply_by))
    row = keep_ruling(case, key_of(case), ruled_on=ruled_on, comply_by=comply_by, text=text)
    content = {
        "ruled_on": ruled_on.isoformat(),
        "comply_by": comply_by.isoformat() if comply_by else "",
        "ruling": text,
    }
    case.waiting_on = Party.HANDLER  # the committee has spoken
    case.save(update_fields=["waiting_on"])
    event = record(case, EventKind.RULED, by, content)
    due_dates.message_sent(case, on=timezone.localdate())
    notifications.owe_to_complainant(
        case, MailKind.MESSAGE_WAITS, occasion=f"ruling-{event.number}", sealed_text=sealed_mail
    )
    return row


@transaction.atomic
def record_compliance(
    *, complaint: Complaint, by: User, compliance: Compliance, compliance_on: date, reason: str = ""
) -> Ruling:
    """Records what became of the last ruling; raises NotAllowed without one, or before it."""
    case = locked(complaint)
    refuse_if(rules.why_not_comply(case, compliance_on=compliance_on))
    row: Ruling = case.rulings.latest("pk")
    row.compliance, row.compliance_on = compliance, compliance_on
    row.save(update_fields=["compliance", "compliance_on"])
    content = {
        "compliance": compliance.value,
        "compliance_on": compliance_on.isoformat(),
        "reason": reason.strip(),
    }
    record(case, EventKind.COMPLIED, by, content)
    return row
