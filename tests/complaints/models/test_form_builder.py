"""The editor's side: building the form in the CMS, previews, settings, and what deleting does."""

import json
import re
from html import unescape
from typing import ClassVar

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from wagtail.blocks.stream_block import StreamBlockValidationError
from wagtail.test.utils.form_data import (
    nested_form_data,
    querydict_from_html,
    rich_text,
    streamfield,
)

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.form_field import KINDS
from complaints.models.handling import Coach
from complaints.models.pages import ProcedurePage
from complaints.questions import Condition
from home.blocks import LINE_FEATURES
from home.models import OrganisationSettings
from tests.complaints.public.form_filler import Filler
from tests.desk import client_for, says
from tests.factories import PROBLEM, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ORGANISATION = "/cms/settings/home/organisationsettings/"
HANDLING = "/cms/settings/complaints/handlingsettings/"


def line(text: str) -> str:
    """What the editor's browser posts for this text in a box of one paragraph."""
    return rich_text(text, features=LINE_FEATURES)


@pytest.fixture
def editor(site):
    return client_for(make_user("editor"))


def edit_url(page) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def procedure_data(client, page):
    """What the editor's browser would post; the body's blocks are made by its scripts."""
    html = client.get(edit_url(page)).content.decode()
    data = querydict_from_html(html, form_id="page-edit-form")
    body = [(b.block_type, rich_text(b.value.source)) for b in page.body if b.block_type == "prose"]
    data.update(nested_form_data({"body": streamfield(body)}))
    return data


def settings_data(html: str, field: str):
    """The form on the page that has the field."""
    forms = (querydict_from_html(html, form_index=number) for number in range(9))
    return next(form for form in forms if field in form)


def posted(rows: list[dict]) -> dict[str, str]:
    """What the editor's browser posts for these rows; the blocks are made by its scripts."""
    return _posted("questions", rows)


def _posted(prefix: str, value: object) -> dict[str, str]:
    data: dict[str, str] = {}
    if isinstance(value, list):
        data[f"{prefix}-count"] = str(len(value))
        for number, row in enumerate(value):
            at = f"{prefix}-{number}"
            data |= {f"{at}-deleted": "", f"{at}-order": str(number)}
            data |= {f"{at}-type": row["type"], f"{at}-id": row["id"]}
            data |= _posted(f"{at}-value", row["value"])
    elif isinstance(value, dict):
        for name, part in value.items():
            data |= _posted(f"{prefix}-{name}", part)
    elif value not in (False, None):
        data[prefix] = "on" if value is True else str(value)
    return data


KINDS_OF_BLOCK = ComplaintFormPage.questions.field.stream_block.child_blocks
SHAPES = [b.child_blocks["shape"] for b in KINDS_OF_BLOCK.values() if "shape" in b.child_blocks]
FIELD_TYPES = [key for shape in SHAPES for key, _label in shape.field.choices if key]
FIELD_TYPES += [
    KINDS.get(name, name)
    for name, block in KINDS_OF_BLOCK.items()
    if name != "step" and "shape" not in block.child_blocks
]


def row(kind: str, label: str, name: str = "", **settings: object) -> dict:
    """A row as Wagtail stores it, with every setting of its kind."""
    block = KINDS_OF_BLOCK[kind]
    value = block.get_prep_value(block.get_default()) | {"label": label} | settings
    value["choices"] = [
        {"type": "item", "id": f"{name}{n}", "value": {"exit_page": None, "text": text}}
        for n, text in enumerate(value.get("choices", ()))
        if isinstance(text, str)
    ]
    if kind != "choice":
        del value["choices"]
    return {"type": kind, "id": name or f"id-{label}", "value": value}


