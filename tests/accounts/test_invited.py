"""From an invitation to a password, a factor, and the desk; and back in after losing everything."""

import re
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.test import Client

from complaints.cases.handlers_group import invitation_path, invite_again
from tests.accounts.doors import address, code_of, is_in, type_password, with_app
from tests.desk import says
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "een lang en eigen wachtwoord"


def accept(path: str) -> Client:
    """A browser in which somebody followed the link and set a password."""
    client = Client()
    page = client.get(path, follow=True)
    given = {"new_password1": PASSWORD, "new_password2": PASSWORD}
    answer = client.post(page.redirect_chain[-1][0], given, follow=True)
    says(answer, "Kies je tweede stap")
    return client


def test_the_first_account_is_told_of_the_command_that_lets_it_in(site):
    root = get_user_model().objects.create_superuser("root", password="test")
    client = Client()
    type_password(client, root)
    command = says(client.get("/cms/"), "nog geen tweede stap", status=403)
    assert "manage.py invite root" in command
    out = StringIO()
    call_command("invite", "root", stdout=out)
    assert client.get("/cms/").status_code == 302  # the session ended with the password
    path = re.search(r"http://[^/]+(/\S+)", out.getvalue()).group(1)
    inside = accept(path)
    says(inside.get(address("mfa_activate_totp")), "App met codes instellen")
    assert inside.get("/cms/users/").url == address("mfa_index")
    says(Client().get(path, follow=True), "Deze link werkt niet meer")


def test_a_handler_who_lost_everything_is_let_back_and_what_was_lost_opens_nothing(site):
    confidant, deputy = make_user("confidant"), make_user("deputy")
    app, old = with_app(confidant), Client()
    type_password(old, confidant)
    old.post(address("mfa_authenticate"), {"code": code_of(app)})
    assert is_in(old)
    invite_again(user=confidant, by=deputy)
    assert old.get("/cms/").status_code == 302
    assert not Authenticator.objects.filter(user=confidant).exists()
    confidant.refresh_from_db()
    accept(invitation_path(confidant))
    later = Client()  # the password alone, in another browser
    type_password(later, confidant, PASSWORD)
    assert later.get(address("mfa_activate_totp")).status_code == 403
