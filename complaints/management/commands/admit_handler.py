"""Lets the first handler in, or a successor where no handler is left to admit them."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from complaints.cases.handlers_group import admit_handler


class Command(BaseCommand):
    help = "Puts a user into the handlers' group; every handler is mailed about it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(
                f"There is no user {options['username']}. Make one in the CMS first."
            )
        admit_handler(user=user)
        self.stdout.write(f"{user} handles complaints now.")
