"""Moves the site from SQLite to PostgreSQL: run it with DATABASE_URL naming the new, empty one.

The models read in the one and write in the other, so each value becomes what its column is there.
Files and keys stay where they are. Sessions are not taken along, the search index is made anew.
"""

from types import SimpleNamespace
from typing import Any

import dj_database_url
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.core.management.color import no_style
from django.db import Error, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from tqdm import tqdm

from complaints.backups.parts import Refused, alone, refusing
from complaints.backups.restoring import empty_again, open_all, require_empty

SOURCE = "source"
NOT_MOVED = {"sessions", "wagtailsearch"}
BATCH = 500


class Command(BaseCommand):
    help = "Copies all rows of another database into this empty one, and compares them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="as DATABASE_URL is, such as sqlite:////folder/file")

    @refusing("Nothing was moved")
    @alone(waits=False)
    def handle(self, *args: Any, **options: Any) -> None:
        require_empty()
        given = dj_database_url.parse(options["source"])
        connections.databases[SOURCE] = connection.settings_dict | {"OPTIONS": {}} | given
        executor = MigrationExecutor(connections[SOURCE])
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            raise Refused("That database is none, or of an older version: run migrate there first.")
        try:
            moved = move()
            opened = open_all(self.stdout.write)
        except BaseException:
            empty_again()
            raise
        self.stdout.write(f"{moved} rows were copied and are the same; {opened} complaints open.")


def move() -> int:
    """Copies in one transaction, in which nobody writes there; returns how many rows."""
    call_command("migrate", interactive=False, verbosity=0)
    every = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    models = [model for model in every if model._meta.app_label not in NOT_MOVED]
    made = connection.introspection.django_table_names(only_existing=True, include_views=False)
    with transaction.atomic(using=SOURCE), transaction.atomic(), connection.cursor() as cursor:
        connection.ops.execute_sql_flush(connection.ops.sql_flush(no_style(), made))
        moved = sum(copied(model) for model in tqdm(models, "copies", disable=None))
        for sql in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(sql)
    call_command("update_index", verbosity=0)
    return moved


def copied(model: Any) -> int:
    """Copies a table and returns how many rows it has; raises Refused unless they are the same."""
    rows, table = rows_of(model, SOURCE), model._meta.db_table
    made, fields = [SimpleNamespace(**row) for row in rows], model._meta.local_concrete_fields
    try:
        for start in range(0, len(made), BATCH):
            batch = made[start : start + BATCH]
            model._base_manager._insert(batch, fields=fields, using="default", raw=True)
    except Error as fault:
        kind = type(fault).__name__  # its words may quote the row
        raise Refused(f"A row of {table} does not fit, so nothing was moved: {kind}") from None
    if rows_of(model, "default") != rows:
        raise Refused(f"{table} is not the same after copying, so nothing was moved.")
    return len(rows)


def rows_of(model: Any, alias: str) -> list[dict[str, Any]]:
    names = [field.attname for field in model._meta.local_concrete_fields]
    rows = model._base_manager.using(alias).order_by().values(*names)
    return sorted(rows, key=lambda row: str(row[model._meta.pk.attname]))
