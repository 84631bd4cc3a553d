"""What handling leaves on a case beside its history, and the lists that the organisation keeps.

Due dates, advice, ruling, steps done; themes, steps to do and reply templates, and the coaches of
the form. A due date is stamped when its event happens: once promised it does not move by itself.
Advice and ruling are two records, for one binds nobody and the other binds both (R-06).
"""

import re
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel
from wagtail.snippets.models import register_snippet

from complaints.events import DOES_A_STEP
from complaints.models.case import Complaint
from complaints.models.tables import InternalModel, of_case, one_of, person
from complaints.stages import Acceptance, Compliance, ConsentPurpose, Stage, Status
from complaints.terms import TermKind
from home.models import may_lead_to

AGREED_TO = (
    (ConsentPurpose.COACH.value, _("Toestemming om te delen met de kunstcoach")),
    (ConsentPurpose.COMMITTEE.value, _("Toestemming om te delen met de klachtencommissie")),
)
OUTLIVING = [kind for kind in TermKind if kind.outlives_case]


class TermQuerySet(models.QuerySet["Term"]):
    def running(self) -> "TermQuerySet":
        """Returns those whose date counts: `Term.is_running`, asked of the database."""
        outlives = Q(kind__in=OUTLIVING) & ~Q(complaint__sealed=b"")
        still = Q(kind=TermKind.HANDLING, complaint__paused_on__isnull=False)
        live = self.filter(Q(complaint__status=Status.OPEN) | outlives, met_at=None)
        return live.exclude(still)


class Term(InternalModel):
    """By when something has to happen in a case, and when it did."""

    complaint = of_case("terms")
    kind = one_of(TermKind)
    due_on = models.DateField()
    met_at = models.DateTimeField(null=True, blank=True)
    times_extended = models.PositiveSmallIntegerField(default=0)

    objects = TermQuerySet.as_manager()

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["due_on"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["complaint", "kind"], name="one_term_per_kind")
        ]

    @property
    def is_running(self) -> bool:
        """Whether its date counts now.

        A stopped clock holds the decision's; closing ends all but a duty towards the coach, and
        erasing that too, for then nothing is held about the coach any more.
        """
        case, kind = self.complaint, TermKind(self.kind)
        is_live = case.is_open or (kind.outlives_case and bool(case.sealed))
        stands_still = kind is TermKind.HANDLING and case.paused_on is not None
        return self.met_at is None and is_live and not stands_still


class Advice(InternalModel):
    """The confidant's advice in stage 2; `sealed` is its text. It does not bind."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="advices")
    given_on = models.DateField()
    sealed = models.BinaryField(null=True)
    by_complainant = one_of(Acceptance, length=10, blank=True, default=Acceptance.UNKNOWN)
    by_coach = one_of(Acceptance, length=10, blank=True, default="")

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["pk"]


class Ruling(InternalModel):
    """The committee's ruling in stage 3; `sealed` is its text. It binds both parties."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="rulings")
    ruled_on = models.DateField()
    comply_by = models.DateField(null=True)
    sealed = models.BinaryField(null=True)
    compliance = one_of(Compliance, length=10, blank=True, default=Compliance.UNKNOWN)
    compliance_on = models.DateField(null=True)

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["pk"]


class Listed(models.Model):
    """One of a list to choose from, by its name."""

    name = models.CharField(_("naam"), max_length=100, unique=True)

    class Meta:
        abstract = True
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


@register_snippet
class Coach(Listed):
    """An art coach. A complaint keeps the name as it was chosen, so removing one loses nothing."""

    is_active = models.BooleanField(
        _("staat in de lijst"),
        default=True,
        help_text=_("Uit: niet meer te kiezen op het formulier."),
    )

    class Meta(Listed.Meta):
        verbose_name = _("kunstcoach")
        verbose_name_plural = _("kunstcoaches")


@register_snippet
class Theme(Listed):
    """A theme. Removing one leaves its cases without a theme, and loses nothing else."""

    is_active = models.BooleanField(
        _("te kiezen"), default=True, help_text=_("Uit: niet meer te kiezen bij een zaak.")
    )

    class Meta(Listed.Meta):
        verbose_name = _("thema")
        verbose_name_plural = _("thema's")


@register_snippet
class ChecklistItem(models.Model):
    """A step that a handler does in a stage."""

    stage = one_of(Stage, _("fase"))
    text = models.CharField(_("stap"), max_length=200)
    done_with = models.CharField(
        _("vanzelf gedaan met"),
        max_length=20,
        choices=[*((kind.value, kind.label) for kind in DOES_A_STEP), *AGREED_TO],
        blank=True,
        help_text=_("Staat dit in het dossier, dan is de stap gedaan. Leeg: met de hand afvinken."),
    )
    position = models.PositiveSmallIntegerField(_("volgorde"), default=0)

    class Meta:
        verbose_name = _("stap in de werkwijze")
        verbose_name_plural = _("stappen in de werkwijze")
        ordering: ClassVar = ["stage", "position", "pk"]

    def __str__(self) -> str:
        return self.text


class ChecklistTick(InternalModel):
    """A step that was done in a case; keeps its text when the step is changed or removed."""

    complaint = of_case("ticks")
    item = may_lead_to("complaints.ChecklistItem")
    stage = one_of(Stage)
    text = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = person()

    class Meta(InternalModel.Meta):
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


class ReplyTemplateForm(WagtailAdminModelForm):
    """A new template is of whoever makes it; of those who keep everybody's, it is everybody's."""

    def save(self, commit: bool = True) -> Any:
        is_new = self.instance.pk is None
        if is_new and not self.for_user.has_perm("complaints.change_replytemplate"):
            self.instance.owner = self.for_user
        return super().save(commit)


class ReplyTemplate(models.Model):
    """A text for one stage, or for all. Words in braces become dates and terms (see the help)."""

    owner = person(_("van"))
    stage = one_of(Stage, _("fase"), blank=True, help_text=_("Leeg: in elke fase."))
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
        if unknown := [name for name in IN_BRACES.findall(self.text) if name not in PLACEHOLDERS]:
            known = "; ".join(f"{{{name}}}: {label}" for name, label in PLACEHOLDERS.items())
            words = gettext("De site kent %(unknown)s niet. Dit kan wel: %(known)s.")
            said = {"unknown": ", ".join(f"{{{name}}}" for name in unknown), "known": known}
            raise ValidationError({"text": words % said})
