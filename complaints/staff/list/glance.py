"""What a list shows of what is sealed: who, about which coach, what about, and what is new.

Opened for the cases of a page, and for a search in all that are open (R-39: the caller of
`glances_of` keeps the reading before; a search keeps its own).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Case, Count, Max, Q, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from complaints.cases.case import COMPLAINANT, event_content
from complaints.cases.contact import contact_in
from complaints.cases.contents import HistoryLine, open_answers, record_access
from complaints.cases.rules import still_holding
from complaints.cases.sealing import case_keys
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.privacy import AccessKind, AuditLine, RightsRequest
from complaints.questions import Answer, Purpose, answer_for
from complaints.staff.permissions import visible_cases
from complaints.stages import Right, Stage
from complaints.vault.cipher import SealBroken
from complaints.vault.keyring import TokenBroken, open_token, seal_token

LONGEST_LINE = 160
NEW: dict[str, Any] = {
    EventKind.FILED: gettext_lazy("nieuwe klacht"),
    EventKind.WROTE: gettext_lazy("nieuw bericht"),
    EventKind.CONTACT_CHANGED: gettext_lazy("nieuwe contactgegevens"),
    EventKind.ASKED_COMMITTEE: gettext_lazy("vraagt om fase 3"),
    EventKind.ASKED_REOPENING: gettext_lazy("vraagt om heropening"),
    EventKind.ASKED_DEPUTY: gettext_lazy("vraagt om de plaatsvervanger"),
    EventKind.SAID_SOLVED: gettext_lazy("zegt: opgelost"),
    EventKind.ADVICE_ANSWERED: gettext_lazy("antwoord op het advies"),
    EventKind.CLOSED: gettext_lazy("ingetrokken"),
    EventKind.RATED: gettext_lazy("oordeel over de behandeling"),
    EventKind.CONSENTED: gettext_lazy("toestemming gewijzigd"),
    EventKind.WITHDREW: gettext_lazy("toestemming gewijzigd"),
}
MOVES = (EventKind.MOVED, EventKind.PUT_BACK)
ASKS = {
    Right.ERASURE: gettext_lazy("vraagt om wissen"),
    Right.ACCESS: gettext_lazy("vraagt om inzage"),
    Right.OBJECTION: gettext_lazy("maakt bezwaar"),
}


@dataclass(frozen=True)
class Glance:
    """One case in a line or two; `news` is what came in since the reader was there, and waits."""

    who: str
    coach: str
    problem: str
    news: list[str]
    about: int  # open cases about the same coach, this one included


def glances_of(cases: list[Complaint], user: User, *, may_ask: bool = True) -> dict[UUID, Glance]:
    """Opens what a row shows of each case, in five queries for all of them, or fewer.

    Without `may_ask` the caller knows that nothing asked about the data of a case waits. Which
    case has what is not for the database to put together.
    """
    pks, marks = [case.pk for case in cases], {case.coach_mark for case in cases} - {""}
    unread = [case.pk for case in cases if case.is_unread]
    visits = AuditLine.objects.filter(complaint__in=unread, user=user, kind=AccessKind.READ)
    read_at = dict(visits.order_by().values_list("complaint").annotate(Max("at")))
    waiting = RightsRequest.objects.filter(complaint__in=pks, decided_at=None)
    asks = set(waiting.values_list("complaint", "right")) if may_ask else set()
    same = visible_cases(user).open().filter(coach_mark__in=marks).order_by()
    about = dict(same.values_list("coach_mark").annotate(Count("pk"))) if marks else {}
    glances = {}
    for case, events, answers, who in _opened(cases):
        news = [str(words) for right, words in ASKS.items() if (case.pk, right) in asks]
        kinds = _news(case, events, read_at.get(case.pk))
        news += dict.fromkeys(str(NEW[kind]) for kind in kinds)
        if case.is_unread and not news:
            news = [_("nieuw voor jou")]  # it was handed over
        glances[case.pk] = _glance(case, answers, who, news, about.get(case.coach_mark, 0))
    return glances


def _glance(
    case: Complaint, answers: list[Answer] | None, who: str, news: list[str], about: int
) -> Glance:
    if answers is None:
        words = _("Kan niet worden geopend") if case.sealed else _("Gewist")
        return Glance(words, "", "", news, 0)
    problem = " ".join(answer_for(answers, Purpose.PROBLEM)[: LONGEST_LINE * 2].split())
    coach, about = answer_for(answers, Purpose.COACH), about if case.is_open else 0
    return Glance(who.strip() or _("anoniem"), coach, problem[:LONGEST_LINE], news, about)


def _news(case: Complaint, events: list[Event], since: datetime | None) -> Iterator[str]:
    """Yields the kinds of what they did since it was read, and the step they wait for."""
    asked_at = max((e.number for e in events if e.kind == EventKind.ASKED_COMMITTEE), default=0)
    moved = (e.number for e in still_holding(events) if e.kind == EventKind.MOVED)
    moved_at = max(moved, default=0)
    if case.is_open and case.stage != Stage.COMMITTEE and asked_at > moved_at:
        yield EventKind.ASKED_COMMITTEE
    if not case.is_unread:
        return
    for event in reversed(events):
        is_theirs = event.actor_label == COMPLAINANT
        if is_theirs and event.kind in NEW and (since is None or event.at > since):
            yield event.kind
    if since is None or case.filed_at > since:
        yield EventKind.FILED


def _opened(
    cases: list[Complaint],
) -> Iterator[tuple[Complaint, list[Event], list[Answer] | None, str]]:
    """Yields each case with its events, its answers (None where they do not open) and the name.

    Of events all after the filing, of which the case tells; and what was written at one only where
    that is how they can be reached.
    """
    keys = case_keys([case.pk for case in cases if case.sealed])
    changed = EventKind.CONTACT_CHANGED
    by_case: dict[UUID, list[Event]] = defaultdict(list)
    told = Q(actor_label=COMPLAINANT) | Q(kind__in=(*MOVES, changed))
    went_on = [case.pk for case in cases if case.event_count > 1]
    events = Event.objects.filter(told, complaint__in=went_on, number__gt=1)
    contact = Case(When(kind=changed, then="sealed"))
    for event in events.order_by("number").defer("sealed", "hash").annotate(contact=contact):
        event.sealed = event.contact
        by_case[event.complaint_id].append(event)
    for case in cases:
        lines, answers, who = by_case[case.pk], None, ""
        try:
            if key := keys.get(case.pk):
                history = [HistoryLine(e, event_content(e, key)) for e in lines if e.sealed]
                answers = open_answers(case, key)
                who = contact_in(answers, history, may_mail=False).name
        except SealBroken:
            answers = None
        yield case, lines, answers, who


BATCH = 500


def cases_with(user: User, typed: str) -> list[UUID]:
    """Returns the open cases this person sees that hold every word of `typed`.

    In the name, the coach, all answers and what the complainant wrote since. One line is kept of
    the search, and none of its words.
    """
    words = _plain(typed).split()
    ids = list(visible_cases(user).open().order_by().values_list("pk", flat=True))
    record_access(complaint=None, user=user, kind=AccessKind.SEARCH, case_count=len(ids))
    found: list[UUID] = []
    for start in range(0, len(ids), BATCH):
        cases = visible_cases(user).filter(pk__in=ids[start : start + BATCH]).only("pk", "sealed")
        texts = ((pk, _plain(text)) for pk, text in _texts(list(cases)))
        found += [pk for pk, text in texts if all(word in text for word in words)]
    return found


def _texts(cases: list[Complaint]) -> Iterator[tuple[UUID, str]]:
    """Yields each case with all that the complainant wrote; nothing of one that does not open."""
    keys, written = case_keys([case.pk for case in cases]), defaultdict(list)
    kinds = (EventKind.CONTACT_CHANGED, EventKind.WROTE)
    for event in Event.objects.filter(kind__in=kinds, complaint__in=keys):
        written[event.complaint_id].append(event)
    for case in cases:
        try:
            if key := keys.get(case.pk):
                texts = [answer.text for answer in open_answers(case, key)]
                for event in written[case.pk]:
                    texts += [str(text) for text in event_content(event, key).values()]
                yield case.pk, "\n".join(texts)
        except SealBroken:
            continue


def _plain(text: str) -> str:
    """A text as it is compared: without case, accents, and marks nobody types."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\u0300-\u036f\u200b-\u200f\u00ad]", "", letters)


SALT_BYTES = 12  # two searches for one word look different


def sealed_words(user: User, typed: str) -> str:
    """Returns what was typed as it stands in an address: for this person to read, and today."""
    return seal_token(token_bytes(SALT_BYTES) + typed.encode(), use=_use(user))


def words_in(user: User, given: str) -> str:
    """Returns what was typed; "" for another's, of another day, or whatever else is given."""
    try:
        return open_token(given, use=_use(user))[SALT_BYTES:].decode()
    except TokenBroken:
        return ""


def _use(user: User) -> str:
    return f"search|{user.pk}|{timezone.localdate()}"
