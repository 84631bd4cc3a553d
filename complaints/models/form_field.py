"""A row of the form as editors make it, and the questions it asks."""

from dataclasses import replace
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.contrib.forms.models import AbstractFormField

from complaints.models.lists import Coach
from complaints.questions import Condition, Purpose, Question, Step
from complaints.stages import Route, choices_of

FIELD_TYPES = [
    ("step", _("Nieuwe stap")),
    ("singleline", _("Eén regel tekst")),
    ("multiline", _("Meer regels tekst")),
    ("email", _("E-mailadres")),
    ("number", _("Getal")),
    ("url", _("Webadres")),
    ("checkbox", _("Aankruisvak")),
    ("checkboxes", _("Aankruisvakken")),
    ("dropdown", _("Keuzelijst")),
    ("multiselect", _("Keuzelijst, meer antwoorden")),
    ("radio", _("Keuzerondjes")),
    ("date", _("Datum")),
    ("plain_date", _("Datum, in eigen woorden mag ook")),
    ("datetime", _("Datum en tijd")),
    ("hidden", _("Verborgen veld")),
    ("coach", _("Kunstcoach kiezen")),
    ("route", _("Vertrouwenspersoon of plaatsvervanger")),
    ("files", _("Bestanden")),
    ("text", _("Uitleg, geen vraag")),
]


def field_types() -> list[tuple[Any, Any]]:
    """Returns `FIELD_TYPES`, as a callable: a new kind is no migration."""
    return FIELD_TYPES


# What the routing question offers; the answer's place, not its words, decides the route.
ROUTE_ANSWERS = {
    Route.CONFIDANT: _("De vertrouwenspersoon"),
    Route.DEPUTY: _("De plaatsvervanger: de vertrouwenspersoon ziet je klacht dan niet"),
}
SOMEONE_ELSE = _("Iemand anders")


def coach_questions(question: Question) -> list[Question]:
    """A choice from the coaches in the list, with a name to type for anyone else.

    Without coaches in the list it is a plain line of text.
    """
    names = tuple(Coach.objects.filter(is_active=True).values_list("name", flat=True))
    if not names:
        return [replace(question, field_type="singleline")]
    someone_else = str(SOMEONE_ELSE)
    return [
        replace(question, choices=(*names, someone_else)),
        Question(
            clean_name=f"{question.clean_name}_anders",
            label=str(_("Naam van de kunstcoach")),
            field_type="singleline",
            show_if=Condition(question.clean_name, someone_else),
        ),
    ]


class ComplaintFormField(AbstractFormField):
    """A row of the form: a question, an explanation, or the start of a new step."""

    page = ParentalKey(
        "complaints.ComplaintFormPage", on_delete=models.CASCADE, related_name="form_fields"
    )
    field_type = models.CharField(_("soort"), max_length=16, choices=field_types)
    field_type.required_on_save = True  # type: ignore[attr-defined]  # read by Wagtail's previews
    required = models.BooleanField(_("verplicht"), default=False)
    soft_required = models.BooleanField(
        _("graag invullen"),
        default=False,
        help_text=_("Leeg laten mag, maar staat als let-op op de controlepagina."),
    )
    help_text = models.CharField(_("uitleg bij de vraag"), max_length=500, blank=True)
    purpose = models.CharField(
        _("waarvoor"),
        max_length=20,
        choices=choices_of(Purpose),
        blank=True,
        help_text=_("Waaraan de klachtbehandeling deze vraag herkent. Elk doel één keer."),
    )
    sensitive = models.BooleanField(
        _("gaat over gezondheid"),
        default=False,
        help_text=_("Ingevuld: dan vragen we apart toestemming."),
    )
    show_if_question = models.CharField(
        _("alleen tonen na vraag"),
        max_length=255,
        blank=True,
        help_text=_("Een eerdere vraag. Bewaar een nieuwe vraag eerst, dan kun je hem kiezen."),
    )
    show_if_value = models.CharField(
        _("met antwoord"), max_length=255, blank=True, help_text=_("Leeg: bij elk antwoord.")
    )
    exit_value = models.CharField(_("bij dit antwoord eerst advies"), max_length=255, blank=True)
    exit_page = models.ForeignKey(
        "wagtailcore.Page",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("pagina met advies"),
        help_text=_("Verschijnt in plaats van de volgende stap, altijd met een weg erlangs."),
    )

    panels: ClassVar = [
        FieldPanel("field_type", classname="formbuilder-type"),
        "label",
        "help_text",
        FieldPanel("choices", classname="formbuilder-choices"),
        "required",
        "soft_required",
        "purpose",
        "sensitive",
        FieldPanel("default_value", classname="formbuilder-default"),
        MultiFieldPanel(
            ["show_if_question", "show_if_value"],
            heading=_("Voorwaarde"),
            classname="collapsed",
        ),
        MultiFieldPanel(
            ["exit_value", "exit_page"],
            heading=_("Eerst advies"),
            classname="collapsed",
        ),
    ]

    class Meta(AbstractFormField.Meta):
        verbose_name = _("vraag")

    @property
    def is_step(self) -> bool:
        return self.field_type == "step"

    @property
    def condition(self) -> Condition | None:
        if not self.show_if_question:
            return None
        return Condition(self.show_if_question, self.show_if_value)

    def choice_list(self) -> tuple[str, ...]:
        """Returns the choices, a line each or, on one line, parted by commas."""
        lines = self.choices.strip().splitlines()
        parts = lines if len(lines) > 1 else self.choices.split(",")
        return tuple(part.strip().rstrip(",") for part in parts if part.strip())

    def as_questions(self) -> list[Question]:
        """Returns the questions of this row: a coach chooser asks a name after "Iemand anders"."""
        question = self._question()
        if self.field_type == "coach":
            return coach_questions(question)
        if self.field_type == "route":
            return [
                replace(question, choices=tuple(str(label) for label in ROUTE_ANSWERS.values()))
            ]
        return [question]

    def _question(self) -> Question:
        return Question(
            clean_name=self.clean_name or self.get_field_clean_name(),
            label=self.label,
            field_type=self.field_type,
            help_text=self.help_text,
            required=self.required and self.field_type != "text",
            soft_required=self.soft_required,
            choices=self.choice_list(),
            default_value=self.default_value,
            purpose=self.purpose,
            sensitive=self.sensitive,
            show_if=self.condition,
            exit_value=self.exit_value,
            exit_page=self.exit_page_id,
        )


def steps_of(first_title: str, rows: list[ComplaintFormField]) -> tuple[Step, ...]:
    """Returns the rows cut into steps at each row "Nieuwe stap"; one step is fine too."""
    drafts: list[tuple[str, str, Condition | None, list[Question]]] = [(first_title, "", None, [])]
    for row in rows:
        if row.is_step:
            drafts.append((row.label, row.help_text, row.condition, []))
        else:
            drafts[-1][3].extend(row.as_questions())
    steps = tuple(
        Step(title=title, introduction=text, questions=tuple(questions), show_if=condition)
        for title, text, condition, questions in drafts
        if questions
    )
    return steps or (Step(first_title, "", ()),)
