"""Who handles complaints: the first day, the invitation, letting in, stopping, naming; what the
manager's page tells, and what all handlers hear of it."""

import itertools
import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.factors import needs_factor
from complaints.cases import handlers_group, mails
from complaints.cases.case import NotAllowed
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.roster import Roster, may_handle
from complaints.models.settings import HandlingSettings, holders_of
from complaints.stages import Route
from tests.accounts.doors import (
    PASSWORD,
    accept,
    code_of,
    enter_code,
    is_in,
    logged_in,
    type_password,
    with_app,
    without_factor,
)
from tests.desk import account_form, client_for, says, sees, text_of
from tests.factories import PROBLEM, make_complaint, make_user, set_handling
from tests.services import forget_mail, fresh, send_all, told, undone

pytestmark = pytest.mark.django_db
User = get_user_model()
PAGE, DESK = "/cms/complaints/behandelaars/", "/cms/complaints/complaint/"
NEW = {"email": "Noor@example.com", "first_name": "Noor", "last_name": "Nieuw"}
NEW_PASSWORD = dict.fromkeys(("new_password1", "new_password2"), PASSWORD)
LINK = re.compile(r"https?://[^/]+(/cms/uitnodiging/\S+)")


def link_in_mail() -> str:
    (mail,) = [mail for mail in send_all() if "/cms/uitnodiging/" in mail.body]
    return LINK.search(mail.body)[1]


def test_every_role_at_every_address(staff):
    """A manager admits, lets back in and stops on the first day only."""
    roles = ("editor", "manager", "superuser", "confidant")
    people = {role: User.objects.filter(username=role).first() or make_user(role) for role in roles}
    one, order, guide = f"{PAGE}{staff.deputy.pk}/", reverse("in_order"), "/cms/handleiding/beheer/"
    counts = reverse("audit_counts")
    managers, handlers = {"manager", "superuser"}, {"confidant"}
    assert handlers_group.is_first_day()
    for role in managers:
        assert client_for(people[role]).get(one).status_code == 200
    clients = {role: client_for(person) for role, person in people.items()}
    assert not handlers_group.is_first_day()
    may = {PAGE: handlers | managers, one: handlers, order: managers, guide: managers}
    may[reverse("selfcheck")] = handlers | managers
    may[counts] = managers
    for (role, client), url in itertools.product(clients.items(), may):
        assert client.get(url).status_code == (200 if role in may[url] else 404), (role, url)
    for role in ("editor", *managers):
        for url in (PAGE, one):
            assert clients[role].post(url, NEW | {"act": "invite"}).status_code == 404
    assert clients["editor"].post(order, {"act": "terms"}).status_code == 404
    for url in (*may, f"{PAGE}999/"):
        assert client_for(None).get(url).status_code == 302
    assert clients["confidant"].get(f"{PAGE}999/").status_code == 404
    assert clients["confidant"].post(PAGE, {"act": "roles"}).status_code == 422
    assert not User.objects.filter(email__iexact=NEW["email"]).exists()
    assert not OwedMail.objects.filter(kind=MailKind.INVITED).exists()


@pytest.mark.parametrize("role", ["manager", "superuser"])
def test_a_manager_is_told_how_many_and_who_handles_and_nothing_else(role, site):
    people = {name: make_user(name) for name in ("confidant", "deputy", role)}
    cases = [make_complaint(), make_complaint(route=Route.DEPUTY), make_complaint()]
    cases[1].next_due_on = timezone.localdate() - timedelta(days=1)
    cases[2].passed_over = people[role]  # of this one they may not even hear
    for case in cases[1:]:
        case.save()
    client = client_for(people[role])
    answer = client.get(PAGE)
    says(answer, "Er zijn 2 open klachten. 1 is te laat.", "Confidant Test", "Deputy Test")
    others = [client.get(reverse(name)) for name in ("wagtailadmin_home", "in_order", "selfcheck")]
    for page in (answer, *others):
        text = page.content.decode()
        told_of = [case.reference for case in cases] + [PROBLEM, "Noor Verzonnen", DESK]
        assert [words for words in told_of if words in text] == []
    assert PAGE in client.get("/cms/").content.decode()


