"""Whatever an editor makes of the form: once it is published, it can be filled in and sent.

What is stored is what was visible and typed, in order, with its question.
"""

from secrets import randbelow

import pytest
from django.core.exceptions import ValidationError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.handling import Coach
from complaints.questions import YES
from tests.complaints.models.test_form_builder import row
from tests.complaints.public.form_filler import Filler
from tests.evidence import named

pytestmark = pytest.mark.django_db

ODD = ["???", "😀", "Coach anders", "a, b", "<b>", "{{ x }}", "%s", "'\"", "action", "é" * 250]
words = st.sampled_from(ODD) | st.text(
    st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40
)
TYPED = st.sampled_from([" voor en na ", "een\n\n twee\n", "\ttab"]) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), min_size=1, max_size=40
).map(lambda text: text if text.strip() else "Wat ik schreef.")
GIVEN = {"email": "a@b.nl", "number": "3", "date": "1-2-2026", "datetime": "1-2-2026 10:00"}
GIVEN |= {"url": "https://b.nl", "checkbox": YES}


@st.composite
def forms(draw) -> list[dict]:
    """Rows of any kind in any order, with conditions on what stands before them."""
    block = ComplaintFormPage.questions.field.stream_block
    kinds = draw(st.lists(st.sampled_from(list(block.child_blocks)), max_size=8, unique_by=unique))
    kinds.insert(draw(st.integers(0, len(kinds))), "step")
    problem = draw(st.integers(0, len(kinds)))
    kinds.insert(problem, "text")
    rows: list[dict] = []
    for number, kind in enumerate(kinds):
        settings = {"needed": draw(st.sampled_from(["", "soft", "required"]))}
        for name in ("shape", "needed"):
            if child := block.child_blocks[kind].child_blocks.get(name):
                settings[name] = draw(st.sampled_from([key for key, _ in child.field.choices]))
        if kind == "choice":
            settings["choices"] = draw(st.lists(words, min_size=1, max_size=3))
        if number == problem:
            settings |= {"purpose": "problem", "shape": "multiline"}
        elif refs := [ref for other in rows for ref in references(other)]:
            settings["show_if"] = draw(st.just("") | st.sampled_from(refs))
        rows.append(row(kind, draw(words), f"{number}-", **settings))
    return rows


def unique(kind: str) -> object:
    """At most one of the kinds that serve one purpose; as many of the others as one likes."""
    return kind if kind in ("coach", "route") else object()


def references(row: dict) -> list[str]:
    if row["type"] in ("step", "note"):
        return []
    name = row["id"]
    return [name, *(f"{name}/{choice['id']}" for choice in row["value"].get("choices", ()))]


@pytest.mark.parametrize("count", [12, pytest.param(1000, marks=pytest.mark.tail)])
def test_a_form_that_is_published_can_be_filled_in(site, monkeypatch, count):
    monkeypatch.setattr("django.conf.settings.BEHIND_PROXY", True)
    Coach.objects.get_or_create(name="Coach anders")
    sent = []

    @settings(
        max_examples=count,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(rows=forms(), data=st.data())
    def publish_and_fill_in(rows, data):
        sent.append(published_and_filled_in(rows, data))

    publish_and_fill_in()
    assert sum(sent) >= count // 10  # the others were refused, with the reason


def published_and_filled_in(rows, data) -> bool:
    """Publishes the form and files a complaint through it; False where publishing is refused."""
    page = ComplaintFormPage.objects.get()
    block = page.questions.stream_block
    try:
        page.questions = block.clean(block.to_python(rows))
    except ValidationError:
        return False
    page.full_clean()
    page.save_revision().publish()
    answers = {}
    for _step, question in page.definition().questions():
        if question.required or data.draw(st.booleans()):
            given = GIVEN.get(question.field_type) or data.draw(TYPED)
            given = data.draw(st.sampled_from(question.choices)) if question.choices else given
            is_many = question.field_type == "checkboxes"
            answers[question.clean_name] = [given] if is_many else given
    typed = dict(answers)
    for _step, question in page.definition().questions():
        if question.is_files and question.clean_name in answers:
            answers[question.clean_name] = ["een.pdf"]
            typed[question.clean_name] = [named("een.pdf")]
    filler = Filler().start()  # each from a network of its own: what one may send has bounds
    filler.headers = {"X-Forwarded-For": f"10.{randbelow(256)}.{randbelow(256)}.1"}
    filler.to_check(**typed)
    filler.send(consent_health="on").says("Je klacht is ontvangen")
    shown = [q for _index, found in page.definition().visible(answers) for q in found]
    stored = open_answers(Complaint.objects.latest("filed_at"))
    assert [(answer.name, answer.label, answer.value) for answer in stored] == [
        (q.clean_name, q.label, answers.get(q.clean_name, "")) for q in shown if not q.is_silent
    ]
    return True
