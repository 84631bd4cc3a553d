"""Prints the invitation of an account: the first one, or one whose owner lost everything."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from complaints.cases.invitations import begin_anew


class Command(BaseCommand):
    help = (
        "Ends an account's password, sessions and factors, and prints the address at which its "
        "owner sets a password and a factor of their own."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}.")
        base = settings.WAGTAILADMIN_BASE_URL.rstrip("/")
        self.stdout.write(f"For {user}, once: {base}{begin_anew(user)}")
