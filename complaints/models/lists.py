"""The lists that the organisation keeps in the CMS: coaches, themes, steps, reply templates."""

import re
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from complaints.events import DOES_A_STEP
from complaints.models.case import Complaint
from complaints.models.tables import InternalModel
from complaints.stages import Stage, choices_of


@register_snippet
class Coach(models.Model):
    """An art coach. A complaint keeps the name as it was chosen, so removing one loses nothing."""

    name = models.CharField(_("naam"), max_length=100, unique=True)
    is_active = models.BooleanField(
        _("staat in de lijst"),
        default=True,
        help_text=_("Uit: niet meer te kiezen op het formulier."),
    )

    panels: ClassVar = ["name", "is_active"]

    class Meta:
        verbose_name = _("kunstcoach")
        verbose_name_plural = _("kunstcoaches")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@register_snippet
class Theme(models.Model):
    """A theme. Removing one leaves its cases without a theme, and loses nothing else."""

    name = models.CharField(_("naam"), max_length=80, unique=True)
    is_active = models.BooleanField(
        _("te kiezen"), default=True, help_text=_("Uit: niet meer te kiezen bij een zaak.")
    )

    panels: ClassVar = ["name", "is_active"]

    class Meta:
        verbose_name = _("thema")
        verbose_name_plural = _("thema's")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@register_snippet
class ChecklistItem(models.Model):
    """A step that a handler does in a stage."""

    stage = models.CharField(_("fase"), max_length=20, choices=choices_of(Stage))
    text = models.CharField(_("stap"), max_length=200)
    done_with = models.CharField(
        _("vanzelf gedaan met"),
        max_length=20,
        choices=[(kind.value, kind.label) for kind in DOES_A_STEP],
        blank=True,
        help_text=_("Staat dit in het dossier, dan is de stap gedaan. Leeg: met de hand afvinken."),
    )
    position = models.PositiveSmallIntegerField(_("volgorde"), default=0)

    panels: ClassVar = ["stage", "text", "done_with", "position"]

    class Meta:
        verbose_name = _("stap in de werkwijze")
        verbose_name_plural = _("stappen in de werkwijze")
        ordering: ClassVar = ["stage", "position", "pk"]

    def __str__(self) -> str:
        return self.text


class ChecklistTick(InternalModel):
    """A step that was done in a case; keeps its text when the step is changed or removed."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="ticks")
    item = models.ForeignKey(ChecklistItem, on_delete=models.SET_NULL, null=True, related_name="+")
    stage = models.CharField(max_length=20, choices=choices_of(Stage))
    text = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta(InternalModel.Meta):
        verbose_name = _("gedane stap")
        ordering: ClassVar = ["at"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "item"], name="one_tick_per_step")
        ]


# What stands between braces in a text, and what it becomes; filled in by `cases.conversation`.
PLACEHOLDERS: dict[str, Any] = {
    "aanhef": _("Dag, met de naam van de klager als die bekend is"),
    "kenmerk": _("het kenmerk van de zaak"),
    "fase": _("de fase waarin de zaak staat"),
    "contact_voor": _("de dag waarvoor er persoonlijk contact is"),
    "beslissing_voor": _("de dag waarvoor er een uitkomst is"),
    "contactdagen": _("werkdagen tot persoonlijk contact"),
    "behandeldagen": _("dagen tot een uitkomst"),
    "voortgangsdagen": _("dagen zonder bericht, ten hoogste"),
    "behandelaar": _("wie de zaak behandelt"),
    "vertrouwenspersoon": _("de naam van de vertrouwenspersoon"),
    "commissie": _("de naam van de klachtencommissie"),
    "organisatie": _("de naam van de organisatie"),
}
IN_BRACES = re.compile(r"\{([^{}\n]*)\}")


def unknown_placeholders(text: str) -> list[str]:
    """Returns what stands between braces in a text and becomes nothing."""
    return [name for name in IN_BRACES.findall(text) if name not in PLACEHOLDERS]


class ReplyTemplateForm(WagtailAdminModelForm):
    """A new template is of whoever makes it; of those who keep everybody's, it is everybody's."""

    def save(self, commit: bool = True) -> Any:
        is_new = self.instance.pk is None
        if is_new and not self.for_user.has_perm("complaints.change_replytemplate"):
            self.instance.owner = self.for_user
        return super().save(commit)


class ReplyTemplate(models.Model):
    """A text for one stage, or for all. Words in braces become dates and terms (see the help)."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("van"),
    )
    stage = models.CharField(
        _("fase"),
        max_length=20,
        choices=choices_of(Stage),
        blank=True,
        help_text=_("Leeg: in elke fase."),
    )
    title = models.CharField(_("titel"), max_length=80)
    text = models.TextField(_("tekst"), max_length=10_000)

    base_form_class = ReplyTemplateForm
    panels: ClassVar = [
        "stage",
        "title",
        FieldPanel(
            "text",
            help_text=_(
                "Een woord tussen accolades vult de site zelf in, bijvoorbeeld {kenmerk} of "
                "{beslissing_voor}. Typ je er een die niet bestaat, dan zie je welke er zijn."
            ),
        ),
    ]

    class Meta:
        verbose_name = _("antwoordsjabloon")
        verbose_name_plural = _("antwoordsjablonen")
        ordering: ClassVar = ["title"]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Refuses a placeholder that would reach a complainant unfilled; says which there are."""
        super().clean()
        unknown = unknown_placeholders(self.text)
        if unknown:
            raise ValidationError({"text": _refusal(unknown)})


def _refusal(unknown: list[str]) -> str:
    known = "; ".join(f"{{{name}}}: {label}" for name, label in PLACEHOLDERS.items())
    words = gettext("De site kent %(unknown)s niet. Dit kan wel: %(known)s.")
    return words % {"unknown": ", ".join(f"{{{name}}}" for name in unknown), "known": known}
