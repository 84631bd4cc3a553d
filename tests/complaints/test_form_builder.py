"""The editor's side: building the form in the CMS, previews, settings, and what deleting does."""

from html import unescape

import pytest
from django.contrib.auth import get_user_model
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
from tests.complaints.form_filler import FORM, Filler
from tests.factories import PROBLEM, make_complaint, make_user

pytestmark = pytest.mark.django_db

ORGANISATION = "/cms/settings/home/organisationsettings/"
HANDLING = "/cms/settings/complaints/handlingsettings/"
EMPTY = rich_text("", features=LINE_FEATURES)
BLANK = rich_text("<p> &nbsp; </p>", features=LINE_FEATURES)


@pytest.fixture
def editor(site):
    client = Client()
    client.force_login(make_user("editor"))
    return client


@pytest.fixture
def manager(site):
    client = Client()
    client.force_login(make_user("manager"))
    return client


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
    """The form page in the CMS: `data` is what the editor's browser would post."""

    def __init__(self, client):
        self.client = client
        self.page = ComplaintFormPage.objects.get()
        html = client.get(edit_url(self.page)).content.decode()
        self.data = querydict_from_html(html, form_id="page-edit-form")
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


@pytest.fixture
def builder(editor):
    return Builder(editor)


def is_refused(builder: Builder, message: str) -> None:
    """The page comes back with that message, and nothing was saved."""
    before = builder.page.definition()
    revision = builder.page.latest_revision_id
    response = builder.publish()
    assert response.status_code == 200
    assert message in unescape(response.content.decode())
    page = ComplaintFormPage.objects.get()
    assert page.definition() == before
    assert page.latest_revision_id == revision


class TestRefusals:
    def test_two_questions_of_one_purpose(self, builder):
        builder.set("naam", purpose=Purpose.EMAIL.value)
        is_refused(builder, "heeft dit doel al. Kies bij een van de twee 'geen'.")

    def test_a_condition_on_a_later_question(self, builder):
        builder.set("probleem", show_if_question="naam")
        is_refused(builder, "Die vraag staat verderop. Kies een vraag die eerder staat.")

    def test_a_condition_on_itself(self, builder):
        builder.set("naam", show_if_question="naam")
        is_refused(builder, "Die vraag staat verderop.")

    def test_a_condition_on_a_question_that_is_removed(self, builder):
        builder.set("voor_wie", DELETE="1")
        is_refused(builder, "Die vraag is er niet meer. Kies een eerdere vraag.")

    def test_an_answer_that_nobody_can_give(self, builder):
        builder.set("wie_en_relatie", show_if_value="Voor mijn kat")
        is_refused(builder, "Dit antwoord kan niemand geven.")

    @pytest.mark.parametrize("field_type", ["dropdown", "radio", "checkboxes", "multiselect"])
    def test_a_choice_without_choices(self, builder, field_type):
        builder.add(label="Kies maar", field_type=field_type)
        is_refused(builder, "Geef de keuzes, elk op een regel.")

    def test_no_question_after_the_problem(self, builder):
        builder.set("probleem", purpose="")
        is_refused(builder, "Er is geen vraag naar het probleem.")

    def test_the_question_after_the_problem_removed(self, builder):
        builder.set("probleem", DELETE="1")
        is_refused(builder, "Er is geen vraag naar het probleem.")

    def test_a_routing_question_without_its_purpose(self, builder):
        builder.set("behandelaar", purpose="")
        is_refused(builder, "Kies bij deze soort vraag: wie de klacht behandelt.")

    def test_a_question_without_a_label(self, builder):
        builder.set("naam", label="")
        is_refused(builder, "Dit is een verplicht veld.")

    @pytest.mark.parametrize("name", ["consent_text", "mail_consent_text", "health_consent_text"])
    @pytest.mark.parametrize("left", ["null", EMPTY, BLANK], ids=["nothing", "empty", "blank"])
    def test_a_consent_cannot_be_emptied(self, builder, name, left):
        builder.data[name] = left
        is_refused(builder, "Dit is een verplicht veld.")


