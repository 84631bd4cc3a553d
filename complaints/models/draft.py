"""A complaint that somebody put aside to finish later. Only the writer's code opens it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class Draft(models.Model):
    """One draft. In clear stands only what finding it and clearing it away need.

    `sealed` opens with the code alone (`vault.drafts`). `sealed_email` is there for as long as a
    reminder is owed, under the server's key. `expires_on` is the last day it is kept: the date that
    was promised when it was saved.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    lookup = models.BinaryField(max_length=32, unique=True)
    sealed = models.BinaryField()
    size = models.PositiveIntegerField()
    saved_at = models.DateTimeField()
    expires_on = models.DateField(db_index=True)
    sealed_email = models.BinaryField(null=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("concept")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
