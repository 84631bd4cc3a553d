"""An address leads to a page, or nowhere: capitals, names given back, pages down or closed."""

import re
from urllib.parse import urlsplit

import pytest
from django.test import Client
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Page, PageViewRestriction, Site

from complaints.models.form import ComplaintFormPage
from complaints.models.pages import ConfidantPage, ProcedurePage
from complaints.models.settings import HandlingSettings
from home.models import HomePage, OrganisationSettings
from tests.desk import client_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PROCEDURE = "/klachtenprocedure/"
CONFIDANT = "/klachtenprocedure/vertrouwenspersoon/"
FORM = "/klachtenprocedure/formulier/"
SECOND = "tweede.example"
EXIT = "https://weer.example/"


@pytest.fixture(autouse=True)
def bootstrapped(site):
    return site


def get(path: str, **headers):
    return Client().get(path, **headers)


def html(path: str, **headers) -> str:
    return get(path, **headers).content.decode()


def links(path: str, **headers) -> list[str]:
    return re.findall(r'href="([^"]*)"', html(path, **headers))


@pytest.fixture
def rename(django_capture_on_commit_callbacks):
    """Publishes a page under another slug; Wagtail writes the redirect on commit."""

    def publish(page: Page, slug: str) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            page.slug = slug
            page.save_revision().publish()

    return publish


def arrives(path: str) -> tuple[int, str]:
    """Where a visitor ends, and how; a circle ends in an error of the client."""
    response = Client().get(path, follow=True)
    way = response.redirect_chain
    return response.status_code, urlsplit(way[-1][0]).path if way else path


class TestCapitals:
    def test_they_lead_to_the_page(self):
        for typed, leads_to in {
            "/KLACHTENPROCEDURE/": PROCEDURE,
            "/Klachtenprocedure": PROCEDURE,
            "/Klachtenprocedure/Vertrouwenspersoon/": CONFIDANT,
            "/Klacht-Volgen/": "/klacht-volgen/",
            "/KLACHT-VOLGEN": "/klacht-volgen/",
            "/klacht-volgen": "/klacht-volgen/",
            "/Klacht-Verder/": "/klacht-verder/",
            "/CMS/login/": "/cms/login/",
            "/Sitemap.XML": "/sitemap.xml",
            "/ROBOTS.TXT": "/robots.txt",
        }.items():
            assert arrives(typed) == (200, leads_to), typed

    def test_the_query_and_a_mailed_token_stay_as_typed_and_none_leads_off_the_site(self):
        response = get("/Klachtenprocedure/?Van=Mail&x=%26")
        assert (response.status_code, response.url) == (301, f"{PROCEDURE}?Van=Mail&x=%26")
        assert get("/Klacht-Volgen/Link/AbC-dEf/").url == "/klacht-volgen/link/AbC-dEf/"
        for path in ("//Evil.example/", "//EVIL.example/Klachtenprocedure/"):
            response = Client().get("/", PATH_INFO=path)
            assert response.status_code == 404 or not urlsplit(response.url).netloc, path
        assert arrives("/Bestaat-Niet/")[0] == 404
        assert get("/cms/Bestaat-Niet/").status_code != 301
        assert Client().post("/Klachtenprocedure/").status_code == 404

    def test_a_page_named_in_capitals_gets_small_letters(self):
        page = Page.objects.get(slug="privacy").specific
        page.slug = "Privacy-Nu"
        page.full_clean()
        page.save_revision().publish()
        assert arrives("/PRIVACY-NU/") == (200, "/privacy-nu/")


