"""Who handles complaints, their names and their wishes."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission, User
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _


def may_handle(user: User | None) -> bool:
    """Whether this person handles complaints: the permission, held through a group.

    Never `has_perm`, which a superuser always passes. The answer is kept on the user object,
    which lives as long as one request.
    """
    if not (user and user.is_active and user.pk):
        return False
    known: dict[str, bool] = user.__dict__
    if "_may_handle_complaints" not in known:
        known["_may_handle_complaints"] = Permission.objects.filter(
            group__user=user, content_type__app_label="complaints", codename="handle_complaint"
        ).exists()
    return known["_may_handle_complaints"]


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
    """Everybody who may handle complaints now: `may_handle`, asked of the people."""
    return holders_of("complaints", "handle_complaint").filter(is_active=True)


def who_may_not_handle() -> list[int]:
    """Everybody else with an account. A list of keys, so that an index finds what they hold."""
    others = get_user_model().objects.exclude(pk__in=active_handlers().order_by().values("pk"))
    return list(others.values_list("pk", flat=True))


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
