"""Says whether our mail comes from a domain of ours that vouches for it: SPF, DKIM and DMARC."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from complaints.worker.sender import findings

STATES = {True: "goed", False: "FOUT", None: "niet te zien"}


class Command(BaseCommand):
    help = "Looks the domain of MAIL_FROM up in DNS; exit status 1 where something is not right."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(findings())
        for each in found:
            self.stdout.write(f"{each.name}: {STATES[each.is_so]} ({each.help})")
        if any(each.is_so is False for each in found):
            raise CommandError("Mail from this site may be taken for spam.")
