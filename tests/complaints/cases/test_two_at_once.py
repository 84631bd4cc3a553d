"""Two people act on one case at the same moment: nothing is overwritten, whoever is second hears.

Each has a database connection of their own. Whoever is about to write first is held up until the
other had time to come as far: where a lock is missing both go on, every time this runs.
"""

import threading
from contextlib import suppress
from functools import partial
from html import unescape

import pytest
from django.db import connections
from django.urls import reverse

from complaints.cases import conversation, due_dates, moves, people, records, requests, rights
from complaints.cases.case import NotAllowed, is_intact
from complaints.models.case import Event
from complaints.stages import CoachTold, Outcome, Right, Stage
from complaints.vault.codes import new_code
from tests.desk import NAME, client_for
from tests.factories import make_complaint, make_user

pytestmark = pytest.mark.django_db(transaction=True)

HELD_UP = 0.7  # seconds; too short on a slow machine it notices less, and never fails wrongly
WHY = "Zo is het."


@pytest.fixture
def other(site, staff):
    return make_user("handler", username="ander")


@pytest.fixture
def case(other, staff):
    """Of the confidant by their role, and of the other as its handler."""
    made = make_complaint()
    people.assign_case(complaint=made, to=other, by=staff.confidant)
    made.refresh_from_db()
    return made


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
    start, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(number, act):
        try:
            start.wait(timeout=30)
            found[number] = act()
        except Exception as error:
            found[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return found


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
    ("one", "another"),
    [
        ("note", "note"),
        ("note", "message"),
        ("contact", "close"),
        ("move", "close"),
        ("close", "close"),
        ("move", "move"),
    ],
)
def test_at_the_desk_one_wins_and_the_other_is_told(one, another, case, staff, other, held_up):
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
    return partial(client.post, reverse(NAME + name, args=[case.pk]), data)


# In the services, which commands, the clock and the complainant call too, without the desk's lock.


def close(case, by, _other):
    said = CLOSED | {"reason": WHY}
    return moves.close_complaint(complaint=case, outcome=Outcome.SOLVED, by=by, **said)


def move(case, by, _other):
    return moves.move_complaint(complaint=case, to=Stage.MEDIATION, by=by, reason=WHY)


def note(case, by, _other):
    return moves.add_note(complaint=case, by=by, note=WHY)


def withdraw(case, _by, _other):
    return requests.withdraw_complaint(complaint=case)


def write(case, _by, _other):
    return conversation.write_to_handler(complaint=case, text=WHY, code=new_code())


def answer(case, by, _other):
    return conversation.write_to_complainant(complaint=case, text=WHY, by=by)


def take_over(case, by, _other):
    return people.assign_case(complaint=case, to=by, by=by)


def share(case, by, _other):
    reader = type(by).objects.get(username="meelezer")
    return people.share_case(complaint=case, to=reader, by=by)


def pause(case, by, _other):
    return due_dates.pause_clock(complaint=case, by=by, explanation=WHY)


def tell_coach(case, by, _other):
    given = {"answer": CoachTold.NO_COACH, "note": WHY}
    return records.record_coach_told(complaint=case, by=by, **given)


def unrelate(case, by, other):
    return moves.unrelate(complaint=case, other=other, by=by, reason=WHY)


def refuse_erasing(case, by, _other):
    given = {"right": Right.ERASURE, "is_granted": False, "reason": WHY}
    return rights.decide_right(complaint=case, by=by, **given)


ONE, BOTH = 1, 2


@pytest.mark.parametrize(
    ("first", "second", "who_may"),
    [
        (close, close, ONE),
        (close, withdraw, ONE),
        (move, move, ONE),
        (share, share, ONE),
        (take_over, take_over, ONE),
        (pause, pause, ONE),
        (tell_coach, tell_coach, ONE),
        (unrelate, unrelate, ONE),
        (refuse_erasing, refuse_erasing, ONE),
        (note, write, BOTH),
        (answer, write, BOTH),
    ],
)
def test_in_the_services_the_second_acts_on_what_the_first_left(
    first, second, who_may, case, staff, held_up
):
    related = make_complaint()
    moves.relate(complaint=related, other=case, by=staff.confidant, reason=WHY)
    rights.ask_right(complaint=case, right=Right.ERASURE)
    make_user("handler", username="meelezer")
    case.refresh_from_db()
    before = case.event_count
    held_up()
    found = at_once(*(partial(act, case, staff.confidant, related) for act in (first, second)))
    refused = [each for each in found if isinstance(each, Exception)]
    assert [type(each) for each in refused] == [NotAllowed] * (2 - who_may)
    case.refresh_from_db()
    assert case.event_count == before + who_may
    assert case.events.count() == case.event_count
    assert is_intact(case)
