"""R-38: with whom a case is only shared reads, writes and talks, and decides nothing of it.

A table over every action of the desk in every state of a case. Wherever it says no, whoever is in
charge of that very case is let in: so it is the sharing that says no, not the procedure.
"""

import re

import pytest

from complaints.cases import people
from complaints.staff.actions import ACTIONS
from complaints.staff.permissions import case_or_404
from tests.cases import OPEN, STATES, address_of, every_way, make_case_in
from tests.desk import client_for, url
from tests.factories import make_user
from tests.services import fresh

pytestmark = pytest.mark.django_db

# In which states somebody with whom a case is shared may do it; any other action in none.
MAY = {
    **dict.fromkeys(("message", "note", "conflict"), STATES),
    **dict.fromkeys(("contact", "waiting", "tick"), OPEN),
}


def allowed(user, case) -> set[tuple]:
    """Every action that the desk lets this person do, in each of its choices."""
    seen = case_or_404(user, case.pk)
    return {way for way in every_way() if way[0].is_allowed(user, seen, way[1])}


def answers(user, case) -> dict[str, tuple[int, int]]:
    """What GET, and POST of nothing, answer at each action, in the first of its choices."""
    client, found = client_for(user), {}
    for action, choice in reversed([*every_way()]):
        data = {"choice": choice.value} if choice is not None else {}
        address = address_of(case, action, choice)
        found[action.name] = (
            client.get(address).status_code,
            client.post(address, data).status_code,
        )
    return found


@pytest.mark.any_database
def test_r38_with_whom_a_case_is_shared_until_that_stops(staff, confidant, other):
    """Whoever is in charge may do each of the rest in one of these cases, of another handler."""
    reader = make_user("handler", username="meelezer")  # with no other part in these
    people_of = {"by": confidant, "handler": other, "reader": reader}
    cases = {state: make_case_in(state, **people_of) for state in STATES}
    names = "|".join(re.escape(action.name) for action in ACTIONS)
    in_charge = {user: set() for user in (other, confidant)}
    for state, case in cases.items():
        theirs = {way for way in every_way() if state in MAY.get(way[0].name, ())}
        assert allowed(reader, case) == theirs, state
        page = client_for(reader).get(url("inspect", case)).content.decode()
        offered = set(re.findall(rf"/complaint/({names})/{case.pk}/", page))
        assert offered == {name for name, states in MAY.items() if state in states}, state
        for user, ways in in_charge.items():
            ways |= allowed(user, case)
    shut = {user: {*every_way()} - ways for user, ways in in_charge.items()}
    assert [action.name for action, _choice in shut[other]] == ["takeover"]
    assert shut[confidant] == set()

    case = cases["committee"]
    told = {each.name: (200, 422) if each.name in MAY else (409, 409) for each in ACTIONS}
    assert answers(reader, case) == told
    assert fresh(case).event_count == case.event_count
    people.stop_sharing(complaint=case, user=reader, by=confidant)
    assert set(answers(reader, case).values()) == {(404, 404)}
