"""Moves the site from SQLite to PostgreSQL: run it with DATABASE_URL naming the new, empty one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from complaints.backups.moving import move
from complaints.backups.parts import Refused


class Command(BaseCommand):
    help = "Copies all rows of another database into this empty one, and compares them."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the file of SQLite, or an address as DATABASE_URL is")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            move(options["source"], tell=self.stdout.write)
        except Refused as refusal:
            raise CommandError(f"Nothing was moved. {refusal}") from refusal
