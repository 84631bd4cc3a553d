"""What a handler records of a case: assessment, agreement, duties, steps, advice and ruling.

Each raises NotAllowed where its rule refuses (`cases.rules`), or a text that it needs is missing.

Advice in stage 2 binds nobody, the ruling in stage 3 binds both (R-06). The complainant reads both
on the follow page; a mail without content says that something waits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from complaints.cases import due_dates, rules
from complaints.cases.attachments import StoredFile
from complaints.cases.case import NotAllowed, moment_of, record, required
from complaints.cases.contents import ConsentLine, is_own, seal_decision
from complaints.cases.conversation import record_with_files
from complaints.cases.rules import locked_unless
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.handling import Advice, ChecklistItem, ChecklistTick, Ruling, Theme
from complaints.models.outbox import MailKind
from complaints.stages import (
    Acceptance,
    Agreement,
    CoachTold,
    Complexity,
    Compliance,
    Impact,
    Party,
    Safety,
    Severity,
    Urgency,
)
from complaints.terms import TermKind


@transaction.atomic
def assess(
    *,
    complaint: Complaint,
    by: User,
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
    case = locked_unless(rules.why_not_assess, complaint, urgency=urgency, reason=reason.strip())
    case.change(theme=theme, severity=severity)
    content = {
        "theme": theme.name if theme else "",
        "severity": severity,
        "safety": safety,
        "complexity": complexity,
        "impact": impact,
        "urgency": urgency,
        "reason": reason,
    }
    record(case, EventKind.ASSESSED, by, content)
    return case


@transaction.atomic
def record_agreement(
    *,
    complaint: Complaint,
    by: User,
    by_complainant: Agreement,
    by_coach: Agreement,
    agreed_on: date,
    reason: str,
) -> Complaint:
    """Records what each party said to mediation, when and how.

    It may be recorded before the mediation begins: the answers decide whether it does.
    """
    case = locked_unless(rules.why_not_agree, complaint)
    said = {"by_complainant": by_complainant, "by_coach": by_coach, "agreed_on": agreed_on}
    record(case, EventKind.AGREED, by, {**said, "reason": required(reason)})
    return case


@transaction.atomic
def record_coach_told(
    *, complaint: Complaint, by: User, answer: CoachTold, reason: str, told_on: date | None = None
) -> Complaint:
    """Records how and when the coach was told, or why not; either settles the term (R-34).

    Closing a case does not end this duty, so a closed case takes it too.
    """
    day = told_on if answer is CoachTold.TOLD else None
    case = locked_unless(rules.why_not_tell_coach, complaint, answer=answer, told_on=day)
    due_dates.meet(case, TermKind.COACH_TOLD, at=moment_of(day or timezone.localdate()))
    content = {"coach_told": answer, "told_on": day, "reason": required(reason)}
    record(case, EventKind.COACH_TOLD, by, content)
    return case


@transaction.atomic
def record_acknowledgement(
    *, complaint: Complaint, by: User, sent_on: date, reason: str
) -> Complaint:
    """Records that receipt was acknowledged by the channel the complaint came by (R-22)."""
    case = locked_unless(rules.why_not_acknowledge, complaint, sent_on=sent_on)
    due_dates.meet(case, TermKind.ACKNOWLEDGEMENT, at=moment_of(sent_on))
    due_dates.message_sent(case, on=sent_on)
    record(case, EventKind.ACKNOWLEDGED, by, {"reason": required(reason), "sent_on": sent_on})
    return case


@dataclass(frozen=True)
class ChecklistStep:
    """A step as it stands in a case; `item` is None once removed.

    A `tick` says that it was done by hand, a `fact` that what does it was recorded by one of us,
    or that the complainant agrees to it now.
    """

    text: str
    item: ChecklistItem | None
    tick: ChecklistTick | None
    fact: Event | ConsentLine | None = None

    @property
    def is_open(self) -> bool:
        return self.tick is None and self.fact is None

    @property
    def done_at(self) -> datetime | None:
        done = self.tick or self.fact
        return done.at if done else None

    @property
    def done_by(self) -> User | None:
        if self.tick:
            return self.tick.by
        return self.fact.actor if isinstance(self.fact, Event) else None


def checklist_of(
    complaint: Complaint, history: Iterable[Event], consents: Iterable[ConsentLine]
) -> list[ChecklistStep]:
    """Returns the steps of the case's stage, then what was done of other or removed steps."""
    facts: dict[str, Event | ConsentLine | None] = {
        event.kind: event for event in history if not is_own(event)
    }
    facts |= {str(line.purpose): line if line.is_given else None for line in consents}
    ticks = list(complaint.ticks.select_related("by", "item"))
    by_item = {tick.item_id: tick for tick in ticks if tick.item_id is not None}
    items = list(ChecklistItem.objects.filter(stage=complaint.stage))
    here = {item.pk for item in items}
    steps = [
        ChecklistStep(tick.text if tick else item.text, item, tick, facts.get(item.done_with))
        for item in items
        for tick in [by_item.get(item.pk)]
    ]
    other = [tick for tick in ticks if tick.item_id not in here]
    return steps + [ChecklistStep(tick.text, tick.item, tick) for tick in other]


