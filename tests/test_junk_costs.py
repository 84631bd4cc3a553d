"""One junk post costs little: what it makes the server do is counted, not timed."""

from collections import Counter
from pathlib import Path

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from complaints.files import store
from complaints.models.form import ComplaintFormPage
from complaints.public.filing.pages import first_state
from complaints.vault import cipher, keyring
from tests.desk import NAME, url
from tests.factories import make_complaint
from tests.test_bad_input import form

pytestmark = pytest.mark.django_db

MIB = 1024**2
STATEMENTS = 8  # the page that says so has a header and a footer from the database
FIELDS = {"action": "send", "code": "A" * 16, "login": "confidant", "password": "x", "seen": "1"}


@pytest.fixture
def cost(monkeypatch, settings, tmp_path, tmp_path_factory):
    """Counts what is opened, by a ring of one key, hashed, and made on the disk."""
    settings.VAULT_KEY_FILE = str(tmp_path_factory.mktemp("ring") / "vault.keys")
    counted, real = Counter(), keyring.AESSIV

    class Counting:
        def __init__(self, key):
            self.real = real(key)

        def decrypt(self, sealed, place):
            counted["opened"] += 1
            counted["bytes"] += len(sealed)
            return self.real.decrypt(sealed, place)

        def encrypt(self, text, place):
            return self.real.encrypt(text, place)

    def counting(name, act):
        def counted_act(*args, **kwargs):
            counted[name] += 1
            return act(*args, **kwargs)

        return counted_act

    monkeypatch.setattr(keyring, "AESSIV", Counting)
    monkeypatch.setattr(store, "NewFile", counting("files", store.NewFile))
    monkeypatch.setattr(cipher, "open_sealed", counting("opened", cipher.open_sealed))
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(MD5PasswordHasher, "encode", counting("hashed", encode))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield counted
    assert [path for path in Path(tmp_path).rglob("*") if path.is_file()] == []


def parts(fields: dict[str, str], files: int) -> dict:
    """A body of these fields, and so many small files behind them."""
    head = '--b\r\nContent-Disposition: form-data; name="{}"{}\r\n\r\n{}\r\n'
    body = [head.format(name, "", value) for name, value in fields.items()]
    for name in ("q-bestanden", "files", "scans"):
        body += [head.format(name, '; filename="a.pdf"', "%PDF-1.4 x")] * (files // 3)
    data = "".join([*body, "--b--\r\n"]).encode()
    return {"data": data, "content_type": "multipart/form-data; boundary=b"}


def test_one_junk_post_opens_hashes_asks_and_stores_little_wherever_it_goes(site, staff, cost):
    case = make_complaint()
    token = first_state(ComplaintFormPage.objects.get()).seal()
    broken = token[:-9] + "A" * 9
    bodies = {
        "300 files": parts(FIELDS | {"token": broken}, 300),
        "999 files": parts(FIELDS | {"token": broken}, 999),
        "8 MB": form(
            [*FIELDS.items(), ("token", (token * (8 * MIB // len(token)))[: 8 * MIB - 99])]
        ),
        "a code of 8 MB": form([("action", "open"), ("code", "A" * (8 * MIB - 99))]),
        "999 fields": form([*FIELDS.items(), ("token", broken), *[("x", "y")] * 990]),
        "10,000 fields": form([("token", broken)] * 10_000),
        "a password of 200 kB": form([("login", "confidant"), ("password", "x" * 200_000)]),
        "a credential of 200 kB": form([("credential", "[" * 200_000)]),
    }
    codes = (reverse("fill_in"), reverse("resume"), reverse("follow"))
    doors = [reverse(name) for name in ("account_login", "mfa_login_webauthn", "mfa_authenticate")]
    desk = [url(name, case) for name in ("note", "message", "close")] + [reverse(NAME + "register")]
    for address in (*codes, *doors, *desk, "/cms/pages/", "/"):
        for kind, body in bodies.items():
            cost.clear()
            client = Client(REMOTE_ADDR=f"10.{len(kind)}.{len(address)}.1")
            with CaptureQueriesContext(connection) as asked:
                answer = client.generic("POST", address, **body)
            told = (address, kind, answer.status_code, dict(cost), len(asked))
            assert answer.status_code < 500, told
            assert cost["opened"] <= 6, told
            assert cost["bytes"] <= len(body["data"]), told
            assert (cost["hashed"], cost["files"]) in {(0, 0), (1, 0)}, told
            assert len(asked) <= STATEMENTS, told
