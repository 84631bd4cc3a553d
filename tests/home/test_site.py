"""The site around the pages: errors, menu, sitemap, small files, versions of the procedure."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import Mock
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.views.defaults import server_error
from wagtail.models import Page

from complaints.models.form import ComplaintFormPage
from complaints.models.pages import (
    ConfidantPage,
    ProcedurePage,
    ProcedurePublication,
    ProcedureText,
)
from complaints.models.settings import HandlingSettings
from home.blocks import BlocksField
from home.models import ContentPage, HomePage, OrganisationSettings
from tests.desk import client_for
from tests.factories import make_complaint, make_staged_file, make_user
from tests.follow import FOLLOW
from tests.queries import few_queries

pytestmark = pytest.mark.django_db

PROCEDURE = "/klachtenprocedure/"
PAGES = [
    *("/", PROCEDURE, "/klachtenprocedure/vertrouwenspersoon/", "/klachtenprocedure/formulier/"),
    *("/klachtenprocedure/praat-eerst-met-je-coach/", "/privacy/", "/toegankelijkheid/"),
]
# Queries of a visitor's request, once the shell and Wagtail's caches are warm.
QUERIES = dict(zip(PAGES, (4, 8, 5, 5, 4, 4, 4), strict=True))
FIRST_VISITOR_AND_EDITOR = 14
ODR = re.compile(
    r"ec\.europa\.eu/(?:consumers/)?odr|webgate\.ec\.europa|\bODR\b|geschillenplatform"
)


def get(path: str):
    return Client().get(path)


def text_of(path: str) -> str:
    page = re.sub(r"<[^>]+>", " ", get(path).content.decode())
    return " ".join(page.split())


def menu() -> list[str]:
    nav = re.search(r'<nav class="site-nav".*?</nav>', get("/").content.decode(), re.DOTALL)
    return re.findall(r'<a href="([^"]+)"', nav[0]) if nav else []


class TestErrors:
    def test_a_page_that_is_not_there_says_so_in_our_own_look(self, site):
        response = get("/bestaat-niet/")
        page = response.content.decode()
        assert response.status_code == 404
        assert "Deze pagina is er niet" in page
        assert "css/public.css" in page
        assert f'href="{PROCEDURE}"' in page
        assert "Not Found" not in page

    def test_a_fault_is_told_without_a_query_and_without_inside(
        self, site, rf, monkeypatch, django_assert_num_queries
    ):
        with django_assert_num_queries(0):
            response = server_error(rf.get("/"))
        page = response.content.decode()
        assert response.status_code == 500
        assert "Er ging bij ons iets mis" in page
        assert 'lang="nl"' in page
        assert 'href="/"' in page
        for styled in re.findall(r'href="(/static/[^"]+)"', page):
            assert finders.find(styled.removeprefix("/static/")), styled
        fault = Mock(side_effect=RuntimeError("binnenkant"))
        monkeypatch.setattr(ProcedurePage, "get_context", fault)
        response = Client(raise_request_exception=False).get(PROCEDURE)
        assert (response.status_code, response.content.decode()) == (500, page)


class TestSmallFiles:
    def test_robots_stay_out_of_the_cms_and_find_the_sitemap_of_the_public_pages(self, site):
        page = get("/sitemap.xml").content.decode()
        listed = re.findall(r"<loc>https?://[^/]+([^<]*)</loc>", page)
        assert sorted(listed) == sorted(PAGES)
        response = get("/robots.txt")
        lines = response.content.decode().splitlines()
        assert response["Content-Type"].startswith("text/plain")
        assert "Disallow: /cms/" in lines
        assert "Disallow: /" not in lines
        assert "Sitemap: http://testserver/sitemap.xml" in lines

    def test_security_txt_names_our_mailbox_and_a_day_to_come(self, site):
        OrganisationSettings.objects.update(email="post@example.org")
        page = get("/.well-known/security.txt").content.decode()
        assert "Contact: mailto:post@example.org" in page
        (expires,) = re.findall(r"^Expires: (\S+)$", page, re.MULTILINE)
        assert datetime.fromisoformat(expires) > timezone.now()


class TestEveryPage:
    def test_it_is_dutch_has_our_icon_and_r15_leads_to_no_closed_platform(self, site):
        for path in [*PAGES, "/bestaat-niet/"]:
            page = get(path).content.decode()
            assert '<html lang="nl">' in page, path
            assert 'href="/static/favicon.svg"' in page, path
            assert not ODR.search(page), path
        assert "<svg" in Path(finders.find("favicon.svg")).read_text()
        written = [settings.ROOT / "complaints/content.py", *settings.ROOT.glob("home/*.py")]
        written += settings.ROOT.glob("templates/**/*.*")
        assert len(written) > 50
        for path in written:
            assert not ODR.search(path.read_text()), path

    @pytest.mark.parametrize("path", PAGES)
    def test_it_asks_the_database_little_and_nothing_twice(self, site, path):
        """The first visitor of all neither; and an editor little more."""
        with few_queries(FIRST_VISITOR_AND_EDITOR):
            get(path)
        with few_queries(QUERIES[path]):
            get(path)
        editor = client_for(make_user("editor"))
        editor.get(path)
        with few_queries(FIRST_VISITOR_AND_EDITOR):
            assert "wagtail-userbar" in editor.get(path).content.decode()

    def test_more_pages_ask_no_more_questions(self, site):
        get("/")
        parent = Page.objects.get(slug="privacy")
        for number in range(10):
            title = f"Pagina {number}"
            copy = parent.copy(update_attrs={"slug": f"p-{number}", "title": title})
            copy.show_in_menus = True
            copy.save_revision().publish()
        get("/")
        with few_queries(QUERIES["/"]):
            assert "Pagina 9" in get("/").content.decode()

    def test_what_another_process_changed_is_seen_with_the_next_page(self, site):
        get("/")
        OrganisationSettings.objects.update(name="Een andere naam", edition=uuid4())
        assert "Een andere naam" in text_of("/")


class TestMenu:
    def test_it_is_the_page_tree_marked_where_one_is_as_it_is_now(self, site):
        page = get(PROCEDURE).content.decode()
        assert re.findall(r'<a href="([^"]+)" aria-current="page"', page) == [PROCEDURE]
        assert menu() == [*PAGES[1:4], FOLLOW]
        page = Page.objects.get(slug="privacy").specific
        page.show_in_menus = True
        page.save_revision().publish()
        assert "/privacy/" in menu()
        ConfidantPage.objects.get().move(Page.objects.get(slug="akm-kunstmaat"), pos="last-child")
        assert "/vertrouwenspersoon/" in menu()
        assert 'href="/vertrouwenspersoon/"' in get(PROCEDURE).content.decode()
        ConfidantPage.objects.get().unpublish()
        assert menu() == [PROCEDURE, "/klachtenprocedure/formulier/", "/privacy/", FOLLOW]
        assert "vertrouwenspersoon" not in get("/sitemap.xml").content.decode()


class TestVersionsOfTheProcedure:
    @pytest.fixture
    def page(self, site):
        return ProcedurePage.objects.get()

    def change(self, page, text: str, **fields):
        page.introduction = f"<p>{text}</p>"
        for name, value in fields.items():
            setattr(page, name, value)
        return page.save_revision()

    def test_r01_a_version_has_its_date_and_the_earlier_one_stays_readable(self, page):
        ProcedurePublication.objects.update(published_at="2026-03-09T12:00:00Z")
        assert "Deze versie geldt sinds maandag 9 maart 2026" in text_of(PROCEDURE)
        self.change(page, "De oude tekst.").publish()
        earlier = ProcedurePublication.in_force()
        self.change(page, "De nieuwe tekst.").publish()
        assert ProcedurePublication.objects.count() == 3
        assert "De nieuwe tekst." in text_of(PROCEDURE)
        url = f"/klachtenprocedure/versies/{earlier.pk}/"
        assert f'href="{url}"' in get(PROCEDURE).content.decode()
        old = text_of(url)
        assert "De oude tekst." in old
        assert "De nieuwe tekst." not in old
        assert "Dit is een eerdere versie" in old
        page.delete()
        assert "De oude tekst." in text_of(url)
        assert get("/klachtenprocedure/versies/999999/").status_code == 404

    def test_only_another_text_that_is_published_makes_a_version_an_earlier_one_too(self, page):
        before = str(page.introduction)
        page.save_revision().publish()
        page.search_description = "Alleen voor zoekmachines."
        page.save_revision().publish()
        self.change(page, "Nog niet.")
        assert ProcedurePublication.objects.count() == 1
        assert "Nog niet." not in text_of(PROCEDURE)
        self.change(page, "Even anders.").publish()
        page.introduction = before
        page.save_revision().publish()
        assert (ProcedurePublication.objects.count(), ProcedureText.objects.count()) == (3, 2)

    def test_scheduled_publishing_keeps_the_text_too(self, page):
        soon = timezone.now() + timedelta(hours=1)
        self.change(page, "Vanaf straks.", go_live_at=soon).publish()
        assert "Vanaf straks." not in text_of(PROCEDURE)
        assert ProcedurePublication.objects.count() == 1
        with time_machine.travel(soon + timedelta(minutes=1)):
            call_command("publish_scheduled", verbosity=0)
        assert "Vanaf straks." in text_of(PROCEDURE)
        assert "Vanaf straks." in ProcedurePublication.in_force().text.html

    def test_r01_a_term_is_said_as_set_on_the_page_and_kept_as_it_was(self, page):
        earlier = f"/klachtenprocedure/versies/{ProcedurePublication.objects.get().pk}/"
        get(PROCEDURE)
        terms = HandlingSettings.current()
        terms.contact_working_days, terms.handling_days = 1, 21
        terms.save()
        for path in (PROCEDURE, f"/klachtenprocedure/versies/{page.publications.first().pk}/"):
            assert "Binnen 1 werkdag neemt" in text_of(path), path
            assert "Binnen 21 dagen" in text_of(path), path
        assert "Binnen 5 werkdagen" in text_of(earlier)
        assert "Binnen 42 dagen" in text_of(earlier)
        terms.committee_name = "Commissie Verzonnen"
        terms.save()
        assert page.publications.count() == 2

    def test_editors_choose_which_terms_stand_where(self, page, rf):
        page.body = [
            ("terms", {"title": "Daarna", "terms": ["satisfaction_days", "bestaat_niet"]}),
            ("fold", {"title": "Meer", "text": "<p>Wat er achter zit.</p>"}),
        ]
        shown = page.make_preview_request().rendered_content
        assert "je tevreden bent over de behandeling" in shown
        assert "Binnen 42 dagen" not in shown
        page.save_revision().publish()
        kept = page.publications.first().text.html
        assert "dagen lang zeggen of je tevreden bent" in kept
        assert "Wat er achter zit." in kept

    def test_the_way_in_says_what_the_form_says(self, page):
        form = ComplaintFormPage.objects.get()
        (steps,) = re.findall(r"Het formulier heeft (\d+) stappen", text_of(PROCEDURE))
        assert f"Stap 1 van {steps}" in text_of(form.url)
        assert "Eén vraag is verplicht" in text_of(PROCEDURE)
        for row in form.questions.raw_data:
            if row["id"] in ("ontstaan", "naam"):
                row["value"]["needed"] = "required"
        form.save_revision().publish()
        assert "3 vragen zijn verplicht" in text_of(PROCEDURE)


def test_a_proxy_is_told_to_keep_no_page_of_a_person_on_its_disk(site, staff):
    handler, case = client_for(staff.confidant), make_complaint(files=[make_staged_file()])
    (file,) = case.attachments.all()
    desk = "/cms/complaints/complaint/"
    download = reverse("complaints_complaint_modeladmin_file", args=[case.pk, file.pk])
    theirs = [f"{desk}inspect/{case.pk}/", download, desk]
    answers = [handler.get(path) for path in theirs]
    answers += [Client().get("/klacht-volgen/"), Client().post("/klacht-indienen/")]
    assert [answer.get("X-Accel-Buffering") for answer in answers] == ["no"] * 5
    assert "X-Accel-Buffering" not in Client().get("/klachtenprocedure/")


def test_a_new_kind_of_block_is_no_migration():
    for model in (HomePage, ContentPage, ProcedurePage, ComplaintFormPage):
        (field,) = (each for each in model._meta.local_fields if isinstance(each, BlocksField))
        _name, path, blocks, options = field.deconstruct()
        assert (path, blocks, options["block_lookup"]) == ("wagtail.fields.StreamField", [[]], {})
