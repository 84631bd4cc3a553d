""" "Site in orde": each point is open on a new site, and ticked off by what it asks for."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from complaints.models.outbox import MailKind
from complaints.models.pages import ConfidantPage
from complaints.staff.in_order import CHECKS, Facts, lines_of
from home.models import OrganisationSettings
from tests.desk import client_for, says
from tests.factories import make_user, set_handling
from tests.services import forget_mail, send_all, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(site):
    return make_user("manager")


@pytest.fixture
def client(manager):
    return client_for(manager)


def done(user) -> set[str]:
    user.__dict__.pop("_roster", None)
    return {line.check.name for line in lines_of(Facts(user)) if line.is_done}


def test_each_point_by_what_it_asks_for_until_the_start_page_is_silent(client, manager):
    page, start = reverse("in_order"), reverse("wagtailadmin_home")
    assert done(manager) == {"contact"}
    says(client.get(start), "Nog 8 punten vragen je aandacht.")
    OrganisationSettings.objects.update(email="")
    assert done(manager) == set()
    OrganisationSettings.objects.update(email="info@example.com")
    people = {role: make_user(role) for role in ("confidant", "deputy")}
    assert done(manager) == {"contact"}, "invited is not yet in"
    for role, person in people.items():
        client_for(person)
        assert role in done(manager)
    ConfidantPage.objects.update(name="Confidant Test")
    set_handling(committee_name="Commissie", committee_contact="Postbus 1")
    assert {"profile", "committee"} <= done(manager)
    for check in CHECKS:
        if check.is_asked and check.name != "mail":
            assert check.name not in done(manager)
            says(client.post(page, {"act": check.name}, follow=True), "Nagekeken op")
            assert check.name in done(manager)
    forget_mail()
    client.post(page, {"act": "send"})
    assert told(MailKind.MAIL_TRIED) == [manager]
    (mail,) = send_all()
    came = re.search(r"\S+\?mail=(\w+)", mail.body)[1]
    assert client.post(page, {"act": "mail", "mail": "verzonnen"}).status_code == 404
    assert client.post(page, {"act": "profile"}).status_code == 404
    assert "De mail is er" not in says(client.get(page, {"mail": "\x00x"}))
    assert "De mail is er" not in says(client_for(make_user("superuser")).get(page, {"mail": came}))
    says(client.get(page, {"mail": came}), "De mail is er")
    client.post(page, {"act": "mail", "mail": came})
    assert done(manager) == {check.name for check in CHECKS}
    assert "Site in orde" not in client.get(start).content.decode()
    with time_machine.travel(timezone.now() + timedelta(days=366)):
        assert {check.name for check in CHECKS} - done(manager) == {"help"}


def test_a_link_is_there_for_whoever_may_mend_it(client):
    """A manager reads the pages; a superuser edits all of them."""
    text = client.get(reverse("in_order")).content.decode()
    assert "/cms/settings/complaints/handlingsettings/" in text
    assert "/cms/settings/home/" not in text
    assert "De redactie zet dit bij Organisatie en teksten." in text
    profile = ConfidantPage.objects.get()
    assert f'href="{profile.url}"' in text
    text = client_for(make_user("superuser")).get(reverse("in_order")).content.decode()
    assert f"/cms/pages/{profile.pk}/edit/" in text
    assert "/cms/settings/home/" in text
