"""Nobody becomes a handler, or reads what was routed past them, by changing who is named."""

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from wagtail.documents import get_document_model

from complaints.models.outbox import MailKind
from complaints.stages import Route
from tests.desk import client_for, sees
from tests.factories import make_complaint, make_user, set_handling
from tests.services import forget_mail, fresh, tick, told, undone

pytestmark = pytest.mark.django_db
User = get_user_model()
PASSWORD = dict.fromkeys(("password1", "password2"), "Een-Lang-Woord-9")


@pytest.fixture
def manager(staff) -> Client:
    client = client_for(staff.manager)
    forget_mail()
    return client


def edit(client: Client, user, **changes: str):
    fields = {
        "username": user.username,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "is_active": "on" if user.is_active else "",
        "password1": "",
        "password2": "",
    }
    return client.post(reverse("wagtailusers_users:edit", args=[user.pk]), fields | changes)


def test_a_manager_sets_no_name_or_password_of_a_handler_and_all_hear_of_each_change(
    manager, staff
):
    """Also whoever was switched off, and of two changes within a second twice."""
    edit(manager, staff.confidant, is_active="")
    staff.confidant.refresh_from_db()
    assert len(told(MailKind.HANDLERS_CHANGED, user=staff.deputy)) == 1
    edit(manager, staff.confidant, username="ander", last_name="Ander", **PASSWORD)
    staff.confidant.refresh_from_db()
    assert staff.confidant.username == "confidant"
    assert staff.confidant.check_password("test")
    for user in (staff.confidant, staff.deputy):
        assert len(told(MailKind.HANDLERS_CHANGED, user=user)) == 2


def test_a_manager_makes_no_superuser_and_changes_none(manager):
    data = {"username": "nieuw", "email": "nieuw@example.com", "first_name": "N"}
    given = data | PASSWORD | {"last_name": "W", "is_superuser": "on"}
    manager.post(reverse("wagtailusers_users:add"), given)
    assert not User.objects.get(username="nieuw").is_superuser
    admin = make_user("superuser")
    edit(manager, admin, **PASSWORD)
    admin.refresh_from_db()
    assert admin.check_password("test")


def test_r07_whoever_is_named_now_sees_nothing_that_was_routed_past_them(staff):
    with undone():
        case = make_complaint(route=Route.DEPUTY)
        set_handling(confidant=staff.deputy, deputy=staff.confidant)
        assert not sees(staff.confidant, case)
    set_handling(deputy=None)
    case = make_complaint(route=Route.DEPUTY)
    set_handling(confidant=None)
    set_handling(deputy=staff.confidant)
    tick()
    assert fresh(case).handler is None
    assert not sees(staff.confidant, case)


@pytest.mark.parametrize("path", ["/", "/cms/login/", "/klachtenprocedure/formulier/"])
def test_a_stranger_posts_no_large_body_but_to_the_form(site, path):
    answer = Client().post(path, {"x": "y" * 300_000})
    assert answer.status_code == 413
    for length in ("²", "-1", "x"):  # isdigit() says yes to the first, int() says no
        assert Client().generic("POST", path, b"y", CONTENT_LENGTH=length).status_code == 413
    made_up = Client()
    made_up.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    made_up.cookies[settings.CSRF_COOKIE_NAME] = "b" * 32
    assert made_up.post(path, {"x": "y" * 300_000}).status_code == 413


def test_an_editor_uploads_nothing_a_browser_would_run(site):
    client = client_for(make_user("editor"))
    for name in ("kwaad.html", "kwaad.js", "kwaad.svg"):
        file = SimpleUploadedFile(name, b"<script>alert(1)</script>")
        client.post(reverse("wagtaildocs:add"), {"title": "x", "file": file})
        assert not get_document_model().objects.exists(), name
