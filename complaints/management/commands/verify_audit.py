"""Says whether the audit is as it was written; exit status 1 where it is not."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from complaints.cases import audit
from complaints.models.privacy import AuditHead, AuditLine


class Command(BaseCommand):
    help = "Finds lines of the audit that were changed, removed or inserted."

    def add_arguments(self, parser: CommandParser) -> None:
        text = "write down, as done by this account, what is broken; it stays named each time"
        parser.add_argument("--go-on-as", metavar="USERNAME", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        """The end is printed to be kept elsewhere: an older database, put back, ends sooner."""
        if name := options["go_on_as"]:
            user = User.objects.filter(username=name, is_active=True).first()
            if user is None:
                raise CommandError(f"There is no user {name}.")
            audit.go_on(user)
        found = audit.faults()
        for fault in found:
            if (line := fault.known) is not None:
                when = f"{line.at:%Y-%m-%d %H:%M} UTC, by {line.user_label}"
                self.stdout.write(f"Known since {when}: {fault.words}")
        if new := [fault.words for fault in found if fault.known is None]:
            raise CommandError("\n".join(new))
        head = AuditHead.objects.get()
        waiting = AuditLine.objects.filter(number=None).count()
        self.stdout.write(
            f"{'Intact but for that' if found else 'Intact'}: {AuditLine.objects.count()} lines, "
            f"{waiting} not chained yet. Ends with line {head.number}, "
            f"{bytes(head.link).hex()[:16]}."
        )
