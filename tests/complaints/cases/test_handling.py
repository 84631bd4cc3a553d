"""The procedure: every pair of stages, every outcome from every stage, and a history that shows
what was done to it (R-02, R-06)."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from complaints.cases import moves, records
from complaints.cases.case import NotAllowed, is_intact
from complaints.cases.contents import open_history
from complaints.events import EventKind
from complaints.models.case import Complaint, Event
from complaints.models.outbox import MailKind, OwedMail
from complaints.stages import MOVES, OUTCOMES, Outcome, Referral, Stage, Status
from complaints.terms import TermKind
from tests.desk import changed
from tests.factories import make_complaint, move

pytestmark = pytest.mark.django_db

# The table of design.md, written out a second time: a change of `stages.py` must be meant.
ALLOWED_MOVES = {
    (Stage.FILING, Stage.MEDIATION),
    (Stage.FILING, Stage.COMMITTEE),
    (Stage.MEDIATION, Stage.COMMITTEE),
    (Stage.COMMITTEE, Stage.MEDIATION),
}
ALLOWED_OUTCOMES = {
    Outcome.SOLVED: set(Stage),
    Outcome.ADVISED: {Stage.MEDIATION},
    Outcome.RULED: {Stage.COMMITTEE},
    Outcome.NOT_ADMISSIBLE: {Stage.FILING},
    Outcome.WITHDRAWN: set(Stage),
    Outcome.DUPLICATE: set(Stage),
}
REASONED = {"finding", "decisions", "measures"}
NEEDS = {
    Outcome.SOLVED: REASONED,
    Outcome.ADVISED: REASONED,
    Outcome.RULED: REASONED | {"ruled_on"},
    Outcome.NOT_ADMISSIBLE: {"explanation", "elsewhere"},
    Outcome.WITHDRAWN: set(),
    Outcome.DUPLICATE: {"duplicate_of"},
}
GIVEN = {
    "finding": "De afspraken vielen uit.",
    "decisions": "Een andere coach.",
    "measures": "Klaar op 1 maart 2027.",
    "explanation": "Deze klacht gaat niet over coaching.",
    "elsewhere": "Bij de huisarts.",
    "ruled_on": date(2026, 3, 1),
}


def case_in(stage: Stage, by) -> Complaint:
    case = make_complaint()
    if stage is not Stage.FILING:
        case = move(case, stage, by)
    return case


def case_for(outcome: Outcome, by) -> Complaint:
    """In the first stage that ends so, with the advice where that is mediation."""
    case = case_in(min(ALLOWED_OUTCOMES[outcome], key=lambda stage: stage.number), by)
    return advised(case, by) if case.stage == Stage.MEDIATION else case


def advised(case: Complaint, by) -> Complaint:
    records.give_advice(complaint=case, by=by, given_on=case.received_on, text="Praat samen.")
    case.refresh_from_db()
    return case


@contextmanager
def undone():
    """What is tried in here is taken back, so that many may be tried on one case."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def given_for(outcome: Outcome, without: str = "") -> dict:
    given = {name: GIVEN.get(name) for name in NEEDS[outcome] if name != without}
    if "duplicate_of" in given:
        given["duplicate_of"] = make_complaint()
    return given


def close(case, outcome, by, **fields):
    return moves.close_complaint(
        complaint=case, outcome=outcome, by=by, **({"reason": "Klaar."} | fields)
    )


def test_the_table_covers_every_stage_and_outcome():
    assert set(MOVES) == set(Stage)
    assert set(OUTCOMES) == set(Outcome) == set(NEEDS) == set(ALLOWED_OUTCOMES)


