"""What the form tells besides its questions: notes, the limit, urgent help, the coaches."""

from itertools import product

import pytest
from django.test import Client
from django.urls import reverse

from complaints.models.case import Complaint
from complaints.models.handling import Coach
from complaints.models.pages import ProcedurePage
from complaints.stages import Route
from tests.complaints.models.test_form_builder import procedure_data
from tests.complaints.public.form_filler import FORM, Filler, filed_answers
from tests.desk import client_for, says
from tests.evidence import words_of_pdf
from tests.factories import make_user, set_handling

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

ANONYMOUS = "Zo kunnen we je niet mailen of bellen. Dat mag."
NO_DEPUTY = "Er is op dit moment geen plaatsvervanger."
NAME, EMAIL = {"naam": "Fien Verzonnen"}, {"email": "fien@example.org"}
AGREED, PHONE = EMAIL | {"consent_mail": "on"}, {"telefoon": "06 12345678"}


def test_every_promise_follows_from_what_was_given_or_agreed(filler):
    """On the check page, on the confirmation and on the copy alike."""
    unreached, reached = ({}, NAME, EMAIL), (PHONE, AGREED)
    for given in (*unreached, *reached):
        filler.start().to_check(**given)
        assert (ANONYMOUS in filler.text) == (given in unreached), given
        assert NO_DEPUTY not in filler.text
        filler.send().says("Heb je nu meteen hulp nodig?", "112", "113", "Veilig Thuis")
        call = "Iemand neemt persoonlijk contact met je op."
        assert (call in filler.text) == (given in reached), given
        assert ("Sturen kunnen we die niet" in filler.text) == (given in unreached), given
        assert ("Je krijgt ook een e-mail" in filler.text) == (given is AGREED), given
        paper = filler.client.post("/klacht-indienen/", filler.data("copy")).content
        assert ("neemt persoonlijk" in words_of_pdf(paper)) == (given in reached), given


def to_deputy(filler):
    """At the check page, with the deputy chosen."""
    filler.next(probleem="x")
    return filler.to_check(behandelaar=filler.page.options["q-behandelaar"][1])


def test_r07_the_deputy_can_be_chosen_who_alone_reads_it(filler, staff):
    to_deputy(filler).says(told := "De plaatsvervanger. De vertrouwenspersoon kan je klacht niet")
    assert NO_DEPUTY not in filler.text
    filler.send().says("Je klacht is ontvangen", "Volg je klacht", told)
    case = Complaint.objects.get()
    assert (case.route, case.handler) == (Route.DEPUTY, staff.deputy)
    main = filler.html.partition("<main")[2].partition("</main>")[0]
    for phrase in ("interne vertrouwenspersoon", "mailto:", "info@"):
        assert phrase not in main, phrase


@pytest.mark.parametrize("has_left", [True, False])
def test_r07_without_a_deputy_it_is_told_before_sending_and_after(filler, has_left, request):
    if has_left:
        deputy = request.getfixturevalue("staff").deputy
        deputy.is_active = False
        deputy.save()
    to_deputy(filler).says(NO_DEPUTY)
    filler.send().says("Nu nog niemand: er is op dit moment geen plaatsvervanger.")


@pytest.mark.every_database
def test_r08_a_limit_stands_on_procedure_and_form(site):
    paths, limits = ("/klachtenprocedure/", FORM), {1: "tot 1 maand", 12: "tot 12 maanden"}
    for path in paths:
        assert "na wat er is gebeurd" not in says(Client().get(path))
    for path, (months, words) in product(paths, limits.items()):
        set_handling(filing_limit_months=months)
        says(Client().get(path), f"{words} na wat er is gebeurd")


@pytest.mark.every_database
def test_a_coach_in_the_list_is_offered_and_the_name_kept_when_they_leave(site):
    for name, is_active in (("Kris Kwast", True), ("Pien Palet", True), ("Oud Olie", False)):
        Coach.objects.create(name=name, is_active=is_active)
    filler, somebody, nobody = (Filler().start().next(probleem="x") for _ in range(3))
    assert filler.page.options["q-coach"] == ["", "Kris Kwast", "Pien Palet", "Iemand anders"]
    nobody.next(coach="Oud Olie").says("Kies een antwoord bij", status=422)
    assert "q-coach" in nobody.page.names
    filler.next(coach="Kris Kwast")
    assert "vraag bij gekomen" not in filler.text
    filler.to_check(coach="Kris Kwast").send()
    Coach.objects.all().delete()
    assert filed_answers()["coach"] == "Kris Kwast"
    assert "coach_anders" not in filed_answers()
    somebody.next(coach="Iemand anders")
    somebody.says("Door je antwoord is er een vraag bij gekomen.")
    Complaint.objects.all().delete()
    somebody.to_check(coach="Iemand anders", coach_anders="Nog Niemand").send()
    assert (
        filed_answers().items() >= {"coach": "Iemand anders", "coach_anders": "Nog Niemand"}.items()
    )


def test_without_a_list_of_coaches_it_is_a_plain_line(filler):
    filler.next(probleem="x")
    assert "q-coach" in filler.page.names
    assert "q-coach" not in filler.page.options
    assert "q-coach_anders" not in filler.page.names
    filler.to_check(coach="Kris, achternaam weet ik niet").send()
    assert filed_answers()["coach"] == "Kris, achternaam weet ik niet"


@pytest.mark.parametrize("number", [2, 4])
def test_two_stages_or_four_are_not_published(site, number):
    client, page = client_for(make_user("editor")), ProcedurePage.objects.get()
    data = procedure_data(client, page)
    assert data["stages-TOTAL_FORMS"] == "3"
    data |= {"stages-0-title": "Anders", "action-publish": "action-publish"}
    if number == 2:
        data["stages-2-DELETE"] = "on"
    else:
        for name in [name for name in data if name.startswith("stages-2-")]:
            data[name.replace("-2-", "-3-")] = data[name]
        data |= {"stages-3-id": "", "stages-3-ORDER": "4", "stages-TOTAL_FORMS": "4"}
    client.post(reverse("wagtailadmin_pages:edit", args=[page.pk]), data)
    titles = [stage.title for stage in ProcedurePage.objects.get().stages.all()]
    assert len(titles) == 3
    assert "Anders" not in titles
