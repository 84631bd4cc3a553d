"""The procedure: every pair of stages and every outcome (R-02, R-06); a stage entered by mistake
is put back; and cases that hang together, as far as one may see."""

from datetime import date

import pytest
import time_machine
from django.utils import timezone

from complaints.cases import moves, people, records, requests, rules
from complaints.cases.case import is_intact
from complaints.stages import (
    ENDINGS,
    ConsentPurpose,
    Outcome,
    Party,
    Referral,
    Route,
    Stage,
    Status,
)
from complaints.terms import TermKind
from tests.desk import changed, client_for, post, reads, says, text_of, url
from tests.evidence import words_of_pdf
from tests.factories import advise, agree, assess, case_in, close, coach_told, make_complaint, move
from tests.follow import entered, filed, read
from tests.services import due, fresh, is_met, open_history, refused, send_all, undone

pytestmark = pytest.mark.django_db

WHY = {"reason": "Ik klikte op de verkeerde knop."}

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


def given_for(outcome: Outcome) -> dict:
    _stages, needs = ENDS[outcome]
    given = {name: GIVEN.get(name) for name in needs} | {"reason": "Klaar."}
    return given | ({"duplicate_of": make_complaint()} if "duplicate_of" in needs else {})


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
    assert set(ENDINGS) == set(ENDS)
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


def test_every_action_needs_a_reason_and_a_closed_complaint_takes_a_note_only(confidant):
    """What else it is refused: `test_rules`, and by its address `staff.test_actions`."""
    case, closed = make_complaint(), close(make_complaint(), confidant)
    given = {"complaint": case, "by": confidant}
    for blank in ("", "  ", "\n"):
        refused(moves.move_complaint, **given, to=Stage.MEDIATION, reason=blank)
        refused(moves.record_contact, **given, reason=blank)
        refused(moves.add_note, **given, reason=blank)
        refused(moves.reopen_complaint, complaint=closed, by=confidant, reason=blank)
    moves.add_note(complaint=closed, by=confidant, reason="Nog een brief gekregen.")
    refused(assess, case=closed, by=confidant)


@pytest.mark.parametrize("stage", Stage)
def test_reopening_returns_to_the_stage_it_was_closed_in_and_forgets_the_other_case(
    stage, confidant
):
    case = case_in(stage, confidant)
    moves.record_contact(complaint=case, by=confidant, reason="Gebeld.")
    before = due(case)
    closed = close(case, confidant, Outcome.DUPLICATE, duplicate_of=make_complaint())
    case = moves.reopen_complaint(complaint=closed, by=confidant, reason="Toch niet.")
    assert (case.status, case.stage, case.outcome) == (Status.OPEN, stage, "")
    assert case.duplicate_of is None
    assert due(case) == before
    assert not is_met(case, TermKind.HANDLING)
    assert is_intact(case)
    refused(moves.reopen_complaint, complaint=case, by=confidant, reason="Is al open.")


def test_r09_contact_counts_on_the_day_it_was_made_since_receipt_and_not_later(confidant):
    with time_machine.travel("2026-03-02 09:00+00:00"):
        case = make_complaint()
    with time_machine.travel("2026-03-10 09:00+00:00"):  # the term ended on Monday the 9th
        given = {"complaint": case, "by": confidant, "reason": "Gebeld."}
        for day in (date(2026, 3, 1), date(2026, 3, 11)):
            refused(moves.record_contact, **given, contacted_on=day)
        case = moves.record_contact(**given, contacted_on=date(2026, 3, 6))
    contact = case.terms.get(kind=TermKind.CONTACT)
    assert timezone.localdate(contact.met_at) == date(2026, 3, 6) <= contact.due_on
    assert open_history(case)[-1].content["contacted_on"] == "2026-03-06"
    assert case.next_due_on == due(case, TermKind.PROGRESS) == date(2026, 3, 20)


def back(case, by):
    return moves.put_back(complaint=case, by=by, **WHY)


def test_the_case_and_both_pages_are_as_before_and_a_second_mail_goes(site, confidant):
    case, code = filed()
    requests.ask_for_committee(complaint=case)
    move(case, Stage.MEDIATION, confidant)
    send_all()
    desk = client_for(confidant)
    form = reads(desk, "put-back", case, "Fase terugzetten", "Wat ging er mis?", "fout van ons")
    assert "in fase 1 van 3" in desk.get(url("put-back", case)).content.decode(), form
    says(desk.post(url("put-back", case), {"seen": 3}), "Leg aan de klager uit", status=422)
    assert post(desk, "put-back", case, **WHY).status_code == 302
    now = fresh(case)
    assert (now.stage, now.waiting_on) == (Stage.FILING, Party.HANDLER)
    assert is_intact(now)
    assert rules.visited(case.events.all()) <= {"", Stage.FILING.value}
    assert rules.why_not_ask_committee(now).reason == "asked before"  # that still stands
    (sent,) = send_all()
    assert "Je zaak staat weer in de fase van eerst." in sent.body
    assert "in fase 1 van 3" in sent.body
    for word in ("Je klacht staat weer in fase 1: Ingediend.", WHY["reason"]):
        assert word in read(entered(code))
    reads(desk, "inspect", case, "Teruggezet van Bemiddeling naar Ingediend", WHY["reason"])