@pytest.mark.parametrize("stage", Stage)
def test_every_pair_of_stages(stage, confidant):
    case = case_in(stage, confidant)
    count = case.event_count
    for to in Stage:
        if (stage, to) in ALLOWED_MOVES:
            with undone():
                moved = move(case, to, confidant, "Omdat.")
                assert (moved.stage, moved.event_count) == (to, count + 1)
                last = open_history(moved)[-1]
                assert (last.event.stage_from, last.event.stage_to) == (stage, to)
                assert last.content["reason"] == "Omdat."
                assert last.event.actor == confidant
        else:
            with pytest.raises(NotAllowed):
                move(case, to, confidant, "Omdat.")
        case.refresh_from_db()
        assert (case.stage, case.event_count) == (stage, count), to


GROUNDS_OF = {
    (Stage.FILING, Stage.COMMITTEE): {Referral.SKIPPED},
    (Stage.MEDIATION, Stage.COMMITTEE): {Referral.WISHED, Referral.CONSENTED},
}


@pytest.mark.parametrize(("stage", "to"), sorted(ALLOWED_MOVES))
def test_a_case_goes_to_the_committee_on_a_ground_that_fits_and_nowhere_else(stage, to, confidant):
    case, fitting = case_in(stage, confidant), GROUNDS_OF.get((stage, to), {None})
    given = {"complaint": case, "to": to, "by": confidant, "reason": "Omdat."}
    for ground in (None, *Referral):
        if ground in fitting:
            with undone():
                moved = moves.move_complaint(**given, ground=ground)
                assert open_history(moved)[-1].content.get("ground") == ground
        else:
            with pytest.raises(NotAllowed):
                moves.move_complaint(**given, ground=ground)
        case.refresh_from_db()
        assert case.stage == stage, ground


@pytest.mark.parametrize("stage", Stage)
def test_every_outcome_from_every_stage(stage, confidant):
    case = case_in(stage, confidant)
    if stage is Stage.MEDIATION:
        case = advised(case, confidant)
    for outcome in Outcome:
        given = given_for(outcome)
        if stage in ALLOWED_OUTCOMES[outcome]:
            with undone():
                closed = close(case, outcome, confidant, **given)
                assert (closed.status, closed.outcome) == (Status.CLOSED, outcome)
                assert closed.stage == stage
                assert closed.next_due_kind == TermKind.COACH_TOLD  # all else has lapsed
                assert not closed.terms.filter(kind=TermKind.HANDLING, met_at=None).exists()
        else:
            with pytest.raises(NotAllowed):
                close(case, outcome, confidant, **given)
        case.refresh_from_db()
        assert case.is_open, outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_r02_an_outcome_cannot_be_saved_without_a_reason_and_what_it_needs(outcome, confidant):
    case, given = case_for(outcome, confidant), given_for(outcome) | {"reason": "Klaar."}
    for missing in given:
        blanks = [None] if missing in ("ruled_on", "duplicate_of") else ["", "  \n"]
        for lacking in (
            {name: value for name, value in given.items() if name != missing or name == "reason"},
            *(given | {missing: blank} for blank in blanks),
        ):
            if lacking == given:
                continue
            with pytest.raises(NotAllowed):
                close(case, outcome, confidant, **lacking)
            case.refresh_from_db()
            assert case.is_open, missing


def test_r06_a_case_closes_with_advice_only_when_there_is_one(confidant):
    case = case_in(Stage.MEDIATION, confidant)
    with pytest.raises(NotAllowed):
        close(case, Outcome.ADVISED, confidant, **given_for(Outcome.ADVISED))
    closed = close(
        advised(case, confidant), Outcome.ADVISED, confidant, **given_for(Outcome.ADVISED)
    )
    assert closed.outcome == Outcome.ADVISED


def test_a_case_is_not_a_duplicate_of_itself(confidant):
    case = make_complaint()
    with pytest.raises(NotAllowed):
        close(case, Outcome.DUPLICATE, confidant, duplicate_of=case)


