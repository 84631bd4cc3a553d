"""What every table has alike that the CMS neither lists nor edits."""

from typing import ClassVar

from django.db import models


class InternalModel(models.Model):
    """A row that Wagtail keeps nothing of, and that no group can be given a permission for.

    It calls itself by its kind alone: which case it is of is not for a log or a page of the CMS.
    """

    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True
        default_permissions: ClassVar = ()

    def __str__(self) -> str:
        return str(self._meta.verbose_name)
