"""A session ends in time, and the table of sessions opens nothing."""

import time

import pytest
import time_machine
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.brake import passkeys_asked
from accounts.factors import LOCKED
from accounts.sessions import SessionStore, stored
from complaints.cases import rights
from complaints.events import EventKind
from complaints.stages import Right
from tests.accounts.doors import address, code_of, enter_code, logged_in, type_password, with_app
from tests.desk import post, says, url
from tests.factories import make_complaint, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.every_database]

DESK = "/cms/complaints/complaint/"
QUIET = "/cms/login/middelen/"  # a page that costs little, behind the same gate
MINUTE = 60


@pytest.fixture
def confidant(site):
    return make_user("confidant")


def after(minutes: float):
    return time_machine.travel(time.time() + minutes * MINUTE, tick=False)


def test_a_copy_of_the_table_opens_nothing_and_tells_nothing(confidant):
    client, _app = logged_in(confidant)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    (row,) = Session.objects.all()
    assert key not in str(row.__dict__)
    for name in ("auth_user", "mfa", "account_", str(time.time())[:6]):
        assert name not in row.session_data
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.session_key
    assert thief.get("/cms/").status_code == 302
    assert SESSION_KEY not in SessionStore(row.session_key)


def test_a_store_makes_keeps_renews_and_ends_sessions():
    store = SessionStore()
    store["word"] = "één"
    store.create()
    store["word"] = "één"
    store.save()
    first = store.session_key
    assert SessionStore(first)["word"] == "één"
    assert store.exists(first)
    assert not store.exists(stored(first))
    store.cycle_key()
    store.save()
    assert store.session_key != first
    assert not store.exists(first)
    assert SessionStore(store.session_key)["word"] == "één"
    assert list(SessionStore(first).items()) == []
    Session.objects.update(session_data="onzin")
    assert list(SessionStore(store.session_key).items()) == []
    last = store.session_key
    store.flush()
    assert not store.exists(last)
    assert Session.objects.count() == 0


def test_logging_in_takes_a_new_key_and_logging_out_leaves_nothing(confidant):
    client = Client()
    app = with_app(confidant)
    type_password(client, confidant)
    before = client.cookies[settings.SESSION_COOKIE_NAME].value
    enter_code(client, code_of(app))
    inside = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert before != inside
    assert Session.objects.count() == 1
    left = client.post(reverse("wagtailadmin_logout"))
    assert left["Clear-Site-Data"] == '"cache", "storage"'
    assert Session.objects.count() == 0
    client.cookies[settings.SESSION_COOKIE_NAME] = inside
    assert client.get(DESK).status_code == 302


