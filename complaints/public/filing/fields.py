"""Django forms out of questions: Wagtail's FormBuilder, with messages that say how to mend it.

Beside the questions the consents that the check page asks, each for one purpose (R-31).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.http import QueryDict
from django.utils.formats import number_format
from django.utils.html import escape
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from wagtail.contrib.forms.forms import FormBuilder
from wagtail.rich_text import expand_db_html

from complaints.meant import AddressField, MeantField
from complaints.public.filing.state import FormState
from complaints.questions import MAX_CHARACTERS, YES, Answers, Purpose, Question, Value
from complaints.stages import ConsentPurpose

LINE_CHARACTERS = 500
ATTRIBUTES = {  # of the input, by what the answer is for
    "name": {"autocomplete": "name"},
    "email": {"autocomplete": "email"},
    "phone": {"autocomplete": "tel", "inputmode": "tel"},
}
PREFIX = "q"


class TypedText(forms.CharField):
    """Text as it was typed: only line ends are made equal. Blank counts as not answered."""

    def __init__(self, *, most: int, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)
        self.most = most
        self.validators = [
            ProhibitNullCharactersValidator(
                message=_("Haal het onzichtbare teken (null) uit ‘%(label)s’ en ga dan verder.")
                % {"label": self.label}
            )
        ]

    def to_python(self, value: Any) -> str:
        text = str(value or "").replace("\r\n", "\n").replace("\r", "\n")
        return text if text.strip() else ""

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.most:
            raise ValidationError(
                _("Maak ‘%(label)s’ korter: er passen %(most)s tekens, je hebt er %(count)s.")
                % {
                    "label": self.label,
                    "most": number_format(self.most, force_grouping=True),
                    "count": number_format(len(value), force_grouping=True),
                },
                code="max_length",
            )


class FilesInput(forms.FileInput):
    """Takes several files at once; what arrived is in `request.FILES`, sealed already."""

    allow_multiple_selected = True


class TickField(forms.BooleanField):
    """A box; ticked, its answer is yes."""

    widget = forms.CheckboxInput(attrs={"value": YES})

    def prepare_value(self, value: Any) -> bool:
        return bool(value)


class ComplaintFormBuilder(FormBuilder):
    """Builds the fields of one step. Each error names the way to mend it, and the question
    unless its kind does. Each field knows its `question`."""

    @property
    def formfields(self) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = super().formfields
        for question in self.fields:
            field: Any = fields[question.clean_name]
            field.question = question
            field.widget.attrs |= ATTRIBUTES.get(question.purpose, {})
        return fields

    def get_field_options(self, field: Question) -> dict[str, Any]:
        mend = (
            _("Kies een antwoord bij ‘%(label)s’.") if field.choices else _("Vul ‘%(label)s’ in.")
        )
        mend %= {"label": field.label}
        return {
            "label": field.label,
            "help_text": field.help_text,
            "required": field.required,
            "error_messages": {"required": mend, "invalid_choice": mend},
        }

    def get_formatted_field_choices(self, field: Question) -> list[tuple[str, str]]:
        return [(choice, choice) for choice in field.choices]

    def get_formatted_field_initial(self, field: Question) -> None:
        """None is ticked beforehand."""

    def create_singleline_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return TypedText(most=LINE_CHARACTERS, **options)

    create_plain_date_field = create_singleline_field

    def create_multiline_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return TypedText(most=MAX_CHARACTERS, widget=forms.Textarea(attrs={"rows": 6}), **options)

    def create_url_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        kind, kinds = field.field_type, [other.field_type for other in self.fields]
        build = AddressField if kind == "email" else partial(MeantField, kind)
        return build(is_named=kinds.count(kind) > 1, **options)

    create_email_field = create_number_field = create_date_field = create_datetime_field = (
        create_url_field
    )

    def create_checkbox_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return TickField(**options)

    def create_coach_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        choices = [("", _("Kies")), *self.get_formatted_field_choices(field)]
        return forms.ChoiceField(choices=choices, **options)

    create_dropdown_field = create_coach_field
    create_route_field = FormBuilder.create_radio_field

    def create_files_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        return forms.FileField(widget=FilesInput, **options)

    def create_text_field(self, field: Question, options: dict[str, Any]) -> forms.Field:
        """An explanation, which asks nothing."""
        return forms.Field(required=False)


def step_form(questions: Sequence[Question], *, answers: Answers, data: Any = None) -> forms.Form:
    """The form of one step, filled with earlier answers, bound to `data` when posted.

    What the answers say of files counts as given in both.
    """
    form_class = _form_class(tuple(questions), get_language())
    return form_class(data, prefix=PREFIX, initial=dict(answers), use_required_attribute=False)


def checked_form(state: FormState, index: int) -> forms.Form:
    """The form of that step bound to all that was answered; its errors say what is to mend."""
    posted = QueryDict(mutable=True)
    for name, value in state.answers.items():
        posted.setlist(f"{PREFIX}-{name}", value if isinstance(value, list) else [value])
    questions = state.definition.steps[index].questions
    return step_form(questions, answers=state.answers, data=posted)


@lru_cache(maxsize=64)
def _form_class(asked: tuple[Question, ...], _language: str | None) -> type[forms.Form]:
    """The class for these questions; it knows the editors' words, never an answer."""
    form_class: type[forms.Form] = ComplaintFormBuilder(list(asked)).get_form_class()
    return form_class


