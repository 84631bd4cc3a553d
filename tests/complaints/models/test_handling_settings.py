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


class TestHandlingSettings:
    def save(self, client, **changes: str):
        url = client.get(HANDLING)["Location"]
        data = settings_data(client.get(url).content.decode(), "handling_days")
        response = client.post(url, data | changes)
        assert response.status_code == 302
        return response

    def test_a_manager_changes_a_term_and_it_is_logged_with_who_and_from_what_to_what(
        self, manager
    ):
        self.save(manager, handling_days="30")
        assert HandlingSettings.objects.get().handling_days == 30
        entry = ModelLogEntry.objects.get(action=SETTINGS_CHANGED)
        assert entry.user.username == "manager"
        assert entry.data["changes"] == {"handling_days": ["42", "30"]}

    def test_saving_without_a_change_logs_none(self, manager):
        self.save(manager)
        assert not ModelLogEntry.objects.filter(action=SETTINGS_CHANGED).exists()

    def test_the_change_has_its_words_in_the_site_history(self, manager):
        self.save(manager, handling_days="30")
        client = client_for(make_user("superuser"))
        response = client.get(reverse("wagtailadmin_reports:site_history"))
        assert response.status_code == 200
        assert "Bo Beheer" in response.content.decode()
        assert "dagen tot een beslissing: van 42 naar 30" in response.content.decode()
