"""The form builder: a page whose fields editors make, and which hands answers to nobody itself.

The fields are those of `wagtail.contrib.forms`; the page is a plain Page, not a FormMixin: it
never enters the Forms menu and writes no FormSubmission (design decision 1).
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.fields import RichTextField
from wagtail.models import Page

from complaints.models.form_checks import ComplaintFormPageForm
from complaints.models.form_field import steps_of
from complaints.models.form_panels import QuestionsPanel
from complaints.models.pages import ProcedurePage
from complaints.questions import ConsentTexts, FormDefinition
from home.blocks import LINE_FEATURES

PAST_LABEL = "Ik kan dit niet met mijn coach bespreken: verder met mijn klacht"


class ComplaintFormPage(Page):
    """The complaint form. Its text and questions are the editors'; its answers are not."""

    base_form_class = ComplaintFormPageForm

    # Set by complaints.public when it loads: models do not know of views.
    presenter: ClassVar[Callable[..., HttpResponse] | None] = None

    introduction = RichTextField(_("inleiding"), features=[*LINE_FEATURES, "ul"])
    first_step_title = models.CharField(_("kop van de eerste stap"), max_length=100)
    privacy_notice = RichTextField(
        _("wat er met je gegevens gebeurt"), features=[*LINE_FEATURES, "ul"]
    )
    consent_text = RichTextField(
        _("toestemming: de klacht verwerken"),
        features=LINE_FEATURES,
        help_text=_("Je kunt de woorden wijzigen. De vraag zelf kan niet weg."),
    )
    mail_consent_text = RichTextField(
        _("toestemming: berichten per e-mail"), features=LINE_FEATURES
    )
    health_consent_text = RichTextField(
        _("toestemming: gegevens over gezondheid"), features=LINE_FEATURES
    )
    anonymous_note = RichTextField(_("als je geen naam of adres geeft"), features=LINE_FEATURES)
    deputy_note = RichTextField(_("als de plaatsvervanger je klacht leest"), features=LINE_FEATURES)
    no_deputy_note = RichTextField(_("als er geen plaatsvervanger is"), features=LINE_FEATURES)
    past_label = models.CharField(
        _("knop langs een advies"),
        max_length=120,
        default=PAST_LABEL,
        help_text=_("Wie eerst advies krijgt, kan met deze knop altijd verder met de klacht."),
    )
    confirmation_text = RichTextField(_("tekst op de bevestiging"), features=[*LINE_FEATURES, "ul"])

    content_panels: ClassVar = [
        *Page.content_panels,
        FieldPanel("introduction"),
        FieldPanel("first_step_title"),
        QuestionsPanel("form_fields", heading=_("Vragen en stappen"), label=_("rij"), min_num=1),
        MultiFieldPanel(
            [
                FieldPanel("privacy_notice"),
                FieldPanel("consent_text"),
                FieldPanel("mail_consent_text"),
                FieldPanel("health_consent_text"),
            ],
            heading=_("Privacy en toestemming"),
        ),
        MultiFieldPanel(
            [
                FieldPanel("anonymous_note"),
                FieldPanel("deputy_note"),
                FieldPanel("no_deputy_note"),
                FieldPanel("past_label"),
                FieldPanel("confirmation_text"),
            ],
            heading=_("Controleren en bevestigen"),
        ),
    ]
    parent_page_types: ClassVar = [ProcedurePage]
    subpage_types: ClassVar = []

    class Meta:
        verbose_name = _("klachtenformulier")
        verbose_name_plural = _("klachtenformulieren")

    def definition(self) -> FormDefinition:
        """The form as data, as the page (or an unsaved preview of it) states it now."""
        rows = list(self.form_fields.all())
        return FormDefinition(
            page_id=self.pk,
            title=self.title,
            steps=steps_of(self.first_step_title, rows),
            consents=ConsentTexts(
                filing=str(self.consent_text),
                mail=str(self.mail_consent_text),
                health=str(self.health_consent_text),
            ),
        )

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._present(request, "first")

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        """Each step, the check page, the confirmation."""
        steps = [
            (
                f"step-{number}",
                _("Stap %(number)s: %(title)s") % {"number": number, "title": s.title},
            )
            for number, s in enumerate(self.definition().steps, start=1)
        ]
        return [*steps, ("check", _("Controleren")), ("confirmation", _("Bevestiging"))]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return self._present(request, mode_name or "step-1")

    def _present(self, request: HttpRequest, mode: str) -> HttpResponse:
        presenter = type(self).presenter
        if presenter is None:  # pragma: no cover - complaints.public is always loaded
            raise RuntimeError("complaints.public has not been loaded")
        return presenter(request, self, mode)
