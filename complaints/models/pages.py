"""The public pages of the procedure, and the procedure's text as it was in force.

The form has its own module.
"""

from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page, PagePermissionTester
from wagtail.search import index

from complaints.models.form import ComplaintFormPage
from complaints.models.roster import may_handle
from complaints.models.tables import InternalModel, compiled_once, person
from complaints.stages import Stage
from home.blocks import LINE_FEATURES, BlocksField, BodyBlock
from home.models import SitePage, may_lead_to
from home.shell import offered


class ProcedureText(InternalModel):
    """A snapshot of the procedure's text, unique by hash.

    A page's revisions go when the page goes; a complaint keeps pointing at this row.
    """

    sha256 = models.CharField(max_length=64, unique=True)
    title = models.CharField(max_length=255)
    html = models.TextField()


class ProcedurePublication(InternalModel):
    """When a text came into force. The same text can come back: then it has two rows (R-01)."""

    page = may_lead_to("complaints.ProcedurePage", related_name="publications")
    text = models.ForeignKey(ProcedureText, on_delete=models.PROTECT, related_name="publications")
    published_at = models.DateTimeField()

    class Meta(InternalModel.Meta):
        ordering: ClassVar = ["-published_at", "-pk"]

    @classmethod
    def in_force(cls) -> "ProcedurePublication | None":
        """Returns the publication in force: the newest of a live page, else the newest there is."""
        return next(iter(_newest_live()), None) or cls.objects.first()


@compiled_once
def _newest_live() -> models.QuerySet[ProcedurePublication]:
    return ProcedurePublication.objects.filter(page__live=True)[:1]


class ProcedurePage(SitePage):
    """The complaints procedure. Each published version is kept: see ProcedureText."""

    introduction = RichTextField(_("inleiding"), features=LINE_FEATURES)
    talk_first_title = models.CharField(_("kop"), max_length=100)
    talk_first_text = RichTextField(_("tekst"), features=LINE_FEATURES)
    body: Any = BlocksField(BodyBlock(), verbose_name=_("inhoud"))
    stages_title = models.CharField(_("kop boven de fasen"), max_length=100)
    start_label = models.CharField(_("tekst op de startknop"), max_length=60)

    content_panels: ClassVar = [
        *Page.content_panels,
        "introduction",
        MultiFieldPanel(
            ["talk_first_title", "talk_first_text"], heading=_("Praat eerst met je coach")
        ),
        "stages_title",
        InlinePanel("stages", heading=_("De drie fasen"), label=_("fase"), min_num=3, max_num=3),
        "body",
        "start_label",
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("body")]
    parent_page_types: ClassVar = ["home.HomePage"]
    subpage_types: ClassVar = [
        "complaints.ConfidantPage",
        "complaints.ComplaintFormPage",
        "home.ContentPage",
    ]

    class Meta:
        verbose_name = _("klachtenprocedure")
        verbose_name_plural = _("klachtenprocedures")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        confidants = [f"confidantpage__{name}" for name in ConfidantPage.introduced_by]
        below = self.get_children().live().select_related("confidantpage__portrait")
        below = below.only("url_path", "content_type", *confidants)
        first = {page.specific_class: page for page in reversed(below) if page.pk in offered()}
        confidant, form = first.get(ConfidantPage), first.get(ComplaintFormPage)
        context["confidant"] = confidant and confidant.confidantpage
        context["form_page"] = form
        context["effort"] = form and SimpleLazyObject(lambda: effort_of(form.specific))
        context["publications"] = self.publications.all()
        return context


def effort_of(form: ComplaintFormPage) -> dict[str, int]:
    """Returns what a form asks at least: its pages, the last check included, and its musts."""
    shown = form.definition().visible({})  # to somebody who has answered nothing yet
    required = sum(asked.required for _, step in shown for asked in step)
    return {"steps": len(shown) + 1, "required": required}


