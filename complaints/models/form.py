"""The form builder: a page whose fields editors make, and which hands answers to nobody itself.

What an editor may not save is refused here, each refusal with its mend.
"""

import json
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.admin.panels import FieldPanel, HelpPanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.fields import RichTextField

from complaints.models.form_blocks import FormBlock
from complaints.models.form_field import (
    QuestionsComparison,
    Row,
    purpose_of,
    steps_of,
    versions_of,
    with_own_ids,
)
from complaints.models.settings import HandlingSettings
from complaints.questions import ConsentTexts, FormDefinition, Purpose
from home.blocks import LINE_FEATURES, BlocksField
from home.models import SitePage


class QuestionsPanel(FieldPanel):
    """The form's blocks, of which two versions are compared in words."""

    def get_comparison_class(self) -> type[QuestionsComparison]:
        return QuestionsComparison


class VersionsPanel(HelpPanel):
    """Earlier versions of the form with what each changed, to put back from here."""

    class BoundPanel(HelpPanel.BoundPanel):
        def is_shown(self) -> bool:
            return bool(self.instance.pk)

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            return context | {"versions": versions_of(self.instance)}


class ConfirmPanel(FieldPanel):
    """A box to tick that only shows when there is something to confirm."""

    class BoundPanel(FieldPanel.BoundPanel):
        def is_shown(self) -> bool:
            return super().is_shown() and bool(getattr(self.form, "losses", None))


CONSENTS = ("consent_text", "mail_consent_text", "health_consent_text")
NAMED_STEP = re.compile(r"\bstap (\d+)", re.IGNORECASE)


class ComplaintFormPageForm(WagtailAdminPageForm):
    """What is published asks for consent, and loses what protects people only when confirmed."""

    confirmed = forms.BooleanField(
        required=False, label=gettext_lazy("Ik wil het formulier zo publiceren")
    )
    losses: list[str]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        self.losses = []
        if self.is_deferred_validation:
            return cleaned
        for name in CONSENTS:
            # The words can be changed; the question cannot be taken away by emptying it.
            if name in cleaned and not strip_tags(unescape(str(cleaned[name]))).strip():
                self.add_error(name, _("Dit is een verplicht veld."))
        if "questions" in cleaned:
            rows = cleaned["questions"].get_prep_value()
            self.losses = list(losses(rows, strip_tags(str(cleaned.get("introduction", "")))))
            if self.losses and not cleaned.get("confirmed"):
                self.add_error("confirmed", self.losses)
        return cleaned


def losses(rows: list[Row], introduction: str) -> Iterator[str]:
    """What a coachee would miss in this form, in words."""
    served = {purpose_of(row) for row in rows}
    deputies = HandlingSettings.objects.exclude(deputy=None)
    if Purpose.ROUTE not in served and deputies.exists():
        yield _("Niemand kan de plaatsvervanger kiezen: er is geen vraag wie de klacht behandelt.")
    if not served & {Purpose.EMAIL, Purpose.PHONE}:
        yield _("We kunnen niemand bereiken: er is geen vraag naar e-mailadres of telefoon.")
    if Purpose.DISCUSSED not in served:
        yield _("Niemand krijgt de raad om eerst met de coach te praten: die vraag is er niet.")
    count = len(steps_of("", rows))
    for number in NAMED_STEP.findall(introduction):
        if not 1 <= int(number) <= count:
            yield _("De inleiding noemt stap %(number)s. Die is er niet.") % {"number": number}


