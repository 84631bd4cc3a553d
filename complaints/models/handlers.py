"""Who handles complaints, their names and their wishes."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _


def holders_of(app_label: str, codename: str) -> QuerySet[Any]:
    """Who holds a permission through a group, switched off or not."""
    permission = Permission.objects.filter(content_type__app_label=app_label, codename=codename)
    return (
        get_user_model()
        .objects.filter(groups__permissions__in=permission)
        .distinct()
        .order_by("pk")
    )


def active_handlers() -> QuerySet[Any]:
    """Everybody who may handle complaints now: by the permission, held through a group.

    Never by `has_perm`, which a superuser always passes. Whoever has a `Roster` asks that.
    """
    return holders_of("complaints", "handle_complaint").filter(is_active=True)


def name_of(user: User | None) -> str:
    """The name people read, and the history keeps for when the account is gone; "" for nobody."""
    return str(user.get_full_name() or user.get_username()) if user is not None else ""


class DeskPreference(models.Model):
    """One handler's wishes; without a row, the defaults."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="desk_preference"
    )
    wants_digest = models.BooleanField(_("elke werkdag een mail met wat er wacht"), default=False)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("voorkeur van een behandelaar")
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return str(self.user_id)
