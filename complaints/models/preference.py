"""What a handler wants of the site."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


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
