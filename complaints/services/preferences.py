"""What a handler wants of the site."""

from typing import Any

from complaints.models.preference import DeskPreference


def choose_digest(*, user: Any, is_wanted: bool) -> None:
    """Keeps whether this person wants the daily digest."""
    DeskPreference.objects.update_or_create(user=user, defaults={"wants_digest": is_wanted})


def wants_digest(user: Any) -> bool:
    return DeskPreference.objects.filter(user=user, wants_digest=True).exists()
