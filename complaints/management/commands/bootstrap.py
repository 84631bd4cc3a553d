"""Makes a working site out of an empty database: pages, settings, groups. Safe to run again.

What is there is never touched: pages are planted only where there is no home page yet, settings
and groups only where their rows are missing.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand
from django.db import transaction
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page, Site

from complaints import content
from complaints.cases.handlers_group import EDITORS_GROUP, HANDLERS_GROUP, MANAGERS_GROUP
from complaints.models.form import ComplaintFormPage
from complaints.models.handling import ChecklistItem, ReplyTemplate, Theme
from complaints.models.pages import ConfidantPage, ProcedurePage, ProcedureStage
from complaints.models.settings import HandlingSettings
from home import content as home_content
from home.models import ContentPage, HomePage, OrganisationSettings, WayOn

LINK = re.compile(r'data-to="(\w+)"')

Pages = Mapping[str, Page]


# The pages to make, in menu order and a parent before its children: of which type, under which
# other, with which fields.
TREE: dict[str, tuple[type[Page], str, dict[str, Any]]] = {
    "home": (HomePage, "", home_content.HOME),
    "procedure": (ProcedurePage, "home", content.PROCEDURE),
    "confidant": (ConfidantPage, "procedure", content.CONFIDANT),
    "form": (ComplaintFormPage, "procedure", content.FORM),
    "advice": (ContentPage, "procedure", content.ADVICE),
    "privacy": (ContentPage, "home", home_content.PRIVACY),
    "accessibility": (ContentPage, "home", home_content.ACCESSIBILITY),
}


# Permissions by group, as app label and codename. Nobody here may edit groups.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    EDITORS_GROUP: (
        "wagtailadmin.access_admin",
        "home.change_organisationsettings",
        *(
            f"complaints.{verb}_{thing}"
            for thing in ("coach", "theme", "replytemplate", "checklistitem")
            for verb in ("add", "change", "delete")
        ),
    ),
    HANDLERS_GROUP: (
        "wagtailadmin.access_admin",
        "complaints.handle_complaint",
        "complaints.add_replytemplate",  # and with it, to change one's own
    ),
    MANAGERS_GROUP: (
        "wagtailadmin.access_admin",
        "auth.add_user",
        "auth.change_user",
        "auth.delete_user",
        "complaints.change_handlingsettings",
    ),
}
PAGE_PERMISSIONS = tuple(f"wagtailcore.{verb}_page" for verb in ("add", "change", "publish"))
COLLECTION_PERMISSIONS = {
    EDITORS_GROUP: (
        "wagtailimages.add_image",
        "wagtailimages.change_image",
        "wagtailimages.choose_image",
        "wagtaildocs.add_document",
        "wagtaildocs.change_document",
        "wagtaildocs.choose_document",
    ),
    HANDLERS_GROUP: ("wagtailimages.add_image", "wagtailimages.choose_image"),
}


def ensure_groups() -> list[str]:
    """Makes the groups that are missing; a group that is there keeps what a manager gave it."""
    known = set(Group.objects.filter(name__in=PERMISSIONS).values_list("name", flat=True))
    missing = [name for name in PERMISSIONS if name not in known]
    for name in missing:
        group = Group.objects.create(name=name)
        group.permissions.set(map(_permission, PERMISSIONS[name]))
        root, collection = Page.get_first_root_node(), Collection.get_first_root_node()
        for permission in map(_permission, PAGE_PERMISSIONS if name == EDITORS_GROUP else ()):
            GroupPagePermission.objects.create(group=group, page=root, permission=permission)
        for permission in map(_permission, COLLECTION_PERMISSIONS.get(name, ())):
            GroupCollectionPermission.objects.create(
                group=group, collection=collection, permission=permission
            )
    return ["groups"] if missing else []


def _permission(name: str) -> Permission:
    app_label, _, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)


class Command(BaseCommand):
    help = "Makes pages, settings and groups where they are missing; changes nothing that exists."

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        made = ensure_groups()
        pages: Pages = {}
        if not HomePage.objects.exists():
            made.append("pages")
            pages = plant_tree()
            # Wagtail's own, in English and unused: nobody should be put into one by mistake.
            Group.objects.filter(name__in=("Moderators", "Editors"), user=None).delete()
        made += fill_settings(pages)
        publish(pages)
        made += fill_lists()
        if options["verbosity"]:
            self.stdout.write(f"Made: {', '.join(made)}." if made else "Nothing to make.")


def plant_tree() -> Pages:
    """The pages as drafts, so that each can link to every other; and the site that shows them."""
    pages: dict[str, Page] = {}
    for key, (page_type, above, fields) in TREE.items():
        parent = pages[above] if above else Page.get_first_root_node()
        pages[key] = parent.add_child(instance=page_type(**fields, live=False))
    show_on_default_site(pages["home"])
    return pages


def show_on_default_site(page: Page) -> None:
    """Makes `page` the default site's front, and removes the page Wagtail is delivered with."""
    address = urlsplit(settings.WAGTAILADMIN_BASE_URL)
    site = Site.objects.filter(is_default_site=True).first() or Site(is_default_site=True)
    old = site.root_page if site.pk else None
    site.root_page = page
    site.site_name = settings.WAGTAIL_SITE_NAME
    site.hostname = address.hostname or "localhost"
    site.port = address.port or (443 if address.scheme == "https" else 80)
    site.save()
    if old is not None and old.specific_class is Page and old.is_leaf():
        Page.objects.get(pk=old.pk).delete()


