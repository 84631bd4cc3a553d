"""A database that may lose what it confirmed is refused at the first connection."""

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.utils import ConnectionHandler

from complaints import receivers
from complaints.receivers import refuse_what_loses, settings_that_lose

pytestmark = [
    pytest.mark.django_db,  # lets a test open connections, its own ones too
    pytest.mark.every_database,
]


@pytest.fixture
def as_in_production(settings, monkeypatch):
    settings.DURABLE_DATABASE = True
    monkeypatch.setattr(receivers, "_asked", set())


def sqlite(tmp_path, pragmas: str):
    """A connection of its own to a SQLite file, with these pragmas."""
    database = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": tmp_path / "own.sqlite3",
        "OPTIONS": {"init_command": pragmas},
    }
    return ConnectionHandler({"default": database})["default"]


OURS = "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;"


def test_sqlite_as_we_set_it_loses_nothing(tmp_path):
    assert settings_that_lose(sqlite(tmp_path, OURS)) == []


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the settings of SQLite")
def test_our_settings_are_those():
    assert django_settings.DATABASES["default"]["OPTIONS"]["init_command"].startswith(OURS)


@pytest.mark.parametrize(
    ("pragma", "found"),
    [
        ("PRAGMA synchronous=NORMAL;", "synchronous=1"),
        ("PRAGMA synchronous=OFF;", "synchronous=0"),
        ("PRAGMA journal_mode=DELETE;", "journal_mode=delete"),
        ("PRAGMA secure_delete=OFF;", "secure_delete=0"),
    ],
)
def test_sqlite_with_less_is_found(tmp_path, pragma, found):
    assert settings_that_lose(sqlite(tmp_path, OURS + pragma)) == [found]


def test_a_connection_with_less_is_refused(tmp_path, as_in_production):
    with pytest.raises(ImproperlyConfigured, match="synchronous=1"):
        refuse_what_loses(sqlite(tmp_path, OURS + "PRAGMA synchronous=NORMAL;"))
    refuse_what_loses(sqlite(tmp_path, OURS))


def test_development_is_not_asked(tmp_path, settings):
    settings.DURABLE_DATABASE = False
    refuse_what_loses(sqlite(tmp_path, OURS + "PRAGMA synchronous=OFF;"))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
class TestPostgres:
    """The server of the test run has fsync off: it lives as long as the run."""

    def test_a_server_without_fsync_is_refused(self, as_in_production):
        with pytest.raises(ImproperlyConfigured, match="fsync=off"):
            refuse_what_loses(connection)

    def test_a_session_that_does_not_wait_for_the_disk_is_found(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit = off")
        assert "synchronous_commit=off" in settings_that_lose(connection)