def test_every_action_needs_a_reason(confidant):
    case = make_complaint()
    closed = close(make_complaint(), Outcome.WITHDRAWN, confidant)
    for blank in ("", "  ", "\n"):
        with pytest.raises(NotAllowed):
            moves.move_complaint(complaint=case, to=Stage.MEDIATION, by=confidant, reason=blank)
        with pytest.raises(NotAllowed):
            moves.record_contact(complaint=case, by=confidant, note=blank)
        with pytest.raises(NotAllowed):
            moves.add_note(complaint=case, by=confidant, note=blank)
        with pytest.raises(NotAllowed):
            moves.reopen_complaint(complaint=closed, by=confidant, reason=blank)


def test_a_closed_complaint_cannot_be_moved_nor_closed_again(confidant):
    case = close(case_in(Stage.MEDIATION, confidant), Outcome.WITHDRAWN, confidant)
    for to in Stage:
        with pytest.raises(NotAllowed):
            moves.move_complaint(complaint=case, to=to, by=confidant, reason="Omdat.")
    for outcome in Outcome:
        with pytest.raises(NotAllowed):
            close(case, outcome, confidant, **given_for(outcome))


def test_an_open_complaint_cannot_be_reopened(confidant):
    with pytest.raises(NotAllowed):
        moves.reopen_complaint(complaint=make_complaint(), by=confidant, reason="Omdat.")


@pytest.mark.parametrize("stage", Stage)
def test_reopening_returns_to_the_stage_it_was_closed_in(stage, confidant):
    case = case_in(stage, confidant)
    due = case.terms.get(kind=TermKind.HANDLING).due_on
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    closed = close(case, Outcome.WITHDRAWN, confidant)
    case = moves.reopen_complaint(complaint=closed, by=confidant, reason="Toch niet.")
    assert (case.status, case.stage, case.outcome) == (Status.OPEN, stage, "")
    assert case.terms.get(kind=TermKind.HANDLING, met_at=None).due_on == due
    assert is_intact(case)


def test_reopening_a_duplicate_forgets_the_other_case(confidant):
    closed = close(make_complaint(), Outcome.DUPLICATE, confidant, duplicate_of=make_complaint())
    case = moves.reopen_complaint(complaint=closed, by=confidant, reason="Niet dubbel.")
    assert case.duplicate_of is None


def test_r09_contact_meets_its_term_and_leaves_the_other(confidant):
    case = moves.record_contact(complaint=make_complaint(), by=confidant, note="Gebeld.")
    assert case.terms.get(kind=TermKind.CONTACT).met_at is not None
    assert case.next_due_on == case.terms.get(kind=TermKind.PROGRESS).due_on


def test_a_closed_case_takes_a_note_but_no_contact(confidant):
    closed = close(make_complaint(), Outcome.WITHDRAWN, confidant)
    moves.add_note(complaint=closed, by=confidant, note="Nog een brief gekregen.")
    with pytest.raises(NotAllowed):
        moves.record_contact(complaint=closed, by=confidant, note="Gebeld.")


def test_r09_contact_counts_on_the_day_it_was_made(confidant):
    with time_machine.travel("2026-03-02 09:00+00:00"):
        case = make_complaint()
    with time_machine.travel("2026-03-10 09:00+00:00"):  # the term ended on Monday the 9th
        case = moves.record_contact(
            complaint=case, by=confidant, note="Gebeld.", contacted_on=date(2026, 3, 6)
        )
    contact = case.terms.get(kind=TermKind.CONTACT)
    assert timezone.localdate(contact.met_at) == date(2026, 3, 6) <= contact.due_on
    assert open_history(case)[-1].content["contacted_on"] == "2026-03-06"
    assert case.terms.get(kind=TermKind.PROGRESS).due_on == date(2026, 3, 20)


@pytest.mark.parametrize("days", [-1, 1])
def test_contact_before_receipt_or_in_the_future_is_refused(days, confidant):
    case = make_complaint()
    with pytest.raises(NotAllowed):
        moves.record_contact(
            complaint=case,
            by=confidant,
            note="Gebeld.",
            contacted_on=case.received_on + timedelta(days=days),
        )