def typed_answers(questions: Sequence[Question], form: forms.Form) -> dict[str, Value]:
    """Returns what was typed at each question, as text; one not answered is left out.

    Files are not typed: see `FormState.with_files`.
    """
    given: dict[str, Value] = {}
    for question in questions:
        if question.is_silent or question.is_files:
            continue
        value = _typed(question, form[question.clean_name])
        if value:
            given[question.clean_name] = value
    return given


def _typed(question: Question, bound: forms.BoundField) -> Value:
    raw: Any = bound.data
    if question.field_type == "checkboxes":
        return [str(choice) for choice in raw or []]
    if question.field_type == "checkbox":
        return YES if raw else ""
    if isinstance(bound.field, TypedText | MeantField):
        try:
            return bound.field.to_python(raw)
        except ValidationError:
            pass  # kept as it was typed, to be mended
    return str(raw or "").strip()


@dataclass(frozen=True)
class AskedConsent:
    """A consent box: for one purpose, with its exact text. Never ticked beforehand (R-31)."""

    name: str
    title: str
    label: str
    html: str
    checked: bool
    error: str = ""

    @property
    def as_shown(self) -> str:
        """All that was agreed to, as proof: the question, the text with its links, the tick."""
        asked, ticked = escape(self.title), escape(self.label)
        return f"<p>{asked}</p>{expand_db_html(self.html)}<p>{ticked}</p>"


# The question, the box, and what is wrong while it is not ticked.
CONSENTS = {
    ConsentPurpose.FILING: (
        gettext_lazy("Toestemming voor je klacht"),
        gettext_lazy("Ik geef toestemming om mijn klacht te verwerken"),
        gettext_lazy(
            "Kruis aan dat we je klacht mogen verwerken. Anders kunnen we hem niet aannemen."
        ),
    ),
    ConsentPurpose.MAIL: (
        gettext_lazy("Mogen we je hierop mailen?"),
        gettext_lazy("Ja, mail mij over mijn klacht"),
        "",
    ),
    ConsentPurpose.HEALTH: (
        gettext_lazy("Gegevens over je gezondheid"),
        gettext_lazy("Ik geef toestemming om te lezen wat ik over gezondheid schreef"),
        gettext_lazy(
            "Kruis aan dat we mogen lezen wat je over je gezondheid schreef, of haal het weg."
        ),
    ),
}


def asked_consents(state: FormState, *, missing: bool = False) -> list[AskedConsent]:
    """The consents this complaint needs asking for: filing always, the others when they matter."""
    given = [answer for answer in state.as_asked if answer.text]
    asked = [ConsentPurpose.FILING]
    asked += [ConsentPurpose.MAIL] * any(answer.purpose == Purpose.EMAIL for answer in given)
    asked += [ConsentPurpose.HEALTH] * any(answer.sensitive for answer in given)
    return [asked_consent(purpose, state, missing=missing) for purpose in asked]


def asked_consent(purpose: ConsentPurpose, state: FormState, *, missing: bool) -> AskedConsent:
    """The box for that purpose; with `missing` it says what is wrong while it is not ticked."""
    title, label, mend = CONSENTS[purpose]
    is_checked = purpose.value in state.consents
    html = getattr(state.definition.consents, purpose.value)
    error = mend if missing and not is_checked else ""
    return AskedConsent(purpose.value, str(title), str(label), html, is_checked, str(error))


def with_ticked(state: FormState, posted: QueryDict) -> FormState:
    """The state with the consents ticked on this page; those that it does not ask stay.

    Mail is asked at the address, so at the step that asks for it; the others where one sends.
    """
    asked: set[str] = set()
    if posted.get("at") == "check" or posted.get("action") == "send":
        asked = {ConsentPurpose.FILING, ConsentPurpose.HEALTH}
        state = replace(state, shown=())
    here = state.definition.steps[state.step].questions
    if not posted.get("at") and any(question.purpose == Purpose.EMAIL for question in here):
        asked.add(ConsentPurpose.MAIL)
    ticked = {purpose.value for purpose in ConsentPurpose if posted.get(f"consent_{purpose.value}")}
    return replace(state, consents=tuple(sorted(set(state.consents) - asked | ticked)))