class TestRenamed:
    def test_each_earlier_address_leads_to_the_page_and_never_to_itself(self, rename):
        page = ConfidantPage.objects.get()
        for slug in ("wie", "marijke", "contact"):
            rename(page, slug)
        for slug in ("vertrouwenspersoon", "wie", "Marijke"):
            assert arrives(f"{PROCEDURE}{slug}/") == (200, f"{PROCEDURE}contact/"), slug
        rename(page, "vertrouwenspersoon")
        assert arrives(f"{PROCEDURE}wie/") == (200, CONFIDANT)
        page.unpublish()
        for slug in ("wie", "marijke", "vertrouwenspersoon"):
            assert arrives(f"{PROCEDURE}{slug}/")[0] == 404, slug

    def test_two_pages_that_swapped_names_do_not_send_one_round(self, rename):
        privacy, other = (
            Page.objects.get(slug=s).specific for s in ("privacy", "toegankelijkheid")
        )
        for page, slug in ((privacy, "even"), (other, "privacy"), (privacy, "toegankelijkheid")):
            rename(page, slug)
        assert arrives("/privacy/") == (200, "/privacy/")
        for page in (privacy, other):
            page.unpublish()
        assert [arrives(path)[0] for path in ("/privacy/", "/toegankelijkheid/")] == [404, 404]

    def test_moved_and_moved_back(self):
        page, home = ConfidantPage.objects.get(), HomePage.objects.get()
        page.move(home, pos="last-child")
        assert arrives(CONFIDANT) == (200, "/vertrouwenspersoon/")
        ConfidantPage.objects.get().move(ProcedurePage.objects.get(), pos="last-child")
        assert arrives("/vertrouwenspersoon/") == (200, CONFIDANT)
        ConfidantPage.objects.get().unpublish()
        assert arrives(CONFIDANT)[0] == 404

    def test_a_redirect_an_editor_wrote_works_unless_it_leads_to_itself(self):
        for old, link in (("/Folder", PROCEDURE), ("/rond", "/Rond/")):
            Redirect.objects.create(old_path=old, redirect_link=link)
        assert arrives("/Folder/") == (200, PROCEDURE)
        assert arrives("/rond/")[0] == 404


@pytest.mark.any_database
class TestTakenDown:
    def test_a_form_takes_its_card_button_and_menu_item_with_it(self):
        pages = ["/", PROCEDURE, CONFIDANT, "/privacy/"]
        assert all(FORM in links(path) for path in pages)
        ComplaintFormPage.objects.get().unpublish()
        for path in pages:
            text = html(path)
            assert FORM not in links(path), path
            assert "Begin met je klacht" not in text, path
            assert '<a href="">' not in text, path
        assert "/klacht-volgen/" in links("/")
        assert "/klacht-volgen/" in links(PROCEDURE)
        ComplaintFormPage.objects.get().save_revision().publish()
        assert all(FORM in links(path) for path in pages)

    def test_so_do_the_confidant_and_the_statement_and_a_text_in_force_stays_the_same(self):
        ConfidantPage.objects.get().unpublish()
        Page.objects.get(slug="privacy").specific.unpublish()
        for path in ("/", PROCEDURE, FORM):
            assert not {CONFIDANT, "/privacy/"} & set(links(path)), path
        page = ProcedurePage.objects.get()
        ComplaintFormPage.objects.get().unpublish()
        page.save_revision().publish()
        assert page.publications.count() == 1


@pytest.mark.any_database
class TestPrivate:
    def close(self, page: Page, kind: str) -> PageViewRestriction:
        return PageViewRestriction.objects.create(
            page=page, restriction_type=kind, password="geheim" if kind == "password" else ""
        )

    def test_a_password_is_asked_in_our_words_and_opens_the_page(self):
        html("/")
        self.close(ComplaintFormPage.objects.get(), "password")
        assert FORM in links("/")
        visitor = Client(enforce_csrf_checks=True)
        asked = visitor.get(FORM)
        page = asked.content.decode()
        assert "Wachtwoord nodig" in page
        assert "css/public.css" in page
        assert "probleem" not in page
        assert "no-store" in asked["Cache-Control"]
        (action,) = re.findall(r'<form [^>]*action="([^"]+)"', page)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        posted = {"csrfmiddlewaretoken": token, "return_url": FORM}
        wrong = visitor.post(action, posted | {"password": "Geheim"}).content.decode()
        assert wrong.count("Fout:") == 2  # in the title and at the field
        assert "Dit wachtwoord klopt niet" in wrong
        right = visitor.post(action, posted | {"password": "geheim"}, follow=True)
        assert "Wat is het probleem?" in right.content.decode()

    @pytest.mark.parametrize("kind", ["login", "groups"])
    def test_a_page_for_staff_is_offered_to_nobody_and_asks_for_the_one_log_in(self, kind):
        assert CONFIDANT in links("/")
        closed = self.close(ProcedurePage.objects.get(), kind)
        assert not [link for link in links("/") if link.startswith(PROCEDURE)]
        for path in (PROCEDURE, CONFIDANT, FORM):
            assert arrives(path) == (200, "/cms/login/"), path
        closed.delete()
        assert CONFIDANT in links("/")


