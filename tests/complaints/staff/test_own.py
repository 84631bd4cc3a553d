"""What a confidant or deputy keeps themselves: their absence, profile page, reply templates."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from wagtail import VERSION as WAGTAIL
from wagtail.images.models import Image
from wagtail.models import Collection, ModelLogEntry, Page
from wagtail.test.utils.form_data import rich_text

from complaints.models.handling import ReplyTemplate
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.pages import ConfidantPage
from complaints.models.roster import Roster
from complaints.models.settings import HandlingSettings
from complaints.stages import Route
from tests.desk import NAME, client_for, says
from tests.evidence import picture
from tests.factories import GROUPS, make_complaint, make_user, set_handling
from tests.services import forget_mail

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

OWN = reverse(NAME + "own")
HANDLERS = ("confidant", "deputy", "handler")


@pytest.fixture
def staff(site):
    """Everybody; and a page about the confidant and one about the deputy."""
    people = {role: make_user(role) for role in GROUPS}
    ConfidantPage.objects.update(person=people["confidant"])
    theirs = {"person": people["deputy"], "slug": "vervanger", "title": "Vervanger"}
    page_of(people["confidant"]).copy(update_attrs=theirs)
    return people


def page_of(person) -> ConfidantPage:
    return ConfidantPage.objects.get(person=person)


def absence(start="", until="") -> dict[str, str]:
    return {"confidant_absent_from": str(start), "confidant_absent_until": str(until)}


def posted(client, address: str) -> dict[str, str]:
    """What the form at that address would send, as it stands."""
    form = client.get(address).context["form"]
    given = {name: form[name].value() for name in form.fields}
    for name in {"way_past_text", "biography", "independence", "does"} & given.keys():
        given[name] = rich_text(given[name])
    return {name: value for name, value in given.items() if value not in (None, False)}


def test_each_edits_the_page_about_them_and_no_other(staff):
    """By role and address: a page names who it is about; editors keep the right on its text."""
    pages = {role: page_of(staff[role]) for role in ("confidant", "deputy")}
    others = ["delete", "unpublish", "copy", "move", "set_privacy"]
    if WAGTAIL >= (8,):  # asks the group first, as page history does (docs/next.md)
        others.append("preview_on_edit")
    for role, person in staff.items():
        desk, keeps_all = client_for(person), role in ("editor", "superuser")
        for whose, page in pages.items():
            for name in ("edit",) if keeps_all else {"edit", "preview_on_edit", *others}:
                may = keeps_all or (role == whose and name not in others)
                answer = desk.get(reverse(f"wagtailadmin_pages:{name}", args=[page.pk]))
                assert (answer.status_code == 200) is may, (role, whose, name)
        if role in HANDLERS:
            shown = desk.get(OWN).content.decode()
            led_to = {whose for whose, page in pages.items() if f"/pages/{page.pk}/" in shown}
            assert led_to == pages.keys() & {role}
        for page in [] if keeps_all else Page.objects.not_type(ConfidantPage):
            edit = desk.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
            assert edit.status_code == 302, (role, page)


def test_they_publish_its_text_and_picture_but_not_where_it_stands_nor_whose_it_is(staff):
    confidant = staff["confidant"]
    page, desk = page_of(confidant), client_for(confidant)
    given = {
        "title": "Marijke",
        "file": SimpleUploadedFile("portret.jpg", picture()),
        "collection": Collection.get_first_root_node().pk,
    }
    assert desk.post(reverse("wagtailimages:add"), given).status_code == 302
    edit = reverse("wagtailadmin_pages:edit", args=[page.pk])
    new = {"role": "Luistert", "portrait": Image.objects.get().pk, "action-publish": "1"}
    wrong = {"person": staff["deputy"].pk, "slug": "elders", "show_in_menus": ""}
    assert desk.post(edit, posted(desk, edit) | new | wrong).status_code == 302
    now = ConfidantPage.objects.get(pk=page.pk)
    assert (now.role, now.portrait.title, now.live) == ("Luistert", "Marijke", True)
    assert (now.person, now.slug, now.show_in_menus) == (confidant, page.slug, page.show_in_menus)
    other = reverse("wagtailimages:edit", args=[now.portrait_id])
    assert desk.get(other).status_code == 200
    assert client_for(staff["deputy"]).get(other).status_code == 302
    confidant.groups.clear()
    assert client_for(confidant).get(edit).status_code == 302, "no handler any more"


def of_templates(name: str, *keys: int) -> str:
    return reverse(f"wagtailsnippets_complaints_replytemplate:{name}", args=keys)


def test_a_handler_changes_own_templates_only_and_all_are_used_by_all(staff):
    ReplyTemplate.objects.all().delete()
    makers = (*HANDLERS, "editor")
    for role in makers:
        given = {"title": f"Van {role}", "text": "Dag {kenmerk}"}
        assert client_for(staff[role]).post(of_templates("add"), given).status_code == 302
    made = {template.title: template for template in ReplyTemplate.objects.all()}
    assert made["Van editor"].owner is None
    assert made["Van deputy"].owner == staff["deputy"]
    for role in (*HANDLERS, "manager"):
        desk, own = client_for(staff[role]), made.keys() & {f"Van {role}"}
        for name in ("edit", "delete", "copy"):
            opened = {
                t for t in made if desk.get(of_templates(name, made[t].pk)).status_code == 200
            }
            assert opened == own, (role, name)
        for other in made.keys() - own:
            for name in ("edit", "delete"):
                desk.post(of_templates(name, made[other].pk), {"title": "Gekaapt", "text": "x"})
        listed = desk.get(of_templates("list")).content.decode()
        assert {title for title in made if title in listed} == own, role
    bulk = reverse("wagtail_bulk_action", args=["complaints", "replytemplate", "delete"])
    client_for(staff["confidant"]).post(f"{bulk}?id={made['Van deputy'].pk}")
    editors = client_for(staff["editor"]).get(of_templates("edit", made["Van deputy"].pk))
    assert editors.status_code == 200
    case = reverse(NAME + "inspect", args=[make_complaint().pk])
    says(client_for(staff["confidant"]).get(case), *made)


@pytest.mark.every_database
def test_an_absence_set_there_drives_who_acts_and_is_logged_and_mailed(staff):
    confidant, today = staff["confidant"], timezone.localdate()
    mine, desk = make_complaint(), client_for(confidant)
    says(desk.get(OWN), "Zolang je weg bent krijgt Deputy Test", "Je hebt nu 1 lopende zaak.")
    forget_mail()
    answer = desk.post(OWN, absence(today, today + timedelta(days=3)), follow=True)
    says(answer, "Je bent nu afwezig.")
    assert HandlingSettings.current().confidant_absent_from == today
    assert Roster.read().handler_for(Route.CONFIDANT) == staff["deputy"] == make_complaint().handler
    says(client_for(staff["deputy"]).get(OWN), "jij behandelt nu alle zaken")
    says(client_for(staff["deputy"]).get(reverse(NAME + "inspect", args=[mine.pk])), mine.reference)
    told = OwedMail.objects.filter(kind=MailKind.HANDLERS_CHANGED)
    assert set(told.values_list("user", flat=True)) == {staff[role].pk for role in HANDLERS}
    (entry,) = ModelLogEntry.objects.filter(action="complaints.settings_changed")
    assert entry.user == confidant
    assert "afwezig vanaf: van – naar" in entry.formatter.format_message(entry)
    desk.post(OWN, absence())
    assert not Roster.read().is_confidant_absent()


def test_an_absence_that_cannot_be_is_refused_at_its_place_and_of_anybody_else(staff):
    """The deputy has nobody to stand in for them; a manager sets it in the settings."""
    desk = client_for(staff["confidant"])
    for dates in (("morgen ooit",), ("", "2026-12-01"), ("2026-12-02", "2026-12-01")):
        answer = desk.post(OWN, absence(*dates))
        assert answer.status_code == 422, dates
        assert answer.content.decode().count("action-error") == 1, dates
        assert HandlingSettings.current().confidant_absent_until is None
    for role in {*GROUPS} - {"confidant"}:
        answer = client_for(staff[role]).post(OWN, absence(timezone.localdate()))
        assert answer.status_code in (302, 404), role
        assert HandlingSettings.current().confidant_absent_from is None
    set_handling(deputy=None)
    says(desk.get(OWN), "Er is geen plaatsvervanger.")
