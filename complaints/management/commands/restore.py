"""Restores a backup into an empty installation. Before anything else is started."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from complaints.backups.restoring import restore


class Command(BaseCommand):
    help = "Restores a backup into an empty database and empty folders, or changes nothing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", help="the folder or s3://bucket/prefix where backups lie")
        parser.add_argument("--identity", type=Path, required=True, help="the private key of age")
        parser.add_argument("--content", default="", help="an older content part, by its name")

    def handle(self, *args: Any, **options: Any) -> None:
        restore(options["source"], options["identity"], options["content"], self.stdout.write)
