"""What the database must do so that an acknowledged complaint is on disk, asked of the database.

`fsync` off or `synchronous_commit` off makes PostgreSQL answer before the disk has it; so does
SQLite's `synchronous` below FULL. A site that may lose what it confirmed must not take it.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.db import connections

POSTGRES = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply", "remote_write", "local"},
}
SQLITE = {"synchronous": {"2", "3"}, "journal_mode": {"wal"}, "secure_delete": {"1"}}
HINT = "See README, 'Deploy': until then the database may lose complaints it has confirmed."

_asked: set[str] = set()


def settings_that_lose(connection: Any) -> list[str]:
    """Each setting under which a confirmed complaint can be lost, as ``name=value``."""
    wanted, ask = (SQLITE, "PRAGMA {}") if connection.vendor == "sqlite" else (POSTGRES, "SHOW {}")
    found = []
    with connection.cursor() as cursor:
        for name, good in wanted.items():
            cursor.execute(ask.format(name))
            value = str(cursor.fetchone()[0])
            if value not in good:
                found.append(f"{name}={value}")
    return found


def check_durability(
    app_configs: Any = None, databases: Sequence[str] | None = None, **_kwargs: Any
) -> list[Error]:
    """System check, asked by `migrate` and `check --database default`."""
    if not settings.DURABLE_DATABASE:
        return []
    return [
        Error(f"The database runs with {found}.", hint=HINT, obj=alias, id="complaints.E001")
        for alias in databases or ()
        for found in settings_that_lose(connections[alias])
    ]


def refuse_what_loses(connection: Any, **_kwargs: Any) -> None:
    """At a process's first connection: raises ImproperlyConfigured: nothing is confirmed."""
    if not settings.DURABLE_DATABASE or connection.alias in _asked:
        return
    found = settings_that_lose(connection)
    if found:
        connection.close()
        raise ImproperlyConfigured(f"The database runs with {', '.join(found)}. {HINT}")
    _asked.add(connection.alias)