class Builder:
    """The form page in the CMS: `data` is what the editor's browser would post, and `rows`.

    A revision's form is the same in every test, and reading it is slow: it is read once.
    """

    read: ClassVar[dict[int, QueryDict]] = {}

    def __init__(self, client):
        self.client = client
        self.page = ComplaintFormPage.objects.get()
        revision = self.page.latest_revision_id
        if revision not in self.read:
            html = client.get(edit_url(self.page)).content.decode()
            self.read[revision] = querydict_from_html(html, form_id="page-edit-form")
        self.data = self.read[revision].copy()
        self.rows = self.page.questions.get_prep_value()

    def row(self, name: str) -> dict:
        return next(row for row in self.rows if row["id"] == name)

    def set(self, name: str, **values: object) -> "Builder":
        self.row(name)["value"].update(values)
        return self

    def remove(self, *names: str) -> "Builder":
        self.rows = [row for row in self.rows if row["id"] not in names]
        return self

    def move(self, name: str, to: int) -> "Builder":
        moving = self.row(name)
        self.remove(name).rows.insert(to, moving)
        return self

    def add(self, *rows: dict, at: int = 99) -> "Builder":
        self.rows[at:at] = rows
        return self

    def save(self, **more: str):
        return self.client.post(edit_url(self.page), self.data.dict() | posted(self.rows) | more)

    def publish(self, **more: str):
        return self.save(**{"action-publish": "Publiceren"}, **more)

    def published(self, **more: str) -> ComplaintFormPage:
        """The page, once the CMS took it."""
        response = self.publish(**more)
        assert response.status_code == 302, response.content.decode()
        self.page = ComplaintFormPage.objects.get(pk=self.page.pk)
        return self.page


@pytest.fixture
def builder(editor):
    return Builder(editor)


NO_PROBLEM = "Geef een vraag (soort Tekst) het doel ‘het probleem’."
TWICE = "is daar al voor. Houd een van de twee."
LATER = "Die vraag staat verderop. Kies een vraag die eerder staat."
GONE = "Die vraag is er niet meer. Kies een eerdere vraag."
NO_SUCH = "Dat antwoord is er niet meer."
EMPTY = "Dit is een verplicht veld."
REFUSALS = {
    "two questions of one purpose": (lambda b: b.set("telefoon", purpose="name"), TWICE),
    "two choosers of a coach": (lambda b: b.add(row("coach", "Nog een coach?")), TWICE),
    "a condition on a later question": (lambda b: b.set("ontstaan", show_if="naam"), LATER),
    "a condition on itself": (lambda b: b.set("naam", show_if="naam"), LATER),
    "a condition on a step": (lambda b: b.set("naam", show_if="stap_wie"), GONE),
    "a condition on a question that is removed": (lambda b: b.remove("voor_wie"), GONE),
    "a condition that a move left behind": (lambda b: b.move("voor_wie", 99), LATER),
    "an answer that is gone": (lambda b: b.set("naam", show_if="voor_wie/kat"), NO_SUCH),
    "no question after the problem": (lambda b: b.set("probleem", purpose=""), NO_PROBLEM),
    "the question after the problem removed": (lambda b: b.remove("probleem"), NO_PROBLEM),
    "the problem under a condition": (
        lambda b: b.move("probleem", 99).set("probleem", show_if="naam"),
        "Vraag altijd naar het probleem.",
    ),
    "the problem in a step under a condition": (
        lambda b: b.add(row("step", "Soms", show_if="naam")).move("probleem", 99),
        "Zet de vraag naar het probleem in een vaste stap.",
    ),
    "a question without a label": (lambda b: b.set("naam", label=" "), EMPTY),
    "a choice without answers": (
        lambda b: b.add(row("choice", "Kies maar")),
        "Het minimale aantal items",
    ),
    "an answer without words": (lambda b: b.add(row("choice", "Kies", choices=["a", " "])), EMPTY),
    "an answer twice": (
        lambda b: b.add(row("choice", "Kies", choices=["Ja", "ja "])),
        "Dit antwoord staat er al.",
    ),
}
LOSSES = {
    "there is no question after the handler": ("behandelaar", "de plaatsvervanger kiezen"),
    "nobody can be reached": ("email telefoon", "We kunnen niemand bereiken"),
    "nobody is advised to talk first": ("besproken", "eerst met de coach te praten"),
}
CONFIRM = "Ik wil het formulier zo publiceren"


class TestRefusals:
    """The page comes back with the message, and nothing was saved."""

    @pytest.fixture(autouse=True)
    def nothing_is_saved(self, builder):
        before, revision = builder.page.definition(), builder.page.latest_revision_id
        yield
        page = ComplaintFormPage.objects.get()
        assert page.definition() == before
        assert page.latest_revision_id == revision

    def told(self, builder) -> str:
        response = builder.publish()
        assert response.status_code == 200
        return unescape(response.content.decode())

    def test_a_form_that_cannot_be_filed_is_refused_with_the_reason(self, builder):
        """Of the last one the editor's page is asked too."""
        untouched = json.dumps(builder.rows)
        block = ComplaintFormPage.questions.field.stream_block
        for what, (change, message) in REFUSALS.items():
            builder.rows = json.loads(untouched)
            change(builder)
            with pytest.raises(StreamBlockValidationError) as refused:
                block.clean(block.to_python(builder.rows))
            assert message in str(refused.value.as_json_data()), what
        assert message in self.told(builder)

    def test_a_consent_cannot_be_emptied(self, builder):
        names = ("consent_text", "mail_consent_text", "health_consent_text")
        for left in ("null", line(""), line("<p> &nbsp; </p>")):
            builder.data.update(dict.fromkeys(names, left))
            assert self.told(builder).count("Dit is een verplicht veld.") == len(names), left


