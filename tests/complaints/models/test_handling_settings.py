"""Terms and handlers are a manager's: each change is logged with who, from what and to what."""

import pytest
from django.urls import reverse
from wagtail.models import ModelLogEntry

from complaints.models.settings import HandlingSettings
from tests.complaints.models.test_form_builder import HANDLING, settings_data
from tests.desk import client_for
from tests.factories import make_user

pytestmark = pytest.mark.django_db

SETTINGS_CHANGED = "complaints.settings_changed"


@pytest.fixture
def manager(site):
    return client_for(make_user("manager", first_name="Bo", last_name="Beheer"))


def save(client, **changes: str):
    url = client.get(HANDLING)["Location"]
    data = settings_data(client.get(url).content.decode(), "handling_days")
    assert client.post(url, data | changes).status_code == 302


def test_a_change_is_logged_with_who_and_from_what_to_what_and_none_is_not(manager):
    """Also while somebody is named who left; and the default site is not deleted along with it."""
    make_user("confidant").groups.clear()
    save(manager)
    assert not ModelLogEntry.objects.filter(action=SETTINGS_CHANGED).exists()
    save(manager, handling_days="30")
    assert HandlingSettings.objects.get().handling_days == 30
    entry = ModelLogEntry.objects.get(action=SETTINGS_CHANGED)
    assert entry.user.username == "manager"
    assert entry.data["changes"] == {"handling_days": ["42", "30"]}
    client = client_for(make_user("superuser"))
    page = client.get(reverse("wagtailadmin_reports:site_history")).content.decode()
    assert "Bo Beheer" in page
    assert "dagen tot een beslissing: van 42 naar 30" in page.lower()
    site = HandlingSettings.objects.get().site_id
    client.post(reverse("wagtailsites:delete", args=[site]))
    assert HandlingSettings.objects.get().handling_days == 30