def test_on_the_first_day_a_manager_lets_in_the_first_two_and_never_again(site):
    manager = client_for(make_user("manager"))
    says(manager.get(PAGE), "Nog niemand.")
    for name in ("noor", "pim"):
        given = NEW | {"email": f"{name}@example.com", "first_name": name.title()}
        assert says(manager.post(PAGE, given, follow=True), "is toegelaten")
    noor, pim = (User.objects.get(username=f"{name}@example.com") for name in ("noor", "pim"))
    handling = HandlingSettings.objects.get()
    assert (handling.confidant, handling.deputy) == (noor, pim)
    assert not noor.has_usable_password()
    says(manager.get(PAGE), "Vertrouwenspersoon. Uitgenodigd, nog niet ingelogd.")
    case = make_complaint()
    assert case.handler == noor
    # A wrong address: stopped, and the right one let in.
    assert manager.post(f"{PAGE}{pim.pk}/").status_code == 302
    assert not Roster.read().may_handle(pim)
    mails = [mail for mail in send_all() if mail.to == ["noor@example.com"]]
    client, opened, answer = accept(next(m[1] for mail in mails if (m := LINK.search(mail.body))))
    assert says(opened, "Kies een wachtwoord", "noor@example.com")
    assert answer.url == DESK
    assert client.get(DESK).url == reverse("mfa_index"), "a factor of their own comes first"
    assert sees(noor, case)
    for stopped in (noor, pim):
        stopped.groups.clear()
    says(manager.get(PAGE), "wordt toegelaten door wie al behandelt")
    assert manager.post(PAGE, NEW).status_code == 404


def test_a_handler_lets_another_in_with_a_password_that_only_they_know(staff):
    """Also by an account that was there: whoever made it, or is in with it, is out."""
    editor = make_user("editor", email="noor@example.com")
    theirs, desk = client_for(editor), client_for(staff.confidant)
    forget_mail()
    says(desk.get(DESK), "Behandelaars")
    says(desk.post(PAGE, NEW, follow=True), "Editor Test is toegelaten")
    assert set(told(MailKind.HANDLERS_CHANGED)) == {staff.confidant, staff.deputy, editor}
    assert theirs.get("/cms/").status_code == 302
    link = link_in_mail()
    client, _opened, answer = accept(link)
    assert answer.url == DESK
    assert client.get(DESK).url == reverse("mfa_index"), "a factor of their own comes first"
    editor.refresh_from_db()
    assert editor.check_password(PASSWORD)
    says(client_for(None).get(link, follow=True), "Deze link werkt niet meer")
    assert client_for(None).post(link, NEW_PASSWORD).status_code == 200
    assert desk.post(PAGE, NEW).status_code == 422, "a handler already"


def test_an_invitation_ends_by_time_by_a_newer_one_and_with_the_access(staff):
    desk = client_for(staff.confidant)
    desk.post(PAGE, NEW)
    noor, link = User.objects.get(username="noor@example.com"), link_in_mail()
    with time_machine.travel(timezone.now() + timedelta(days=4)):
        says(client_for(None).get(link, follow=True), "werkt niet meer")
    says(desk.post(f"{PAGE}{noor.pk}/", {"act": "invite"}, follow=True), "nieuwe link")
    newer = link_in_mail()
    for changes, opens in ((link, False), (newer, True)):
        assert (accept(changes)[2].status_code == 302) is opens
    # Who lost everything: a colleague mails a link, and hears it like all others.
    noor.set_password("test")
    noor.save()
    lost, app = logged_in(noor)
    assert is_in(lost)
    forget_mail()
    handlers_group.invite_again(user=noor, by=staff.deputy)
    assert staff.confidant in told(MailKind.HANDLERS_CHANGED)
    assert lost.get("/cms/").status_code == 302
    assert not Authenticator.objects.filter(pk=app.pk).exists()
    again = link_in_mail()
    desk.post(f"{PAGE}{noor.pk}/")
    says(client_for(None).get(again, follow=True), "werkt niet meer")
    for by, user in ((staff.confidant, staff.confidant), (staff.manager, staff.deputy)):
        with pytest.raises(NotAllowed):
            handlers_group.invite_again(user=user, by=by)


def test_an_invitation_in_the_post_is_dropped_once_there_is_a_password(staff):
    client_for(staff.confidant).post(PAGE, NEW)
    noor = User.objects.get(username="noor@example.com")
    noor.set_password(PASSWORD)
    noor.save()
    assert not [mail for mail in send_all() if "/cms/uitnodiging/" in mail.body]


