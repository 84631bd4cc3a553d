"""What every table has alike that the CMS neither lists nor edits."""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from django.db import connection, models
from django.db.models import QuerySet
from django.db.models.query import RawQuerySet


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


def compiled_once(question: Callable[[], QuerySet[Any]]) -> Callable[[], RawQuerySet]:
    """Returns what asks a question that never changes, by SQL that is made once a process.

    Django makes it at each request, which takes longer than to ask it.
    """

    @cache
    def statement(_vendor: str) -> Any:
        asked = question()
        return asked.model.objects, *asked.query.sql_with_params()

    def ask() -> RawQuerySet:
        manager, sql, params = statement(connection.vendor)
        return manager.raw(sql, params)

    return ask
