"""A case as its reader sees it: what is new, what was written, what can be done, the history."""

from dataclasses import replace
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Prefetch, Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext_lazy

from complaints.cases import rules
from complaints.cases.attachments import FiledFile, open_files
from complaints.cases.case import event_content, is_intact
from complaints.cases.contact import contact_in
from complaints.cases.contents import HistoryLine, consent_lines, open_answers, with_texts
from complaints.cases.conversation import templates_for
from complaints.cases.records import ChecklistStep, checklist_of
from complaints.cases.retention import goes_on
from complaints.cases.sealing import key_to_read
from complaints.cases.todo import waits_for, whose_turns
from complaints.events import CONVERSATION, NOTES, EventKind
from complaints.models.case import Complaint, Event
from complaints.models.outbox import OwedMail
from complaints.models.roster import roster_for
from complaints.notifications import has_address
from complaints.questions import Purpose, answer_for
from complaints.staff.actions import likely_first, ways_on
from complaints.staff.actions.base import Way, people_of
from complaints.staff.file.parts import (
    known_advice,
    known_rulings,
    line_of,
    open_or_none,
    terms_of,
)
from complaints.staff.permissions import circle_of, know_related, related_cases, visible_cases
from complaints.stages import stage_states
from complaints.terms import term_state
from complaints.vault.cipher import SealBroken

NEWEST_MESSAGES, NEWEST_NEWS = 4, 3
ASSESSED: dict[str, Any] = {
    EventKind.ASSESSED: gettext_lazy("Eerste beoordeling"),
    EventKind.AGREED: gettext_lazy("Wie meedoet aan de bemiddeling"),
}
OTHER_CASES = ("other", "other_undone", "duplicate_of")  # texts that are another's reference
OF_ANOTHER_CASE = (*OTHER_CASES, "reason")


