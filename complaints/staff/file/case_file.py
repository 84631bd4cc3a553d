"""A case as its reader sees it: the ladder, the facts, what was asked and answered, the history."""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from django.contrib.auth.models import User
from django.utils import timezone

from complaints.cases.assessment import Step, steps_of
from complaints.cases.attachments import StoredFile, open_files
from complaints.cases.contents import HistoryLine, open_answers, open_history
from complaints.cases.history import is_intact
from complaints.cases.sealing import KeyDestroyed
from complaints.events import CONVERSATION, NOTES, EventKind
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import Consent
from complaints.questions import Answer, Purpose, answer_for
from complaints.staff.actions.base import Offer, readers_of
from complaints.staff.actions.registry import ways_on
from complaints.staff.file.access_log import Accesses, accesses_of
from complaints.staff.file.events import EventLine, line_of
from complaints.staff.file.parts import (
    Known,
    PartyLine,
    RequestLine,
    Rung,
    TermLine,
    known_advice,
    known_rulings,
    parties_of,
    request_lines,
    rungs,
    term_lines,
)
from complaints.staff.permissions import may_see, related_cases, visible_cases
from complaints.vault.cipher import SealBroken

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
    rungs: list[Rung]
    terms: list[TermLine]
    readers: list[tuple[str, str]]
    steps: list[tuple[str, list[Answer]]]
    files: list[StoredFile] | None
    is_readable: bool
    told: list[tuple[str, str]]
    consents: list[Consent]
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
    decisions: list[Known]
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
    answers, history = _opened_answers(case), history_for(user, case)
    assessment = _last(history, EventKind.ASSESSED)
    agreement = _last(history, EventKind.AGREED)
    ways, other = ways_on(user, case), case.duplicate_of
    return CaseFile(
        case=case,
        rungs=rungs(case, {line.event.stage_to for line in history}),
        terms=term_lines(case),
        readers=readers_of(case),
        steps=_by_step(answers or []),
        files=_opened_files(case),
        is_readable=answers is not None,
        told=_told(answers or []),
        consents=list(case.consents.select_related("text")),
        history=_told_once([line_of(line) for line in history], assessment, agreement),
        is_intact=is_intact(case),
        offers=ways.offers,
        why_not=ways.why_not,
        duplicate_of=other if other is not None and may_see(user, other) else None,
        duplicates=list(visible_cases(user).filter(duplicate_of=case).order_by("reference")),
        parties=parties_of(case, answers or []),
        requests=request_lines(case),
        late_mails=_late_mails(case),
        accesses=accesses_of(case),
        assessment=assessment,
        agreement=agreement,
        decisions=[*known_advice(case), *known_rulings(case)],
        messages=_of(history, *CONVERSATION),
        notes=_of(history, *NOTES),
        checklist=steps_of(case),
        related=list(related_cases(user, case)),
    )


def history_for(user: User, case: Complaint) -> list[HistoryLine]:
    """The history, opened, without what it says of other cases that this person may not see.

    Of one that hangs together with it the whole line goes: that there is another case is said
    by the line itself. That a case was closed stays, without the double and the reason.
    """
    history = opened_history(case)
    named = {other for line in history if (other := _other_case(line))}
    seen = visible_cases(user).filter(reference__in=named) if named else Complaint.objects.none()
    known = set(seen.values_list("reference", flat=True))
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


def _opened_answers(case: Complaint) -> list[Answer] | None:
    """None where the content was erased, or is not what was sealed."""
    try:
        return open_answers(case)
    except (KeyDestroyed, SealBroken):
        return None


def _opened_files(case: Complaint) -> list[StoredFile] | None:
    """None where a row is not what was sealed; a file itself is opened when it is asked for."""
    try:
        return open_files(case)
    except (KeyDestroyed, SealBroken):
        return None


def opened_history(case: Complaint) -> list[HistoryLine]:
    """The events, opened; without what was written where that no longer opens."""
    try:
        return open_history(case)
    except (KeyDestroyed, SealBroken):
        events = case.events.select_related("actor").order_by("number")
        return [HistoryLine(event, {}) for event in events]


def _by_step(answers: list[Answer]) -> list[tuple[str, list[Answer]]]:
    return [(title, list(group)) for title, group in groupby(answers, key=lambda a: a.step)]