def test_who_asks_for_a_passkey_leaves_no_session_and_what_was_asked_is_answered_once(confidant):
    """Nor who answers with junk; what is to be signed the browser keeps itself."""
    client, ajax = Client(), {"accept": "application/json"}
    for _time in range(3):
        asked = client.get(address("mfa_login_webauthn"), headers=ajax)
        assert asked.json()["request_options"]["publicKey"]["challenge"]
    cookie = asked.cookies["passkey"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")
    seen = []

    def answer(minutes: float = 0):
        client.cookies["passkey"] = cookie.value
        with pytest.MonkeyPatch.context() as patch, after(minutes):
            patch.setattr(LoginWebAuthnView, "post", keep, raising=False)
            client.post(address("mfa_login_webauthn"), {"credential": "{}"})

    def keep(_view, request):
        seen.append(bool(request.session.get(auth.STATE_SESSION_KEY)))
        return HttpResponse()

    answer(minutes=6)
    passkeys_asked._while = -1  # as after those minutes
    answer()
    answer()
    assert seen == [False, True, False]
    for odd in ("{}", f"x{cookie.value}", "é"):
        client.cookies["passkey"] = odd
        client.post(address("mfa_login_webauthn"), {"credential": "{}"})
    assert Session.objects.count() == 0


def test_it_ends_after_half_an_hour_of_nothing_and_after_ten_hours_of_anything(confidant):
    """What the editor sends by itself is nothing."""
    client, _app = logged_in(confidant)
    begun = time.time()
    with time_machine.travel(begun, tick=False) as clock:
        for minutes in range(25, 10 * 60, 25):
            clock.move_to(begun + minutes * MINUTE)
            assert client.get(QUIET).status_code == 200, minutes
        clock.move_to(begun + 600 * MINUTE + 1)
        assert client.get(QUIET).status_code == 302
        call_command("clearsessions")
        assert Session.objects.count() == 0
    other, _app = logged_in(make_user("deputy"))
    with after(20):
        other.post(reverse("wagtailadmin_editing_sessions:release", args=[1]))
        other.post("/cms/pages/2/edit/", headers={"accept": "application/json"})
    with after(31):
        assert other.get(QUIET).status_code == 302


def test_when_somebody_was_there_is_written_once_a_minute_at_most(confidant):
    client, _app = logged_in(confidant)
    for minutes, count in ((0.5, 0), (2, 1), (2.5, 0)):
        with after(minutes), CaptureQueriesContext(connection) as asked:
            client.get(QUIET)
        written = [each for each in asked if each["sql"].startswith('UPDATE "django_session"')]
        assert len(written) == count, minutes


def test_the_desk_asks_who_is_there_after_a_quarter_of_an_hour_and_loses_no_text(confidant):
    case = make_complaint()
    client, app = logged_in(confidant)
    with after(14):
        assert client.get(DESK).status_code == 200
    with after(30):
        sent = post(client, "note", case, reason="Lang over geschreven.")
        assert sent.status_code == 302
        assert case.events.count() == 2
        for page in (sent.url, DESK, url("inspect", case)):
            assert client.get(page).url.startswith(address("mfa_reauthenticate"))
        assert client.get(QUIET).status_code == 200  # no case is read there
        assert client.get(DESK, headers={"accept": "application/json"}).status_code == 302
        assert client.post(f"{DESK}export/", {"format": "csv"}).status_code == 302
        asked = client.get(DESK).url
        client.post(asked, {"code": "1"})
        assert client.session[LOCKED]
        answer = client.post(asked, {"code": code_of(app)})
        assert answer.url == DESK
        assert client.get(DESK).status_code == 200


def test_a_post_to_a_locked_desk_reads_nothing_and_gives_the_text_back(confidant):
    suspect, case = make_complaint(is_suspect=True), make_complaint()
    rights.ask_right(complaint=case, right=Right.ACCESS, text="Wat hebben jullie?")
    case.refresh_from_db()
    client, _app = logged_in(confidant)
    here = {"headers": {"origin": "http://testserver"}}
    typed = {"reason": "Lang over geschreven.", "seen": case.event_count}
    with after(20):
        assert client.post(f"{DESK}geen-klacht/", {}).url == f"{DESK}geen-klacht/"
        sure = {"cases": [suspect.pk], "reason": "spam"}
        assert client.post(f"{DESK}geen-klacht/", sure, **here).status_code == 302
        for name, more in (
            ("code", {}),
            ("extend", {}),
            ("reach", {"look": "1"}),
            ("decide", {"choice": "show", "look": "1"}),
            ("note", {"seen": "0"}),
        ):
            answer = client.post(url(name, case), typed | more, **here)
            text = says(answer, "Er is niets verstuurd", typed["reason"], status=403)
            for word in ("Noor", "noor@", "Wat hebben jullie", case.reference):
                assert word not in text, name
    assert not case.events.filter(kind=EventKind.CODE_REPLACED).exists()


def test_whoever_is_taken_out_of_the_handlers_is_logged_out_and_nobody_else(confidant):
    client, _app = logged_in(confidant)
    other, _app = logged_in(make_user("deputy"))
    confidant.groups.clear()
    assert SESSION_KEY not in client.session
    assert client.get(DESK).url.startswith("/cms/login/")
    assert other.get(DESK).status_code == 200
