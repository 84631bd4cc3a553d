"""A database that may lose what it confirmed is refused, at a check and at the first connection."""

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection
from django.db.utils import ConnectionHandler

from complaints import receivers
from complaints.receivers import check_durability, refuse_what_loses, settings_that_lose

pytestmark = [
    pytest.mark.django_db,  # lets a test open connections, its own ones too
    pytest.mark.every_database,
]
OURS = "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA secure_delete=ON;"


def sqlite(tmp_path, pragmas=""):
    """A connection of its own to a SQLite file, as we set it and with these pragmas."""
    file = tmp_path / f"own {pragmas}"
    own = {"NAME": file, "OPTIONS": {"init_command": OURS + pragmas}}
    return ConnectionHandler({"default": own | {"ENGINE": "django.db.backends.sqlite3"}})["default"]


def test_sqlite_with_less_than_we_set_is_found_and_in_production_refused(
    tmp_path, settings, monkeypatch
):
    worse = "PRAGMA synchronous=OFF;"
    for pragma, found in {
        "": [],
        worse: ["synchronous=0"],
        "PRAGMA synchronous=NORMAL;": ["synchronous=1"],
        "PRAGMA journal_mode=DELETE;": ["journal_mode=delete"],
        "PRAGMA secure_delete=OFF;": ["secure_delete=0"],
    }.items():
        assert settings_that_lose(sqlite(tmp_path, pragma)) == found, pragma
    refuse_what_loses(sqlite(tmp_path, worse))  # development
    assert check_durability(databases=["default"]) == []
    settings.DURABLE_DATABASE = True
    monkeypatch.setattr(receivers, "_asked", set())
    with pytest.raises(ImproperlyConfigured, match="synchronous=0"):
        sqlite(tmp_path, worse).cursor()
    sqlite(tmp_path).cursor()
    if connection.vendor == "sqlite":
        assert django_settings.DATABASES["default"]["OPTIONS"]["init_command"].startswith(OURS)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="asks PostgreSQL")
def test_postgres_without_fsync_or_that_does_not_wait_for_the_disk_is_found(settings):
    """The server of the test run has fsync off: it lives as long as the run."""
    settings.DURABLE_DATABASE = True
    (error,) = check_durability(databases=["default"])
    assert "fsync=off" in error.msg
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    assert "synchronous_commit=off" in settings_that_lose(connection)
