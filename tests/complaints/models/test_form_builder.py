"""The editor's side: building the form in the CMS, previews, settings, and what deleting does."""

from html import unescape
from typing import ClassVar

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from wagtail.test.utils.form_data import (
    nested_form_data,
    querydict_from_html,
    rich_text,
    streamfield,
)

from complaints.cases.contents import open_answers
from complaints.models.case import Complaint
from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePage
from complaints.questions import Purpose
from home.blocks import LINE_FEATURES
from home.models import OrganisationSettings
from tests.complaints.public.form_filler import Filler
from tests.desk import client_for, says
from tests.factories import PROBLEM, make_user

pytestmark = pytest.mark.django_db

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


class Builder:
    """The form page in the CMS: `data` is what the editor's browser would post.

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
        for name in self.data:
            if name.endswith(("required", "-sensitive")):  # a ticked box without a value
                self.data[name] = "on"

    def row(self, clean_name: str) -> str:
        """The prefix of the row of that question."""
        names = [row.clean_name for row in self.page.form_fields.all()]
        return f"form_fields-{names.index(clean_name)}"

    def set(self, clean_name: str, **values: str) -> "Builder":
        for name, value in values.items():
            key = f"{self.row(clean_name)}-{name}"
            assert key in self.data or name == "DELETE", key
            self.data[key] = value
        return self

    def add(self, **values: str) -> "Builder":
        number = int(self.data["form_fields-TOTAL_FORMS"])
        empty = {"label": "", "choices": "", "purpose": "", "ORDER": str(number + 1), "DELETE": ""}
        self.data.update(nested_form_data({"form_fields": {number: empty | values}}))
        self.data["form_fields-TOTAL_FORMS"] = str(number + 1)
        return self

    def publish(self):
        return self.client.post(edit_url(self.page), self.data | {"action-publish": "Publiceren"})

    def published(self) -> ComplaintFormPage:
        """The page, once the CMS took it."""
        assert self.publish().status_code == 302
        return ComplaintFormPage.objects.get()


@pytest.fixture
def builder(editor):
    return Builder(editor)


NO_PROBLEM = "Er is geen vraag naar het probleem."
TWICE = "heeft dit doel al. Kies bij een van de twee 'geen'."
LATER = "Die vraag staat verderop."
EARLIER = f"{LATER} Kies een vraag die eerder staat."
REMOVED = "Die vraag is er niet meer. Kies een eerdere vraag."
NOBODY = "Dit antwoord kan niemand geven."
ROUTING = "Kies bij deze soort vraag: wie de klacht behandelt."
REFUSALS = {
    "two questions of one purpose": ("naam", {"purpose": Purpose.EMAIL.value}, TWICE),
    "a condition on a later question": ("probleem", {"show_if_question": "naam"}, EARLIER),
    "a condition on itself": ("naam", {"show_if_question": "naam"}, LATER),
    "a condition on a question that is removed": ("voor_wie", {"DELETE": "1"}, REMOVED),
    "an answer that nobody can give": ("wie_en_relatie", {"show_if_value": "Mijn kat"}, NOBODY),
    "no question after the problem": ("probleem", {"purpose": ""}, NO_PROBLEM),
    "the question after the problem removed": ("probleem", {"DELETE": "1"}, NO_PROBLEM),
    "a routing question without its purpose": ("behandelaar", {"purpose": ""}, ROUTING),
    "a question without a label": ("naam", {"label": ""}, "Dit is een verplicht veld."),
}


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

    def test_a_form_that_cannot_be_filed(self, builder):
        untouched = builder.data.copy()
        for what, (question, values, message) in REFUSALS.items():
            builder.data = untouched.copy()
            assert message in self.told(builder.set(question, **values)), what

    def test_a_choice_without_choices(self, builder):
        kinds = ("dropdown", "radio", "checkboxes", "multiselect")
        for kind in kinds:
            builder.add(label=f"Kies maar: {kind}", field_type=kind)
        assert self.told(builder).count("Geef de keuzes, elk op een regel.") == len(kinds)

    def test_a_consent_cannot_be_emptied(self, builder):
        names = ("consent_text", "mail_consent_text", "health_consent_text")
        for left in ("null", line(""), line("<p> &nbsp; </p>")):
            builder.data.update(dict.fromkeys(names, left))
            assert self.told(builder).count("Dit is een verplicht veld.") == len(names), left


class TestSaving:
    def test_the_form_as_it_stands_saves_and_changes_nothing(self, builder):
        before = builder.page.definition()
        page = builder.published()
        assert page.definition().steps == before.steps
        assert page.live_revision_id != builder.page.live_revision_id

    def test_a_new_question_is_asked_and_its_answer_kept(self, builder):
        page = builder.add(label="Wanneer was het?", field_type="plain_date").published()
        name = page.form_fields.last().clean_name
        Filler().start().to_check(**{name: "vorige week"}).send()
        answers = {a.label: a.text for a in open_answers(Complaint.objects.get())}
        assert answers["Wanneer was het?"] == "vorige week"

    def test_a_question_and_the_consent_are_reworded_and_names_and_order_stay(self, builder):
        before = [row.clean_name for row in builder.page.form_fields.all()]
        builder.data["consent_text"] = line("<p>Andere woorden.</p>")
        rows = builder.set("probleem", label="Wat ging er mis?").published().form_fields.all()
        assert [row.clean_name for row in rows] == before
        assert rows.get(clean_name="probleem").purpose == Purpose.PROBLEM
        Filler().start().says("Wat ging er mis?").to_check().says("Andere woorden.")

    def test_a_draft_is_not_shown(self, builder):
        builder.set("probleem", label="Nog niet")
        assert builder.client.post(edit_url(builder.page), builder.data).status_code == 302
        assert "Nog niet" not in Filler().start().text


class TestPreviews:
    def test_every_mode_shows_its_page(self, builder):
        url = reverse("wagtailadmin_pages:preview_on_edit", args=[builder.page.pk])
        assert builder.client.post(url, builder.data).json()["is_valid"]
        modes = [mode for mode, _label in builder.page.preview_modes]
        steps = [f"step-{n + 1}" for n in range(len(builder.page.definition().steps))]
        assert modes == [*steps, "check", "confirmation"]
        headings = set()
        for mode in modes:
            response = builder.client.get(url, {"mode": mode})
            assert response.status_code == 200, mode
            headings.add(response.content.decode().partition("</main>")[0].partition("<main")[2])
        assert len(headings) == len(modes)
        assert any("Je klacht is ontvangen" in heading for heading in headings)
        assert not Complaint.objects.exists()

    def test_an_unsaved_question_is_in_the_preview_only(self, builder):
        url = reverse("wagtailadmin_pages:preview_on_edit", args=[builder.page.pk])
        builder.client.post(url, builder.set("probleem", label="Voorproefje").data)
        says(builder.client.get(url, {"mode": "step-1"}), "Voorproefje")
        assert "Voorproefje" not in Filler().start().text


class TestWhoEditsWhat:
    def test_an_editor_publishes_the_procedure_and_its_stages_keep_their_order(self, editor):
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

    def test_an_editor_changes_who_the_organisation_is(self, editor):
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