def test_nobody_manages_and_handles(staff):
    desk, superuser = client_for(staff.confidant), make_user("superuser", email="root@example.com")
    for person in (staff.manager, superuser):
        answer = desk.post(PAGE, NEW | {"email": person.email})
        says(answer, "Wie dat doet, behandelt geen klachten.", status=422)
        with pytest.raises(CommandError):
            call_command("invite", person.username, handler=True)
        assert not Roster.read().may_handle(person)
    # The mail would go to another address than the one that was typed.
    for name, email in (
        ("a", "twee@example.com"),
        ("b", "twee@example.com"),
        ("c@example.com", ""),
    ):
        make_user("editor", username=name, email=email)
    make_user("editor", username="d", email="mıke@example.com")
    for email in ("twee@example.com", "c@example.com", "mike@example.com"):
        assert desk.post(PAGE, NEW | {"email": email}).status_code in (302, 422), email
    assert {m.to[0] for m in send_all() if "/cms/uitnodiging/" in m.body} <= {"mike@example.com"}


def test_stopping_says_how_many_cases_there_are_and_hands_them_over(staff):
    third, case = make_user("handler"), make_complaint()
    hidden = make_complaint(route=Route.DEPUTY)
    desk, page = client_for(staff.confidant), f"{PAGE}{staff.deputy.pk}/"
    text = says(desk.get(page), "Plaatsvervanger", "tot dan geldt deze persoon als afwezig")
    assert "zaak waarover jij gaat" not in text, "not a word of a case routed past the confidant"
    says(client_for(third).get(f"{PAGE}{staff.confidant.pk}/"), "Stoppen met behandelen")
    own = f"{PAGE}{staff.confidant.pk}/"
    says(desk.get(own), "Er loopt nog 1 zaak waarover jij gaat.")
    with undone():  # what nobody looked at yet is no running case
        make_complaint(is_suspect=True)
        says(desk.get(PAGE), "Vertrouwenspersoon. 1 lopende zaak.")
    forget_mail()
    for given in ({"to": "999"}, {"act": "invite"}):
        assert desk.post(own, given).status_code == 409
    assert desk.post(own, {"to": third.pk}).status_code == 302
    assert (fresh(case).handler, fresh(hidden).handler) == (third, staff.deputy)
    assert desk.get(DESK).status_code == 302, "who did nothing else is out of the CMS"
    assert set(told(MailKind.HANDLERS_CHANGED)) == {staff.deputy, third}
    assert client_for(third).post(page).status_code == 302
    last = client_for(third)
    says(last.get(f"{PAGE}{third.pk}/"), "Laat eerst een opvolger toe.")
    assert last.post(f"{PAGE}{third.pk}/").status_code == 409


def test_naming_another_says_what_belongs_to_it(staff, site):
    third, manager = make_user("handler"), client_for(staff.manager)
    make_complaint()
    roles = {"act": "roles", "confidant": third.pk, "deputy": staff.deputy.pk}
    told_then = says(manager.post(PAGE, roles, follow=True), "Confidant Test houdt 1 lopende zaak")
    assert "Op de profielpagina staat nog Marijke Pielage." in told_then
    assert HandlingSettings.objects.get().confidant == third
    entry = ModelLogEntry.objects.get(action="complaints.settings_changed")
    assert entry.data["changes"] == {"confidant": ["Confidant Test", "Handler Test"]}
    assert entry.user == staff.manager
    refused = manager.post(PAGE, roles | {"confidant": staff.deputy.pk})
    says(refused, "Kies iemand anders dan de vertrouwenspersoon", status=422)
    assert manager.post(PAGE, roles | {"deputy": staff.manager.pk}).status_code == 422
    third.groups.clear()  # named, and gone: stays so until another is chosen
    text = says(manager.post(PAGE, roles), "behandelt nog geen klachten", status=422)
    assert "Handler Test" in text
    assert manager.post(PAGE, roles | {"confidant": ""}).status_code == 302
    set_handling(confidant=staff.confidant)


