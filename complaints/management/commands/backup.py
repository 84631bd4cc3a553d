"""Writes a backup: content and keys, sealed to a key that is not on this server. Each hour."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from complaints.backups.taking import take_backup


class Command(BaseCommand):
    help = "Writes a sealed backup to BACKUP_TO, and removes what is too old there."

    def handle(self, *args: Any, **options: Any) -> None:
        at = take_backup()
        self.stdout.write(f"The backup of {at:%Y-%m-%d %H:%M:%S} UTC is in {settings.BACKUP_TO}.")