def fill_settings(pages: Pages) -> list[str]:
    """Writes the settings that have no row yet; says which."""
    site = Site.objects.get(is_default_site=True)
    footnotes = {f"{key}_page": pages.get(key) for key in ("privacy", "accessibility")}
    _, organisation_made = OrganisationSettings.objects.get_or_create(
        site=site,
        defaults=home_content.ORGANISATION | {"name": settings.WAGTAIL_SITE_NAME} | footnotes,
    )
    _, handling_made = HandlingSettings.objects.get_or_create(site=site, defaults=content.HANDLING)
    return ["organisation settings"] * organisation_made + ["handling settings"] * handling_made


def publish(pages: Pages) -> None:
    """Fills in links and rows, and publishes each page as a revision, children after parents."""
    for key in pages:
        page_type, _above, fields = TREE[key]
        page = page_type.objects.get(pk=pages[key].pk)
        for name, value in linked(fields, pages).items():
            setattr(page, name, value)
        add_rows(page, pages)
        page.save_revision(log_action=True).publish()


def add_rows(page: Page, pages: Pages) -> None:
    """The rows that belong to a page: ways on, stages, questions."""
    if isinstance(page, HomePage):
        page.ways_on = [
            WayOn(page=pages[key], title=title, text=text, sort_order=number)
            for number, (key, title, text) in enumerate(home_content.WAYS_ON)
        ]
    elif isinstance(page, ProcedurePage):
        page.stages = [
            ProcedureStage(**linked(row, pages), sort_order=number)
            for number, row in enumerate(content.STAGES)
        ]
    elif isinstance(page, ComplaintFormPage):
        page.questions = [block(row, pages) for row in content.QUESTIONS]


def block(row: Mapping[str, Any], pages: Pages) -> dict[str, Any]:
    """A row of the form as Wagtail stores it; a way out is a page's key in TREE."""
    settings = {name: value for name, value in row.items() if name not in {"id", "type", "exits"}}
    ways_out = {choice: pages[key].pk for choice, key in row.get("exits", {}).items()}
    if "choices" in row:
        settings["choices"] = [
            {"type": "item", "id": name, "value": {"text": text, "exit_page": ways_out.get(name)}}
            for name, text in row["choices"].items()
        ]
    return {"type": row["type"], "id": row["id"], "value": settings}


def linked(value: Any, pages: Pages) -> Any:
    """The value with each `data-to` made into Wagtail's link to that page, at any depth."""
    if isinstance(value, str):
        return LINK.sub(lambda found: f'linktype="page" id="{pages[found[1]].pk}"', value)
    if isinstance(value, dict):
        return {name: linked(part, pages) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(linked(part, pages) for part in value)
    return value


def fill_lists() -> list[str]:
    """Fills the lists of the case desk that are empty; says which. Editors keep them from here."""
    lists: dict[str, list[Any]] = {
        "themes": [Theme(name=name) for name in content.THEMES],
        "steps": [
            ChecklistItem(stage=stage, text=text, done_with=fact, position=number)
            for stage, steps in content.STEPS.items()
            for number, (text, fact) in enumerate(steps, start=1)
        ],
        "reply templates": [
            ReplyTemplate(stage=stage, title=title, text=text)
            for stage, title, text in content.REPLIES
        ],
    }
    made = []
    for name, rows in lists.items():
        model = type(rows[0])
        if not model._default_manager.exists():
            model._default_manager.bulk_create(rows)
            made.append(name)
    return made
