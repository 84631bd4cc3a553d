"""Moves the site to another database: from SQLite to PostgreSQL, row by row, and compares.

The models read in the one and write in the other, so each value becomes what its column is there.
Files and keys stay where they are. Sessions are not taken along, the search index is made anew.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dj_database_url
from django.apps import apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import Error, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from tqdm import tqdm

from complaints.backups.parts import Refused
from complaints.backups.restoring import (
    Tell,
    empty_database_again,
    open_all,
    require_empty_database,
)

SOURCE = "source"
NOT_MOVED = {"sessions", "wagtailsearch"}
BATCH = 500


def move(source: str, tell: Tell) -> None:
    """Copies a site into the empty database of DATABASE_URL, or nothing. Raises Refused."""
    require_empty_database()
    with connected(source):
        require_same_version()
        try:
            call_command("migrate", interactive=False, verbosity=0)
            with transaction.atomic(using=SOURCE), transaction.atomic():
                empty_tables()
                models = moved_models()
                moved = sum(copied(model) for model in tqdm(models, "copies", disable=None))
                set_sequences(models)
            opened = open_all(tell)
            call_command("update_index", verbosity=0)
        except BaseException as fault:
            empty_database_again()
            if isinstance(fault, Error):
                raise Refused(f"It broke off, and was undone: {fault}") from fault
            raise
    tell(f"{moved} rows were copied and are the same; {opened} complaints open.")
    tell("Let DATABASE_URL name this database from now on, also for the worker.")


@contextmanager
def connected(source: str) -> Iterator[None]:
    """Opens the other database: an address as DATABASE_URL is, or a file of SQLite."""
    if "://" not in source:
        if not Path(source).is_file():
            raise Refused(f"There is no file {source}.")
        source = f"sqlite:///{source}"
    connections.databases[SOURCE] = (
        connection.settings_dict | {"OPTIONS": {}} | dj_database_url.parse(source)
    )
    try:
        yield
    finally:
        connections[SOURCE].close()
        del connections[SOURCE], connections.databases[SOURCE]


def require_same_version() -> None:
    executor = MigrationExecutor(connections[SOURCE])
    known = executor.loader.disk_migrations
    is_newer = any(name not in known for name in executor.loader.applied_migrations)
    if is_newer or executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise Refused("That database is of another version of the site: run migrate there first.")


def moved_models() -> list[Any]:
    every = apps.get_models(include_auto_created=True)
    return [
        model
        for model in every
        if model._meta.managed and not model._meta.proxy and model._meta.app_label not in NOT_MOVED
    ]


def empty_tables() -> None:
    """Takes out the rows that migrations made."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), tables))


def copied(model: Any) -> int:
    """Copies a table and returns how many rows it has; raises Refused unless they are the same."""
    fields, table = model._meta.local_concrete_fields, model._meta.db_table
    rows, names = values_of(model, SOURCE), [field.attname for field in fields]
    try:
        while batch := list(islice(rows, BATCH)):
            made = [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in batch]
            model._base_manager._insert(made, fields=fields, using="default", raw=True)
    except Error as fault:
        raise Refused(f"A row of {table} does not fit, so nothing was moved: {fault}") from fault
    there, here = summed(values_of(model, SOURCE)), summed(values_of(model, "default"))
    if there != here:
        raise Refused(f"{table} is not the same after copying, so nothing was moved.")
    return there[0]


def values_of(model: Any, alias: str) -> Iterator[tuple[Any, ...]]:
    names = [field.attname for field in model._meta.local_concrete_fields]
    rows = model._base_manager.using(alias).order_by("pk")  # some would be ordered by another table
    return iter(rows.values_list(*names).iterator(BATCH))


def summed(rows: Iterator[tuple[Any, ...]]) -> tuple[int, int]:
    """Returns how many rows there are, and the sum of their hashes: in any order the same."""
    number = total = 0
    for row in rows:
        text = json.dumps([plain(value) for value in row], sort_keys=True, default=str)
        number, total = number + 1, total + int(sha256(text.encode()).hexdigest(), 16)
    return number, total


def plain(value: Any) -> Any:
    """A value of a field as each database gives it back."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return value.get_prep_value() if hasattr(value, "get_prep_value") else value


def set_sequences(models: list[Any]) -> None:
    """Lets the next row of each table get the next number."""
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)
