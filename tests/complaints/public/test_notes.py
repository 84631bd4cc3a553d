"""What the form tells besides its questions: notes, the limit, urgent help, the coaches."""

import io
from itertools import product

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from complaints.models.handling import Coach
from complaints.models.pages import ProcedurePage
from tests.complaints.models.test_form_builder import procedure_data
from tests.complaints.public.form_filler import FORM
from tests.complaints.public.test_form import answers
from tests.desk import client_for, says
from tests.factories import make_user, set_handling

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

PROCEDURE = "/klachtenprocedure/"
ANONYMOUS = "Zo kunnen we je niet mailen of bellen. Dat mag."
NO_DEPUTY = "Er is op dit moment geen plaatsvervanger."
NAME, EMAIL = {"naam": "Fien Verzonnen"}, {"email": "fien@example.org"}
AGREED, PHONE = EMAIL | {"consent_mail": "on"}, {"telefoon": "06 12345678"}


class TestWithoutAWayToBeReached:
    @pytest.mark.parametrize(
        ("given", "is_reachable"),
        [({}, False), (NAME, False), (EMAIL, False), (PHONE, True), (AGREED, True)],
        ids=["nothing", "name", "address without mail", "phone", "mail"],
    )
    def test_every_promise_follows_from_what_was_given_or_agreed(self, filler, given, is_reachable):
        """On the check page, on the confirmation and on the copy alike."""
        filler.to_check(**given)
        assert (ANONYMOUS in filler.text) is not is_reachable
        assert NO_DEPUTY not in filler.text
        text = filler.send().text
        assert ("Iemand neemt persoonlijk contact met je op." in text) is is_reachable
        assert ("Sturen kunnen we die niet" in text) is not is_reachable
        assert ("Je krijgt ook een e-mail" in text) is ("consent_mail" in given)
        paper = filler.client.post("/klacht-indienen/", filler.data("copy")).content
        copy = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(paper)).pages)
        assert ("neemt persoonlijk" in copy) is is_reachable


class TestDeputy:
    def to_check(self, filler):
        filler.next(probleem="x")
        return filler.to_check(behandelaar=filler.page.options["q-behandelaar"][1])

    def test_r07_without_one_it_is_told_before_sending_and_after(self, filler):
        assert NO_DEPUTY in self.to_check(filler).text
        assert "Nu nog niemand: er is op dit moment geen plaatsvervanger." in filler.send().text

    def test_r07_a_deputy_who_left_is_none(self, filler, staff):
        staff.deputy.is_active = False
        staff.deputy.save()
        assert NO_DEPUTY in self.to_check(filler).text

    def test_r07_with_one_it_says_who_reads_it(self, filler, staff):
        text = self.to_check(filler).text
        assert NO_DEPUTY not in text
        assert "De plaatsvervanger. De vertrouwenspersoon kan je klacht niet openen" in text

    def test_the_confirmation_leads_neither_to_the_confidant_nor_the_mailbox(self, filler, staff):
        self.to_check(filler)
        filler.send().says("Je klacht is ontvangen", "Volg je klacht")
        main = filler.html.partition("<main")[2].partition("</main>")[0]
        for phrase in ("interne vertrouwenspersoon", "mailto:", "info@"):
            assert phrase not in main, phrase


class TestTheLimit:
    @pytest.mark.every_database
    def test_r08_a_limit_stands_on_procedure_and_form(self, site):
        paths, limits = (PROCEDURE, FORM), {1: "tot 1 maand", 12: "tot 12 maanden"}
        for path in paths:
            assert "na wat er is gebeurd" not in says(Client().get(path))
        for path, (months, words) in product(paths, limits.items()):
            set_handling(filing_limit_months=months)
            says(Client().get(path), f"{words} na wat er is gebeurd")


def test_urgent_help_stands_on_the_confirmation(filler):
    filler.to_check().send()
    urgent = ("Heb je nu meteen hulp nodig?", "112", "113", "Veilig Thuis")
    filler.says("Je klacht is ontvangen", *urgent)


class TestTheCoaches:
    @pytest.fixture
    def coaches(self, db):
        for name, is_active in (("Kris Kwast", True), ("Pien Palet", True), ("Oud Olie", False)):
            Coach.objects.create(name=name, is_active=is_active)

    def test_those_in_the_list_are_offered_and_someone_else(self, coaches, filler):
        filler.next(probleem="x")
        assert filler.page.options["q-coach"] == ["", "Kris Kwast", "Pien Palet", "Iemand anders"]

    def test_who_is_not_in_the_list_is_not_accepted(self, coaches, filler):
        filler.next(probleem="x").next(coach="Oud Olie")
        assert filler.response.status_code == 422
        assert "q-coach" in filler.page.names

    @pytest.mark.every_database
    def test_the_name_is_kept_when_the_coach_leaves_and_no_other_is_asked(self, coaches, filler):
        filler.next(probleem="x").next(coach="Kris Kwast")
        assert "vraag bij gekomen" not in filler.text
        filler.to_check(coach="Kris Kwast").send()
        Coach.objects.all().delete()
        assert answers()["coach"] == "Kris Kwast"
        assert "coach_anders" not in answers()

    def test_someone_else_asks_for_a_name(self, coaches, filler):
        filler.next(probleem="x")
        assert 'data-show-if="coach" data-show-if-value="Iemand anders" hidden' in filler.html
        filler.next(coach="Iemand anders")
        assert "Door je antwoord is er een vraag bij gekomen." in filler.text
        filler.to_check(coach="Iemand anders", coach_anders="Nog Niemand").send()
        assert answers()["coach"] == "Iemand anders"
        assert answers()["coach_anders"] == "Nog Niemand"

    def test_without_a_list_it_is_a_plain_line(self, filler):
        filler.next(probleem="x")
        assert "q-coach" in filler.page.names
        assert "q-coach" not in filler.page.options
        assert "q-coach_anders" not in filler.page.names
        filler.to_check(coach="Kris, achternaam weet ik niet").send()
        assert answers()["coach"] == "Kris, achternaam weet ik niet"


class TestThreeStages:
    @pytest.fixture
    def client(self, site):
        return client_for(make_user("editor"))

    def publish(self, client, data):
        """Publishes; a draft may be unfinished. Returns the titles of the stages that are live."""
        page = ProcedurePage.objects.get()
        data["action-publish"] = "action-publish"
        client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
        return [stage.title for stage in ProcedurePage.objects.get().stages.all()]

    @pytest.mark.parametrize("number", [2, 4])
    def test_two_or_four_are_not_published(self, client, number):
        data = procedure_data(client, ProcedurePage.objects.get())
        assert data["stages-TOTAL_FORMS"] == "3"
        data["stages-0-title"] = "Anders"
        if number == 2:
            data["stages-2-DELETE"] = "on"
        else:
            for name in [name for name in data if name.startswith("stages-2-")]:
                data[name.replace("-2-", "-3-")] = data[name]
            data |= {"stages-3-id": "", "stages-3-ORDER": "4", "stages-TOTAL_FORMS": "4"}
        titles = self.publish(client, data)
        assert len(titles) == 3
        assert "Anders" not in titles
