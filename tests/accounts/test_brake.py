"""Nobody guesses a password at leisure, and its owner gets in meanwhile."""

from threading import Event, Thread

import pytest
from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core.cache import cache
from django.test import Client
from django.utils.module_loading import import_string

from accounts import brake
from accounts.adapters import AccountAdapter
from config.settings import base
from tests.accounts.doors import address, code_of, is_in, type_password, with_app
from tests.desk import says
from tests.factories import make_user

pytestmark = pytest.mark.django_db

BRAKED = "te vaak geprobeerd in te loggen"


@pytest.fixture
def hashed(monkeypatch):
    """How many passwords were hashed, each of which takes a core and 100 MB in production."""
    seen = []
    encode = MD5PasswordHasher.encode

    def counting(self, password, salt):
        seen.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counting)
    return seen


def guess(username, password, network):
    given = {"login": username, "password": password}
    return Client(REMOTE_ADDR=network).post("/cms/login/", given)


def test_of_many_guesses_few_are_looked_at_and_others_log_in_meanwhile(site, hashed):
    """Ten at one account from anywhere; thirty at many accounts from one network."""
    make_user("confidant")
    hashed.clear()
    for number in range(40):
        answer = guess(("confidant", "Confidant ")[number % 2], f"{number}", f"10.0.{number}.1")
    says(answer, BRAKED)
    assert len(hashed) <= 10
    says(guess("confidant", "test", "10.1.1.1"), BRAKED)  # so that a hit tells nothing
    hashed.clear()
    for number in range(60):
        guess(f"naam{number}", "x", f"10.0.0.{number}")
    assert len(hashed) <= 30
    held = str(cache._cache)
    assert "10.0.0" not in held
    assert "naam" not in held
    make_user("editor")
    for network in ("127.0.0.1", ""):  # the last is a socket without an address
        assert guess("editor", "test", network).url == "/cms/"


def test_a_code_is_no_easier_to_guess(site):
    user = make_user("confidant")
    app, client = with_app(user), Client()
    type_password(client, user)
    for number in range(11):
        answer = client.post(address("mfa_authenticate"), {"code": f"{number:06}"})
    says(answer, BRAKED)
    client.post(address("mfa_authenticate"), {"code": code_of(app)})
    assert not is_in(client)


def test_few_passwords_are_hashed_at_once_and_the_rest_may_try_again(site, hashed, monkeypatch):
    user, known = make_user("editor"), Client()
    type_password(known, user)
    known.post(address("account_logout"))
    monkeypatch.setattr("accounts.adapters.PATIENCE_SECONDS", 0)
    hashed.clear()
    for _each in range(brake.AT_ONCE):
        assert brake.hashing[False].acquire(blocking=False)
    try:
        says(type_password(Client(), user), "te veel mensen tegelijk")
        assert hashed == []
        assert type_password(known, user).url == "/cms/", (
            "where they were before: no stranger waits"
        )
    finally:
        for _each in range(brake.AT_ONCE):
            brake.hashing[False].release()
    assert type_password(Client(), user).url == "/cms/"


def test_of_many_who_guess_at_once_one_is_hashed_at_a_time_and_takes_little(monkeypatch):
    """Counted while they are at it; the real hasher takes one core, and half of Django's memory."""
    running, most, done = [], [], []

    def hashing(_adapter, _request, **_given):
        running.append(1)
        most.append(len(running))
        Event().wait(0.005)
        running.pop()

    for name in ("is_password_braked", "known_browser"):
        monkeypatch.setattr(f"accounts.adapters.{name}", lambda *_given: False)
    monkeypatch.setattr(DefaultAccountAdapter, "authenticate", hashing)
    adapter = AccountAdapter()
    guessing = [Thread(target=lambda: done.append(adapter.authenticate(None))) for _ in range(10)]
    for thread in guessing:
        thread.start()
    for thread in guessing:
        thread.join()
    assert (len(done), max(most)) == (10, 1)
    hasher = import_string(base.PASSWORD_HASHERS[0])
    assert (hasher.parallelism, hasher.memory_cost) == (1, 46 * 1024)
    assert hasher.time_cost * hasher.memory_cost >= 2 * 19 * 1024, "what OWASP asks at least"
    assert (
        hasher()
        .encode("x", "een-zout-van-acht")
        .startswith("argon2$argon2id$v=19$m=47104,t=2,p=1$")
    )
