"""Lets somebody in where no handler is there to do it: the first one, or one who is locked out."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from complaints.cases.case import NotAllowed
from complaints.cases.handlers_group import admit_handler
from complaints.cases.invitations import begin_anew
from complaints.models.roster import may_handle


class Command(BaseCommand):
    help = (
        "Puts a user into the handlers' group, ends their password and prints the address at "
        "which they set a new one. Every handler is mailed about it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(
                f"There is no user {options['username']}. Make one in the CMS first."
            )
        try:
            if not may_handle(user):
                admit_handler(user)
        except NotAllowed as refused:
            raise CommandError(f"{user} cannot handle complaints: {refused}.") from None
        base = settings.WAGTAILADMIN_BASE_URL.rstrip("/")
        self.stdout.write(f"{user} sets a password here, once: {base}{begin_anew(user)}")
