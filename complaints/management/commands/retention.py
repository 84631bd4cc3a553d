"""Says what was kept long enough, and would be erased now; the worker does that once a day."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from complaints.cases import retention
from complaints.models.settings import HandlingSettings


class Command(BaseCommand):
    help = "Says what the next daily run would erase; `worker --job retention` does it now."

    def handle(self, *args: Any, **options: Any) -> None:
        """References and rules only: what is in a case is nobody's to print."""
        today, settings = timezone.localdate(), HandlingSettings.current()
        for rule, cases in retention.due_on(today, settings).items():
            for case in cases:
                self.stdout.write(f"{case.reference} {rule.value}")
        for name, lines in retention.lines_over(today, settings).items():
            self.stdout.write(f"{name} {lines.count()}")
