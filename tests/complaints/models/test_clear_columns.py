"""What stands in the database in clear is written down, and why it must."""

import re
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db.models import BinaryField
from wagtail.contrib.settings.models import BaseSiteSetting
from wagtail.models import Orderable, Page, ReferenceIndex
from wagtail.search.index import class_is_indexed
from wagtail.snippets.models import get_snippet_models

from complaints.models.handling import ReplyTemplate
from complaints.models.tables import CoveredField, InternalModel

PAGE = Path(settings.ROOT, "docs", "wat-onversleuteld-staat.md")
NAME = re.compile(r"`(\w+)`")


def listed() -> tuple[dict[frozenset[str], set[str]], set[str]]:
    """The columns by the models of their part, and the models that are about nobody."""
    *parts, rest = PAGE.read_text().split("\n## ")
    columns = {}
    for part in parts[1:]:
        rows = re.findall(r"^\|(.*?)\|", part, re.MULTILINE)
        names = {name for row in rows for name in NAME.findall(row)}
        columns[frozenset(NAME.findall(part.partition("\n")[0]))] = names
    return columns, set(NAME.findall(rest))


def is_in_clear(field) -> bool:
    is_sealed = isinstance(field, BinaryField) and field.name.startswith("sealed")
    return not (field.primary_key or is_sealed or isinstance(field, CoveredField))


def test_every_column_in_clear_is_listed_and_every_listed_one_exists():
    columns, about_nobody = listed()
    models = apps.get_app_config("complaints").get_models(include_auto_created=True)
    clear = {
        model.__name__: {field.name for field in model._meta.local_fields if is_in_clear(field)}
        for model in models
    }
    in_parts = {name for names in columns for name in names}
    assert in_parts | about_nobody == set(clear), "each model is in the list once"
    assert not in_parts & about_nobody
    for names, written in columns.items():
        assert set.union(*(clear[name] for name in names)) == written, sorted(names)


def test_nothing_of_an_internal_table_is_kept_by_wagtail_or_given_by_a_permission():
    internal = [m for m in apps.get_app_config("complaints").get_models() if not is_edited(m)]
    assert len(internal) > 20
    for model in internal:
        assert not ReferenceIndex.model_is_indexable(model), model
        assert not class_is_indexed(model), model
        is_ours = issubclass(model, InternalModel)
        assert not (is_ours and model._meta.default_permissions), model


def is_edited(model) -> bool:
    """Whether people keep it in the CMS: pages with what is on them, settings, lists."""
    kept = (Page, Orderable, BaseSiteSetting, *(m for m in get_snippet_models()), ReplyTemplate)
    return issubclass(model, kept)
