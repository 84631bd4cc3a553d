"""Makes a working site out of an empty database: pages, settings, groups. Safe to run again.

What is there is never touched: pages are planted only where there is no home page yet, settings
and groups only where their rows are missing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Model
from wagtail.models import Page, Site

from complaints.cases.handlers_group import ensure_groups
from complaints.content import (
    accessibility,
    advice,
    casework,
    confidant,
    form,
    home,
    privacy,
    procedure,
    questions,
)
from complaints.content.settings import HANDLING, ORGANISATION
from complaints.models.form import ComplaintFormPage
from complaints.models.form_field import ComplaintFormField
from complaints.models.lists import ChecklistItem, ReplyTemplate, Theme
from complaints.models.pages import ConfidantPage, ProcedurePage, ProcedureStage
from complaints.models.settings import HandlingSettings
from home.models import ContentPage, HomePage, OrganisationSettings, WayOn

LINK = re.compile(r'data-to="(\w+)"')


@dataclass(frozen=True)
class Plant:
    """A page to make: of which type, under which other, with which fields."""

    page_type: type[Page]
    parent: str
    fields: Mapping[str, Any]


# In menu order; a parent stands before its children.
TREE: dict[str, Plant] = {
    "home": Plant(HomePage, "", home.FIELDS),
    "procedure": Plant(ProcedurePage, "home", procedure.FIELDS),
    "confidant": Plant(ConfidantPage, "procedure", confidant.FIELDS),
    "form": Plant(ComplaintFormPage, "procedure", form.FIELDS),
    "advice": Plant(ContentPage, "procedure", advice.FIELDS),
    "privacy": Plant(ContentPage, "home", privacy.FIELDS),
    "accessibility": Plant(ContentPage, "home", accessibility.FIELDS),
}


class Command(BaseCommand):
    help = "Makes pages, settings and groups where they are missing; changes nothing that exists."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        made = []
        groups_before = Group.objects.count()
        ensure_groups()
        if Group.objects.count() > groups_before:
            made.append("groups")
        if not HomePage.objects.exists():
            made.append("pages")
            pages = plant_tree()
            made += fill_settings(pages)
            publish(pages)
            remove_default_groups()
        else:
            made += fill_settings({})
        made += fill_lists()
        if options["verbosity"]:
            self.stdout.write(f"Made: {', '.join(made)}." if made else "Nothing to make.")


def plant_tree() -> dict[str, Page]:
    """The pages as drafts, so that each can link to every other; and the site that shows them."""
    pages: dict[str, Page] = {}
    for key, plant in TREE.items():
        parent = pages[plant.parent] if plant.parent else Page.get_first_root_node()
        pages[key] = parent.add_child(instance=plant.page_type(**plant.fields, live=False))
    show_on_default_site(pages["home"])
    return pages


def show_on_default_site(page: Page) -> None:
    """Makes `page` the default site's front, and removes the page Wagtail is delivered with."""
    address = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    old = site.root_page if site.pk else None
    site.root_page = page
    site.site_name = ORGANISATION["name"]
    site.hostname = address.hostname or "localhost"
    site.port = address.port or (443 if address.scheme == "https" else 80)
    site.save()
    if old is not None and old.specific_class is Page and old.is_leaf():
        Page.objects.get(pk=old.pk).delete()


def fill_settings(pages: Mapping[str, Page]) -> list[str]:
    """Writes the settings that have no row yet; says which."""
    site = Site.objects.get(is_default_site=True)
    _, organisation_made = OrganisationSettings.objects.get_or_create(
        site=site,
        defaults=ORGANISATION
        | {
            "privacy_page": pages.get("privacy"),
            "accessibility_page": pages.get("accessibility"),
        },
    )
    _, handling_made = HandlingSettings.objects.get_or_create(site=site, defaults=HANDLING)
    return ["organisation settings"] * organisation_made + ["handling settings"] * handling_made


def fill_lists() -> list[str]:
    """Fills the lists of the case desk that are empty; says which. Editors keep them from here."""
    steps = [
        ChecklistItem(stage=stage, text=text, position=number)
        for stage, texts in casework.STEPS.items()
        for number, text in enumerate(texts, start=1)
    ]
    replies = [
        ReplyTemplate(stage=stage, title=title, text=text)
        for stage, title, text in casework.REPLIES
    ]
    lists: dict[str, tuple[type[Model], Sequence[Any]]] = {
        "themes": (Theme, [Theme(name=name) for name in casework.THEMES]),
        "steps": (ChecklistItem, steps),
        "reply templates": (ReplyTemplate, replies),
    }
    made = []
    for name, (model, rows) in lists.items():
        if not model._default_manager.exists():
            model._default_manager.bulk_create(rows)
            made.append(name)
    return made


def publish(pages: Mapping[str, Page]) -> None:
    """Fills in links and rows, and publishes each page as a revision, children after parents."""
    for key, plant in TREE.items():
        page = pages[key].specific_class.objects.get(pk=pages[key].pk)
        for name, value in linked(dict(plant.fields), pages).items():
            setattr(page, name, value)
        add_rows(page, pages)
        page.save_revision().publish()


def add_rows(page: Page, pages: Mapping[str, Page]) -> None:
    """The rows that belong to a page: ways on, stages, questions."""
    if isinstance(page, HomePage):
        page.ways_on = [
            WayOn(page=pages[key], title=title, text=text, sort_order=number)
            for number, (key, title, text) in enumerate(home.WAYS_ON)
        ]
    elif isinstance(page, ProcedurePage):
        page.stages = [
            ProcedureStage(**linked(row, pages), sort_order=number)
            for number, row in enumerate(procedure.STAGES)
        ]
    elif isinstance(page, ComplaintFormPage):
        page.form_fields = [
            question(row, pages, number) for number, row in enumerate(questions.ROWS)
        ]


def question(row: Mapping[str, Any], pages: Mapping[str, Page], number: int) -> ComplaintFormField:
    exit_key = row.get("exit_page")
    exit_page = Page.objects.get(pk=pages[exit_key].pk) if exit_key else None
    return ComplaintFormField(**{**row, "exit_page": exit_page}, sort_order=number)


def linked(value: Any, pages: Mapping[str, Page]) -> Any:
    """The value with each `data-to` made into Wagtail's link to that page, at any depth."""
    if isinstance(value, str):
        return LINK.sub(lambda found: f'linktype="page" id="{pages[found[1]].pk}"', value)
    if isinstance(value, dict):
        return {name: linked(part, pages) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(linked(part, pages) for part in value)
    return value


def remove_default_groups() -> None:
    """Wagtail's own groups, in English and unused: nobody should be put into one by mistake."""
    Group.objects.filter(name__in=("Moderators", "Editors"), user=None).delete()