def test_what_protects_people_goes_only_when_confirmed(builder, staff):
    assert CONFIRM not in builder.client.get(edit_url(builder.page)).content.decode()
    untouched = json.dumps(builder.rows)
    for what, (names, message) in LOSSES.items():
        builder.rows = json.loads(untouched)
        told = unescape(builder.remove(*names.split()).publish().content.decode())
        assert message in told, what
        assert CONFIRM in told, what
    builder.data["introduction"] = line("<p>Je naam staat in stap 3.</p>")
    builder.rows = json.loads(untouched)
    told = unescape(builder.publish().content.decode())
    assert "De inleiding noemt stap 3. Die is er niet." in told
    names = [name for names, _message in LOSSES.values() for name in names.split()]
    page = builder.remove(*names).published(confirmed="on")
    assert not {"email", "besproken"} & {q.clean_name for _step, q in page.definition().questions()}


class TestSaving:
    @pytest.mark.every_database
    def test_a_new_question_is_asked_and_its_answer_kept(self, builder):
        builder.add(row("date", "Wanneer was het?", "wanneer"), at=3).published()
        Filler().start().to_check(wanneer="vorige week").send()
        answers = {a.label: a.text for a in open_answers(Complaint.objects.get())}
        assert answers["Wanneer was het?"] == "vorige week"

    def test_renaming_keeps_names_order_and_conditions(self, builder):
        before = [row["id"] for row in builder.rows]
        builder.data["consent_text"] = line("<p>Andere woorden.</p>")
        builder.row("voor_wie")["value"]["choices"][1]["value"]["text"] = "Voor een ander, en mij"
        page = builder.set("probleem", label="Wat ging er mis?").published()
        assert [row["id"] for row in page.questions.raw_data] == before
        condition = next(
            q.show_if for _s, q in page.definition().questions() if q.clean_name == "weet_diegene"
        )
        assert condition == Condition("voor_wie", "Voor een ander, en mij")
        filler = Filler().start().says("Wat ging er mis?")
        filler.to_check(voor_wie="Voor een ander, en mij", weet_diegene="Ja").send()
        stored = {a.name: a.text for a in open_answers(Complaint.objects.get())}
        assert stored["weet_diegene"] == "Ja"
        assert stored["voor_wie"] == "Voor een ander, en mij"

    def test_a_question_waits_for_a_coach_or_for_who_handles_it(self, builder):
        coaches = [Coach.objects.create(name=name) for name in ("Ali, de 1e", "Bo")]
        waits = {"coach/anders": "Waar werkt die?", "behandelaar/deputy": "Waarom niet?"}
        waits[f"coach/{coaches[0].pk}"] = "Welke dag?"
        builder.add(*(row("text", label, show_if=at) for at, label in waits.items())).published()
        Coach.objects.filter(pk=coaches[0].pk).update(name="Ali")
        deputy = "De plaatsvervanger: de vertrouwenspersoon ziet je klacht dan niet"
        told = {"id-Welke dag?": "ma", "id-Waarom niet?": "om", "id-Waar werkt die?": "hier"}
        Filler().start().to_check(coach="Ali", behandelaar=deputy, **told).send()
        answers = {a.label: a.text for a in open_answers(Complaint.objects.get())}
        assert answers["Welke dag?"] == "ma"
        assert answers["Waarom niet?"] == "om"
        assert "Waar werkt die?" not in answers
        Coach.objects.update(is_active=False)
        assert NO_SUCH in unescape(builder.publish().content.decode())

    def test_a_draft_may_be_half_and_is_not_shown(self, builder):
        half = row("choice", "", "half", choices=[""], show_if="nergens")
        builder.set("probleem", label="").remove("email", "telefoon").add(half)
        assert builder.save().status_code == 302
        page = ComplaintFormPage.objects.get()
        draft = page.get_latest_revision_as_object()
        assert [row["id"] for row in draft.questions.raw_data][-1] == "half"
        assert page.live
        Filler().start().says("Wat is het probleem?")


