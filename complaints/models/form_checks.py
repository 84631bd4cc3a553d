"""What an editor may not save: a form that would not work, each refusal with its mend."""

from collections.abc import Iterator
from html import unescape
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from wagtail.contrib.forms.forms import WagtailAdminFormPageForm

from complaints.questions import MULTIPLE_CHOICE, YES, Purpose, Question

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
        """The rows that stay, in the order they will stand in."""
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
