"""What any visitor reads apart from the procedure itself, and who the organisation is."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel
from wagtail.contrib.settings.models import BaseSiteSetting, register_setting
from wagtail.fields import RichTextField, StreamField
from wagtail.models import Orderable, Page
from wagtail.search import index

from home.blocks import LINE_FEATURES, BodyBlock


class HomePage(Page):
    """The front door: what this site is, and the ways on."""

    introduction = RichTextField(_("inleiding"), features=LINE_FEATURES)
    body = StreamField(BodyBlock(), blank=True, verbose_name=_("inhoud"))

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("introduction"),
        InlinePanel("ways_on", heading=_("Wegwijzers"), label=_("wegwijzer"), min_num=1),
        FieldPanel("body"),
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("introduction")]
    parent_page_types: ClassVar = ["wagtailcore.Page"]
    max_count = 1
    template = "home/home_page.html"

    class Meta:
        verbose_name = _("startpagina")


class WayOn(Orderable):
    """One way on from the home page: a page and, in a sentence, for whom it is."""

    home = ParentalKey(HomePage, on_delete=models.CASCADE, related_name="ways_on")
    page = models.ForeignKey(
        "wagtailcore.Page", on_delete=models.CASCADE, related_name="+", verbose_name=_("pagina")
    )
    title = models.CharField(_("kop"), max_length=100)
    text = models.CharField(_("zin"), max_length=250)

    panels: ClassVar = [FieldPanel("page"), FieldPanel("title"), FieldPanel("text")]


class ContentPage(Page):
    """A page of text: the privacy statement, the accessibility statement, advice before filing."""

    introduction = RichTextField(_("inleiding"), features=LINE_FEATURES, blank=True)
    body = StreamField(BodyBlock(), verbose_name=_("inhoud"))

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("body"),
    ]
    search_fields: ClassVar = [*Page.search_fields, index.SearchField("body")]
    template = "home/content_page.html"

    class Meta:
        verbose_name = _("tekstpagina")
        verbose_name_plural = _("tekstpagina's")


@register_setting(icon="home", order=100)
class OrganisationSettings(BaseSiteSetting):
    """Who the organisation is, and the texts that stand on more than one page. For editors."""

    name = models.CharField(_("naam"), max_length=100, default="AKM KunstMaat")
    tagline = models.CharField(_("ondertitel"), max_length=150, blank=True)
    email = models.EmailField(_("e-mailadres"), blank=True)
    phone = models.CharField(_("telefoon"), max_length=40, blank=True)
    address = models.TextField(_("adres"), blank=True)
    logo = models.ForeignKey(
        "wagtailimages.Image",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("logo"),
    )
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
    privacy_page = models.ForeignKey(
        "wagtailcore.Page",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("privacyverklaring"),
    )
    accessibility_page = models.ForeignKey(
        "wagtailcore.Page",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("toegankelijkheidsverklaring"),
    )
    quick_exit_url = models.URLField(
        _("waar 'Sluit deze pagina snel' heen gaat"),
        default="https://www.buienradar.nl/",
    )

    select_related: ClassVar = ["logo", "privacy_page", "accessibility_page"]
    panels: ClassVar = [
        MultiFieldPanel(
            [
                FieldPanel("name"),
                FieldPanel("tagline"),
                FieldPanel("email"),
                FieldPanel("mailbox_readers"),
                FieldPanel("phone"),
                FieldPanel("address"),
                FieldPanel("logo"),
            ],
            heading=_("Organisatie"),
        ),
        MultiFieldPanel(
            [FieldPanel("urgent_help"), FieldPanel("writing_help"), FieldPanel("quick_exit_url")],
            heading=_("Hulp"),
        ),
        MultiFieldPanel(
            [FieldPanel("privacy_page"), FieldPanel("accessibility_page")],
            heading=_("Vaste pagina's"),
        ),
    ]

    class Meta:
        verbose_name = _("organisatie en teksten")