def test_only_the_last_move_and_only_while_nothing_rests_on_it(desk, confidant):
    def refuses(case, words=""):
        refused(moves.put_back, complaint=case, by=confidant, **WHY)
        assert not words or words in rules.why_not_put_back(fresh(case)).words

    case = make_complaint()
    refuses(case)
    move(case, Stage.MEDIATION, confidant)
    refused(moves.put_back, complaint=case, by=confidant, reason=" ")
    moves.add_note(complaint=case, by=confidant, reason="Let op.")
    coach_told(case, confidant)
    move(case, Stage.COMMITTEE, confidant)
    assert back(case, confidant).waiting_on == Party.HANDLER
    advise(case, confidant)
    refuses(case, "Daarna gebeurde: advies gegeven.")
    move(case, Stage.COMMITTEE, confidant)
    given = {"ruled_on": case.received_on, "text": "De afspraak vervalt."}
    records.record_ruling(complaint=case, by=confidant, **given)
    refuses(case, "Daarna gebeurde: uitspraak vastgelegd.")
    close(case, confidant)
    refuses(case)
    moves.reopen_complaint(complaint=case, by=confidant, **WHY)
    refuses(case)
    says(desk.get(url("put-back", case)), "Dit kan nu niet.", status=409)
    twice = make_complaint()
    for to in (Stage.MEDIATION, Stage.COMMITTEE):
        move(twice, to, confidant)
    assert back(twice, confidant).current_stage is Stage.MEDIATION
    assert back(twice, confidant).current_stage is Stage.FILING
    refuses(twice)


@pytest.fixture
def second(confidant):
    """Another case of the confidant."""
    return make_complaint()


def test_two_cases_are_related_both_ways_and_it_can_be_taken_back(desk, confidant, case, second):
    given = {"complaint": case, "by": confidant, **WHY}
    refused(moves.unrelate, other=second, **given)  # what it is not
    refused(moves.relate, other=case, **given)  # to itself
    hidden = make_complaint(route=Route.DEPUTY)
    for reference in (hidden.reference, "KM-0000-0000", case.reference):
        answer = post(desk, "link", case, other=reference, **WHY)
        assert answer.status_code == 422
        assert "Je hebt geen andere zaak met dit kenmerk." in text_of(answer)
        assert not case.related.exists()
    assert post(desk, "link", case, other=second.reference.lower(), **WHY).status_code == 302
    for one, another in ((case, second), (second, case)):
        page = desk.get(url("inspect", one))
        assert f"Hangt samen met {another.reference}" in text_of(page)
        assert url("inspect", another) in page.content.decode()
    assert post(desk, "unlink", second, other=case.pk, **WHY).status_code == 302
    assert not case.related.exists()
    assert "Hangt samen met" not in text_of(desk.get(url("inspect", case)))
    assert f"Geen verband meer met {case.reference}" in text_of(desk.get(url("inspect", second)))


@pytest.mark.parametrize("how", ["related", "duplicate"])
def test_a_related_case_that_goes_out_of_sight_is_named_nowhere(desk, confidant, case, second, how):
    """Not in the facts, not in the history, and not as something to unlink."""
    if how == "related":
        moves.relate(complaint=case, other=second, by=confidant, **WHY)
    else:
        close(case, confidant, Outcome.DUPLICATE, duplicate_of=second)
    assert second.reference in text_of(desk.get(url("inspect", case)))
    changed(second, route=Route.DEPUTY, passed_over=confidant)
    assert second.reference not in desk.get(url("inspect", case)).content.decode()
    answer = desk.get(url("unlink", case))
    assert answer.status_code == 409
    assert second.reference not in answer.content.decode()


def test_a_case_is_not_tied_to_one_that_a_reader_of_it_may_not_see(
    desk, confidant, case, second, other
):
    """Not as related, not as a double; not at the desk, not by the services."""
    people.share_case(complaint=case, to=other, by=confidant)
    double = {"choice": "duplicate", "duplicate_of": second.reference}
    for name, given in (("link", {"other": second.reference}), ("close", double)):
        answer = post(desk, name, case, **given, **WHY)
        assert answer.status_code == 422
        assert "Deze twee zaken kun je niet aan elkaar verbinden" in text_of(answer)
    refused(moves.relate, complaint=case, other=second, by=confidant, **WHY)
    refused(close, case=case, by=confidant, outcome=Outcome.DUPLICATE, duplicate_of=second)
    assert not case.related.exists()
    assert (fresh(case).is_open, case.events.count()) == (True, 2)
    people.share_case(complaint=second, to=other, by=confidant)
    assert post(desk, "link", case, other=second.reference, **WHY).status_code == 302


@pytest.mark.parametrize("how", ["related", "duplicate"])
def test_one_who_reads_a_case_later_learns_of_no_other(desk, confidant, case, second, other, how):
    """Not by the line, not by its reason, not on paper, not by what changed meanwhile."""
    seen = case.event_count
    if how == "related":
        for act in (moves.relate, moves.unrelate):
            act(complaint=case, other=second, by=confidant, reason=f"Kanarie-{act.__name__}")
    else:
        close(case, confidant, Outcome.DUPLICATE, reason="Kanarie-4", duplicate_of=second)
    people.share_case(complaint=case, to=other, by=confidant)
    client = client_for(other)
    pages = [
        text_of(client.get(url("inspect", case))),
        words_of_pdf(client.get(url("dossier-pdf", case, notities=1)).content),
        text_of(post(client, "note", case, seen=seen, **WHY)),
    ]
    for page in pages:
        assert ("Gedeeld met nog iemand" if how == "related" else "Afgesloten: dubbel") in page
        for words in ("Verband", "verband", "Kanarie", second.reference):
            assert words not in page
    whole = text_of(desk.get(url("inspect", case)))
    assert whole.count("Kanarie") >= (2 if how == "related" else 1)
