"""Whether something may be done with a case now, and why not: each rule once.

`why_not_…` returns None where it may be done, and else the `Refusal`. The service that does it
begins with it (`locked_unless`), the desk and the follow page leave out its button, a form puts
its words at the field it is about, and the case file tells them under "Waarom kan de rest nu
niet?".
A button asks about the case alone; a form and a service also about what was filled in. Who asks
is not a matter of the case: that is `staff.permissions`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import User
from django.db.models import Q, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from complaints.cases.case import COMPLAINANT, NotAllowed, locked
from complaints.cases.codes_and_links import code_works_from, is_given_by_us
from complaints.cases.contents import consents_now
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.handling import Term
from complaints.models.privacy import RightsRequest
from complaints.models.roster import Circle, Roster
from complaints.models.settings import HandlingSettings
from complaints.stages import (
    Acceptance,
    CoachTold,
    ConsentPurpose,
    Outcome,
    Party,
    Referral,
    Right,
    Route,
    Stage,
    Urgency,
)
from complaints.terms import TermKind, add_days, day_in_words

Asked = ParamSpec("Asked")


@dataclass(frozen=True)
class Refusal:
    """Why something may not be done now.

    `reason` is for whoever reads the code or a test; `words` are for a handler, and empty where
    the page shows it anyway. `field` names what was filled in, where that is what is wrong.
    """

    reason: str
    words: str = ""
    field: str = ""

    def __str__(self) -> str:
        return self.reason


def refuse_if(refusal: Refusal | None) -> None:
    """Raises NotAllowed where there is a refusal."""
    if refusal is not None:
        raise NotAllowed(refusal)


def locked_unless(
    why_not: Callable[Concatenate[Complaint, Asked], Refusal | None],
    complaint: Complaint,
    *about: Asked.args,
    **given: Asked.kwargs,
) -> Complaint:
    """Returns the case as it is now, held until the transaction ends; raises NotAllowed.

    What most services begin with: nobody changes the case between the rule and what it allows. A
    rule that is asked about something read of the case comes after the lock (`refuse_if`).
    """
    case = locked(complaint)
    refuse_if(why_not(case, *about, **given))
    return case


def _refused(is_refused: bool, reason: str, words: str = "") -> Refusal | None:
    return Refusal(reason, words) if is_refused else None


def why_not_write(case: Complaint) -> Refusal | None:
    """A closed case is written in too, until it is erased: no key is left to seal it with."""
    return _refused(not case.sealed, "erased")


def why_not_handle(case: Complaint) -> Refusal | None:
    """What is part of handling asks for an open case, of which the content is there."""
    words = _("De zaak is afgesloten. Heropen haar om verder te gaan met behandelen.")
    return why_not_write(case) or _refused(not case.is_open, "closed", words)


def _why_not_on(case: Complaint, field: str, day: date | None) -> Refusal | None:
    """What was done outside the site was done since receipt, and not later than today."""
    if day is None or case.received_on <= day <= timezone.localdate():
        return None
    words = _("Kies een dag tussen %(first)s en vandaag.") % {
        "first": day_in_words(case.received_on)
    }
    return Refusal(f"done on {day}", words, field)


def _either(words: Iterable[str]) -> str:
    either = _("of")
    return f" {either} ".join(words)


# The procedure: contact, moves, closing, reopening.


def why_not_clear(case: Complaint) -> Refusal | None:
    return why_not_handle(case) or _refused(not case.is_suspect, "not suspect")


def why_not_contact(case: Complaint, *, contacted_on: date | None = None) -> Refusal | None:
    return why_not_handle(case) or _why_not_on(case, "contacted_on", contacted_on)


def why_not_wait(case: Complaint, *, party: Party | None = None) -> Refusal | None:
    return why_not_handle(case) or _refused(case.waiting_on == party, f"waits on {party}")


def why_not_move(
    case: Complaint, to: Stage, *, ground: Referral | str | None = None
) -> Refusal | None:
    """To the committee with the consent on record, or else on a ground in law that is stated."""
    stage = case.current_stage
    if refusal := why_not_handle(case):
        return refusal
    if to not in stage.next_stages:
        words = _("Vanuit %(stage)s kan een zaak alleen naar %(onward)s.") % {
            "stage": stage.label,
            "onward": _either(str(onward.label) for onward in stage.next_stages),
        }
        return Refusal(f"{stage} -> {to}", words)
    if not ground or ground == Referral.LEGAL or is_agreed(case, ConsentPurpose.COMMITTEE):
        return None
    words = _(
        "De toestemming van de klager staat hier nog niet. Gaf de klager die buiten de site? "
        "Leg dat eerst vast."
    )
    return Refusal("not agreed to", words, "ground")


# What rests on the stage it was done in, so that the move there cannot be undone any more.
BUILT_ON = (
    *(EventKind.ADVISED, EventKind.ADVICE_ANSWERED, EventKind.RULED, EventKind.COMPLIED),
    *(EventKind.CLOSED, EventKind.REOPENED),
)


def still_holding(events: Iterable[Event]) -> list[Event]:
    """Returns the events without each move that was put back, and without putting it back."""
    held: list[Event] = []
    for event in events:
        if event.kind != EventKind.PUT_BACK:
            held.append(event)
        elif moved := [known for known in held if known.kind == EventKind.MOVED]:
            held.remove(moved[-1])
    return held


def visited(events: Iterable[Event]) -> set[str]:
    """Returns the stages in which the case stood, other than by mistake."""
    return {event.stage_to for event in still_holding(events)}


def last_move(case: Complaint) -> list[Event]:
    """Returns the last move that holds, and what was built on it since; none for no move."""
    kinds = (EventKind.MOVED, *BUILT_ON)
    told = [event for event in still_holding(_events(case)) if event.kind in kinds]
    moves = [index for index, event in enumerate(told) if event.kind == EventKind.MOVED]
    return told[moves[-1] :] if moves else []


def _events(case: Complaint) -> Iterable[Event]:
    """Returns its events, read once for as long as the object lives."""
    prefetch_related_objects([case], "events")
    return case.events.all()


def why_not_put_back(case: Complaint) -> Refusal | None:
    """A move by mistake is put back while nothing rests on it; none leads to the first stage."""
    if refusal := why_not_handle(case):
        return refusal
    if case.current_stage is Stage.FILING:
        return Refusal("never moved")
    built = last_move(case)[1:]
    if not built:
        return None
    words = _("De fase terugzetten kan niet meer. Daarna gebeurde: %(what)s.")
    return Refusal("built on", words % {"what": str(built[0].words_for_staff).lower()})


# What leaves a complaint as it came in: nobody wrote to its complainant, nor they to us.
LEAVES_ALONE = (
    *(EventKind.FILED, EventKind.NOTED, EventKind.ASSIGNED, EventKind.CHECKED, EventKind.TICKED),
    *(EventKind.WAITS, EventKind.ASSESSED, EventKind.LINKED, EventKind.SHARED, EventKind.UNSHARED),
)


def why_not_erase_no_complaint(case: Complaint) -> Refusal | None:
    """Only what nobody handled yet, and whose complainant did not come back for it."""
    if not case.is_open or not case.sealed or case.is_held:
        return Refusal("closed, erased, or held")
    is_handled = any(event.kind not in LEAVES_ALONE for event in _events(case))
    return _refused(is_handled, "handled, or followed up") or _refused(
        case.has_link_way and case.came_by_link, "came back by a link"
    )


def why_not_close(
    case: Complaint, outcome: Outcome, *, duplicate_of: Complaint | None = None
) -> Refusal | None:
    """An advice is a record of its own, so that without one no case ends in advice (R-06)."""
    if refusal := why_not_handle(case):
        return refusal
    if outcome not in case.current_stage.outcomes:
        words = _("‘%(outcome)s’ kan alleen vanuit %(stages)s.") % {
            "outcome": outcome.label,
            "stages": _either(str(s.label) for s in Stage if outcome in s.outcomes),
        }
        return Refusal(f"{case.stage} -> {outcome}", words)
    if outcome is Outcome.ADVISED and not case.advices.all():
        words = _("‘%(outcome)s’ kan pas als het advies is vastgelegd.")
        return Refusal("no advice was given", words % {"outcome": outcome.label})
    return _why_not_name(case, "duplicate_of", duplicate_of)


def why_not_reopen(case: Complaint) -> Refusal | None:
    """Not what is or will be erased: that was decided, and its complainant was told.

    Nor what its complainant does not want to be handled any more (R-32).
    """
    if case.is_open or is_to_be_erased(case):
        return Refusal("open, or to be erased")
    words = _(
        "De klager trok de toestemming in om de klacht te verwerken. Heropenen kan pas als de "
        "klager die op de volgpagina opnieuw geeft."
    )
    is_unwanted = is_taken_back(case, ConsentPurpose.FILING)
    return why_not_write(case) or _refused(is_unwanted, "not agreed to", words)


def why_not_relate(case: Complaint, *, other: Complaint | None = None) -> Refusal | None:
    """A closed case too: what comes in later may hang together with it."""
    return why_not_write(case) or _why_not_name(case, "other", other)


def why_not_unrelate(case: Complaint, related: Sequence[Complaint]) -> Refusal | None:
    """`related` are the cases of which it may be said that they hang together with this one."""
    return why_not_write(case) or _refused(not related, "not related with these")


def _why_not_name(case: Complaint, field: str, other: Complaint | None) -> Refusal | None:
    """A case names another one only where everybody who reads it may read the other too.

    Else nothing in the one may speak of the other: it would tell that there is one.
    """
    if other is None:
        return None
    roster = Roster.read()
    readers, others = Circle(case, roster).readers, Circle(other, roster)
    if other.pk != case.pk and all(others.sees(person) for person in readers):
        return None
    words = _(
        "Deze twee zaken kun je niet aan elkaar verbinden: niet iedereen die deze zaak leest, mag "
        "de andere lezen."
    )
    return Refusal("itself, or a case that is hidden", words, field)


# Time: terms that run, lapse, and stand still.


def open_term(case: Complaint, kind: TermKind) -> Term | None:
    """Returns the term of that kind while it is not met; of a closed case it may have lapsed."""
    found = (term for term in case.terms.all() if term.kind == kind and term.met_at is None)
    return next(found, None)


def running_term(case: Complaint) -> Term | None:
    """Returns the term for the decision, while it can be extended or stopped."""
    return open_term(case, TermKind.HANDLING) if why_not_pause(case) is None else None


def latest_extension(term: Term, settings: HandlingSettings) -> date:
    """Returns the latest day to which this term may be extended in one go."""
    return add_days(term.due_on, settings.extension_days)


def needs_agreement(term: Term) -> bool:
    """Whether the complainant must have agreed: to every extension after the first (R-03)."""
    return term.times_extended > 0


def why_not_pause(case: Complaint) -> Refusal | None:
    """On the day it is due the term is not over yet."""
    if refusal := why_not_handle(case):
        return refusal
    if case.paused_on is not None:
        return Refusal("stands still", _("Verlengen kan pas als de klok weer loopt."))
    term = open_term(case, TermKind.HANDLING)
    if term is None or term.due_on >= timezone.localdate():
        return _refused(term is None, "no term")
    words = _("Verlengen of stilzetten kan niet meer: de termijn was al voorbij.")
    return Refusal("the term is over", words)


def why_not_extend(
    case: Complaint, *, until: date | None = None, agreed_on: date | None = None
) -> Refusal | None:
    """Before the term ends, not further than the settings say, a second time as agreed (R-03)."""
    term = running_term(case)
    if term is None:
        return why_not_pause(case)
    refusal = _why_not_on(case, "agreed_on", agreed_on)
    if until is None or refusal is not None:
        return refusal
    latest = latest_extension(term, HandlingSettings.current())
    if not term.due_on < until <= latest:
        words = _("Kies een dag na %(due)s, en niet later dan %(latest)s.")
        told = words % {"due": day_in_words(term.due_on), "latest": day_in_words(latest)}
        return Refusal(f"extension until {until}", told, "until")
    return _refused(needs_agreement(term) and agreed_on is None, "not agreed to")


def why_not_resume(case: Complaint) -> Refusal | None:
    return why_not_handle(case) or _refused(case.paused_on is None, "the clock runs")


# What is recorded: assessment, duties, advice, ruling.


def why_not_assess(
    case: Complaint, *, urgency: Urgency | None = None, reason: str | None = None
) -> Refusal | None:
    refusal = why_not_handle(case)
    if refusal is None and urgency is Urgency.YES and not reason:
        return Refusal("urgent", _("Schrijf op wat er meteen moet gebeuren."), "reason")
    return refusal


def why_not_agree(case: Complaint) -> Refusal | None:
    """Whether both parties take part is asked before the mediation, and in it."""
    is_over = case.current_stage is Stage.COMMITTEE
    return why_not_handle(case) or _refused(is_over, "not at the committee")


def why_not_acknowledge(case: Complaint, *, sent_on: date | None = None) -> Refusal | None:
    is_done = open_term(case, TermKind.ACKNOWLEDGEMENT) is None
    return (
        why_not_handle(case)
        or _refused(is_done, "acknowledged before")
        or _why_not_on(case, "sent_on", sent_on)
    )


def why_not_tell_coach(
    case: Complaint, *, answer: CoachTold | None = None, told_on: date | None = None
) -> Refusal | None:
    """Of a closed case too, until it is erased: what is held about the coach is held (R-34)."""
    if open_term(case, TermKind.COACH_TOLD) is None:
        return Refusal("settled before")
    if answer is CoachTold.TOLD and told_on is None:
        return Refusal("told when", _("Vul de dag in waarop de coach het hoorde."), "told_on")
    return why_not_write(case) or _why_not_on(case, "told_on", told_on)


def why_not_advise(case: Complaint) -> Refusal | None:
    words = _("Advies geven kan alleen in de fase %(stage)s.") % {"stage": Stage.MEDIATION.label}
    is_elsewhere = case.current_stage is not Stage.MEDIATION
    return why_not_handle(case) or _refused(is_elsewhere, f"advice in {case.stage}", words)


def why_not_answer_advice(
    case: Complaint, *, by_complainant: Acceptance | None = None
) -> Refusal | None:
    """Also after closing: a party may take its time.

    What the complainant answered on the follow page is theirs to change: nobody records another.
    """
    own = own_answer(case) if by_complainant is not None else None
    if own is not None and own != by_complainant:
        words = _("De klager antwoordde zelf: %(answer)s. Alleen de klager kan dat wijzigen.")
        return Refusal("their own answer", words % {"answer": own.label}, "by_complainant")
    return why_not_write(case) or _refused(not case.advices.all(), "no advice")


def own_answer(case: Complaint) -> Acceptance | None:
    """Returns what the complainant themselves said of the last advice; None where nothing yet."""
    answered = Q(kind=EventKind.ADVICE_ANSWERED, actor_label=COMPLAINANT)
    last = case.events.filter(answered | Q(kind=EventKind.ADVISED)).order_by("number").last()
    if last is None or last.kind != EventKind.ADVICE_ANSWERED:
        return None
    return Acceptance(case.advices.latest("pk").by_complainant)


def why_not_rule(
    case: Complaint, *, ruled_on: date | None = None, comply_by: date | None = None
) -> Refusal | None:
    if refusal := why_not_handle(case):
        return refusal
    if not case.current_stage.is_binding:
        words = _("Een uitspraak vastleggen kan alleen in de fase %(stage)s.")
        return Refusal(f"ruling in {case.stage}", words % {"stage": Stage.COMMITTEE.label})
    return _why_not_before(ruled_on, "comply_by", comply_by)


def why_not_comply(case: Complaint, *, compliance_on: date | None = None) -> Refusal | None:
    """Mostly after closing: that is when a ruling is carried out."""
    ruled_on = [ruling.ruled_on for ruling in case.rulings.all()][-1:]
    if not ruled_on:
        return Refusal("no ruling yet")
    return why_not_write(case) or _why_not_before(ruled_on[0], "compliance_on", compliance_on)


def _why_not_before(ruled_on: date | None, field: str, day: date | None) -> Refusal | None:
    if ruled_on is None or day is None or day >= ruled_on:
        return None
    return Refusal("before the ruling", _("Kies een dag op of na de uitspraak."), field)


# People. Asked without a person: whether there is anybody at all.


def who_may_take(circle: Circle) -> list[User]:
    """Returns the handlers to whom the case may be given, without the one who has it."""
    return [user for user in circle.candidates if user.pk != circle.case.handler_id]


def who_may_be_shown(circle: Circle) -> list[User]:
    """Returns the handlers with whom it may be shared, without those who see it already."""
    return [user for user in circle.candidates if not circle.sees(user)]


def shared_with(circle: Circle) -> list[User]:
    """Returns with whom it is shared now, also whoever does not handle complaints any more."""
    known = {user.pk: user for user in circle.roster.handlers}
    gone = circle.shared_with - known.keys()
    known |= User.objects.in_bulk(gone) if gone else {}
    return [known[pk] for pk in sorted(circle.shared_with)]


def why_not_assign(case: Complaint, circle: Circle, to: User | None = None) -> Refusal | None:
    """Also of a closed case, and to oneself."""
    return _why_not_among(who_may_take(circle), to, "theirs already, or not for them")


def why_not_share(case: Complaint, circle: Circle, to: User | None = None) -> Refusal | None:
    among = _why_not_among(who_may_be_shown(circle), to, "seen already, or not for them")
    return why_not_write(case) or among


def why_not_stop_sharing(
    case: Complaint, circle: Circle, user: User | None = None
) -> Refusal | None:
    return _why_not_among(shared_with(circle), user, "not shared with them")


def why_not_step_back(case: Complaint, circle: Circle, user: User) -> Refusal | None:
    return why_not_write(case) or _refused(user.pk in circle.excluded, "excluded already")


def _why_not_among(people: list[User], user: User | None, reason: str) -> Refusal | None:
    return _refused(not people if user is None else user not in people, reason)


# What the complainant asks, and what is decided on it.


ANEW = (EventKind.MOVED, EventKind.CLOSED, EventKind.REOPENED)


def has_asked(case: Complaint, *kinds: EventKind, since: tuple[EventKind, ...] = ANEW) -> bool:
    """Whether the complainant asked one of these since the case last moved, closed or reopened."""
    told = still_holding(case.events.all())
    kept = [event.kind for event in told if event.kind in kinds + since]
    return bool(kept) and kept[-1] in kinds


def why_not_say_solved(case: Complaint) -> Refusal | None:
    return why_not_handle(case) or _refused(has_asked(case, EventKind.SAID_SOLVED), "said before")


def why_not_take_advice(case: Complaint) -> Refusal | None:
    """The complainant changes their answer as often as they like, until the committee has it."""
    is_past = case.current_stage is Stage.COMMITTEE
    return why_not_answer_advice(case) or _refused(is_past, "the committee has it")


def why_not_ask_committee(case: Complaint) -> Refusal | None:
    """Of a case that was closed with advice too: it asks to open it again for stage 3."""
    is_ended_in_advice = case.outcome == Outcome.ADVISED
    refusal = why_not_reopen(case) if is_ended_in_advice else why_not_move(case, Stage.COMMITTEE)
    # Asked of a closed case, it stays asked when the handler opens that again for it.
    since = (EventKind.MOVED, EventKind.CLOSED)
    is_asked = has_asked(case, EventKind.ASKED_COMMITTEE, since=since)
    return refusal or _refused(is_asked, "asked before")


def why_not_ask_deputy(case: Complaint) -> Refusal | None:
    return why_not_handle(case) or _refused(case.route == Route.DEPUTY, "is the deputy's")


def why_not_keep_code(case: Complaint) -> Refusal | None:
    return _refused(code_works_from(case) is None, "no code waits")


def why_not_switch_link_way(case: Complaint, is_on: bool) -> Refusal | None:
    """Off also without an address: one may come."""
    return why_not_write(case) or _refused(case.has_link_way == is_on, "it is that already")


def why_not_take_code(case: Complaint) -> Refusal | None:
    """A code that only they know needs no other."""
    return why_not_write(case) or _refused(not is_given_by_us(case), "theirs alone")


def last_day_to_rate(case: Complaint, settings: HandlingSettings) -> date | None:
    """Returns until when the handling can be judged; None while the case is open."""
    closed_on = timezone.localdate(case.closed_at) if case.closed_at else None
    return add_days(closed_on, settings.satisfaction_days) if closed_on else None


def why_not_rate(case: Complaint) -> Refusal | None:
    """Once, of a closed case, for as many days as the settings say."""
    if case.closed_at is None or has_asked(case, EventKind.RATED):
        return Refusal("open, or judged before")
    last = last_day_to_rate(case, HandlingSettings.current())
    is_over = last is not None and timezone.localdate() > last
    return why_not_write(case) or _refused(is_over, "too late")


def why_not_ask_reopening(case: Complaint) -> Refusal | None:
    """Once, also by asking for the committee; one can ask as long as the case is kept."""
    asked = (EventKind.ASKED_REOPENING, EventKind.ASKED_COMMITTEE)
    return why_not_reopen(case) or _refused(has_asked(case, *asked), "asked before")


def is_agreed(case: Complaint, purpose: ConsentPurpose) -> bool:
    """Whether the complainant agrees to this now: the last line of the ledger counts."""
    last = consents_now(case).get(purpose)
    return last is not None and last.is_given


def is_taken_back(case: Complaint, purpose: ConsentPurpose) -> bool:
    """Whether they agreed to this once, and do not any more."""
    last = consents_now(case).get(purpose)
    return last is not None and not last.is_given


def why_not_consent(case: Complaint, purpose: ConsentPurpose, *, is_given: bool) -> Refusal | None:
    """What is given can be taken back. To share is agreed to while the case is open.

    What concerned the filing is only given anew.
    """
    if is_agreed(case, purpose) == is_given:
        return Refusal("so already")
    if purpose in (ConsentPurpose.COACH, ConsentPurpose.COMMITTEE):
        may_be_given = case.is_open
    else:
        may_be_given = purpose is ConsentPurpose.MAIL or is_taken_back(case, purpose)
    return why_not_write(case) or _refused(is_given and not may_be_given, "not to be given now")


def why_not_record_consent(case: Complaint, purpose: ConsentPurpose) -> Refusal | None:
    """What was said outside the site; what they took back themselves only they give again."""
    words = _("De klager trok deze toestemming zelf in. Alleen de klager kan haar weer geven.")
    return (
        why_not_write(case)
        or _refused(is_taken_back(case, purpose), "taken back", words)
        or why_not_consent(case, purpose, is_given=True)
    )


def why_not_show_coach(case: Complaint) -> Refusal | None:
    """The coach reads a complaint with the consent on record, or on a ground that was stated."""
    words = _(
        "Een kopie voor de kunstcoach kan pas als de toestemming van de klager hier staat, of de "
        "wettelijke grond waarop het zonder moet."
    )
    may_be_shown = is_agreed(case, ConsentPurpose.COACH) or (
        case.events.filter(kind=EventKind.COACH_SHOWN).exists()
    )
    return _refused(not (case.sealed and may_be_shown), "not agreed to", words)


def why_not_show_unasked(case: Complaint) -> Refusal | None:
    """Where they agreed, no ground is needed."""
    return why_not_write(case) or _refused(is_agreed(case, ConsentPurpose.COACH), "agreed to")


def is_to_be_erased(case: Complaint) -> bool:
    """Whether erasing was granted, and may still have to be done."""
    return any(
        request.right == Right.ERASURE and request.is_granted
        for request in case.rights_requests.all()
    )


def open_requests(case: Complaint) -> list[RightsRequest]:
    """Returns what was asked about data and waits for a decision."""
    return [request for request in case.rights_requests.all() if request.decided_at is None]


def why_not_ask_right(case: Complaint, right: Right) -> Refusal | None:
    """Not while the same waits for a decision, nor once erasing was granted or done."""
    is_asked = any(request.right == right for request in open_requests(case))
    return why_not_write(case) or _refused(is_asked or is_to_be_erased(case), "asked already")


def why_not_hold(case: Complaint) -> Refusal | None:
    """Also of a case whose erasing was granted: until it is done, it can be stopped (R-37)."""
    return why_not_write(case) or _refused(case.is_held, "held already")


def why_not_release(case: Complaint) -> Refusal | None:
    return why_not_write(case) or _refused(not case.is_held, "not held")


def why_not_decide(case: Complaint, right: Right, is_granted: bool) -> Refusal | None:
    """Of an open or a closed case; what is still handled, or held, is not erased."""
    if not case.sealed or not any(request.right == right for request in open_requests(case)):
        return Refusal("erased, or not asked")
    if right is Right.ERASURE and is_granted and case.is_open:
        words = _("Alles wissen kan pas als de zaak is afgesloten. Sluit de zaak eerst af.")
        return Refusal("close it first", words)
    if right is Right.ERASURE and is_granted and case.is_held:
        words = _("Alles wissen kan pas als wissen weer mag. Hef eerst op dat de zaak blijft.")
        return Refusal("held", words)
    return None