class TestVersions:
    """Any earlier version comes back as it was, and two are compared in words."""

    def restored(self, builder, revision):
        url = reverse("wagtailadmin_pages:revisions_revert", args=[builder.page.pk, revision.pk])
        html = builder.client.get(url)
        assert html.status_code == 200
        builder.rows = json.loads(revision.content["questions"])
        return builder.published(confirmed="on", revision=str(revision.pk))

    def test_each_version_comes_back_and_the_changes_are_told(self, builder):
        before = builder.page.definition()
        assert builder.published().definition().steps == before.steps  # saved as it stands
        first = builder.page.revisions.order_by("pk").first()
        new = row("number", "Hoe vaak?", "vaak", show_if="voor_wie/ander")

        def be_of_another_kind():
            number = next(n for n, r in enumerate(builder.rows) if r["id"] == "naam")
            builder.rows[number] = row("date", "Je naam", "naam")
            builder.set("telefoon", show_if="voor_wie/ander")
            builder.row("besproken")["value"]["choices"][1]["value"]["exit_page"] = None

        changes = [
            lambda: builder.remove("verwacht"),
            lambda: builder.add(new, at=12),
            lambda: builder.move("naam", 2),
            lambda: builder.set("probleem", label="Wat ging er mis?", needed=""),
            be_of_another_kind,
        ]
        said = [
            ["Weg: Tekst ‘Wat had je verwacht?’"],
            ["Erbij: Getal ‘Hoe vaak?’"],
            ["Verplaatst: Tekst ‘Je naam’, nu na ‘Wat is het probleem?’"],
            [
                "Vraag: was Wat is het probleem?, nu Wat ging er mis?",
                "Invullen: was verplicht, nu mag leeg blijven",
            ],
            [
                "Datum ‘Je naam’: soort: was Tekst, nu Datum",
                "Wanneer tonen: was altijd, nu Voor wie dien je deze klacht in? → Voor",
                "‘Nee’ (Praat eerst met je coach)",
            ],
        ]
        for change, words in zip(changes, said, strict=True):
            before = builder.page.latest_revision
            change()
            after = builder.published().latest_revision
            shown = self.compared(builder, before, after)
            assert all(word in shown for word in words), shown
            assert "toestemming" not in shown  # what was only saved again is no change
        for revision in [first, builder.page.revisions.order_by("pk")[2]]:
            page = self.restored(builder, revision)
            assert page.definition().steps == revision.as_object().definition().steps
        assert self.compared(builder, first, page.latest_revision)

    def compared(self, builder, before, after) -> str:
        args = [builder.page.pk, before.pk, after.pk]
        response = builder.client.get(reverse("wagtailadmin_pages:revisions_compare", args=args))
        assert response.status_code == 200
        return " ".join(unescape(strip_tags(response.content.decode())).split())


class TestCopies:
    def test_a_copied_form_has_ids_of_its_own_in_each_version(self, builder):
        page = builder.published()
        url = reverse("wagtailadmin_pages:copy", args=[page.pk])
        client = client_for(make_user("superuser"))
        parent = page.get_parent().pk
        data = {"new_title": "Kopie", "new_slug": "kopie", "new_parent_page": parent}
        assert client.post(url, data | {"copy_subpages": ""}).status_code == 302
        copy = ComplaintFormPage.objects.get(slug="kopie")
        ids = {row["id"] for row in page.questions.raw_data}
        assert copy.revisions.count() > 1
        for revision in copy.revisions.all():
            form = revision.as_object()
            assert not ids & {row["id"] for row in form.questions.raw_data}
            names = {q.clean_name for _step, q in form.definition().questions()}
            waits = [q.show_if for _step, q in form.definition().questions() if q.show_if]
            assert {wait.question for wait in waits} <= names
            assert "Voor iemand anders" in [wait.value for wait in waits]
        assert copy.definition().steps[0].title == page.definition().steps[0].title

    def test_a_new_form_begins_as_the_present_one(self, builder):
        parent = ProcedurePage.objects.get().pk
        url = reverse("wagtailadmin_pages:add", args=["complaints", "complaintformpage", parent])
        html = unescape(builder.client.get(url).content.decode())
        assert "Wie het betreft en hoe we je bereiken" in html
        assert "dat AKM KunstMaat dat gebruikt om mijn klacht te behandelen" in html
        assert "wie_en_relatie" not in html


