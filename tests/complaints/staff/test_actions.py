"""The actions by their addresses: what each takes, refuses, gives back and stores."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from complaints.cases import moves
from complaints.questions import MAX_CHARACTERS
from complaints.stages import ENDINGS, Outcome, Stage
from tests.desk import reads, says, text_of, url
from tests.factories import case_in, close, make_complaint, move
from tests.services import fresh, open_history

pytestmark = pytest.mark.django_db


GIVEN = {
    "finding": "De afspraken vielen uit.",
    "decisions": "Een andere coach.",
    "measures": "geen",
    "explanation": "Dit gaat niet over coaching.",
    "elsewhere": "Bij de huisarts.",
    "ruled_on": "2026-03-01",
}


CHOICES = {"move": "mediation", "close": "withdrawn"}


def post(desk, case, name, **data):
    """As somebody who saw the case as it was when the test began with it."""
    return desk.post(url(name, case), {"seen": case.event_count, "reason": "Omdat."} | data)


def test_an_action_is_stored_with_its_reason(desk, confidant):
    for name in ("contact", "note"):
        case = make_complaint()
        answer = post(desk, case, name, reason="Gebeld om tien uur.")
        assert (answer.status_code, answer.url) == (302, url("inspect", case))
        last = open_history(case)[-1]
        assert last.content == {"reason": "Gebeld om tien uur."}, name
        assert last.event.actor == confidant


@pytest.mark.parametrize("outcome", ENDINGS)
def test_r02_closing_without_what_the_outcome_needs_keeps_what_was_typed(desk, confidant, outcome):
    case = case_in(next(stage for stage in Stage if outcome in stage.outcomes), confidant)
    for missing in outcome.needs:
        given = {n: GIVEN.get(n, "KM-0000-0000") for n in outcome.needs if n != missing}
        answer = post(desk, case, "close", choice=outcome.value, reason="Mijn reden 5521", **given)
        page = answer.content.decode()
        assert answer.status_code == 422, missing
        assert f'href="#id_{missing}"' in page
        assert f'id="id_{missing}_error"' in page
        tied = rf'name="{missing}"[^>]*aria-describedby="[^"]*\bid_{missing}_error\b'
        assert re.search(tied, page), missing
        assert "Mijn reden 5521" in page
        assert all(value in page for value in given.values()), missing
        assert "<title>Fout: " in re.sub(r"<title>\s+", "<title>", page)
    assert fresh(case).is_open


def test_a_reason_to_mend_is_a_422_and_a_damaged_form_too_or_a_409(desk):
    case = make_complaint()
    for name in ("contact", "note", "move", "close"):
        for reason in ("", "   ", "x" * (MAX_CHARACTERS + 1), "nul\x00"):
            answer = post(desk, case, name, choice=CHOICES.get(name, ""), reason=reason)
            assert answer.status_code == 422, (name, reason[:9])
    for seen in ("", "x", "-1", "9" * 400, "1.5"):
        assert post(desk, case, "note", seen=seen).status_code in (409, 422), seen[:9]
    assert fresh(case).event_count == 1


def test_r61_messages_say_how_to_mend_it_and_a_ruling_is_not_in_the_future(desk, confidant):
    case = move(make_complaint(), Stage.COMMITTEE, confidant)
    page = desk.get(url("close", case, choice="ruled")).content.decode()
    assert 'type="date"' in page
    assert "date_time_chooser" not in page
    given = {"choice": "ruled"} | {name: GIVEN[name] for name in Outcome.RULED.needs}
    answer = post(desk, case, "close", **(given | {"reason": "", "ruled_on": "31 foo"}))
    read = text_of(answer).lower()
    assert "schrijf de datum als dag-maand-jaar" in read
    for word in ("ongeldig", "geldige", "sorry", "oeps", "verplicht"):
        assert word not in read
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert post(desk, case, "close", **(given | {"ruled_on": tomorrow})).status_code == 422
    assert post(desk, case, "close", **given).status_code == 302
    assert open_history(case)[-1].content["ruled_on"] == date(2026, 3, 1).isoformat()
    reads(desk, "inspect", case, "1 maart 2026")


def test_an_action_without_a_choice_asks_for_one_and_an_unknown_choice_is_not_there(desk):
    case = make_complaint()
    reads(desk, "close", case, "Afsluiten: niet ontvankelijk")
    assert post(desk, case, "close").status_code == 422
    for name in ("move", "close"):
        assert desk.get(url(name, case, choice="nonsense")).status_code == 404, name
        assert post(desk, case, name, choice="nonsense").status_code == 404, name


def test_a_closed_case_takes_no_action_gives_back_what_was_typed_and_is_reopened(desk, confidant):
    case = close(make_complaint(), confidant)
    for name in ("contact", "waiting", "move", "close"):
        choice = CHOICES.get(name, "")
        assert desk.get(url(name, case, choice=choice)).status_code == 409, name
        answer = post(desk, case, name, choice=choice, reason="Mijn lange tekst 5521")
        says(answer, "De zaak is afgesloten: ingetrokken.", "Mijn lange tekst 5521", status=409)
        assert url("inspect", case) in answer.content.decode(), name
    assert desk.get(url("reopen", case)).status_code == 200
    assert post(desk, case, "reopen").status_code == 302
    assert fresh(case).is_open
    assert desk.get(url("reopen", case)).status_code == 409


def test_a_case_that_changed_meanwhile_is_not_overwritten(desk, confidant):
    case = make_complaint()
    moves.add_note(complaint=case, by=confidant, reason="Geheim van een ander.")
    answer = post(desk, case, "move", choice="mediation", reason="Mijn lange tekst 5521")
    said = ("Er is intussen iets gebeurd in deze zaak", "Notitie", "Mijn lange tekst 5521")
    says(answer, *said, status=409)
    now = fresh(case)
    assert (now.stage, now.event_count) == (Stage.FILING, 2)
    again = re.search(r'name="seen" value="(\d+)"', answer.content.decode()).group(1)
    assert post(desk, case, "move", choice="mediation", seen=again).status_code == 302
