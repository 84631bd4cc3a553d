"""R-38: a receipt code that one of us gave does not let them read along once they may not."""

import re
import secrets
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from complaints.cases import filing, people, requests
from complaints.events import EventKind
from complaints.stages import Route, Source
from complaints.vault.codes import code_from_nonce
from tests.follow import FOLLOW, entered, filed, opens, text_of
from tests.services import refused
from tests.threads import at_once

pytestmark = pytest.mark.django_db

KNOWN = "Je volgcode kreeg je van iemand die je klacht nu niet mag lezen."


def register(by, route):
    """Registers a letter; returns the case and the code that was on their screen."""
    nonce = secrets.token_bytes(32)
    case = filing.register_complaint(
        by=by,
        nonce=nonce,
        source=Source.LETTER,
        received_on=timezone.localdate(),
        problem="Mijn coach kwam niet.",
        route=route,
    )
    return SimpleNamespace(case=case, code=code_from_nonce(nonce))


@pytest.fixture
def registered(site, staff):
    return register(staff.confidant, Route.CONFIDANT)


def code_on(page) -> str:
    found = re.search(r'class="code"[^>]*>([^<]+)<', page.content.decode())
    return found[1] if found else ""


def ask_deputy(client: Client):
    return client.post(FOLLOW, {"action": "plaatsvervanger", "message": "Zij kent mijn coach."})


class TestAskingForTheDeputy:
    def test_a_code_that_staff_gave_is_replaced_and_the_new_one_shown_once(self, registered, staff):
        theirs, me = entered(registered.code), entered(registered.code)
        page = ask_deputy(me)
        assert page.status_code == 200
        new = code_on(page)
        assert opens(new)
        assert not opens(registered.code)
        again = me.get(FOLLOW)
        assert registered.case.reference in text_of(again), "they are still inside"
        assert "Zij kent mijn coach." in text_of(again)
        assert not code_on(again)
        assert registered.case.reference in text_of(entered(new).get(FOLLOW))
        still_open = text_of(theirs.get(FOLLOW))
        assert registered.case.reference not in still_open, "whoever gave it is out"
        kinds = list(registered.case.events.values_list("kind", "actor_label"))
        assert kinds[-2:] == [
            (EventKind.ASKED_DEPUTY, "complainant"),
            (EventKind.CODE_REPLACED, "complainant"),
        ]
        case, _code = filed()
        given = requests.give_new_code(complaint=case, by=staff.confidant, reason="Belde ons.")
        assert code_on(ask_deputy(entered(given))), "so is one that was given at the desk"
        assert not opens(given)

    def test_one_that_only_the_complainant_knows_stays(self, site, staff, registered):
        """From filing, or because they took it themselves since."""
        case, code = filed()
        taken = requests.take_new_code(complaint=registered.case).code
        for each in (code, taken):
            assert not code_on(ask_deputy(entered(each)))
            assert opens(each)
        assert not case.events.filter(kind=EventKind.CODE_REPLACED).exists()


class TestSteppingBack:
    def test_the_complainant_is_told_to_take_a_new_code_and_how(self, registered, staff):
        me = entered(registered.code)
        assert KNOWN not in text_of(me.get(FOLLOW))
        people.declare_conflict(complaint=registered.case, by=staff.confidant)
        page = me.get(FOLLOW)
        assert KNOWN in text_of(page)
        assert "Confidant Test" not in text_of(page)
        assert "?doe=volgcode" in page.content.decode()
        asked = me.get(f"{FOLLOW}?doe=volgcode")
        assert "De code die je van ons kreeg werkt dan niet meer." in text_of(asked)
        assert "<textarea" not in asked.content.decode()
        page = me.post(FOLLOW, {"action": "volgcode"})
        assert opens(code_on(page))
        assert not opens(registered.code)
        again = me.get(FOLLOW)
        assert registered.case.reference in text_of(again)
        assert KNOWN not in text_of(again)
        assert me.post(FOLLOW, {"action": "volgcode"}).status_code == 409

    def test_it_is_said_only_where_the_code_came_from_somebody_who_may_not_read_it_now(
        self, registered, staff, other
    ):
        people.share_case(complaint=registered.case, to=other, by=staff.confidant)
        people.declare_conflict(complaint=registered.case, by=other)
        assert KNOWN not in text_of(entered(registered.code).get(FOLLOW))
        case, code = filed()
        people.declare_conflict(complaint=case, by=staff.confidant)
        page = entered(code).get(FOLLOW)
        assert KNOWN not in text_of(page), "nobody of us saw it"
        assert "?doe=volgcode" not in page.content.decode()
        refused(requests.take_new_code, complaint=case)
        for_deputy = register(staff.confidant, Route.DEPUTY)
        assert KNOWN in text_of(entered(for_deputy.code).get(FOLLOW)), "they wrote it down"
        type(staff.confidant).objects.filter(pk=staff.confidant.pk).update(is_active=False)
        assert KNOWN in text_of(entered(registered.code).get(FOLLOW)), "they left"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("button", ["volgcode", "plaatsvervanger"])
def test_pressed_twice_both_answers_show_the_one_new_code(site, staff, button):
    """A browser shows the last answer: at once, or the second after the first was done."""
    for ask in (at_once_twice, one_after_the_other):
        case, _code = filed()
        given = requests.give_new_code(complaint=case, by=staff.confidant, reason="Belde ons.")
        me = entered(given)
        page = me.get(FOLLOW, {"doe": button}).content.decode()
        data = {"action": button, "minted": re.search(r'name="minted" value="([^"]+)"', page)[1]}
        answers = ask(me.cookies, data)
        (new,) = {code_on(answer) for answer in answers}
        assert opens(new)
        assert not opens(given)
        assert case.events.filter(kind=EventKind.CODE_REPLACED).count() == 2
        for answer in answers:
            me.cookies = answer.client.cookies
            assert case.reference in text_of(me.get(FOLLOW)), "they are still inside"
    stranger = entered(filed()[1])
    assert not code_on(stranger.post(FOLLOW, data))


def pressed(cookies, data):
    client = Client()
    client.cookies.load({name: morsel.value for name, morsel in cookies.items()})
    return client.post(FOLLOW, data)


def at_once_twice(cookies, data):
    return at_once(2, lambda: pressed(cookies, data))


def one_after_the_other(cookies, data):
    return [pressed(cookies, data) for _time in range(2)]