class ComplaintFormPage(SitePage):
    """The complaint form. Its text and questions are the editors'; its answers are not."""

    # Set by complaints.public when it loads: models do not know of views.
    presenter: ClassVar[Callable[..., HttpResponse] | None] = None

    introduction = RichTextField(gettext_lazy("inleiding"), features=[*LINE_FEATURES, "ul"])
    questions: Any = BlocksField(FormBlock(), verbose_name=gettext_lazy("vragen en stappen"))
    privacy_notice = RichTextField(
        gettext_lazy("wat er met je gegevens gebeurt"), features=[*LINE_FEATURES, "ul"]
    )
    consent_text = RichTextField(
        gettext_lazy("toestemming: de klacht verwerken"),
        features=LINE_FEATURES,
        help_text=gettext_lazy("Je kunt de woorden wijzigen. De vraag zelf kan niet weg."),
    )
    mail_consent_text = RichTextField(
        gettext_lazy("toestemming: berichten per e-mail"), features=LINE_FEATURES
    )
    health_consent_text = RichTextField(
        gettext_lazy("toestemming: gegevens over gezondheid"), features=LINE_FEATURES
    )
    anonymous_note = RichTextField(
        gettext_lazy("als we je niet kunnen bereiken"), features=LINE_FEATURES
    )
    no_deputy_note = RichTextField(
        gettext_lazy("als er geen plaatsvervanger is"), features=LINE_FEATURES
    )
    confirmation_text = RichTextField(
        gettext_lazy("tekst op de bevestiging"), features=[*LINE_FEATURES, "ul"], blank=True
    )

    content_panels: ClassVar = [
        *SitePage.content_panels,
        "introduction",
        QuestionsPanel("questions"),
        ConfirmPanel("confirmed"),
        MultiFieldPanel(
            ["privacy_notice", "consent_text", "mail_consent_text", "health_consent_text"],
            heading=gettext_lazy("Privacy en toestemming"),
        ),
        MultiFieldPanel(
            ["anonymous_note", "no_deputy_note", "confirmation_text"],
            heading=gettext_lazy("Controleren en bevestigen"),
        ),
    ]
    edit_handler = TabbedInterface(
        [
            ObjectList(content_panels, heading=gettext_lazy("Inhoud")),
            ObjectList(SitePage.promote_panels, heading=gettext_lazy("Eigenschappen")),
            ObjectList(SitePage.settings_panels, heading=gettext_lazy("Instellingen")),
            ObjectList(
                [VersionsPanel(template="wagtailadmin/form_versions.html")],
                heading=gettext_lazy("Eerdere versies"),
            ),
        ],
        base_form_class=ComplaintFormPageForm,
    )
    parent_page_types: ClassVar = ["complaints.ProcedurePage"]
    subpage_types: ClassVar = []

    class Meta:
        verbose_name = gettext_lazy("klachtenformulier")
        verbose_name_plural = gettext_lazy("klachtenformulieren")

    def definition(self) -> FormDefinition:
        """Returns the form as data, as the page (or an unsaved preview of it) states it now."""
        return FormDefinition(
            page_id=self.pk,
            title=self.title,
            steps=steps_of(self.title, self.questions.get_prep_value()),
            consents=ConsentTexts(
                filing=str(self.consent_text),
                mail=str(self.mail_consent_text),
                health=str(self.health_consent_text),
            ),
        )

    def begin_as(self, present: "ComplaintFormPage") -> None:
        """Takes over the questions and texts of another form, not its title or address."""
        for field in self._meta.local_concrete_fields:
            if not field.is_relation:
                setattr(self, field.name, getattr(present, field.name))
        self.questions = with_own_ids(present.questions.get_prep_value(), str(uuid4()))

    def take_own_ids(self) -> None:
        """Gives a copy's questions other ids than those they were copied from, in each version."""
        whose = f"form {self.pk}"
        self.questions = with_own_ids(self.questions.get_prep_value(), whose)
        self.save(update_fields=["questions"])
        for revision in self.revisions.all():
            rows = json.loads(revision.content["questions"])
            revision.content["questions"] = json.dumps(with_own_ids(rows, whose))
            revision.save(update_fields=["content"])

    def serve(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return self._present(request, "first")

    @property
    def preview_modes(self) -> list[tuple[str, Any]]:
        return [
            ("steps", gettext_lazy("Alle stappen")),
            ("check", gettext_lazy("Controleren")),
            ("confirmation", gettext_lazy("Bevestiging")),
        ]

    def make_preview_request(
        self,
        original_request: HttpRequest | None = None,
        preview_mode: str | None = None,
        extra_request_attrs: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Tells the preview which conditions are met; the session keeps them while one edits."""
        met: list[str] = []
        if original_request is not None:
            session, chosen = original_request.session, original_request.GET
            if "met" in chosen:
                session["conditions_met"] = chosen.getlist("met")
            met = session.get("conditions_met", [])
        attributes = (extra_request_attrs or {}) | {"conditions_met": met}
        response: HttpResponse = super().make_preview_request(
            original_request, preview_mode, attributes
        )
        return response

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return self._present(request, mode_name)

    def _present(self, request: HttpRequest, mode: str) -> HttpResponse:
        presenter = type(self).presenter
        if presenter is None:  # pragma: no cover - complaints.public is always loaded
            raise RuntimeError("complaints.public has not been loaded")
        return presenter(request, self, mode)
