"""Says whether the audit is as it was written; exit status 1 where it is not."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from complaints.cases.audit import faults
from complaints.models.privacy import AuditHead, AuditLine


class Command(BaseCommand):
    help = "Finds lines of the audit that were changed, removed or inserted."

    def handle(self, *args: Any, **options: Any) -> None:
        """The end is printed to be kept elsewhere: an older database, put back, ends sooner."""
        if found := faults():
            raise CommandError("\n".join(found))
        head = AuditHead.objects.get()
        waiting = AuditLine.objects.filter(number=None).count()
        self.stdout.write(
            f"Intact: {AuditLine.objects.count()} lines, {waiting} not chained yet. "
            f"Ends with line {head.number}, {bytes(head.link).hex()[:16]}."
        )
