"""Who lets whom in, what all handlers hear of it and of whom, and whose account stays."""

import re
from itertools import product

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.factors import needs_factor
from complaints.cases import handlers_group, mails, people
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import may_handle
from complaints.models.settings import holders_of
from tests.accounts.doors import (
    PASSWORD,
    accept,
    code_of,
    enter_code,
    type_password,
    with_app,
    without_factor,
)
from tests.desk import client_for, says, text_of
from tests.factories import make_complaint, make_user
from tests.services import forget_mail

pytestmark = pytest.mark.django_db

User = get_user_model()
PAGE = "/cms/complaints/behandelaars/"
NOOR = {"email": "noor@example.com", "first_name": "Noor", "last_name": "Nieuw"}
DID = re.compile(r"\.\nDit deed ([^,]+), \w+ \d+ november \d{4}, \d\d:\d\d\.")


def heard() -> list[str]:
    """What every handler is mailed, each the same: what happened, and who did it."""
    told = {}
    for mail in OwedMail.objects.filter(kind=MailKind.HANDLERS_CHANGED).order_by("pk"):
        text = mails.composed(mail)
        line = f"{text.subject}: {DID.search(text.body)[1]}"
        told.setdefault(line, []).append(mail.user)
    everybody = list(holders_of("complaints", "handle_complaint"))
    assert all(each == everybody for each in told.values()), told
    forget_mail(but=MailKind.INVITED)
    return list(told)


def edit(client, user, **changes):
    names = ("username", "email", "first_name", "last_name")
    given = {name: getattr(user, name) for name in names} | {"is_active": "on"} | changes
    answer = client.post(reverse("wagtailusers_users:edit", args=[user.pk]), given)
    assert answer.status_code == 302
    user.refresh_from_db()


@pytest.mark.usefixtures("site")
def test_every_handler_hears_who_did_what_and_to_whom(staff, time_machine, monkeypatch):
    """By the name of the account that acted, or the server; also what they did to their own."""
    time_machine.move_to("2026-11-16 10:00")
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, **_how: act())
    desk, manager = client_for(staff.confidant), client_for(staff.manager)
    forget_mail()
    desk.post(PAGE, NOOR)
    noor = User.objects.get(email="noor@example.com")
    assert heard() == ["Noor Nieuw behandelt voortaan klachten: Confidant Test"]
    accept(handlers_group.invitation_path(noor))
    assert heard() == ["Noor Nieuw heeft een nieuw wachtwoord: Noor Nieuw"]
    app, browser = with_app(noor), Client()
    type_password(browser, noor, PASSWORD)
    assert heard() == []
    enter_code(browser, code_of(app))
    new = "Noor Nieuw logde in met een browser die de site nog niet kende: Noor Nieuw"
    assert heard() == [new]
    one, roles = f"{PAGE}{noor.pk}/", {"act": "roles", "confidant": noor.pk}
    account = "Het account van Noor Anders is"
    anew = "Noor Anders is opnieuw uitgenodigd, en kan niet meer inloggen zoals eerst"
    away = {"by": staff.confidant, "start": timezone.localdate(), "until": None}
    for act, told in (
        (lambda: edit(manager, noor), None),
        (lambda: edit(manager, noor, last_name="Anders"), f"{account} gewijzigd: Manager Test"),
        (lambda: edit(manager, noor, is_active=""), f"{account} uitgezet: Manager Test"),
        (lambda: edit(manager, noor), f"{account} weer aangezet: Manager Test"),
        (lambda: desk.post(one, {"act": "invite"}), f"{anew}: Confidant Test"),
        (lambda: call_command("invite", noor.username), f"{anew}: de server"),
        (
            lambda: handlers_group.set_absence(**away),
            "Wanneer de vertrouwenspersoon afwezig is, is gewijzigd: de server",
        ),
        (
            lambda: manager.post(PAGE, roles | {"deputy": staff.confidant.pk}),
            "Wie vertrouwenspersoon en plaatsvervanger is, is gewijzigd: Manager Test",
        ),
        (lambda: desk.post(one), "Noor Anders behandelt geen klachten meer: Confidant Test"),
    ):
        act()
        assert heard() == ([told] if told else [])
    desk.post(PAGE, NOOR)
    staff.manager.delete()
    noor.refresh_from_db()
    edit(client_for(make_user("superuser")), noor, first_name="Nora")
    User.objects.filter(username="superuser").delete()
    assert heard()[-1].endswith(": iemand die geen account meer heeft")