def test_the_servers_command_prints_a_way_in_and_the_first_account_is_told_of_it(staff):
    root = User.objects.create_superuser("root", password="test")
    lost = without_factor(root)
    says(lost.get("/cms/"), "nog geen tweede stap", "manage.py invite root", status=403)
    make_user("editor")
    for name, is_handler in (("root", False), ("editor", True), ("deputy", True)):
        out = StringIO()
        call_command("invite", name, handler=is_handler, stdout=out)
        link = LINK.search(out.getvalue())[1]
        client, _opened, answer = accept(link)
        assert answer.url == DESK
        assert client.get("/cms/users/").url == reverse("mfa_index")
        says(client.get(reverse("mfa_index")), "Kies je tweede stap")
        says(client.get(reverse("mfa_activate_totp")), "App met codes instellen")
        says(client_for(None).get(link, follow=True), "Deze link werkt niet meer")
    assert lost.get("/cms/").status_code == 302, "the session ended with the password"
    with pytest.raises(CommandError):
        call_command("invite", "niemand", handler=True)


DID = re.compile(r"\.\nDit deed ([^,]+), \w+ \d+ november \d{4}, \d\d:\d\d\.")


def heard() -> list[str]:
    """What every handler is mailed, each the same: what happened, and who did it."""
    lines = {}
    for mail in OwedMail.objects.filter(kind=MailKind.HANDLERS_CHANGED).order_by("pk"):
        text = mails.composed(mail)
        line = f"{text.subject}: {DID.search(text.body)[1]}"
        lines.setdefault(line, []).append(mail.user)
    everybody = list(holders_of("complaints", "handle_complaint"))
    assert all(each == everybody for each in lines.values()), lines
    forget_mail(but=MailKind.INVITED)
    return list(lines)


def edit(client, user, **changes):
    address, given = account_form(user, **changes)
    assert client.post(address, given).status_code == 302
    user.refresh_from_db()


@time_machine.travel("2026-11-16 10:00")
def test_every_handler_hears_who_did_what_and_to_whom(staff, site, monkeypatch):
    """By the name of the account that acted, or the server; also what they did to their own."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, **_how: act())
    desk, manager = client_for(staff.confidant), client_for(staff.manager)
    forget_mail()
    desk.post(PAGE, NEW)
    noor = User.objects.get(email="noor@example.com")
    assert heard() == ["Noor Nieuw behandelt voortaan klachten: Confidant Test"]
    accept(handlers_group.invitation_path(noor))
    assert heard() == ["Noor Nieuw heeft een nieuw wachtwoord: Noor Nieuw"]
    app, browser = with_app(noor), client_for(None)
    type_password(browser, noor, PASSWORD)
    assert heard() == []
    enter_code(browser, code_of(app))
    new = "Noor Nieuw logde in met een browser die de site nog niet kende: Noor Nieuw"
    assert heard() == [new]
    one, roles = f"{PAGE}{noor.pk}/", {"act": "roles", "confidant": noor.pk}
    account = "Het account van Noor Anders is"
    anew = "Noor Anders is opnieuw uitgenodigd, en kan niet meer inloggen zoals eerst"
    away = {"by": staff.confidant, "start": timezone.localdate(), "until": None}
    for act, said in (
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
        assert heard() == ([said] if said else [])
    desk.post(PAGE, NEW)
    staff.manager.delete()
    noor.refresh_from_db()
    edit(client_for(make_user("superuser")), noor, first_name="Nora")
    User.objects.filter(username="superuser").delete()
    assert heard()[-1].endswith(": iemand die geen account meer heeft")


def test_a_manager_lets_in_and_back_a_manager_who_sets_their_own_password_and_factor(staff, site):
    manager, given = client_for(staff.manager), {"act": "manager"}
    given |= {f"manager-{name}": value for name, value in NEW.items()}
    says(manager.get(PAGE), "Een beheerder uitnodigen")
    says(manager.post(PAGE, given, follow=True), "Noor Nieuw is toegelaten")
    noor = User.objects.get(email="noor@example.com")
    assert not noor.has_usable_password()
    assert needs_factor(noor)
    assert not may_handle(noor)
    written = mails.composed(OwedMail.objects.get(kind=MailKind.INVITED))
    assert "Je beheert de site" in written.subject
    inside, *_answers = accept(LINK.search(written.body)[1])
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
        now = User.objects.get(pk=user.pk)
        assert (now.check_password("test"), now.is_active) == (True, user.is_active)
    for user in (staff.confidant, make_user("editor")):
        assert "Een beheerder uitnodigen" not in text_of(client_for(user).get(PAGE))
        assert client_for(user).post(PAGE, given).status_code == 404
    says(without_factor(make_user("manager", username="twee")).get("/cms/"), status=403)
