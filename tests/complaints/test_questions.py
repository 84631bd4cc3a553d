"""A form as data: what shows, what is kept, and how it travels."""

import json

from hypothesis import given
from hypothesis import strategies as st

from complaints.questions import (
    Condition,
    ConsentTexts,
    FormDefinition,
    Purpose,
    Question,
    Step,
    answers_as_asked,
)

TALKED = Question("besproken", "Besproken?", "radio", choices=("Ja", "Nee"))
WHY_NOT = Question("waarom", "Waarom niet?", "multiline", show_if=Condition("besproken", "Nee"))
AFTER = Question("daarna", "En daarna?", "singleline", show_if=Condition("waarom"))
PROBLEM = Question("probleem", "Wat is er?", "multiline", purpose=Purpose.PROBLEM.value)


def definition(*steps):
    return FormDefinition(1, "Formulier", steps, ConsentTexts("<p>Ja</p>"))


FORM = definition(Step("Een", "", (TALKED, WHY_NOT, AFTER)), Step("Twee", "", (PROBLEM,)))


def names(visible):
    return [(index, [question.clean_name for question in shown]) for index, shown in visible]


def test_a_question_shows_only_when_its_condition_holds_and_what_is_hidden_is_not_kept():
    assert names(FORM.visible({"besproken": "Ja"})) == [(0, ["besproken"]), (1, ["probleem"])]
    assert names(FORM.visible({"besproken": "nee "}))[0] == (0, ["besproken", "waarom"])
    answers = {"besproken": "Ja", "waarom": "durfde niet", "daarna": "niets", "probleem": "x"}
    kept = answers_as_asked(FORM, answers)  # a chain of conditions hides as a whole
    assert [(a.name, a.text) for a in kept] == [("besproken", "Ja"), ("probleem", "x")]


def test_a_whole_step_can_wait_for_one_of_several_answers():
    wait = Condition("besproken", "Nee")
    form = definition(Step("Een", "", (TALKED,)), Step("Twee", "", (PROBLEM,), wait))
    for answer, steps in (("Ja", 1), ("Nee", 2), (["Ja", "Nee"], 2)):
        assert len(form.visible({"besproken": answer})) == steps
    assert not Condition("soort").holds({"soort": []})


QUESTIONS = st.builds(
    Question,
    clean_name=st.sampled_from(["a", "b", "c", "d"]),
    label=st.text(max_size=20),
    field_type=st.sampled_from(["singleline", "multiline", "radio", "checkboxes"]),
    choices=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    show_if=st.none() | st.builds(Condition, st.sampled_from("abcd"), st.text(max_size=3)),
    exit_page=st.none() | st.integers(1, 9),
)
FORMS = st.builds(
    FormDefinition,
    page_id=st.integers(1, 9),
    title=st.text(max_size=10),
    steps=st.lists(
        st.builds(Step, st.text(), st.text(), st.lists(QUESTIONS, max_size=4).map(tuple)),
        max_size=3,
    ).map(tuple),
    consents=st.builds(ConsentTexts, st.text(max_size=10)),
)


@given(FORMS)
def test_a_definition_travels_whole(form):
    travelled = FormDefinition.from_data(json.loads(json.dumps(form, default=vars)))
    assert travelled == form


@given(FORMS, st.dictionaries(st.sampled_from("abcd"), st.text(max_size=5)))
def test_what_is_kept_was_visible_in_order_with_its_question(form, answers):
    shown = [q for _index, questions in form.visible(answers) for q in questions]
    kept = answers_as_asked(form, answers)
    assert [(a.name, a.label) for a in kept] == [(q.clean_name, q.label) for q in shown]
    assert all(a.value == answers.get(a.name, "") for a in kept)
