"""The procedure: every pair of stages and every outcome from every stage (R-02, R-06)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from complaints.cases import moves, records
from complaints.cases.case import is_intact
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.stages import (
    ENDINGS,
    MOVES,
    OUTCOMES,
    ConsentPurpose,
    Outcome,
    Referral,
    Stage,
    Status,
)
from complaints.terms import TermKind
from tests.factories import agree, assess, close, make_complaint, move
from tests.services import due, fresh, is_met, open_history, refused, undone

pytestmark = pytest.mark.django_db

# The table of design.md, written out a second time: a change of `stages.py` must be meant.
ALLOWED_MOVES = {
    (Stage.FILING, Stage.MEDIATION),
    (Stage.FILING, Stage.COMMITTEE),
    (Stage.MEDIATION, Stage.COMMITTEE),
    (Stage.COMMITTEE, Stage.MEDIATION),
}
REASONED = {"finding", "decisions", "measures"}
# From which stages a case ends so, and what must be given with it.
ENDS = {
    Outcome.SOLVED: (tuple(Stage), REASONED),
    Outcome.ADVISED: ((Stage.MEDIATION,), REASONED),
    Outcome.RULED: ((Stage.COMMITTEE,), REASONED | {"ruled_on"}),
    Outcome.NOT_ADMISSIBLE: ((Stage.FILING,), {"explanation", "elsewhere"}),
    Outcome.WITHDRAWN: (tuple(Stage), set()),
    Outcome.DUPLICATE: (tuple(Stage), {"duplicate_of"}),
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
    """In mediation there is an advice."""
    case = make_complaint()
    if stage is not Stage.FILING:
        case = move(case, stage, by)
    return advised(case, by) if stage is Stage.MEDIATION else case


def advised(case: Complaint, by) -> Complaint:
    records.give_advice(complaint=case, by=by, given_on=case.received_on, text="Praat samen.")
    return fresh(case)


def given_for(outcome: Outcome) -> dict:
    _stages, needs = ENDS[outcome]
    given = {name: GIVEN.get(name) for name in needs} | {"reason": "Klaar."}
    return given | ({"duplicate_of": make_complaint()} if "duplicate_of" in needs else {})


def test_the_table_covers_every_stage_and_outcome():
    assert set(MOVES) == set(Stage)
    assert set(OUTCOMES) == set(Outcome)
    assert set(ENDINGS) == set(ENDS)


@pytest.mark.parametrize("stage", Stage)
def test_every_pair_of_stages(stage, confidant):
    case = case_in(stage, confidant)
    if stage is not Stage.COMMITTEE:  # where they agreed to it before
        agree(case, ConsentPurpose.COMMITTEE, confidant)
    count = fresh(case).event_count
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
            refused(move, case=case, to=to, by=confidant)
        case.refresh_from_db()
        assert (case.stage, case.event_count) == (stage, count), to


GROUNDS_OF = {
    (Stage.FILING, Stage.COMMITTEE): {Referral.SKIPPED, Referral.LEGAL},
    (Stage.MEDIATION, Stage.COMMITTEE): {Referral.WISHED, Referral.CONSENTED, Referral.LEGAL},
}


@pytest.mark.parametrize(("stage", "to"), sorted(ALLOWED_MOVES))
def test_a_case_goes_to_the_committee_on_a_ground_that_fits_and_nowhere_else(stage, to, confidant):
    """And there only with the consent on record, or stating a ground in law."""
    case, fitting = case_in(stage, confidant), GROUNDS_OF.get((stage, to), {None})
    given = {"complaint": case, "to": to, "by": confidant, "reason": "Omdat."}
    if to is Stage.COMMITTEE:
        for ground in fitting - {Referral.LEGAL}:
            refused(moves.move_complaint, **given, ground=ground)
        with undone():
            moves.move_complaint(**given, ground=Referral.LEGAL)
        agree(case, ConsentPurpose.COMMITTEE, confidant)
    for ground in (None, *Referral):
        if ground in fitting:
            with undone():
                moved = moves.move_complaint(**given, ground=ground)
                assert open_history(moved)[-1].content.get("ground") == ground
        else:
            refused(moves.move_complaint, **given, ground=ground)
        case.refresh_from_db()
        assert case.stage == stage, ground


@pytest.mark.parametrize("stage", Stage)
def test_every_outcome_from_every_stage(stage, confidant):
    case = case_in(stage, confidant)
    for outcome, (stages, _needs) in ENDS.items():
        given = given_for(outcome)
        if stage in stages:
            with undone():
                closed = close(case, confidant, outcome, **given)
                assert (closed.status, closed.outcome) == (Status.CLOSED, outcome)
                assert closed.stage == stage
                assert closed.next_due_kind == TermKind.COACH_TOLD  # all else has lapsed
                assert is_met(closed, TermKind.HANDLING)
        else:
            refused(close, case=case, by=confidant, outcome=outcome, **given)
        case.refresh_from_db()
        assert case.is_open, outcome


@pytest.mark.parametrize("outcome", ENDINGS)
def test_r02_an_outcome_cannot_be_saved_without_a_reason_and_what_it_needs(outcome, confidant):
    case, given = case_in(ENDS[outcome][0][0], confidant), given_for(outcome)
    for missing in given:
        blanks = [None] if missing in ("ruled_on", "duplicate_of") else ["", "  \n"]
        lacking = [given | {missing: blank} for blank in blanks]
        if missing != "reason":  # for which `close` has words of its own
            lacking.append({name: value for name, value in given.items() if name != missing})
        for each in lacking:
            refused(close, case=case, by=confidant, outcome=outcome, **each)
            case.refresh_from_db()
            assert case.is_open, missing


def test_every_action_needs_a_reason(confidant):
    case, closed = make_complaint(), close(make_complaint(), confidant)
    given = {"complaint": case, "by": confidant}
    for blank in ("", "  ", "\n"):
        refused(moves.move_complaint, **given, to=Stage.MEDIATION, reason=blank)
        refused(moves.record_contact, **given, reason=blank)
        refused(moves.add_note, **given, reason=blank)
        refused(moves.reopen_complaint, complaint=closed, by=confidant, reason=blank)


def test_a_closed_complaint_takes_a_note_and_nothing_else(confidant):
    case = close(case_in(Stage.MEDIATION, confidant), confidant)
    moves.add_note(complaint=case, by=confidant, reason="Nog een brief gekregen.")
    refused(moves.record_contact, complaint=case, by=confidant, reason="Gebeld.")
    refused(assess, case=case, by=confidant)
    for to in Stage:
        refused(moves.move_complaint, complaint=case, to=to, by=confidant, reason="Omdat.")
    for outcome in ENDINGS:
        refused(close, case=case, by=confidant, outcome=outcome, **given_for(outcome))


@pytest.mark.parametrize("stage", Stage)
def test_reopening_returns_to_the_stage_it_was_closed_in(stage, confidant):
    case = case_in(stage, confidant)
    moves.record_contact(complaint=case, by=confidant, reason="Gebeld.")
    before, closed = due(case), close(case, confidant)
    case = moves.reopen_complaint(complaint=closed, by=confidant, reason="Toch niet.")
    assert (case.status, case.stage, case.outcome) == (Status.OPEN, stage, "")
    assert due(case) == before
    assert not is_met(case, TermKind.HANDLING)
    assert is_intact(case)


def test_reopening_a_duplicate_forgets_the_other_case_and_an_open_one_is_refused(confidant):
    closed = close(make_complaint(), confidant, Outcome.DUPLICATE, duplicate_of=make_complaint())
    case = moves.reopen_complaint(complaint=closed, by=confidant, reason="Niet dubbel.")
    assert case.duplicate_of is None
    refused(moves.reopen_complaint, complaint=case, by=confidant, reason="Is al open.")


def test_r09_contact_counts_on_the_day_it_was_made(confidant):
    with time_machine.travel("2026-03-02 09:00+00:00"):
        case = make_complaint()
    with time_machine.travel("2026-03-10 09:00+00:00"):  # the term ended on Monday the 9th
        given = {"reason": "Gebeld.", "contacted_on": date(2026, 3, 6)}
        case = moves.record_contact(complaint=case, by=confidant, **given)
    contact = case.terms.get(kind=TermKind.CONTACT)
    assert timezone.localdate(contact.met_at) == date(2026, 3, 6) <= contact.due_on
    assert open_history(case)[-1].content["contacted_on"] == "2026-03-06"
    assert case.next_due_on == due(case, TermKind.PROGRESS) == date(2026, 3, 20)


@pytest.mark.parametrize("days", [-1, 1])
def test_contact_before_receipt_or_in_the_future_is_refused(days, confidant):
    case = make_complaint()
    given = {"reason": "Gebeld.", "contacted_on": case.received_on + timedelta(days=days)}
    refused(moves.record_contact, complaint=case, by=confidant, **given)


@pytest.mark.parametrize("given", [{}, {"consents": ()}])
def test_moving_and_closing_owe_a_mail_to_the_complainant_who_gave_an_address(given, confidant):
    case = make_complaint(**given)
    close(move(case, Stage.MEDIATION, confidant), confidant)
    owed = OwedMail.objects.filter(complaint=case, user=None).values_list("kind", flat=True)
    acknowledged = {MailKind.ACKNOWLEDGEMENT, MailKind.STAGE_CHANGED, MailKind.CASE_CLOSED}
    assert set(owed) == (set() if given else acknowledged)
