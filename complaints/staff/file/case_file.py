"""A case as its reader sees it: the ladder, the facts, what was asked and answered, the history."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any, TypeVar

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, prefetch_related_objects
from django.utils import timezone

from complaints.cases.assessment import Step, steps_of
from complaints.cases.attachments import StoredFile, open_files
from complaints.cases.contents import HistoryLine, events_of, open_answers
from complaints.cases.history import event_content, is_intact
from complaints.cases.sealing import KeyDestroyed, case_key
from complaints.events import CONVERSATION, NOTES, EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import Consent
from complaints.models.roster import roster_for
from complaints.questions import Answer, Purpose, answer_for
from complaints.staff.actions.base import Offer, people_of
from complaints.staff.actions.registry import ways_on
from complaints.staff.file.access_log import Accesses, accesses_of
from complaints.staff.file.events import EventLine, line_of
from complaints.staff.file.parts import (
    DecisionLine,
    PartyLine,
    RequestLine,
    StageLine,
    TermLine,
    known_advice,
    known_rulings,
    parties_of,
    request_lines,
    stage_lines,
    term_lines,
)
from complaints.staff.permissions import circle_of, know_related, related_cases, visible_cases
from complaints.vault.cipher import SealBroken

T = TypeVar("T")
LONG_FROM = 5  # events
OTHER_CASES = ("other", "other_undone", "duplicate_of")  # texts that are another's reference


@dataclass(frozen=True)
class LateMail:
    """A mail that could not be sent yet: which, and since when it waits."""

    kind: str
    since: datetime
    is_to_complainant: bool


@dataclass(frozen=True)
class CaseFile:
    """Everything the case file shows."""

    case: Complaint
    rungs: list[StageLine]
    terms: list[TermLine]
    readers: list[tuple[str, str]]
    steps: list[tuple[str, list[Answer]]]
    files: list[StoredFile] | None
    is_readable: bool
    told: list[tuple[str, str]]
    consents: list[Consent]
    opened: list[HistoryLine]
    history: list[EventLine]
    is_intact: bool
    offers: list[Offer]
    why_not: list[str]
    duplicate_of: Complaint | None
    duplicates: list[Complaint]
    parties: list[PartyLine]
    requests: list[RequestLine]
    late_mails: list[LateMail]
    accesses: Accesses
    assessment: EventLine | None
    agreement: EventLine | None
    decisions: list[DecisionLine]
    messages: list[EventLine]
    notes: list[EventLine]
    checklist: list[Step]
    related: list[Complaint]

    @property
    def steps_here(self) -> list[Step]:
        """The steps of the stage the case is in."""
        return [step for step in self.checklist if step.item and step.item.stage == self.case.stage]

    @property
    def steps_before(self) -> list[Step]:
        """What was done in other stages, or of steps that are no more."""
        return [step for step in self.checklist if step not in self.steps_here]

    @property
    def is_long(self) -> bool:
        """Whether a table of contents helps."""
        return len(self.history) > LONG_FROM


def open_case_file(case: Complaint, user: User) -> CaseFile:
    """Opens the case for `user`, who was found to be allowed to see it."""
    prefetch_related_objects([case], "attachments")
    key = _key_of(case)
    opened = opened_history(case, key)
    others = _other_cases(case, user, opened)
    know_related(user, case, [other for other in others if other.is_related])
    readable = _opened(open_answers, case, key)
    answers = readable or []
    history = _without_hidden(opened, {other.reference for other in others})
    assessment = _last(history, EventKind.ASSESSED)
    agreement, ways = _last(history, EventKind.AGREED), ways_on(user, case)
    return CaseFile(
        case=case,
        rungs=stage_lines(case, {line.event.stage_to for line in history}),
        terms=term_lines(case),
        readers=people_of(circle_of(user, case)),
        steps=_by_step(answers),
        files=_opened(open_files, case, key) if case.attachments.all() else [],
        is_readable=readable is not None,
        told=_told(answers),
        consents=list(case.consents.select_related("text")),
        opened=opened,
        history=_told_once([line_of(line) for line in history], assessment, agreement),
        is_intact=is_intact(case, [line.event for line in opened]),
        offers=ways.offers,
        why_not=ways.why_not,
        duplicate_of=next((other for other in others if other.pk == case.duplicate_of_id), None),
        duplicates=[other for other in others if other.duplicate_of_id == case.pk],
        parties=parties_of(case, answers, roster_for(user).settings),
        requests=request_lines(case),
        late_mails=_late_mails(case),
        accesses=accesses_of(case),
        assessment=assessment,
        agreement=agreement,
        decisions=[*known_advice(case, key), *known_rulings(case, key)] if key else [],
        messages=_of(history, *CONVERSATION),
        notes=_of(history, *NOTES),
        checklist=steps_of(case),
        related=related_cases(user, case),
    )


def _key_of(case: Complaint) -> bytes | None:
    """The key to the content; None where that was erased, or the key is not what was wrapped."""
    try:
        return case_key(case.pk)
    except (KeyDestroyed, SealBroken):
        return None


def _opened(read: Callable[[Complaint, bytes], T], case: Complaint, key: bytes | None) -> T | None:
    """What `read` opens; None where it was erased, or is not what was sealed."""
    try:
        return read(case, key) if key else None
    except SealBroken:
        return None


def _other_cases(case: Complaint, user: User, opened: list[HistoryLine]) -> list[Any]:
    """The cases that this one names anywhere and that this person may see; each `is_related` or
    not."""
    named = {other for line in opened if (other := _other_case(line))}
    ties = Complaint.related.through.objects.filter(from_complaint=case.pk)
    is_related = Q(pk__in=ties.values("to_complaint"))
    # With IN, None falls out; IS NULL would read every case.
    is_double = Q(pk__in=[case.duplicate_of_id]) | Q(duplicate_of=case)
    is_named = is_double | Q(reference__in=named)
    # Found first, by indexes, and only then asked who may see them.
    found = Complaint.objects.filter(is_related | is_named).order_by().values("pk")
    seen = visible_cases(user).filter(pk__in=found).defer("sealed").order_by()
    others = seen.annotate(is_related=Exists(ties.filter(to_complaint=OuterRef("pk"))))
    return sorted(others, key=lambda other: other.reference)


def history_for(user: User, case: Complaint) -> list[HistoryLine]:
    """The history, opened, without what it says of other cases that this person may not see."""
    opened = opened_history(case, _key_of(case))
    return _without_hidden(opened, {other.reference for other in _other_cases(case, user, opened)})


def _without_hidden(history: list[HistoryLine], known: set[str]) -> list[HistoryLine]:
    """Without what is said of cases that are not `known`.

    Of one that hangs together with it the whole line goes: that there is another case is said
    by the line itself. That a case was closed stays, without the double and the reason.
    """
    shown = [line for line in history if not _is_link(line) or _other_case(line) in known]
    return [_without_other(line) if _other_case(line) not in known else line for line in shown]


def _other_case(line: HistoryLine) -> str:
    """The reference of the other case that an event is about; "" for most."""
    return next((str(line.content[n]) for n in OTHER_CASES if n in line.content), "")


def _is_link(line: HistoryLine) -> bool:
    return bool(line.event.kind == EventKind.LINKED)


def _without_other(line: HistoryLine) -> HistoryLine:
    if not _other_case(line):
        return line
    left_out = (*OTHER_CASES, "reason")
    return HistoryLine(line.event, {n: v for n, v in line.content.items() if n not in left_out})


def _told_once(lines: list[EventLine], *above: EventLine | None) -> list[EventLine]:
    """The history, in which what stands above it is only named."""
    return [replace(line, is_elsewhere=True) if line in above else line for line in lines]


def _of(history: list[HistoryLine], *kinds: EventKind) -> list[EventLine]:
    return [line_of(line) for line in history if line.event.kind in kinds]


def _last(history: list[HistoryLine], kind: EventKind) -> EventLine | None:
    """The event of that kind that counts: the last one."""
    return next(iter(_of(history, kind)[::-1]), None)


def _late_mails(case: Complaint) -> list[LateMail]:
    late = OwedMail.objects.late(timezone.now()).filter(complaint=case)
    return [
        LateMail(str(MailKind(owed.kind).label), owed.created_at, owed.user_id is None)
        for owed in late
    ]


def _told(answers: list[Answer]) -> list[tuple[str, str]]:
    """What a handler wants to know at a glance: for whom, talked with the coach or not."""
    return [
        (str(purpose.label).capitalize(), text)
        for purpose in (Purpose.ABOUT_WHOM, Purpose.DISCUSSED, Purpose.REMEDY)
        if (text := answer_for(answers, purpose))
    ]


def opened_history(case: Complaint, key: bytes | None) -> list[HistoryLine]:
    """The events, opened; without what was written where that no longer opens."""
    events = list(events_of(case))
    try:
        return [HistoryLine(event, event_content(event, key) if key else {}) for event in events]
    except SealBroken:
        return [HistoryLine(event, {}) for event in events]


def _by_step(answers: list[Answer]) -> list[tuple[str, list[Answer]]]:
    return [(title, list(group)) for title, group in groupby(answers, key=lambda a: a.step)]