def test_moving_and_closing_owe_the_complainant_a_mail(confidant):
    case = case_in(Stage.MEDIATION, confidant)
    close(case, Outcome.WITHDRAWN, confidant)
    kinds = set(OwedMail.objects.filter(complaint=case, user=None).values_list("kind", flat=True))
    assert {MailKind.STAGE_CHANGED, MailKind.CASE_CLOSED} <= kinds


def test_without_an_address_nothing_is_owed_to_the_complainant(confidant):
    case = make_complaint(consents=())
    moves.move_complaint(complaint=case, to=Stage.MEDIATION, by=confidant, reason="Omdat.")
    assert not OwedMail.objects.filter(complaint=case, user=None).exists()


def test_what_staff_write_is_sealed(confidant):
    canary = "KANARIE-reden-5521"
    case = make_complaint()
    moves.add_note(complaint=case, by=confidant, note=canary)
    assert all(canary.encode() not in bytes(e.sealed or b"") for e in case.events.all())
    assert open_history(case)[-1].content == {"reason": canary}


# The history: a changed, removed, added or reordered event shows.


@pytest.fixture
def case_with_history(confidant):
    case = case_in(Stage.MEDIATION, confidant)
    moves.add_note(complaint=case, by=confidant, note="Een notitie.")
    moves.record_contact(complaint=case, by=confidant, note="Gebeld.")
    case.refresh_from_db()
    assert is_intact(case)
    return case


CHANGES = [
    {"kind": EventKind.CHECKED},
    {"at": timezone.now() - timedelta(days=9)},
    {"actor_label": "user:999"},
    {"stage_from": Stage.COMMITTEE},
    {"stage_to": Stage.COMMITTEE},
    {"outcome": Outcome.SOLVED},
    {"sealed": b"something else"},
    {"sealed_sha256": "0" * 64},
    {"hash": bytes(32)},
    {"number": 99},
]


def test_a_changed_or_removed_event_shows(case_with_history):
    for number in (1, 2, 3, 4):
        event = Event.objects.filter(complaint=case_with_history, number=number)
        for change in CHANGES:
            with undone():
                event.update(**change)
                assert not is_intact(case_with_history), (number, change)
        with undone():
            event.delete()
            assert not is_intact(case_with_history), number
    assert is_intact(case_with_history)


def test_an_added_event_shows(case_with_history):
    for number in (0, 5):
        with undone():
            Event.objects.create(
                complaint=case_with_history,
                number=number,
                kind=EventKind.NOTED,
                at=timezone.now(),
                actor_label="system",
                hash=bytes(32),
            )
            assert not is_intact(case_with_history), number


def test_swapped_events_show(case_with_history):
    events = case_with_history.events
    events.filter(number=3).update(number=30)
    events.filter(number=4).update(number=3)
    events.filter(number=30).update(number=4)
    assert not is_intact(case_with_history)


def test_a_history_put_back_to_an_older_state_shows(case_with_history):
    case_with_history.events.filter(number=4).delete()
    changed(case_with_history, event_count=3)
    case_with_history.refresh_from_db()
    assert not is_intact(case_with_history)


def test_erasing_what_was_written_does_not_break_the_chain(case_with_history):
    case_with_history.events.update(sealed=None)
    assert is_intact(case_with_history)


def test_deleting_the_person_who_acted_keeps_the_history_whole(case_with_history, confidant):
    confidant.delete()
    case_with_history.refresh_from_db()
    assert is_intact(case_with_history)
    assert case_with_history.handler is None


def test_what_came_in_while_the_case_was_read_is_no_fault(case_with_history, confidant):
    """Two people at once: the one who reads holds the count of a moment ago."""
    stale = Complaint.objects.get(pk=case_with_history.pk)
    moves.add_note(complaint=case_with_history, by=confidant, note="Intussen.")
    assert is_intact(stale)
    assert stale.event_count == 4, "what they saw, a form of theirs still says"
    case_with_history.events.filter(number=2).update(actor_label="user:999")
    assert not is_intact(stale)
