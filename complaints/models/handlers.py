"""Who handles complaints, and their names: asked by the models, the services and every view."""

from typing import Any

from django.contrib.auth.models import Permission


def may_handle(user: Any) -> bool:
    """Whether this person handles complaints: the permission, held through a group.

    Never `has_perm`, which a superuser always passes. The answer is kept on the user object,
    which lives as long as one request.
    """
    if not (user and user.is_active and user.pk):
        return False
    if not hasattr(user, "_may_handle_complaints"):
        user._may_handle_complaints = Permission.objects.filter(
            group__user=user, content_type__app_label="complaints", codename="handle_complaint"
        ).exists()
    return bool(user._may_handle_complaints)


def name_of(user: Any) -> str:
    """The name people read, and the history keeps for when the account is gone; "" for nobody."""
    return str(user.get_full_name() or user.get_username()) if user is not None else ""