@transaction.atomic
def set_step(*, complaint: Complaint, item: ChecklistItem, is_done: bool, by: User) -> Complaint:
    """Records that a step of the case's stage was done, or takes that back.

    Done again, nothing changes; the history keeps what was taken back.
    """
    case = locked_unless(rules.why_not_handle, complaint)
    tick = case.ticks.filter(item=item).first()
    if not is_done and tick is not None:
        record(case, EventKind.TICKED, by, {"step_undone": tick.text})
        tick.delete()
    if is_done and tick is None:
        if item.stage != case.stage:
            raise NotAllowed(f"a step of {item.stage} in {case.stage}")
        now = timezone.now()
        case.ticks.create(item=item, stage=case.stage, text=item.text, at=now, by=by)
        record(case, EventKind.TICKED, by, {"step": item.text})
    return case


@transaction.atomic
def show_coach_unasked(*, complaint: Complaint, by: User, reason: str) -> Complaint:
    """Records on which ground in law the coach reads the complaint without consent."""
    case = locked_unless(rules.why_not_show_unasked, complaint)
    record(case, EventKind.COACH_SHOWN, by, {"explanation": required(reason)})
    return case


@transaction.atomic
def hold(*, complaint: Complaint, by: User, reason: str) -> Complaint:
    """Keeps a case from being erased, by its term and on request (R-37); they read why."""
    case = locked_unless(rules.why_not_hold, complaint)
    case.change(is_held=True, goes_on_told=None)
    record(case, EventKind.HELD, by, {"explanation": required(reason)})
    return case


@transaction.atomic
def release(*, complaint: Complaint, by: User, reason: str) -> Complaint:
    """Lets a held case go by its term again; its handler is told 30 days before."""
    case = locked_unless(rules.why_not_release, complaint)
    case.change(is_held=False, goes_on_told=None)
    record(case, EventKind.RELEASED, by, {"reason": required(reason)})
    return case


@transaction.atomic
def give_advice(
    *,
    complaint: Complaint,
    by: User,
    given_on: date,
    text: str,
    sealed_mail: bytes | None = None,
    files: Sequence[StoredFile] = (),
) -> Advice:
    """Gives advice in mediation, which binds nobody."""
    text = required(text)
    case = locked_unless(rules.why_not_advise, complaint)
    row = seal_decision(Advice(complaint=case, given_on=given_on), text)
    content = {"given_on": given_on, "advice": text}
    event = record_with_files(case, EventKind.ADVISED, by, content, files)
    waiting = f"advice-{event.number}"
    due_dates.tell_complainant(case, MailKind.MESSAGE_WAITS, waiting, sealed_mail)
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
    """Records whether each party takes the last advice over.

    What the complainant answered themselves stays (`requests.answer_advice`).
    """
    case = locked_unless(rules.why_not_answer_advice, complaint, by_complainant=by_complainant)
    row: Advice = case.advices.latest("pk")
    said = {"by_complainant": by_complainant, "by_coach": by_coach}
    row.change(**said)
    record(case, EventKind.ADVICE_ANSWERED, by, {**said, "reason": reason})
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
    files: Sequence[StoredFile] = (),
) -> Ruling:
    """Records what the committee ruled, and by when it has to be done."""
    text = required(text)
    case = locked_unless(rules.why_not_rule, complaint, ruled_on=ruled_on, comply_by=comply_by)
    row = seal_decision(Ruling(complaint=case, ruled_on=ruled_on, comply_by=comply_by), text)
    case.change(waiting_on=Party.HANDLER)  # the committee has spoken
    content = {"ruled_on": ruled_on, "comply_by": comply_by, "ruling": text}
    event = record_with_files(case, EventKind.RULED, by, content, files)
    waiting = f"ruling-{event.number}"
    due_dates.tell_complainant(case, MailKind.MESSAGE_WAITS, waiting, sealed_mail)
    return row


@transaction.atomic
def record_compliance(
    *, complaint: Complaint, by: User, compliance: Compliance, compliance_on: date, reason: str = ""
) -> Ruling:
    """Records what became of the last ruling."""
    case = locked_unless(rules.why_not_comply, complaint, compliance_on=compliance_on)
    row: Ruling = case.rulings.latest("pk")
    found = {"compliance": compliance, "compliance_on": compliance_on}
    row.change(**found)
    record(case, EventKind.COMPLIED, by, {**found, "reason": reason})
    return row
