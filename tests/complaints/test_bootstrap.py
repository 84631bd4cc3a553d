"""`manage.py bootstrap`: a working site out of an empty database, and nothing twice."""

import re
from io import StringIO

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.models import GroupCollectionPermission, GroupPagePermission, Page, Site

from complaints.cases.handlers_group import EDITORS_GROUP, HANDLERS_GROUP, MANAGERS_GROUP
from complaints.management.commands.bootstrap import PERMISSIONS, linked
from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ProcedurePage, ProcedurePublication
from complaints.models.settings import HandlingSettings
from complaints.questions import Purpose
from home.models import HomePage, OrganisationSettings

PATHS = {
    "/": "HomePage",
    "/klachtenprocedure/": "ProcedurePage",
    "/klachtenprocedure/vertrouwenspersoon/": "ConfidantPage",
    "/klachtenprocedure/formulier/": "ComplaintFormPage",
    "/klachtenprocedure/praat-eerst-met-je-coach/": "ContentPage",
    "/privacy/": "ContentPage",
    "/toegankelijkheid/": "ContentPage",
}


def run(**options: object) -> str:
    out = StringIO()
    call_command("bootstrap", stdout=out, **options)
    return out.getvalue()


def stored() -> tuple:
    """Every text that bootstrap wrote, of pages, their rows and the settings, and some counts."""
    objects = [page.specific for page in Page.objects.filter(depth__gt=1)]
    objects += ProcedurePage.objects.get().stages.all()
    objects += [OrganisationSettings.objects.get(), HandlingSettings.objects.get()]
    texts = [str(field.value_from_object(obj)) for obj in objects for field in obj._meta.fields]
    models = (Page, ProcedurePublication, GroupPagePermission)
    return texts, *(model.objects.count() for model in models)


def test_an_empty_database_gets_the_whole_tree_published_valid_linked_and_its_text_kept(site):
    pages = Page.objects.filter(depth__gt=1)
    assert {page.url: page.specific_class.__name__ for page in pages} == PATHS
    for page in pages:
        assert page.live, page
        assert page.live_revision is not None, page
        assert not page.has_unpublished_changes, page
        page.specific.full_clean()
    for row in (*ProcedurePage.objects.get().stages.all(), OrganisationSettings.objects.get()):
        row.full_clean()
    kept = ProcedurePublication.objects.get()
    assert kept.page == ProcedurePage.objects.get()
    assert "Externe klachtencommissie" in kept.text.html
    text = "\n".join(stored()[0])
    assert "data-to" not in text
    linked_to = {int(pk) for pk in re.findall(r'linktype="page" id="(\d+)"', text)}
    assert linked_to
    assert linked_to <= set(Page.objects.live().values_list("pk", flat=True))
    with pytest.raises(KeyError):
        linked(["<a data-to='x'>", '<a data-to="nowhere">'], {})
    # Nothing is left of Wagtail's own start.
    assert (site.hostname, site.site_name) == ("localhost", "AKM KunstMaat")
    assert isinstance(site.root_page.specific, HomePage)
    assert Site.objects.count() == 1
    assert not Page.objects.filter(title__startswith="Welcome").exists()
    assert {group.name for group in Group.objects.all()} == set(PERMISSIONS)


def test_a_default_group_with_people_in_it_stays(db):
    HandlingSettings.objects.all().delete()  # while they are there, their site stays
    Page.objects.get(depth=2).delete()
    User.objects.create_user("eva").groups.add(Group.objects.create(name="Moderators"))
    run()
    assert Group.objects.filter(name="Moderators").exists()


def test_a_second_run_says_and_does_nothing_also_to_what_an_editor_changed(site):
    page = ProcedurePage.objects.get()
    page.title, page.slug = "Als het misgaat", "als-het-misgaat"
    page.save_revision().publish()
    Page.objects.get(slug="toegankelijkheid").delete()
    OrganisationSettings.objects.update(name="Een andere naam", email="")
    HandlingSettings.objects.update(handling_days=30, committee_text="")
    editors = Group.objects.get(name=EDITORS_GROUP)
    editors.permissions.clear()
    editors.page_permissions.all().delete()
    before = stored()
    with CaptureQueriesContext(connection) as queries:
        assert run() == "Nothing to make.\n"
    assert run(verbosity=0) == ""
    assert stored() == before
    assert not editors.permissions.exists()
    assert len(queries) < 15


def test_r38_groups_hold_exactly_their_permissions_and_only_editors_touch_pages_of_others(site):
    for name, expected in PERMISSIONS.items():
        held = Group.objects.get(name=name).permissions.select_related("content_type")
        assert {f"{p.content_type.app_label}.{p.codename}" for p in held} == set(expected)
    holders = Group.objects.filter(permissions__codename="handle_complaint")
    assert [group.name for group in holders] == [HANDLERS_GROUP]
    of_groups = Permission.objects.filter(content_type__model="group")
    assert not Group.objects.filter(permissions__in=of_groups).exists()
    assert Group.objects.filter(name=MANAGERS_GROUP, permissions__codename="change_user").exists()
    assert {rule.group.name for rule in GroupPagePermission.objects.all()} == {EDITORS_GROUP}
    theirs = GroupCollectionPermission.objects.exclude(group__name=EDITORS_GROUP)
    pictures = ("add_image", "choose_image")  # a handler's own, for the page about them
    assert set(theirs.values_list("group__name", "permission__codename")) == {
        (HANDLERS_GROUP, name) for name in pictures
    }


@pytest.fixture
def form(site):
    return ComplaintFormPage.objects.get().definition()


def test_r11_the_form_serves_every_purpose_once_in_two_steps_and_requires_the_problem_only(form):
    asked = [question for _step, question in form.questions()]
    assert [q.purpose for q in asked if q.required] == [Purpose.PROBLEM]
    assert form.question_for(Purpose.REMEDY).soft_required
    served = [q.purpose for q in asked if q.purpose]
    assert sorted(served) == sorted(p.value for p in Purpose if p is not Purpose.NONE)
    assert [step.title for step in form.steps] == [
        "Wat er is gebeurd en wat je wilt",
        "Wie het betreft en hoe we je bereiken",
    ]


def test_conditions_and_the_way_out_follow_what_was_answered_before(form):
    seen: dict[str, tuple[str, ...]] = {}
    for _step, question in form.questions():
        if question.show_if is not None and not question.clean_name.endswith("_anders"):
            assert question.show_if.value in seen[question.show_if.question]
        seen[question.clean_name] = question.choices
    for whom, asked in ("Voor mezelf", False), ("Voor iemand anders", True), ("", False):
        visible = form.visible({"voor_wie": whom})
        names = {question.clean_name for _index, questions in visible for question in questions}
        assert ({"wie_en_relatie", "weet_diegene"} <= names) is asked, whom
    question = form.question_for(Purpose.DISCUSSED)
    for talked, leads_out in ("Ja", False), ("Nee", True), ("Dat kan niet", False):
        assert question.leads_out({question.clean_name: talked}) is leads_out, talked
    assert Page.objects.get(pk=question.exit_page).slug == "praat-eerst-met-je-coach"