@pytest.mark.any_database
class TestASecondSite:
    @pytest.fixture
    def second(self, bootstrapped, settings) -> Site:
        settings.ALLOWED_HOSTS = ["testserver", SECOND]
        OrganisationSettings.objects.update(phone="030 123", quick_exit_url=EXIT)
        root = bootstrapped.root_page
        return Site.objects.create(hostname=SECOND, port=80, root_page=root, site_name="Twee")

    def test_it_falls_back_on_the_first_for_what_it_leaves_empty(self, second):
        form = html(FORM, headers={"host": SECOND})
        for phrase in ("0800-0113", "Juridisch Loket", EXIT):
            assert phrase in form, phrase
        home = html("/", headers={"host": SECOND})
        for phrase in ("info@akmkunstmaat.nl", "030 123", 'href="/privacy/"', "– AKM KunstMaat"):
            assert phrase in home, phrase
        OrganisationSettings.objects.filter(site=second).update(phone="020 999")
        OrganisationSettings.objects.get(site=second).save()
        there, here = html("/", headers={"host": SECOND}), html("/")
        assert "020 999" in there
        assert "info@akmkunstmaat.nl" in there
        assert "020 999" not in here

    def test_an_editor_sees_what_is_filled_in_there_and_the_terms_are_one_for_all(self, second):
        own = OrganisationSettings.for_site(second)
        assert (own.name, own.email, own.quick_exit_url) == ("", "", "")
        client = client_for(make_user("superuser"))
        page = client.get(f"/cms/settings/home/organisationsettings/{second.pk}/")
        assert page.status_code == 200
        assert 'value="info@akmkunstmaat.nl"' not in page.content.decode()
        HandlingSettings.objects.update(handling_days=21)
        HandlingSettings.current().save()
        assert "Binnen 21 dagen" in html(PROCEDURE, headers={"host": SECOND})
        assert HandlingSettings.for_site(second) == HandlingSettings.current()
        assert HandlingSettings.objects.count() == 1

    def test_each_site_leads_on_to_itself(self, second):
        for host in (SECOND, "testserver"):
            for path in ("/", PROCEDURE, CONFIDANT):
                ways = links(path, headers={"host": host})
                assert PROCEDURE in ways
                assert not [way for way in ways if way.startswith("http") and SECOND in way], path


@pytest.mark.any_database
def test_a_host_that_is_not_ours_gets_400_from_a_page_that_asks_it_nothing(settings):
    settings.ALLOWED_HOSTS = ["testserver"]
    for host in ("kwaad.example", "a_b", "", "testserver:x", "x" * 3000):
        for path in ("/", FORM, "/cms/", "/bestaat-niet/", "/robots.txt", "/klacht-volgen/"):
            for secure in (False, True):
                answer = Client().get(path, secure=secure, headers={"Host": host})
                assert answer.status_code == 400, (host, path)
        assert Client().post("/klacht-indienen/", headers={"Host": host}).status_code == 400


@pytest.mark.any_database
def test_text_where_the_cms_has_a_number_is_no_page():
    client = client_for(make_user("manager", is_superuser=True))
    for kind in ("images/chooser", "documents/chooser", "snippets/choose/complaints/theme"):
        for asked in ("x", "%00", "-1", "9" * 30, "a'b"):
            for path in (f"chosen/{asked}/", f"chosen-multiple/?id={asked}"):
                answer = client.get(f"/cms/{kind}/{path}")
                assert answer.status_code in {200, 404}, path
                assert answer.status_code == 404 or "multiple" in path
