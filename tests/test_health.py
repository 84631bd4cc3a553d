"""A monitor and a proxy ask how the site is; what is not well only the machine itself hears."""

import socket
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest

from complaints.files import store
from complaints.models.outbox import JobRun
from complaints.vault.keyring import make_key_file
from complaints.worker import jobs
from config import middleware
from tests.factories import PROBLEM, make_complaint, make_user
from tests.queries import few_queries

pytestmark = pytest.mark.django_db
LIVE, READY = "/health/live", "/health/ready"


def ask(path):
    """As a proxy does that knows no name of the site and speaks no TLS."""
    return Client(SERVER_NAME="10.0.0.7", HTTP_HOST="10.0.0.7:8000").get(path)


def failing(answer):
    found = answer.json()
    assert answer.status_code == (503 if found["failing"] else 200)
    assert found.keys() == {"failing", "is_well"}
    assert found["is_well"] is not bool(found["failing"])
    return found["failing"]


def test_whoever_is_elsewhere_hears_no_more_than_whether_it_is_well(ready):
    JobRun.objects.all().delete()
    elsewhere = [{"REMOTE_ADDR": address} for address in ("10.0.0.8", "::2", "127.0.0.10", "x")]
    for name in ("X_FORWARDED_FOR", "X_FORWARDED_PROTO", "X_REAL_IP", "FORWARDED"):
        elsewhere.append({"REMOTE_ADDR": "", f"HTTP_{name}": "127.0.0.1"})
    for where in elsewhere:
        answer = Client(**where).get(READY)
        assert (answer.status_code, answer.json()) == (503, {"is_well": False}), where
        assert Client(**where).get(LIVE).json() == {"is_well": True}
    for here in ("", "127.0.0.1", "::1"):
        assert failing(Client(REMOTE_ADDR=here).get(READY)) == ["worker"]


@pytest.fixture
def ready(site, settings):
    settings.SECURE_SSL_REDIRECT = True
    make_complaint()
    call_command("worker", once=True)


def test_it_is_ready_once_every_part_is_and_asks_little_and_leaves_no_cookie(ready):
    failing(ask(READY))
    with few_queries(8):
        answer = ask(READY)
    assert failing(answer) == failing(ask(LIVE)) == []
    assert (answer["Cache-Control"], dict(answer.cookies)) == ("no-store", {})
    assert ask("/health/").status_code == 503  # it names no scheme, as all but these two must


def test_each_part_that_fails_is_named_and_it_lives_all_the_same(ready, tmp_path, monkeypatch):
    def down():
        raise DatabaseError("secret")

    make_key_file(tmp_path / "other.keys")
    newer = middleware.newest_migrations() | {("complaints", "9999_later")}
    for part, breaks in {
        "keys": (settings, "VAULT_KEY_FILE", str(tmp_path / "other.keys")),
        "disk": (settings, "FILES_LEAST_FREE_BYTES", store.free_bytes() * 2),
        "migrations": (middleware, "newest_migrations", lambda: newer),
        "database": (connection, "ensure_connection", down),
    }.items():
        with monkeypatch.context() as patch:
            patch.setattr(*breaks)
            assert failing(ask(READY)) == [part]
            assert failing(ask(LIVE)) == []
    JobRun.objects.update(began_at=timezone.now() - timedelta(minutes=16))
    assert failing(ask(READY)) == ["worker"]
    JobRun.objects.all().delete()
    assert failing(ask(READY)) == ["worker"]


def test_the_counts_for_prometheus_say_how_much_waits_and_nothing_of_anybody(ready, monkeypatch):
    case, person = make_complaint(), make_user("manager")
    monkeypatch.setattr(connection, "close", lambda: None)
    registry = CollectorRegistry()
    registry.register(jobs.Counts())
    told = generate_latest(registry).decode()
    for line in (
        'site_cases{stage="filing",status="open"} 2.0',
        "site_owed_mails 1.0",
        'site_job_failed{job="retention"} 0.0',
    ):
        assert line in told.splitlines(), told
    assert 'site_job_ok{job="mail"} 1.' in told
    for secret in (case.reference, str(case.pk), person.username, PROBLEM, "noor@"):
        assert secret not in told


def test_a_port_that_another_has_keeps_no_worker_from_its_work(settings):
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings.METRICS_PORT = other.getsockname()[1]
        jobs.serve_counts()
