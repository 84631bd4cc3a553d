"""The app of everything a visitor reads that is not the procedure itself."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "home"
    verbose_name = "Site"

    def ready(self) -> None:
        from django.db.models.signals import post_delete, post_save
        from wagtail.models import Page, PageViewRestriction, Site
        from wagtail.signals import (
            page_published,
            page_slug_changed,
            page_unpublished,
            post_page_move,
        )

        from home.models import OrganisationSettings
        from home.shell import begin_edition

        for signal in (page_published, page_unpublished, page_slug_changed, post_page_move):
            signal.connect(begin_edition)
        for sender in (OrganisationSettings, PageViewRestriction, Site):
            post_save.connect(begin_edition, sender=sender)
        for gone in (Page, PageViewRestriction, Site):
            post_delete.connect(begin_edition, sender=gone)
