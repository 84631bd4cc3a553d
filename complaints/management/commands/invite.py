"""Prints an invitation: of the first account, or of one whose owner lost everything."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from complaints.cases.case import NotAllowed
from complaints.cases.handlers_group import admit_handler, begin_anew
from complaints.models.roster import may_handle


class Command(BaseCommand):
    help = (
        "Ends an account's password, sessions and factors, and prints the address at which its "
        "owner sets a password and a factor of their own. Of a handler all handlers are mailed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        text = "let them handle complaints first, where no handler is left to do it"
        parser.add_argument("--handler", action="store_true", help=text)

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(
                f"There is no user {options['username']}. Make one in the CMS first."
            )
        try:
            if options["handler"] and not may_handle(user):
                admit_handler(user)
        except NotAllowed as refused:
            raise CommandError(f"{user} cannot handle complaints: {refused}.") from None
        base = settings.WAGTAILADMIN_BASE_URL.rstrip("/")
        self.stdout.write(f"For {user}, once: {base}{begin_anew(user)}")
