"""Two people act on one case at the same moment: nothing is overwritten, whoever is second hears.

Each has a database connection of their own. Whoever is about to write first is held up until the
other had time to come as far: where a lock is missing both go on, every time this runs.
"""

import inspect
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from html import unescape

import pytest
from django.db import connections

from complaints.cases import conversation, due_dates, moves, people, records, requests, rights
from complaints.cases.case import NotAllowed, is_intact
from complaints.models.case import Event
from complaints.stages import CoachTold, Outcome, Right, Stage
from complaints.vault.codes import new_code
from tests.desk import client_for, url
from tests.factories import make_complaint, make_user

pytestmark = pytest.mark.django_db(transaction=True)

HELD_UP = 0.7  # seconds; too short on a slow machine it notices less, and never fails wrongly
WHY = "Zo is het."


@pytest.fixture
def case(site, staff, other):
    """Of the confidant by their role, and of the other as its handler."""
    return people.assign_case(complaint=make_complaint(), to=other, by=staff.confidant)


@pytest.fixture
def held_up(case, monkeypatch):
    """The first to write an event waits for the other to come there too, and then no longer."""
    both, save = threading.Barrier(2), Event.save

    def save_together(self, *args, **kwargs):
        with suppress(threading.BrokenBarrierError):
            both.wait(timeout=HELD_UP)
        save(self, *args, **kwargs)

    return lambda: monkeypatch.setattr(Event, "save", save_together)


def at_once(*acts) -> list:
    """What each gave, or the exception that it raised; all begin at the same moment."""
    start = threading.Barrier(len(acts))

    def run(act):
        try:
            start.wait(timeout=30)
            return act()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


# At the desk: both opened the same page of the case.

CLOSED = dict.fromkeys(("finding", "decisions", "measures"), WHY)
POSTS = {
    "note": {},
    "message": {},
    "contact": {},
    "move": {"choice": "mediation"},
    "close": {"choice": "solved"} | CLOSED,
}


@pytest.mark.parametrize(
    "pair", ["note note", "note message", "contact close", "move close", "close close", "move move"]
)
def test_at_the_desk_one_wins_and_the_other_is_told(pair, case, staff, other, held_up):
    one, another = pair.split()
    before = case.event_count
    posts = [post(staff.confidant, case, one, "Eerste"), post(other, case, another, "Tweede")]
    held_up()
    found = at_once(*posts)
    assert sorted(answer.status_code for answer in found) == [302, 409]
    winner = next(n for n, answer in enumerate(found) if answer.status_code == 302)
    lost = unescape(found[1 - winner].content.decode())
    assert ("Eerste", "Tweede")[1 - winner] + " woord." in lost
    assert "Er is niets opgeslagen" in lost or "Er is nog niets opgeslagen" in lost
    case.refresh_from_db()
    (event,) = case.events.filter(number__gt=before)
    assert event.actor == (staff.confidant, other)[winner]
    assert event.words_for_staff in lost[lost.index("Nieuw sinds je begon") :]
    assert case.event_count == before + 1
    assert is_intact(case)


def post(user, case, name, word):
    """A post of that action, ready to be made, by somebody who opened the form just now."""
    client = client_for(user)
    data = POSTS[name] | {"seen": case.event_count, "reason": f"{word} woord."}
    return partial(client.post, url(name, case), data)


# Each with what it is given beside the case, who acts, and why.
SERVICES = {
    "close": (moves.close_complaint, {"outcome": Outcome.SOLVED, **CLOSED}),
    "move": (moves.move_complaint, {"to": Stage.MEDIATION}),
    "note": (moves.add_note, {}),
    "withdraw": (requests.withdraw_complaint, {}),
    "write": (conversation.write_to_handler, {"code": new_code()}),
    "answer": (conversation.write_to_complainant, {}),
    "take over": (people.assign_case, {}),
    "share": (people.share_case, {}),
    "pause": (due_dates.pause_clock, {}),
    "tell coach": (records.record_coach_told, {"answer": CoachTold.NO_COACH}),
    "unrelate": (moves.unrelate, {}),
    "refuse erasing": (rights.decide_right, {"right": Right.ERASURE, "is_granted": False}),
}
ONCE = ("close", "move", "share", "take over", "pause", "tell coach", "unrelate", "refuse erasing")


@pytest.mark.parametrize(
    ("first", "second", "who_may"),
    [
        *((name, name, 1) for name in ONCE),
        ("close", "withdraw", 1),
        ("note", "write", 2),
        ("answer", "write", 2),
    ],
)
def test_in_the_services_the_second_finds_what_one_left(
    first, second, who_may, case, staff, held_up
):
    other = make_complaint()
    moves.relate(complaint=other, other=case, by=staff.confidant, reason=WHY)
    rights.ask_right(complaint=case, right=Right.ERASURE)
    to = make_user("handler", username="meelezer") if first == "share" else staff.confidant
    case.refresh_from_db()
    before = case.event_count
    common = {"complaint": case, "by": staff.confidant, "reason": WHY, "text": WHY}
    common |= {"to": to, "other": other}
    acts = []
    for service, given in (SERVICES[first], SERVICES[second]):
        asked = inspect.signature(service).parameters
        theirs = {name: value for name, value in common.items() if name in asked}
        acts.append(partial(service, **theirs | given))
    held_up()
    found = at_once(*acts)
    refused = [each for each in found if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [NotAllowed] * (2 - who_may)
    case.refresh_from_db()
    assert case.event_count == before + who_may
    assert case.events.count() == case.event_count
    assert is_intact(case)