class TestPreviews:
    def test_every_mode_shows_its_page(self, builder):
        url = reverse("wagtailadmin_pages:preview_on_edit", args=[builder.page.pk])
        builder.set("ontstaan", label="")  # a draft's label may be missing
        data = builder.data.dict() | posted(builder.rows)
        assert builder.client.post(url, data).json()["is_valid"]
        modes = [mode for mode, _label in builder.page.preview_modes]
        headings = set()
        for mode in modes:
            response = builder.client.get(url, {"mode": mode})
            assert response.status_code == 200, mode
            headings.add(response.content.decode().partition("</main>")[0].partition("<main")[2])
        assert len(headings) == len(modes)
        assert any("Je klacht is ontvangen" in heading for heading in headings)
        assert not Complaint.objects.exists()

    def test_each_condition_has_a_switch_that_shows_all_it_leads_to(self, builder):
        url = reverse("wagtailadmin_pages:preview_on_edit", args=[builder.page.pk])
        builder.set("probleem", label="", show_if="probleem")  # a draft may be senseless
        builder.add(
            row("text", "Hoe weet diegene het?", "hoe", show_if="weet_diegene"),
            row("step", "Alleen voor de plaatsvervanger", show_if="behandelaar/deputy"),
            row("choice", "Mag dit?", "mag", choices=["a, b", "???"]),
            row("number", "Hoe vaak?", show_if="mag/mag1"),
        )
        builder.client.post(url, builder.data.dict() | posted(builder.rows))

        def shown(**query: object) -> tuple[str, str]:
            page = unescape(builder.client.get(url, query).content.decode())
            return page.rpartition("</form>")[::2]

        form, steps = shown()
        switches = re.findall(r'name="met" value="([^"]+)"', form)
        assert len(switches) == len(set(switches)) == 5, switches
        labels = [
            "Hoe weet diegene het?",
            "Alleen voor de plaatsvervanger",
            "Mag dit?",
            "Hoe vaak?",
        ]
        assert not [label for label in labels if label in steps]
        _form, steps = shown(met=switches)
        assert [label for label in labels if label not in steps] == []
        for switch, label in zip(switches[-3:], (labels[0], labels[2], labels[3]), strict=True):
            assert label in shown(met=switch)[1]  # with the questions that it needs
        assert labels[3] in shown()[1]  # still on
        assert labels[3] not in shown(met="")[1]
        assert labels[3] not in Filler().start().text


class TestWhoEditsWhat:
    def test_an_editor_changes_the_procedure_its_stages_and_who_the_organisation_is(self, editor):
        page = ProcedurePage.objects.get()
        before = [stage.pk for stage in page.stages.all()]
        data = procedure_data(editor, page)
        data["introduction"] = line("<p>Nieuw begin.</p>")
        data["stages-1-title"] = "Bemiddelen, samen"
        assert editor.post(edit_url(page), data | {"action-publish": "1"}).status_code == 302
        says(Client().get("/klachtenprocedure/"), "Nieuw begin.")
        after = ProcedurePage.objects.get().stages.all()
        assert [stage.pk for stage in after] == before
        assert after[1].title == "Bemiddelen, samen"
        url = editor.get(ORGANISATION)["Location"]
        data = settings_data(editor.get(url).content.decode(), "tagline")
        data["tagline"] = "Kunst en coaching"
        assert editor.post(url, data).status_code == 302
        assert OrganisationSettings.objects.get().tagline == "Kunst en coaching"
        assert "Kunst en coaching" in Client().get("/").content.decode()

    def test_what_another_edits_is_shut(self, site):
        page = edit_url(ProcedurePage.objects.get())
        shut = {"editor": [HANDLING], "manager": [ORGANISATION, page], "confidant": [HANDLING]}
        for role, paths in shut.items():
            client = client_for(make_user(role))
            for path in paths:
                came_to = client.get(path, follow=True).request["PATH_INFO"]
                assert came_to == reverse("wagtailadmin_home"), (role, path)


@pytest.mark.every_database
class TestDeleting:
    @pytest.mark.parametrize("model", [ComplaintFormPage, ProcedurePage])
    def test_a_page_that_goes_takes_no_complaint_with_it(self, site, model):
        Filler().start().to_check(probleem=PROBLEM).send()
        page = model.objects.get()
        client = client_for(make_user("superuser"))
        url = reverse("wagtailadmin_pages:delete", args=[page.pk])
        case = Complaint.objects.get()
        assert case.reference not in says(client.get(url), "Er gaat geen klacht verloren")
        client.post(url, {"confirm_site_name": "AKM KunstMaat"})
        assert not model.objects.exists()
        case.refresh_from_db()
        assert case.form_page is None
        assert PROBLEM in [answer.text for answer in open_answers(case)]
        assert case.procedure_text is not None