class CaseFile:
    """Everything the case file shows of a case to `user`, who was found to be allowed to see it."""

    def __init__(self, case: Complaint, user: User) -> None:
        prefetch_related_objects([case], "attachments")
        key = open_or_none(key_to_read, case)
        self.case = case
        self.opened = opened_history(case, key)
        others = _other_cases(case, user, self.opened)
        know_related(user, case, [other for other in others if other.is_related])
        history = _without_hidden(self.opened, {other.reference for other in others})
        self._open_texts(case, user, key)
        self.consents = with_texts(consent_lines(case, key)) if key else []
        self.last_visit = case.last_visit  # type: ignore[attr-defined]  # read by `case_or_404`
        late = OwedMail.objects.late(timezone.now()).filter(complaint=case)
        self.late_mails = list(late.select_related("user").order_by("created_at"))
        self._read_history(case, user, history)
        self.duplicate_of = next((o for o in others if o.pk == case.duplicate_of_id), None)
        self.duplicates = [other for other in others if other.duplicate_of_id == case.pk]
        self.related = related_cases(user, case)
        ways, self.why_not = ways_on(user, case)
        undone = [step.item.done_with for step in self.steps_here if step.is_open and step.item]
        self.likely = likely_first(ways, case, undone)
        self.ways = [way for way in ways if way not in self.likely]
        self.way_of = {way.does: way for way in ways if way.does}
        self.readers = people_of(circle_of(user, case))
        self.goes_on = goes_on(case, roster_for(user).settings)
        self.terms = terms_of(case)
        today = timezone.localdate()
        self.requests = [(r, term_state(r.due_on, today)) for r in rules.open_requests(case)]
        self.waits_for = waits_for(case, whose_turns(user, roster_for(user)))
        self.templates = list(templates_for(case))

    def _open_texts(self, case: Complaint, user: User, key: bytes | None) -> None:
        """Opens the complainant's answers and files, and what was advised and ruled."""
        answers = open_or_none(open_answers, case, key) if key else None
        self.is_readable, self.is_erased = answers is not None, not case.sealed
        self.answers = answers or []
        self.contact = contact_in(self.answers, self.opened, may_mail=has_address(case))
        self.coach = answer_for(self.answers, Purpose.COACH)
        self.handling = roster_for(user).settings
        self.files: list[FiledFile] | None = []
        if case.attachments.all():
            self.files = open_or_none(open_files, case, key) if key else None
        self.decisions = [*known_advice(case, key), *known_rulings(case, key)] if key else []

    def _files_of(self, *kinds: EventKind) -> list[FiledFile]:
        return [file for file in self.files or [] if self.events[file.event_id].kind in kinds]

    @property
    def steps_with_ways(self) -> list[tuple[ChecklistStep, Way | None]]:
        """Returns the steps of this stage, each with what does it, where that can be done now.

        Of a closed case only what was done: nothing is waited for.
        """
        steps = [step for step in self.steps_here if self.case.is_open or not step.is_open]
        return [(s, self.way_of.get(s.item.done_with) if s.item else None) for s in steps]

    @property
    def story(self) -> list[Any]:
        """Returns the answers, with what happened first: that is what one comes to read."""
        return sorted(self.answers, key=lambda answer: answer.purpose != Purpose.PROBLEM)

    @property
    def unanswered(self) -> list[str]:
        return [answer.label for answer in self.answers if not answer.text]

    def _read_history(self, case: Complaint, user: User, history: list[HistoryLine]) -> None:
        """Reads the events; those that stand above the history are only named in it."""
        lines = [line_of(line, self.files or []) for line in history]
        last = {line.event.kind: line for line in lines if line.event.kind in ASSESSED}
        self.assessed = [(title, last[kind]) for kind, title in ASSESSED.items() if kind in last]
        above = last.values()
        self.history = [replace(e, is_elsewhere=True) if e in above else e for e in lines]
        since = self.last_visit or timezone.now()  # nothing is news on the first
        theirs = [e for e in lines[::-1] if e.event.at > since and e.event.actor_id != user.pk]
        self.news, self.more_news = theirs[:NEWEST_NEWS], len(theirs[NEWEST_NEWS:])
        messages = [line for line in lines if line.event.kind in CONVERSATION]
        self.messages, self.earlier = messages[-NEWEST_MESSAGES:], messages[:-NEWEST_MESSAGES]
        self.notes = [line for line in lines if line.event.kind in NOTES]
        self.events = {line.event.pk: line.event for line in self.opened}
        self.filed_files = self._files_of(EventKind.FILED)
        self.decision_files = self._files_of(EventKind.ADVISED, EventKind.RULED)
        self.is_intact = is_intact(case, [line.event for line in self.opened])
        seen = [line.event for line in history]
        states = stage_states(case.current_stage, is_open=case.is_open, visited=rules.visited(seen))
        self.ladder = list(states.items())
        checklist = checklist_of(case, seen, self.consents)
        self.steps_here = [s for s in checklist if s.item and s.item.stage == case.stage]
        self.steps_before = [step for step in checklist if step not in self.steps_here]


def _other_cases(case: Complaint, user: User, history: list[HistoryLine]) -> list[Any]:
    """Returns the cases that this one names and this person may see; each `is_related` or not."""
    named = {other for line in history if (other := _other_case(line))}
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
    history = opened_history(case, open_or_none(key_to_read, case))
    others = _other_cases(case, user, history)
    return _without_hidden(history, {other.reference for other in others})


def _without_hidden(history: list[HistoryLine], known: set[str]) -> list[HistoryLine]:
    """Returns the history without what it says of cases that are not `known`.

    Of one that hangs together with it the whole line goes: that there is another case is said
    by the line itself. That a case was closed stays, without the double and the reason.
    """
    shown = []
    for line in history:
        other, is_link = _other_case(line), line.event.kind == EventKind.LINKED
        if other in known or not (other or is_link):
            shown.append(line)
        elif not is_link:
            left = {n: text for n, text in line.content.items() if n not in OF_ANOTHER_CASE}
            shown.append(HistoryLine(line.event, left))
    return shown


def _other_case(line: HistoryLine) -> str:
    """The reference of the other case that an event is about; "" for most."""
    return next((str(line.content[n]) for n in OTHER_CASES if n in line.content), "")


def opened_history(case: Complaint, key: bytes | None) -> list[HistoryLine]:
    """The events, opened; without what was written where that no longer opens."""
    joined = Event.objects.select_related("actor", "read_receipt").order_by("number")
    prefetch_related_objects([case], Prefetch("events", queryset=joined))
    events = list(case.events.all())
    try:
        return [HistoryLine(event, event_content(event, key) if key else {}) for event in events]
    except SealBroken:
        return [HistoryLine(event, {}) for event in events]
