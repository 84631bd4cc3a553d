"""The form builder: a page whose fields editors make, and which hands answers to nobody itself.

What an editor may not save is refused here, each refusal with its mend.
"""

from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.admin.panels import InlinePanel, MultiFieldPanel
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm
from wagtail.fields import RichTextField

from complaints.models.form_field import steps_of
from complaints.questions import (
    MULTIPLE_CHOICE,
    YES,
    ConsentTexts,
    FormDefinition,
    Purpose,
    Question,
)
from home.blocks import LINE_FEATURES
from home.models import SitePage


class QuestionsPanel(InlinePanel):
    """An InlinePanel whose rows offer the page's saved questions to hang a condition on."""

    class BoundPanel(InlinePanel.BoundPanel):
        def __init__(self, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            choices = [("", _("altijd tonen")), *self._saved_questions()]
            for child in [*self.children, self.empty_child]:
                field = child.form.fields["show_if_question"]
                current = child.form["show_if_question"].value()
                known = {name for name, _label in choices}
                extra = [(current, current)] if current and current not in known else []
                field.widget = forms.Select(choices=[*choices, *extra])

        def _saved_questions(self) -> list[tuple[str, str]]:
            rows = self.instance.form_fields.all() if self.instance.pk else []
            return [
                (row.clean_name, row.label)
                for row in rows
                if row.clean_name and row.field_type not in {"step", "text"}
            ]


CONSENTS = ("consent_text", "mail_consent_text", "health_consent_text")
NEEDS_CHOICES = {"dropdown", "radio"} | MULTIPLE_CHOICE


class ComplaintFormPageForm(WagtailAdminFormPageForm):
    """Wagtail's check on names, and ours on purposes, conditions, choices and the problem."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean()
        self._check_consents(cleaned)
        if "form_fields" in self.formsets:
            rows = list(self._rows())
            self._check_purposes(rows)
            self._check_conditions(rows)
            self._check_choices(rows)
            self._check_values(rows)
        return cleaned

    def _check_consents(self, cleaned: dict[str, Any]) -> None:
        """The words can be changed; the question cannot be taken away by emptying it."""
        for name in CONSENTS:
            if name in cleaned and not strip_tags(unescape(str(cleaned[name]))).strip():
                self.add_error(name, _("Dit is een verplicht veld."))

    def _rows(self) -> Iterator[Any]:
        """Returns the rows that stay, in the order they will stand in."""
        forms = [
            form
            for form in self.formsets["form_fields"].forms
            if form.is_valid() and form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]
        yield from sorted(forms, key=lambda form: form.cleaned_data.get("ORDER") or 0)

    def _check_purposes(self, rows: list[Any]) -> None:
        seen: dict[str, str] = {}
        for form in rows:
            purpose = form.cleaned_data.get("purpose") or ""
            if form.cleaned_data.get("field_type") == "route" and purpose != Purpose.ROUTE:
                form.add_error("purpose", _("Kies bij deze soort vraag: wie de klacht behandelt."))
            if not purpose:
                continue
            if purpose in seen:
                form.add_error(
                    "purpose",
                    _("De vraag '%(other)s' heeft dit doel al. Kies bij een van de twee 'geen'.")
                    % {"other": seen[purpose]},
                )
            seen[purpose] = form.cleaned_data.get("label", "")
        if rows and Purpose.PROBLEM.value not in seen:
            raise ValidationError(
                _("Er is geen vraag naar het probleem. Geef een vraag het doel 'het probleem'.")
            )

    def _check_conditions(self, rows: list[Any]) -> None:
        earlier: set[str] = set()
        saved = {form.instance.clean_name for form in rows if form.instance.clean_name}
        for form in rows:
            wanted = form.cleaned_data.get("show_if_question") or ""
            if wanted and wanted not in saved:
                form.add_error(
                    "show_if_question", _("Die vraag is er niet meer. Kies een eerdere vraag.")
                )
            elif wanted and wanted not in earlier:
                form.add_error(
                    "show_if_question",
                    _("Die vraag staat verderop. Kies een vraag die eerder staat."),
                )
            earlier.add(form.instance.clean_name)

    def _check_choices(self, rows: list[Any]) -> None:
        for form in rows:
            kind = form.cleaned_data.get("field_type")
            if kind in NEEDS_CHOICES and not form.instance.choice_list():
                form.add_error("choices", _("Geef de keuzes, elk op een regel."))

    def _check_values(self, rows: list[Any]) -> None:
        """A condition or exit on an answer that nobody can give would never come true."""
        choices = {
            form.instance.clean_name: tuple(
                choice
                for question in form.instance.as_questions()[:1]
                for choice in (question.choices or ((YES,) if is_tick(question) else ()))
            )
            for form in rows
        }
        for form in rows:
            asked = form.cleaned_data.get("show_if_question") or ""
            self._check_value(form, "show_if_value", choices.get(asked, ()))
            self._check_value(form, "exit_value", choices.get(form.instance.clean_name, ()))

    def _check_value(self, form: Any, name: str, choices: tuple[str, ...]) -> None:
        value = (form.cleaned_data.get(name) or "").strip()
        if value and choices and value.casefold() not in {c.casefold() for c in choices}:
            form.add_error(
                name,
                _("Dit antwoord kan niemand geven. Kies uit: %(choices)s.")
                % {"choices": ", ".join(choices)},
            )


def is_tick(question: Question) -> bool:
    """Whether the question is a single box to tick, whose only answer is yes."""
    return question.field_type == "checkbox"


class ComplaintFormPage(SitePage):
    """The complaint form. Its text and questions are the editors'; its answers are not."""

    base_form_class = ComplaintFormPageForm

    # Set by complaints.public when it loads: models do not know of views.
    presenter: ClassVar[Callable[..., HttpResponse] | None] = None

    introduction = RichTextField(gettext_lazy("inleiding"), features=[*LINE_FEATURES, "ul"])
    first_step_title = models.CharField(gettext_lazy("kop van de eerste stap"), max_length=100)
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
        "first_step_title",
        QuestionsPanel(
            "form_fields",
            heading=gettext_lazy("Vragen en stappen"),
            label=gettext_lazy("rij"),
            min_num=1,
        ),
        MultiFieldPanel(
            [
                "privacy_notice",
                "consent_text",
                "mail_consent_text",
                "health_consent_text",
            ],
            heading=gettext_lazy("Privacy en toestemming"),
        ),
        MultiFieldPanel(
            [
                "anonymous_note",
                "no_deputy_note",
                "confirmation_text",
            ],
            heading=gettext_lazy("Controleren en bevestigen"),
        ),
    ]
    parent_page_types: ClassVar = ["complaints.ProcedurePage"]
    subpage_types: ClassVar = []

    class Meta:
        verbose_name = gettext_lazy("klachtenformulier")
        verbose_name_plural = gettext_lazy("klachtenformulieren")

    def definition(self) -> FormDefinition:
        """Returns the form as data, as the page (or an unsaved preview of it) states it now."""
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
                gettext_lazy("Stap %(number)s: %(title)s") % {"number": number, "title": s.title},
            )
            for number, s in enumerate(self.definition().steps, start=1)
        ]
        return [
            *steps,
            ("check", gettext_lazy("Controleren")),
            ("confirmation", gettext_lazy("Bevestiging")),
        ]

    def serve_preview(self, request: HttpRequest, mode_name: str) -> HttpResponse:
        return self._present(request, mode_name or "step-1")

    def _present(self, request: HttpRequest, mode: str) -> HttpResponse:
        presenter = type(self).presenter
        if presenter is None:  # pragma: no cover - complaints.public is always loaded
            raise RuntimeError("complaints.public has not been loaded")
        return presenter(request, self, mode)
