"""Erases what was kept long enough, as the worker does once a day; or says what would go."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from complaints.cases import retention
from complaints.models.settings import HandlingSettings
from complaints.worker.clock import clear_up


class Command(BaseCommand):
    help = "Erases what was kept long enough; --dry-run only says what that is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="erase nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """References and rules only: what is in a case is nobody's to print."""
        if not options["dry_run"]:
            clear_up(timezone.now())
            return
        today, settings = timezone.localdate(), HandlingSettings.current()
        for due in retention.due_on(today, settings):
            self.stdout.write(f"{due.case.reference} {due.rule.value}")
        for name, lines in retention.lines_over(today, settings).items():
            self.stdout.write(f"{name} {lines.count()}")
