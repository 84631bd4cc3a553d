"""Makes the key file without which no complaint can be opened. Once, before the first start."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from complaints.vault.keyring import make_key_file


class Command(BaseCommand):
    help = "Writes a new key file; refuses to write over one that exists."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if path.exists():
            raise CommandError(f"{path} exists. Losing a key file loses the complaints: keep it.")
        make_key_file(path)
        self.stdout.write(f"{path} is made. Keep a copy off this server.")
