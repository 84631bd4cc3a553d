"""The procedure's text as it was in force: kept for good, whatever happens to the page."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.models import Page


class ProcedureText(models.Model):
    """A snapshot of the procedure's text, unique by hash.

    A page's revisions go when the page goes; a complaint keeps pointing at this row.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=255)
    html = models.TextField()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("proceduretekst")

    def __str__(self) -> str:
        return f"{self.title} ({self.sha256[:8]})"


class PublicationQuerySet(models.QuerySet["ProcedurePublication"]):
    def of(self, page: Page) -> "PublicationQuerySet":
        """The publications of one procedure page, newest first."""
        return self.filter(page=page).select_related("text").order_by("-published_at", "-pk")

    def in_force(self) -> "ProcedurePublication | None":
        """The publication now in force: the newest of a live page, or else the newest there is."""
        newest = self.order_by("-published_at", "-pk")
        return newest.filter(page__live=True).first() or newest.first()


class ProcedurePublication(models.Model):
    """When a text came into force. The same text can come back: then it has two rows (R-01)."""

    page = models.ForeignKey(
        "complaints.ProcedurePage",
        on_delete=models.SET_NULL,
        null=True,
        related_name="publications",
    )
    text = models.ForeignKey(ProcedureText, on_delete=models.PROTECT, related_name="publications")
    published_at = models.DateTimeField(db_index=True)

    objects = PublicationQuerySet.as_manager()
    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("publicatie van de procedure")
        ordering: ClassVar = ["-published_at"]

    def __str__(self) -> str:
        return f"{self.text} {self.published_at:%Y-%m-%d}"
