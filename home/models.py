"""What any visitor reads apart from the procedure itself, and who the organisation is."""

from typing import Any, ClassVar, Self
from uuid import uuid4

from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import InlinePanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField
from wagtail.models import Orderable, Page, PageViewRestriction, Site
from wagtail.search import index

from home.blocks import LINE_FEATURES, BlocksField, BodyBlock
from home.shell import offered, page_addresses


def may_lead_to(
    model: str, label: Any = None, *, on_delete: Any = models.SET_NULL, **more: Any
) -> "models.ForeignKey[Any, Any]":
    """Returns a field for one of those, or none; when that is deleted, for none unless told.

    Without an index: only that deleting asks for all that led there.
    """
    none: dict[str, Any] = {"null": True, "blank": True, "related_name": "+", "db_index": False}
    return models.ForeignKey(model, on_delete, verbose_name=label, **(none | more))


class SitePage(Page):
    """The base of every page of this site."""

    class Meta:
        abstract = True

    def get_view_restrictions(self) -> models.QuerySet[PageViewRestriction]:
        """Returns the restrictions on this page; asked once where `serve_page` found it."""
        if not hasattr(self, "all_are_public"):
            return super().get_view_restrictions()
        if "restrictions" not in vars(self):
            none = PageViewRestriction.objects.none()
            self.restrictions = none if self.all_are_public else super().get_view_restrictions()
        return self.restrictions

    def clean(self) -> None:
        """Addresses are in small letters, for one typed in capitals is looked up in small ones."""
        self.slug = self.slug.lower()  # type: ignore[has-type]  # Wagtail gives it none
        super().clean()


class HomePage(SitePage):
    """The front door: what this site is, and the ways on."""

    introduction = RichTextField(_("inleiding"), features=LINE_FEATURES)
    body: Any = BlocksField(BodyBlock(), blank=True, verbose_name=_("inhoud"))

    content_panels: ClassVar = [
        *Page.content_panels,
        "introduction",
        InlinePanel("ways_on", heading=_("Wegwijzers"), label=_("wegwijzer"), min_num=1),
        "body",
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("introduction")]
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    max_count = 1

    class Meta:
        verbose_name = _("startpagina")

    def get_context(self, request: HttpRequest, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        ways_on = list(self.ways_on.all())
        addresses = page_addresses(way.page_id for way in ways_on)
        context["ways_on"] = [(way, url) for way in ways_on if (url := addresses[way.page_id])]
        return context


class WayOn(Orderable):
    """One way on from the home page: a page and, in a sentence, for whom it is."""

    home = ParentalKey(HomePage, on_delete=models.CASCADE, related_name="ways_on")
    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.CASCADE, related_name="+", verbose_name=_("pagina")
    )
    title = models.CharField(_("kop"), max_length=100)
    text = models.CharField(_("zin"), max_length=250)


class ContentPage(SitePage):
    """A page of text: the privacy statement, the accessibility statement, advice before filing."""

    introduction = RichTextField(_("inleiding"), features=LINE_FEATURES, blank=True)
    body: Any = BlocksField(BodyBlock(), verbose_name=_("inhoud"))

    content_panels: ClassVar = [*Page.content_panels, "introduction", "body"]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("body")]

    class Meta:
        verbose_name = _("tekstpagina")
        verbose_name_plural = _("tekstpagina's")


FIXED = ("privacy_page_id", "accessibility_page_id")
DEFAULTS = ("name", "quick_exit_url")  # of the first site; a further one leaves them empty


@register_setting(icon="home", order=100)
class OrganisationSettings(BaseSiteSetting):
    """Who the organisation is, and the texts that stand on more than one page. For editors."""

    name = models.CharField(_("naam"), max_length=100, default="AKM KunstMaat")
    tagline = models.CharField(_("ondertitel"), max_length=150, blank=True)
    email = models.EmailField(_("e-mailadres"), blank=True)
    phone = models.CharField(_("telefoon"), max_length=40, blank=True)
    address = models.TextField(_("adres"), blank=True)
    logo = may_lead_to("wagtailimages.Image", _("logo"))
    mailbox_readers = models.CharField(
        _("wie de mail leest"),
        max_length=250,
        blank=True,
        help_text=_("Staat overal bij het e-mailadres: een mailbox is geen vertrouwelijke weg."),
    )
    urgent_help = RichTextField(
        _("hulp bij nood"),
        features=["bold", "link", "ul"],
        blank=True,
        help_text=_("Staat op het formulier en op de bevestiging."),
    )
    writing_help = RichTextField(
        _("hulp bij het opschrijven"),
        features=["bold", "link", "ul"],
        blank=True,
        help_text=_("Gratis, onafhankelijke hulp. Staat op elke pagina op dezelfde plek."),
    )
    privacy_page = may_lead_to("wagtailcore.Page", _("privacyverklaring"))
    accessibility_page = may_lead_to("wagtailcore.Page", _("toegankelijkheidsverklaring"))
    quick_exit_url = models.URLField(
        _("waar ‘Sluit deze pagina snel’ heen gaat"), default="https://www.buienradar.nl/"
    )
    edition = models.UUIDField(default=uuid4, editable=False)  # see home.shell

    panels: ClassVar = [
        MultiFieldPanel(
            ["name", "tagline", "email", "mailbox_readers", "phone", "address", "logo"],
            heading=_("Organisatie"),
        ),
        MultiFieldPanel(["urgent_help", "writing_help", "quick_exit_url"], heading=_("Hulp")),
        MultiFieldPanel(["privacy_page", "accessibility_page"], heading=_("Vaste pagina's")),
    ]

    class Meta:
        verbose_name = _("organisatie en teksten")

    @property
    def contact(self) -> str:
        """How to reach the organisation, a line each."""
        return "\n".join(filter(None, [self.email, self.phone]))

    @classmethod
    def for_site(cls, site: Site | None) -> Self:
        """What was filled in for this site, to edit. Only the default site begins with defaults."""
        if site is None or site.is_default_site:
            return super().for_site(site)
        return cls.objects.get_or_create(site=site, defaults=dict.fromkeys(DEFAULTS, ""))[0]

    @classmethod
    def for_request(cls, request: HttpRequest) -> Self:
        """What a visitor reads: what this site leaves empty, as the default site has it.

        A statement that was taken down is not named.
        """
        if hasattr(request, cls.get_cache_attr_name()):
            return super().for_request(request)
        settings, site = super().for_request(request), Site.find_for_request(request)
        default = None if site.is_default_site else cls.objects.filter(site__is_default_site=True)
        if default is not None and (first := default.first()) is not None:
            for field in cls._meta.fields:
                if not getattr(settings, field.attname):
                    setattr(settings, field.attname, getattr(first, field.attname))
        for name in FIXED:
            if getattr(settings, name) not in offered():
                setattr(settings, name, None)
        return settings

    @property
    def fixed_pages(self) -> list[Page]:
        """The privacy and the accessibility statement, as far as they are named."""
        return [offered()[pk] for name in FIXED if (pk := getattr(self, name)) in offered()]
