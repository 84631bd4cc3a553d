"""Says whether what protects the site is at work: the page "Zelfcontrole", for a monitor."""

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from complaints.staff.selfcheck import health_of, tell_managers
from complaints.worker.delivery import findings


class Command(BaseCommand):
    help = "Checks what protects the site; the exit status is 1 where something is not in order."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--mail", action="store_true", help="also mail managers what is urgent")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = health_of(User(is_active=False))  # nobody: a monitor mends nothing
        self.stdout.write(f"{timezone.localtime():%Y-%m-%d %H:%M}")
        for line in lines:
            told = [line.check.label, line.says, "" if line.is_done else line.check.help]
            state = "pass" if line.is_done else "FAIL"
            self.stdout.write(f"{state} {line.check.name}: {' · '.join(str(t) for t in told if t)}")
        for found in findings():
            state = {True: "pass", False: "FAIL", None: "not seen"}[found.is_so]
            self.stdout.write(f"{state} mail-{found.name}: {found.help}")
        if options["mail"]:
            tell_managers(lines, timezone.now())
        failed = sum(not line.is_done for line in lines)
        if failed:
            raise CommandError(f"{failed} of {len(lines)} checks failed.")