class ProcedureStage(Orderable):
    """One of the three stages as the public reads it; its place says which stage it is."""

    page = ParentalKey(ProcedurePage, on_delete=models.CASCADE, related_name="stages")
    title = models.CharField(_("kop"), max_length=100)
    who_acts = models.CharField(_("wie doet wat"), max_length=200)
    who_acts_deputy = models.CharField(
        _("wie doet wat, voorbij de vertrouwenspersoon"),
        max_length=200,
        blank=True,
        help_text=_("Te lezen bij een klacht die naar de plaatsvervanger gaat."),
    )
    binding = models.CharField(
        _("bindend of niet"),
        max_length=120,
        help_text=_("In woorden, bijvoorbeeld: Niet bindend: jullie kiezen zelf."),
    )
    text = RichTextField(_("tekst"), features=["bold", "italic", "ul", "link"])

    @property
    def stage(self) -> Stage:
        """Which stage of the procedure this text is about."""
        siblings = list(self.page.stages.all())
        return list(Stage)[siblings.index(self)]

    def acting(self, stage: Stage, is_past_confidant: bool) -> str:
        """Who acts; never the confidant in a case kept from them, whatever was left empty."""
        if not is_past_confidant or (stage.is_binding and not self.who_acts_deputy):
            return self.who_acts
        return self.who_acts_deputy or gettext("De plaatsvervanger behandelt je klacht.")

    def clean(self) -> None:
        super().clean()
        if not self.binding.strip():
            raise ValidationError({"binding": _("Zeg in woorden of deze fase bindend is.")})


# Held by editors: who a page is about and where it stands is not up to that person.
BY_EDITORS = "home.change_organisationsettings"


class ProfileTester(PagePermissionTester):
    """Whoever the page is about may write and publish it, and nothing more."""

    @property
    def _is_theirs(self) -> bool:
        """Asks what is published: `page` may be a draft that names another."""
        named = ConfidantPage.objects.filter(pk=self.page.pk, person=self.user)
        return self.user.is_active and may_handle(self.user) and named.exists()

    def can_edit(self) -> bool:
        return bool(super().can_edit() or self._is_theirs)

    def can_publish(self) -> bool:
        return bool(super().can_publish() or self._is_theirs)

    def can_copy(self) -> bool:
        return bool(super().can_edit())

    def can_set_view_restrictions(self) -> bool:
        return bool(super().can_publish())


class ConfidantPage(SitePage):
    """Who the confidant is, and how to reach them before reading anything else."""

    person = person(
        _("account"),
        help_text=_("Wie klachten behandelt en hier staat, wijzigt deze pagina ook zelf."),
    )
    name = models.CharField(_("naam"), max_length=100)
    role = models.CharField(_("rol in één regel"), max_length=200)
    portrait = may_lead_to("wagtailimages.Image", _("portret"))
    since = models.CharField(_("sinds wanneer"), max_length=100, blank=True)
    biography = RichTextField(_("over de vertrouwenspersoon"), features=LINE_FEATURES)
    independence = RichTextField(_("waarom onafhankelijk"), features=LINE_FEATURES)
    does = RichTextField(_("wat de vertrouwenspersoon doet"), features=["bold", "ul", "link"])
    way_past_title = models.CharField(_("kop"), max_length=100, blank=True)
    way_past_text = RichTextField(_("tekst"), features=LINE_FEATURES, blank=True)
    availability = models.CharField(_("bereikbaar"), max_length=200, blank=True)
    email = models.EmailField(_("e-mailadres"), blank=True)
    phone = models.CharField(_("telefoon"), max_length=40, blank=True)

    content_panels: ClassVar = [
        *Page.content_panels,
        MultiFieldPanel(
            [FieldPanel("person", permission=BY_EDITORS), *("name", "role", "portrait", "since")],
            heading=_("Wie"),
        ),
        MultiFieldPanel(["availability", "email", "phone"], heading=_("Bereikbaar")),
        MultiFieldPanel(
            ["way_past_title", "way_past_text"],
            heading=_("Voor wie hier niet bij deze persoon terechtkan"),
        ),
        "does",
        "independence",
        "biography",
    ]
    promote_panels: ClassVar = [
        FieldPanel(name, permission=BY_EDITORS)
        for name in ("slug", "seo_title", "search_description", "show_in_menus")
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("biography")]
    parent_page_types: ClassVar = [ProcedurePage]
    subpage_types: ClassVar = []
    # What the procedure page shows of the confidant.
    introduced_by: ClassVar = ["name", "role", "portrait", "availability", "email", "phone"]

    class Meta:
        verbose_name = _("vertrouwenspersoon")
        verbose_name_plural = _("vertrouwenspersonen")

    def permissions_for_user(self, user: User) -> ProfileTester:
        return ProfileTester(user, self)

    @property
    def monogram(self) -> str:
        """The initials shown where there is no portrait."""
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:])[: len(words)]).upper()

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        forms = ComplaintFormPage.objects.sibling_of(self)
        context["form_page"] = forms.filter(pk__in=offered()).first()
        return context
