"""Any form, any answers: what is stored is what was visible and typed, in order, with its question.

The form travels in the token, so a test can begin one that no editor made.
"""

import itertools

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.public.filing.state import FormState
from complaints.questions import Condition, ConsentTexts, FormDefinition, Question, Step
from tests.complaints.public.form_filler import Filler

pytestmark = pytest.mark.django_db

NAMES = ["a", "b", "c", "d", "e"]
CHOICES = ("Ja", "Nee", "Weet ik niet")
TYPED = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=40
).map(lambda text: text if text.strip() else "")


@st.composite
def definitions(draw):
    """One to three steps of up to two questions; each may wait for an earlier one."""
    names = draw(st.permutations(NAMES))
    earlier, steps, used = [], [], iter(names)
    for _ in range(draw(st.integers(1, 3))):
        questions = []
        for name in itertools.islice(used, draw(st.integers(1, 2))):
            kind = draw(st.sampled_from(["singleline", "multiline", "radio", "checkboxes"]))
            chosen = kind in {"radio", "checkboxes"}
            condition = draw(st.none() | st.sampled_from(earlier)) if earlier else None
            questions.append(
                Question(
                    clean_name=name,
                    label=f"Vraag {name}",
                    field_type=kind,
                    choices=CHOICES if chosen else (),
                    show_if=condition,
                )
            )
            earlier.append(
                Condition(name, draw(st.sampled_from(["", "Ja", "Nee"])) if chosen else "")
            )
        if questions:
            steps.append(Step(f"Stap {len(steps)}", "", tuple(questions)))
    assume(steps)
    return FormDefinition(None, "Formulier", tuple(steps), ConsentTexts("<p>Ja</p>"))


@st.composite
def filled_in(draw):
    form = draw(definitions())
    given = {
        "radio": st.sampled_from(("", *CHOICES)),
        "checkboxes": st.lists(st.sampled_from(CHOICES), unique=True),
    }
    answers = {q.clean_name: draw(given.get(q.field_type, TYPED)) for _step, q in form.questions()}
    return form, {name: value for name, value in answers.items() if value}


@pytest.mark.any_database
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(filled_in())
def test_what_is_stored_is_what_was_visible_and_typed(site, form_and_answers):
    form, answers = form_and_answers
    index, questions = form.visible({})[0] if form.visible({}) else (0, [])
    assume(questions)
    Complaint.objects.all().delete()
    filler = Filler()
    start = FormState(form, step=index, shown=tuple(q.clean_name for q in questions))
    filler.page.values = {"token": [start.seal()]}
    filler.page.names = {f"q-{q.clean_name}" for q in form.steps[index].questions}
    filler.to_check(probleem="", **answers).send().says(status=200)
    expected = [
        (q.clean_name, q.label, answers.get(q.clean_name, ""))
        for _i, shown in form.visible(answers)
        for q in shown
    ]
    stored = open_answers(Complaint.objects.get())
    assert [(a.name, a.label, a.value) for a in stored] == expected
