"""R-38: with whom a case is only shared reads, writes and talks, and decides nothing of it.

A table over every action of the desk in every state of a case. Wherever it says no, whoever is in
charge of that very case is let in: so it is the sharing that says no, not the procedure.
"""

import re

import pytest

from complaints.cases import people
from complaints.models.case import Complaint
from complaints.staff.actions import ACTIONS
from tests.cases import OPEN, STATES, address_of, every_way, make_case_in
from tests.desk import client_for, url
from tests.factories import make_user
from tests.services import fresh

pytestmark = pytest.mark.django_db

# In which states somebody with whom a case is shared may do it. A new action without an entry
# here fails `test_every_action_is_in_the_table`.
MAY = {
    **dict.fromkeys(("message", "note", "conflict"), STATES),
    **dict.fromkeys(("contact", "waiting", "tick"), OPEN),
    **dict.fromkeys(("check", "assess", "agree", "acknowledge", "coach-told", "link"), ()),
    **dict.fromkeys(("advise", "advice-answer", "rule", "comply", "move", "extend", "pause"), ()),
    **dict.fromkeys(("resume", "close", "reopen", "decide", "code", "takeover", "unlink"), ()),
    **dict.fromkeys(("assign", "share", "unshare", "reach", "put-back", "no-complaint"), ()),
    **dict.fromkeys(("consent", "show-coach", "hold", "release"), ()),
}


@pytest.fixture
def reader():
    """Handles complaints, and has no part in these but that they are shared with them."""
    return make_user("handler", username="meelezer")


@pytest.fixture
def cases(staff, confidant, other, reader) -> dict[str, Complaint]:
    """One in each state, of another handler than the confidant."""
    people = {"by": confidant, "handler": other, "reader": reader}
    return {state: make_case_in(state, **people) for state in STATES}


def answers(user, case) -> dict[str, tuple[int, int]]:
    """What GET, and POST of nothing, answer at each action in each of its choices."""
    client, found = client_for(user), {}
    for action, choice in every_way():
        address = address_of(case, action, choice)
        data = {"choice": choice.value} if choice is not None else {}
        found[address] = (client.get(address).status_code, client.post(address, data).status_code)
    return found


def as_the_table_says(case, state: str) -> dict[str, tuple[int, int]]:
    return {
        address_of(case, action, choice): (200, 422) if state in MAY[action.name] else (409, 409)
        for action, choice in every_way()
    }


def test_every_action_is_in_the_table():
    assert set(MAY) == {action.name for action in ACTIONS}


@pytest.mark.any_database
def test_r38_with_whom_a_case_is_shared(cases, reader):
    for state, case in cases.items():
        assert answers(reader, case) == as_the_table_says(case, state), state
        assert fresh(case).event_count == case.event_count, state


@pytest.mark.any_database
def test_who_is_in_charge_may_do_each_of_these_in_one_of_these_cases(cases, confidant, other):
    """Otherwise the table would say no where nobody may, and would notice nothing."""
    for user in (confidant, other):
        client = client_for(user)
        shut = set(every_way())
        for case in cases.values():
            shut -= {way for way in shut if client.get(address_of(case, *way)).status_code == 200}
        only_by_role = {"takeover"} if user == other else set()
        assert {action.name for action, _choice in shut} == only_by_role


def test_the_case_file_offers_them_just_that(cases, reader):
    names = "|".join(re.escape(action.name) for action in ACTIONS)
    for state, case in cases.items():
        page = client_for(reader).get(url("inspect", case)).content.decode()
        offered = set(re.findall(rf"/complaint/({names})/{case.pk}/", page))
        assert offered == {name for name, states in MAY.items() if state in states}, state


@pytest.mark.any_database
def test_when_the_sharing_stops_there_is_nothing_left(cases, confidant, reader):
    case = cases["committee"]
    people.stop_sharing(complaint=case, user=reader, by=confidant)
    found = answers(reader, case)
    assert {each: said for each, said in found.items() if said != (404, 404)} == {}
