"""A stage entered by mistake is put back as a correction that the complainant reads."""

import pytest

from complaints.cases import moves, records, requests, rules
from complaints.cases.case import is_intact
from complaints.stages import Party, Stage
from tests.desk import client_for, post, reads, says, url
from tests.factories import advise, close, coach_told, make_complaint, move
from tests.follow import entered, filed, read
from tests.services import fresh, refused, send_all

pytestmark = pytest.mark.django_db

WHY = "Ik klikte op de verkeerde knop."


def back(case, by):
    return moves.put_back(complaint=case, by=by, reason=WHY)


def test_the_case_and_both_pages_are_as_before_and_a_second_mail_goes(site, confidant):
    case, code = filed()
    requests.ask_for_committee(complaint=case)
    move(case, Stage.MEDIATION, confidant)
    send_all()
    desk = client_for(confidant)
    form = reads(desk, "put-back", case, "Fase terugzetten", "Wat ging er mis?", "fout van ons")
    assert "in fase 1 van 3" in desk.get(url("put-back", case)).content.decode(), form
    says(desk.post(url("put-back", case), {"seen": 3}), "Leg aan de klager uit", status=422)
    assert post(desk, "put-back", case, reason=WHY).status_code == 302
    now = fresh(case)
    assert (now.stage, now.waiting_on) == (Stage.FILING, Party.HANDLER)
    assert is_intact(now)
    assert rules.visited(case.events.all()) <= {"", Stage.FILING.value}
    assert rules.why_not_ask_committee(now).reason == "asked before"  # that still stands
    (sent,) = send_all()
    assert "Je zaak staat weer in de fase van eerst." in sent.body
    assert "in fase 1 van 3" in sent.body
    for word in ("Je klacht staat weer in fase 1: Ingediend.", WHY):
        assert word in read(entered(code))
    reads(desk, "inspect", case, "Teruggezet van Bemiddeling naar Ingediend", WHY)


def test_only_the_last_move_and_only_while_nothing_rests_on_it(desk, confidant):
    def refuses(case, words=""):
        refused(moves.put_back, complaint=case, by=confidant, reason=WHY)
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
    moves.reopen_complaint(complaint=case, by=confidant, reason=WHY)
    refuses(case)
    says(desk.get(url("put-back", case)), "Dit kan nu niet.", status=409)
    twice = make_complaint()
    for to in (Stage.MEDIATION, Stage.COMMITTEE):
        move(twice, to, confidant)
    assert back(twice, confidant).current_stage is Stage.MEDIATION
    assert back(twice, confidant).current_stage is Stage.FILING
    refuses(twice)
