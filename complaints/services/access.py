"""Guards who handles complaints: every holder hears when that group or an account changes.

A manager who can set passwords could otherwise become the confidant unseen.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.utils import timezone

from complaints import notifications
from complaints.models.handlers import may_handle
from complaints.models.settings import HandlingSettings

HANDLERS_GROUP = "Vertrouwenspersonen"
PEOPLE = ("confidant_id", "deputy_id", "confidant_absent_from", "confidant_absent_until")


def handlers_group_ids() -> list[int]:
    """The groups that carry the handlers' permission, whatever they are called."""
    permission = Permission.objects.filter(
        content_type__app_label="complaints", codename="handle_complaint"
    )
    return list(Group.objects.filter(permissions__in=permission).values_list("pk", flat=True))


def may_admit_handlers(user: Any) -> bool:
    """Only a handler admits another."""
    return may_handle(user)


@transaction.atomic
def admit_handler(*, user: Any) -> None:
    """Puts a person into the handlers' group, by whoever holds the server's command line."""
    user.groups.add(Group.objects.get(name=HANDLERS_GROUP))


def handlers_may_have_changed(action: str) -> None:
    """Owes every handler a mail after a change of who handles complaints."""
    if action in {"post_add", "post_remove", "post_clear"}:
        notifications.owe_handlers_changed(occasion=_moment())


def membership_changed(action: str, instance: Any, pk_set: set[int] | None) -> None:
    """As above, only where a handlers' group was touched. `instance` is a user or a group."""
    touched = {instance.pk} if isinstance(instance, Group) else pk_set
    if touched is None or touched & set(handlers_group_ids()):
        handlers_may_have_changed(action)


def account_saved(user: Any, *, created: bool, update_fields: Iterable[str] | None) -> None:
    """Owes every handler a mail after a handler's account changed; logging in does not count."""
    if created or (update_fields is not None and set(update_fields) == {"last_login"}):
        return
    if user.groups.filter(pk__in=handlers_group_ids()).exists():
        notifications.owe_handlers_changed(occasion=_moment())


def people_saved(settings: HandlingSettings) -> None:
    """Owes every handler a mail when the people named, or an absence, will be others."""
    before = HandlingSettings.objects.filter(pk=settings.pk).first()
    if before is not None and any(getattr(before, n) != getattr(settings, n) for n in PEOPLE):
        notifications.owe_handlers_changed(occasion=_moment())


def _moment() -> str:
    return timezone.now().isoformat(timespec="microseconds")
