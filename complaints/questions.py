"""A form as data: its steps and questions, which of them show, and how it travels in a token.

Built from a ComplaintFormPage (`ComplaintFormPage.definition`), carried by the form token, and
kept with the complaint: a later edit of the page changes nothing about a form already begun.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

Value = str | list[str]
Answers = Mapping[str, Value]

MAX_CHARACTERS = 50_000
YES = "Ja"  # what a ticked box answers


class Purpose(models.TextChoices):
    """What the procedure needs to know a question by; each at most once in a form."""

    NONE = "", _("geen")
    NAME = "name", _("naam van de klager")
    EMAIL = "email", _("e-mailadres van de klager")
    PHONE = "phone", _("telefoon van de klager")
    COACH = "coach", _("kunstcoach")
    DISCUSSED = "discussed", _("besproken met de coach")
    ABOUT_WHOM = "about_whom", _("voor wie")
    ROUTE = "route", _("wie de klacht behandelt")
    PROBLEM = "problem", _("het probleem")
    REMEDY = "remedy", _("gewenste oplossing")


@dataclass(frozen=True)
class Condition:
    """Shows something only when an earlier question is answered with a value.

    An empty `value` means: answered at all.
    """

    question: str
    value: str = ""

    def holds(self, answers: Answers) -> bool:
        given = answers.get(self.question, "")
        values = given if isinstance(given, list) else [given]
        if not self.value:
            return any(value.strip() for value in values)
        return any(value.strip().casefold() == self.value.strip().casefold() for value in values)


@dataclass(frozen=True)
class Question:
    """One row of the form. Named like Wagtail's form fields, so that FormBuilder can read it."""

    clean_name: str
    label: str
    field_type: str
    help_text: str = ""
    required: bool = False
    soft_required: bool = False
    choices: tuple[str, ...] = ()
    purpose: str = ""
    sensitive: bool = False
    show_if: Condition | None = None
    exit_value: str = ""
    exit_page: int | None = None

    @property
    def is_silent(self) -> bool:
        """Whether this row asks nothing (an explanation)."""
        return self.field_type == "text"

    @property
    def is_files(self) -> bool:
        """Whether it is answered with files; the answer is their names."""
        return self.field_type == "files"

    @property
    def is_folded(self) -> bool:
        """Whether few need it: files, and the box that says a health matter is in it."""
        return self.is_files or (self.sensitive and self.field_type == "checkbox")

    def leads_out(self, answers: Answers) -> bool:
        """Whether the answer given leads to a page of advice first."""
        if self.exit_page is None:
            return False
        return Condition(self.clean_name, self.exit_value).holds(answers)


@dataclass(frozen=True)
class Step:
    """The questions on one page of the form."""

    title: str
    introduction: str
    questions: tuple[Question, ...]
    show_if: Condition | None = None


@dataclass(frozen=True)
class ConsentTexts:
    """The words a complainant agrees to, by purpose (R-31). HTML from the editor's rich text."""

    filing: str
    mail: str = ""
    health: str = ""


@dataclass(frozen=True)
class FormDefinition:
    """A whole form at one moment, with the number to call when the site can store nothing."""

    page_id: int | None
    title: str
    steps: tuple[Step, ...]
    consents: ConsentTexts = field(default_factory=lambda: ConsentTexts(""))
    phone: str = ""

    def questions(self) -> Iterator[tuple[Step, Question]]:
        for step in self.steps:
            for question in step.questions:
                yield step, question

    def question_for(self, purpose: Purpose) -> Question | None:
        """The question that serves `purpose`, if the form asks it."""
        return next((q for _step, q in self.questions() if q.purpose == purpose.value), None)

    def conditions(self) -> list[Condition]:
        """What steps and questions wait for, each once, in the order of the form."""
        waits = (w for s in self.steps for w in (s.show_if, *(q.show_if for q in s.questions)))
        return list(dict.fromkeys(condition for condition in waits if condition is not None))

    def answers_meeting(self, wanted: Iterable[Condition]) -> dict[str, list[str]]:
        """Answers that meet those conditions, and those that their own questions wait for."""
        waits = {
            question.clean_name: [wait for wait in (step.show_if, question.show_if) if wait]
            for step, question in self.questions()
        }
        answers: dict[str, list[str]] = {}
        to_meet, met = [*wanted], set[Condition]()
        while to_meet:
            condition = to_meet.pop()
            if condition not in met:
                met.add(condition)
                answers.setdefault(condition.question, []).append(condition.value or YES)
                to_meet += waits.get(condition.question, ())
        return answers

    def visible(self, answers: Answers) -> list[tuple[int, list[Question]]]:
        """The steps that show, as (index, questions that show), given the answers so far.

        The answer to a hidden question counts as not given, so that a chain of conditions
        hides as a whole.
        """
        seen: dict[str, Value] = {}
        shown: list[tuple[int, list[Question]]] = []
        for index, step in enumerate(self.steps):
            if step.show_if is not None and not step.show_if.holds(seen):
                continue
            questions = []
            for question in step.questions:
                if question.show_if is None or question.show_if.holds(seen):
                    questions.append(question)
                    if question.clean_name in answers:
                        seen[question.clean_name] = answers[question.clean_name]
            if questions:
                shown.append((index, questions))
        return shown

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "FormDefinition":
        """A definition out of JSON that was written of it with `default=vars`."""
        return cls(
            page_id=data["page_id"],
            title=data["title"],
            steps=tuple(_step(step) for step in data["steps"]),
            consents=ConsentTexts(**data["consents"]),
            phone=data.get("phone", ""),
        )


@dataclass(frozen=True)
class Answer:
    """A question as it was asked, with what was answered. What a complaint keeps, sealed."""

    name: str
    label: str
    field_type: str
    value: Value
    help_text: str = ""
    purpose: str = ""
    step: str = ""
    sensitive: bool = False

    @property
    def text(self) -> str:
        """The answer as one text; several choices stand on a line each."""
        return "\n".join(self.value) if isinstance(self.value, list) else self.value


def answers_as_asked(definition: FormDefinition, answers: Answers) -> list[Answer]:
    """Every visible question in order with its answer; not answered is an empty text.

    What was answered to a question that does not show is as if never given.
    """
    return [
        Answer(
            name=question.clean_name,
            label=question.label,
            field_type=question.field_type,
            value=answers.get(question.clean_name, ""),
            help_text=question.help_text,
            purpose=question.purpose,
            step=definition.steps[index].title,
            sensitive=question.sensitive,
        )
        for index, questions in definition.visible(answers)
        for question in questions
        if not question.is_silent
    ]


def answer_for(answers: list[Answer], purpose: Purpose) -> str:
    """The text answered to the question of that purpose, or an empty text."""
    for answer in answers:
        if answer.purpose == purpose:
            return answer.text
    return ""


def _condition(data: dict[str, str] | None) -> Condition | None:
    return Condition(**data) if data else None


def _question(data: dict[str, Any]) -> Question:
    changed = {"choices": tuple(data["choices"]), "show_if": _condition(data["show_if"])}
    return Question(**(data | changed))


def _step(data: dict[str, Any]) -> Step:
    questions = tuple(_question(question) for question in data["questions"])
    return Step(**(data | {"questions": questions, "show_if": _condition(data["show_if"])}))