@pytest.mark.usefixtures("site")
def test_a_manager_lets_in_and_back_a_manager_who_sets_their_own_password_and_factor(staff):
    manager, given = client_for(staff.manager), {"act": "manager"}
    given |= {f"manager-{name}": value for name, value in NOOR.items()}
    says(manager.get(PAGE), "Een beheerder uitnodigen")
    says(manager.post(PAGE, given, follow=True), "Noor Nieuw is toegelaten")
    noor = User.objects.get(email="noor@example.com")
    assert not noor.has_usable_password()
    assert needs_factor(noor)
    assert not may_handle(noor)
    (mail,) = OwedMail.objects.filter(kind=MailKind.INVITED)
    written = mails.composed(mail)
    assert "Je beheert de site" in written.subject
    inside, *_answers = accept(re.search(r"/cms/uitnodiging/\S+", written.body).group())
    with_app(noor)
    assert inside.get("/cms/").status_code == 302  # to show it
    manager.post(PAGE, given)  # who lost everything
    noor.refresh_from_db()
    assert not noor.has_usable_password()
    assert inside.get("/cms/").url.startswith("/cms/login/")
    root = make_user("superuser", email="root@example.com")
    off = make_user("handler", email="uit@example.com", is_active=False)
    for email, words in (
        ("manager@example.com", "Dit account kun jij niet uitnodigen."),
        ("root@example.com", "Dit account kun jij niet uitnodigen."),
        ("confidant@example.com", "Wie dat doet, beheert geen accounts."),
        ("uit@example.com", "Wie dat doet, beheert geen accounts."),
    ):
        says(manager.post(PAGE, given | {"manager-email": email}), words, status=422)
    for user in (staff.manager, root, staff.confidant, off):
        was = user.is_active
        user.refresh_from_db()
        assert user.check_password("test")
        assert user.is_active == was
    for user in (staff.confidant, make_user("editor")):
        assert "Een beheerder uitnodigen" not in text_of(client_for(user).get(PAGE))
        assert client_for(user).post(PAGE, given).status_code == 404
    says(without_factor(make_user("manager", username="twee")).get("/cms/"), status=403)


@pytest.mark.usefixtures("site")
def test_accounts_are_changed_one_at_a_time_and_a_superusers_by_a_superuser_only(staff):
    """Several at once pass no signal: the handlers would not hear of it."""
    root, editor = make_user("superuser"), make_user("editor")
    group = Group.objects.get(name=handlers_group.MANAGERS_GROUP)
    acts = {"set_active_state": {"mark_as_active": "False"}, "assign_role": {"role": group.pk}}
    for by, user, act in product(
        (staff.manager, root), (editor, staff.confidant), (*acts, "delete")
    ):
        browser, several = (
            client_for(by),
            reverse("wagtail_bulk_action", args=["auth", "user", act]),
        )
        browser.post(f"{several}?id={user.pk}", acts.get(act, {}))
        kept = User.objects.get(pk=user.pk)
        assert (kept.is_active, group in kept.groups.all()) == (True, False), (by, act)
        assert "bulk-action-checkbox" not in browser.get("/cms/users/").content.decode()
    page = reverse("wagtailusers_users:edit", args=[root.pk])
    manager = client_for(staff.manager)
    assert (
        manager.get(page).status_code == manager.post(page, {"first_name": "x"}).status_code == 302
    )
    assert client_for(root).get(page).status_code == 200


def test_no_account_goes_with_which_a_case_would_forget_somebody(staff):
    """Who handles it, reads it, is named, or is kept from it; in the same words for all."""
    case, left = make_complaint(), {}
    for name in ("kept", "passed", "shared"):
        left[name] = make_user("handler", username=name)
        people.share_case(complaint=case, to=left[name], by=staff.confidant)
    people.declare_conflict(complaint=case, by=left["kept"])
    Complaint.objects.filter(pk=case.pk).update(passed_over=left["passed"])
    case.shares.exclude(user=left["shared"]).delete()
    for user in left.values():
        user.groups.remove(*handlers_group.handlers_group_ids())
    editor, client = make_user("editor"), client_for(make_user("superuser"))
    for user in (*left.values(), staff.confidant, staff.deputy, make_user("handler")):
        page = reverse("wagtailusers_users:delete", args=[user.pk])
        for method in (client.get, client.post):
            says(method(page, follow=True), "Zet het uit: haal het vinkje weg bij Actief.")
        assert User.objects.filter(pk=user.pk).exists(), user
    client.post(reverse("wagtailusers_users:delete", args=[editor.pk]))
    assert not User.objects.filter(pk=editor.pk).exists()


def test_what_of_ours_names_an_account_goes_with_it_only_where_that_forgets_nothing():
    """A new link to an account is to be thought about here."""
    links = [
        (f"{link.related_model.__name__}.{link.field.name}", link.on_delete.__name__)
        for link in User._meta.get_fields(include_hidden=True)
        if getattr(link, "on_delete", None) and link.related_model._meta.app_label == "complaints"
    ]
    goes = {name: how for name, how in links if how != "SET_NULL"}
    roles = {f"HandlingSettings.{role}" for role in ("confidant", "deputy")}
    kept = {"Complaint.handler", "Complaint.passed_over", "Share.user", "Exclusion.user"} | roles
    assert goes == dict.fromkeys(kept, "PROTECT") | dict.fromkeys(
        ("OwedMail.user", "DeskPreference.user"), "CASCADE"
    )
