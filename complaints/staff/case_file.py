"""A case as its reader sees it: the ladder, the facts, what was asked and answered, the history."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from complaints import notifications
from complaints.models.case import Complaint, Event, EventKind
from complaints.models.consent import Consent
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.settings import HandlingSettings
from complaints.models.term import Term
from complaints.questions import Answer, Purpose, answer_for
from complaints.services.checklist import Step, steps_of
from complaints.services.files import StoredFile, open_files
from complaints.services.following import SHOWN
from complaints.services.history import COMPLAINANT, is_intact
from complaints.services.reading import HistoryLine, open_answers, open_history
from complaints.services.sealing import KeyDestroyed
from complaints.services.succession import shared_with
from complaints.staff.accesses import Accesses, accesses_of
from complaints.staff.actions.base import Offer
from complaints.staff.actions.people import why_not_theirs
from complaints.staff.actions.procedure import why_not
from complaints.staff.actions.registry import ACTIONS
from complaints.staff.actions.time import why_no_time
from complaints.staff.decided import Known, known_advice, known_rulings
from complaints.staff.ladder import Rung, rungs
from complaints.staff.permissions import may_see, related_cases, visible_cases
from complaints.staff.written import value_in_words, word_for
from complaints.terms import TermKind, TermState, term_state
from complaints.vault.cipher import SealBroken

LONG_FROM = 5  # events
OTHER_CASES = ("other", "other_undone", "duplicate_of")  # texts that are another's reference
CONVERSATION = (EventKind.WROTE, EventKind.ANSWERED)
NOTES = (EventKind.NOTED, EventKind.CONTACTED)
ELSEWHERE = (*CONVERSATION, *NOTES, EventKind.ADVISED, EventKind.RULED)


@dataclass(frozen=True)
class EventLine:
    """One event in plain words; `texts` are (label, text) of what was written with it."""

    at: datetime
    who: str
    what: str
    texts: list[tuple[str, str]]
    is_elsewhere: bool = False  # the case file shows its texts in a part of their own


@dataclass(frozen=True)
class TermLine:
    """One term; `stands_since` is the day from which its clock stands still."""

    label: str
    due_on: date
    met_at: datetime | None
    is_lapsed: bool
    state: TermState
    is_contact: bool
    times_extended: int
    stands_since: date | None


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
    late_mails: list[LateMail]
    accesses: Accesses
    assessment: EventLine | None
    agreement: EventLine | None
    decisions: list[Known]
    messages: list[EventLine]
    notes: list[EventLine]
    next_term: TermLine | None
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


def open_case_file(case: Complaint, user: Any) -> CaseFile:
    """Opens the case for `user`, who was found to be allowed to see it."""
    answers, history = _opened_answers(case), _without_hidden(opened_history(case), user)
    assessment = _last(history, EventKind.ASSESSED)
    agreement = _last(history, EventKind.AGREED)
    other, terms = case.duplicate_of, [_term_line(term, case) for term in _shown_terms(case)]
    return CaseFile(
        case=case,
        rungs=rungs(case, {line.event.stage_to for line in history}),
        terms=terms,
        readers=readers(case),
        steps=_by_step(answers or []),
        files=_opened_files(case),
        is_readable=answers is not None,
        told=_told(answers or []),
        consents=list(case.consents.select_related("text")),
        history=_told_once([_line(line.event, line) for line in history], assessment, agreement),
        is_intact=is_intact(case),
        offers=[offer for action in ACTIONS for offer in action.offers(user, case)],
        why_not=[*why_not_theirs(user, case), *why_not(case), *why_no_time(case)],
        duplicate_of=other if other is not None and may_see(user, other) else None,
        late_mails=_late_mails(case),
        accesses=accesses_of(case),
        assessment=assessment,
        agreement=agreement,
        decisions=[*known_advice(case), *known_rulings(case)],
        messages=_of(history, *CONVERSATION),
        notes=_of(history, *NOTES),
        checklist=steps_of(case),
        related=list(related_cases(user, case)),
        next_term=next((term for term in terms if not (term.is_lapsed or term.met_at)), None),
    )


def _without_hidden(history: list[HistoryLine], user: Any) -> list[HistoryLine]:
    """Without the references of other cases that this person may not see."""
    named = {line.content[n] for line in history for n in OTHER_CASES if n in line.content}
    if not named:
        return history
    seen = visible_cases(user).filter(reference__in=named).values_list("reference", flat=True)
    hidden = named - set(seen)
    return [
        HistoryLine(
            line.event,
            {n: v for n, v in line.content.items() if n not in OTHER_CASES or v not in hidden},
        )
        for line in history
    ]


def _told_once(lines: list[EventLine], *above: EventLine | None) -> list[EventLine]:
    """The history, in which what stands above it is only named."""
    return [replace(line, is_elsewhere=True) if line in above else line for line in lines]


def _of(history: list[HistoryLine], *kinds: EventKind) -> list[EventLine]:
    return [_line(line.event, line) for line in history if line.event.kind in kinds]


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
    """What a handler wants to know at a glance: for whom, which coach, talked with them or not."""
    return [
        (str(purpose.label).capitalize(), text)
        for purpose in (Purpose.ABOUT_WHOM, Purpose.COACH, Purpose.DISCUSSED, Purpose.REMEDY)
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


def lines_for_complainant(history: Iterable[HistoryLine]) -> list[EventLine]:
    """The events that the complainant sees too, each with what they read of it."""
    return [
        _line(line.event, HistoryLine(line.event, _shown(line)))
        for line in history
        if line.event.kind in SHOWN
    ]


def _shown(line: HistoryLine) -> dict[str, Any]:
    names = SHOWN[EventKind(line.event.kind)]
    return {name: line.content[name] for name in names if name in line.content}


def event_lines(events: Iterable[Event]) -> list[EventLine]:
    """Events without what was written with them."""
    return [_line(event, None) for event in events]


def readers(case: Complaint) -> list[tuple[str, str]]:
    """Who can read this case now, as (role, name); the same question every view asks (R-38)."""
    people = HandlingSettings.current()
    roles = {
        people.confidant_id: _("vertrouwenspersoon"),
        people.deputy_id: _("plaatsvervanger"),
    }
    shared = {user.pk: _("gedeeld met") for user in shared_with(case)}
    return [
        (shared.get(user.pk) or roles.get(user.pk, _("behandelaar")), _name(user))
        for user in notifications.handlers()
        if may_see(user, case)
    ]


def _by_step(answers: list[Answer]) -> list[tuple[str, list[Answer]]]:
    return [(title, list(group)) for title, group in groupby(answers, key=lambda a: a.step)]


def _shown_terms(case: Complaint) -> list[Term]:
    """All of them; a closed case owes its complainant no next message."""
    terms = case.terms.all()
    return [term for term in terms if case.is_open or term.kind != TermKind.PROGRESS]


def _term_line(term: Term, case: Complaint) -> TermLine:
    """A term; closing ends the term of a contact that never was, which is not the same as met."""
    is_lapsed = not case.is_open and term.met_at is None
    since = case.paused_on if term.kind == TermKind.HANDLING else None
    is_over = is_lapsed or term.met_at is not None or since is not None
    return TermLine(
        label=str(TermKind(term.kind).label),
        due_on=term.due_on,
        met_at=term.met_at,
        is_lapsed=is_lapsed,
        state=term_state(None if is_over else term.due_on, timezone.localdate()),
        is_contact=term.kind == TermKind.CONTACT,
        times_extended=term.times_extended,
        stands_since=since,
    )


def _name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username())


def _line(event: Event, opened: HistoryLine | None) -> EventLine:
    content = opened.content if opened else {}
    texts = [
        (label_of(name), value_in_words(event.kind, name, text))
        for name, text in content.items()
        if text
    ]
    is_elsewhere = bool(texts) and event.kind in ELSEWHERE
    return EventLine(event.at, _who(event), _what(event), texts, is_elsewhere)


def label_of(name: str) -> str:
    """The word for what was written with an event."""
    labels = {
        "reason": _("Toelichting"),
        "finding": _("Bevinding"),
        "decisions": _("Besluiten"),
        "measures": _("Maatregelen"),
        "elsewhere": _("Waar de klager wel terechtkan"),
        "ruled_on": _("Datum van de uitspraak"),
        "duplicate_of": _("Andere zaak"),
        "explanation": _("Uitleg aan de klager"),
        "was_due_on": _("Was uiterlijk"),
        "now_due_on": _("Nu uiterlijk"),
        "extension_agreed_on": _("De klager ging akkoord op"),
        "coach_told": _("Geïnformeerd"),
        "told_on": _("Geïnformeerd op"),
        "sent_on": _("Verstuurd op"),
        "consent": _("Over welke toestemming"),
        "message": _("Bericht"),
        "files": _("Bestanden"),
        "right": _("Verzoek"),
        "granted": _("Toegewezen"),
        "answer": _("Aan de klager geschreven"),
        "satisfied": _("Tevreden over de behandeling"),
        "handler": _("Behandelaar vanaf nu"),
        "before": _("Behandelaar tot nu"),
        "shared_with": _("Wie"),
    }
    return labels.get(name) or word_for(name) or name


def _who(event: Event) -> str:
    if event.actor is not None:
        return _name(event.actor)
    if event.actor_label == COMPLAINANT:
        return _("de klager")
    if event.actor_label.startswith("user:"):
        return _("iemand die geen account meer heeft")
    return _("de site")


def _what(event: Event) -> str:
    """What happened; takes any stored value, for an event tampered with must still show."""
    if event.kind == EventKind.MOVED:
        return _("Van %(before)s naar %(after)s") % {
            "before": event.get_stage_from_display(),
            "after": event.get_stage_to_display(),
        }
    if event.kind == EventKind.CLOSED:
        return _("Afgesloten: %(outcome)s") % {"outcome": event.get_outcome_display().lower()}
    return event.get_kind_display()
