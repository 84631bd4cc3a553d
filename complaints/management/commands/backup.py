"""Writes a backup: content and keys, sealed to a key that is not on this server. Each hour."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from complaints.backups.parts import Refused
from complaints.backups.taking import take_backup


class Command(BaseCommand):
    help = "Writes a sealed backup to BACKUP_TO, and removes what is too old there."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            at = take_backup()
        except (Refused, OSError, ImproperlyConfigured) as refusal:
            raise CommandError(f"No backup was made. {refusal}") from refusal
        self.stdout.write(f"The backup of {at:%Y-%m-%d %H:%M:%S} UTC is in {settings.BACKUP_TO}.")