class TestSaving:
    def test_the_form_as_it_stands_saves_and_changes_nothing(self, builder):
        before = builder.page.definition()
        assert builder.publish().status_code == 302
        page = ComplaintFormPage.objects.get()
        assert page.definition().steps == before.steps
        assert page.live_revision_id != builder.page.live_revision_id

    def test_a_new_question_is_asked_and_its_answer_kept(self, builder):
        builder.add(label="Wanneer was het?", field_type="plain_date")
        assert builder.publish().status_code == 302
        name = ComplaintFormPage.objects.get().form_fields.last().clean_name
        Filler().start().to_check(**{name: "vorige week"}).send()
        answers = {a.label: a.text for a in open_answers(Complaint.objects.get())}
        assert answers["Wanneer was het?"] == "vorige week"

    def test_a_change_of_one_question_leaves_the_order_as_it_was(self, builder):
        before = [row.clean_name for row in builder.page.form_fields.all()]
        builder.set("verwacht", label="Wat hoopte je?")
        assert builder.publish().status_code == 302
        rows = ComplaintFormPage.objects.get().form_fields.all()
        assert [row.clean_name for row in rows] == before

    def test_a_question_is_reworded_and_keeps_its_name(self, builder):
        assert builder.set("probleem", label="Wat ging er mis?").publish().status_code == 302
        assert "Wat ging er mis?" in Filler().start().text
        row = ComplaintFormPage.objects.get().form_fields.get(clean_name="probleem")
        assert row.purpose == Purpose.PROBLEM

    def test_the_consent_is_reworded(self, builder):
        builder.data["consent_text"] = rich_text("<p>Andere woorden.</p>", features=LINE_FEATURES)
        assert builder.publish().status_code == 302
        assert "Andere woorden." in Filler().start().to_check().text

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
        builder.set("probleem", label="Voorproefje")
        builder.client.post(url, builder.data)
        preview = builder.client.get(url, {"mode": "step-1"}).content.decode()
        assert "Voorproefje" in preview
        assert "Voorproefje" not in builder.client.get(FORM).content.decode()


class TestWhoEditsWhat:
    def test_an_editor_publishes_the_procedure(self, editor):
        page = ProcedurePage.objects.get()
        data = procedure_data(editor, page)
        data["introduction"] = rich_text("<p>Nieuw begin.</p>", features=LINE_FEATURES)
        assert editor.post(edit_url(page), data | {"action-publish": "1"}).status_code == 302
        assert "Nieuw begin." in Client().get("/klachtenprocedure/").content.decode()

    def test_a_change_of_one_stage_leaves_the_three_in_their_order(self, editor):
        page = ProcedurePage.objects.get()
        before = [stage.pk for stage in page.stages.all()]
        data = procedure_data(editor, page)
        data["stages-1-title"] = "Bemiddelen, samen"
        assert editor.post(edit_url(page), data | {"action-publish": "1"}).status_code == 302
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

    @pytest.mark.parametrize(
        ("role", "path"), [("editor", HANDLING), ("manager", ORGANISATION), ("confidant", HANDLING)]
    )
    def test_settings_of_another_are_shut(self, site, role, path):
        client = Client()
        client.force_login(make_user(role))
        response = client.get(path, follow=True)
        assert "settings" not in response.request["PATH_INFO"]

    def test_a_manager_edits_no_page(self, manager):
        page = ProcedurePage.objects.get()
        response = manager.get(edit_url(page), follow=True)
        assert "page-edit-form" not in response.content.decode()


class TestDeleting:
    @pytest.mark.parametrize("model", [ComplaintFormPage, ProcedurePage])
    def test_a_page_that_goes_takes_no_complaint_with_it(self, site, model):
        Filler().start().to_check(probleem=PROBLEM).send()
        page = model.objects.get()
        client = Client()
        client.force_login(make_user("superuser"))
        url = reverse("wagtailadmin_pages:delete", args=[page.pk])
        assert "Er gaat geen klacht verloren" in client.get(url).content.decode()
        client.post(url, {"confirm_site_name": "AKM KunstMaat"})
        assert not model.objects.exists()
        case = Complaint.objects.get()
        assert PROBLEM in [answer.text for answer in open_answers(case)]
        assert case.procedure_text is not None

    def test_a_user_who_goes_takes_no_complaint_along(self, site, staff):
        case = make_complaint()
        client = Client()
        client.force_login(make_user("superuser"))
        url = reverse("wagtailusers_users:delete", args=[staff.confidant.pk])
        assert "Er gaat geen klacht verloren" in client.get(url).content.decode()
        client.post(url)
        assert not get_user_model().objects.filter(username="confidant").exists()
        case.refresh_from_db()
        assert case.handler is None
        assert PROBLEM in [answer.text for answer in open_answers(case)]
