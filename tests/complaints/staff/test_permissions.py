"""R-38: who reads a complaint. Every role at every address of the desk with every method, the
places in Wagtail where one could leak, who decides who handles, and whose account stays."""

import itertools

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import get_resolver, reverse
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import ModelLogEntry, PageLogEntry, ReferenceIndex
from wagtail.search.index import class_is_indexed
from wagtail.users.forms import GroupForm

from complaints.cases import people
from complaints.cases.handlers_group import HANDLERS_GROUP, MANAGERS_GROUP, handlers_group_ids
from complaints.models.case import Complaint
from complaints.models.outbox import MailKind, OwedMail
from complaints.staff import permissions
from complaints.staff.desk import ComplaintAdmin
from complaints.stages import Route
from tests.desk import NAME, account_form, changed, client_for, post_as, says
from tests.factories import GROUPS, make_complaint, make_staged_file, make_user, set_handling

pytestmark = pytest.mark.django_db

ROLES = ("anonymous", *GROUPS)
METHODS = ("get", "post", "options")  # the last names what else there is
OUTSIDERS = ("editor", "manager", "superuser")

# Which roles find a page at each address, for a case routed to the confidant. A new address
# without an entry here fails the first test.
LIST, CASE = {"confidant", "deputy", "handler"}, {"confidant"}
WITHOUT_CASE = (
    "index",
    "results",
    "readings",
    "export",
    "hand_over",
    "register",
    "no_complaint",
    "own",
)
FILE = ("file", "copy")
READ_ONLY = ("inspect", "next", "accesses", "dossier-pdf", *FILE)
REFUSED_NOW = (
    *("reopen", "check", "decide", "resume", "acknowledge", "takeover", "unshare"),
    *("advise", "advice-answer", "rule", "comply", "unlink", "put-back", "release"),
)
OPEN_NOW = (
    *("contact", "waiting", "message", "note", "move", "close", "code", "extend", "pause"),
    *("coach-told", "assign", "share", "conflict", "assess", "tick", "link", "agree", "reach"),
    *("no-complaint", "consent", "show-coach", "hold"),
)
MATRIX = dict.fromkeys(WITHOUT_CASE, LIST) | dict.fromkeys(READ_ONLY + REFUSED_NOW + OPEN_NOW, CASE)
CHOICES = {"move": "mediation", "close": "solved", "decide": "keep", "consent": "coach"}


@pytest.fixture
def staff():
    return {role: make_user(role) for role in GROUPS}


def address(name: str, case: Complaint) -> str:
    files = [file.pk for file in case.attachments.all()] if name in FILE else []
    return reverse(NAME + name, args=[] if name in WITHOUT_CASE else [case.pk, *files])


def sees(user, case: Complaint) -> bool:
    return client_for(user).get(address("inspect", case)).status_code == 200


def test_every_address_is_in_the_matrix_and_neither_modeladmins_own_nor_junk_is_one(staff):
    names = {url.name for url in ComplaintAdmin().get_admin_urls_for_registration()}
    assert names == {NAME + name for name in MATRIX}
    registered = {key for key in get_resolver().reverse_dict if isinstance(key, str)}
    assert {key for key in registered if key.startswith(NAME)} == names
    client, case = client_for(staff["confidant"]), make_complaint()
    for name in ("create", "edit", "delete", "history", "choose_parent"):
        for key in ("", f"{case.pk}/"):
            url = f"/cms/complaints/complaint/{name}/{key}"
            assert client.get(url).status_code == client.post(url).status_code == 404, url
    for junk in ("1", "x", "00000000", "../../", "%00", "a" * 300):
        assert client.get(f"/cms/complaints/complaint/inspect/{junk}/").status_code == 404, junk


@pytest.mark.parametrize("role", ROLES)
def test_r38_roles_by_address_by_method(role, staff):
    case, client = make_complaint(files=[make_staged_file()]), client_for(staff.get(role))
    wrong = []
    for name, method in itertools.product(MATRIX, methods_of(role)):
        given = {"choice": CHOICES[name]} if name in CHOICES else {}
        query = {} if method == "post" else {"query_params": given}
        data = {"data": given} if method == "post" else {}
        answer = getattr(client, method)(address(name, case), **query, **data)
        is_told = role not in MATRIX[name] and (
            case.reference in answer.content.decode() or "Content-Disposition" in answer
        )
        others = set(answer.get("Allow", "").split(", ")) & {"PUT", "PATCH", "DELETE", "TRACE"}
        if answer.status_code != expected(role, name, method) or is_told or others:
            wrong.append(f"{role} {method} {name}: {answer.status_code}, told: {is_told}, {others}")
    assert wrong == []
    case.refresh_from_db()
    assert case.event_count == 1


def methods_of(role: str) -> tuple[str, ...]:
    """All for one without the desk and for whoever is in charge; the others what browsers send."""
    return METHODS if role in ("editor", "confidant") else METHODS[:2]


def expected(role: str, name: str, method: str) -> int:
    """Nobody is told more than that there is nothing; without an account, the way to log in."""
    if role == "anonymous":
        return 302
    if role not in MATRIX[name]:
        return 404
    if method == "options":
        return 200
    if method == "post" and name in (*READ_ONLY, "readings"):
        return 405
    if name == "next":
        return 302  # to another case, or the list
    if name == "own" and method == "post":
        return 302 if role == "confidant" else 404  # an absence, of nobody else
    if name in ("index", "results"):
        return 302 if method == "post" else 200
    if name in REFUSED_NOW:
        return 409
    return 422 if method == "post" else 200


def test_a_file_of_a_case_one_may_not_see_is_a_404_by_way_of_any_other_case(staff):
    """The file's own id opens nothing beside a case that one may see."""
    hidden, mine = make_complaint(route=Route.DEPUTY, files=[make_staged_file()]), make_complaint()
    (file,) = hidden.attachments.all()
    client = client_for(staff["confidant"])
    for name, case in itertools.product(FILE, (hidden, mine)):
        assert client.get(reverse(NAME + name, args=[case.pk, file.pk])).status_code == 404
        assert client_for(staff["deputy"]).get(address(name, hidden)).status_code == 200


def test_nobody_sees_a_case_by_a_permission_a_former_role_or_a_name_in_the_settings(staff):
    case, superuser, confidant = make_complaint(), staff["superuser"], staff["confidant"]
    superuser.user_permissions.set(Permission.objects.all())
    assert superuser.has_perm("complaints.handle_complaint")
    confidant.groups.clear()
    set_handling(confidant=staff["manager"])
    visitor = get_user_model().objects.create_user("bezoeker", password="test")
    for user in (superuser, confidant, staff["manager"], visitor):
        now = get_user_model().objects.get(pk=user.pk)
        assert not permissions.may_enter_desk(now), user
        assert not sees(now, case), user


def test_only_handlers_have_the_menu_items_and_the_panel(staff):
    pages = {role: client_for(user).get("/cms/").content.decode() for role, user in staff.items()}
    for url in ("/cms/complaints/complaint/", reverse(f"{NAME}own")):
        assert {role for role, page in pages.items() if url in page} == LIST


@pytest.mark.parametrize("role", OUTSIDERS)
def test_wagtails_own_pages_tell_an_outsider_nothing(role, staff):
    """Site history, searches, usage, forms, permissions: no reference, no address of the desk."""
    case, client = make_complaint(), client_for(staff[role])
    kind = ContentType.objects.get_for_model(Complaint).pk
    typed, user = case.reference.lower(), staff["confidant"].pk
    for path in (
        *("reports/site-history/", f"reports/site-history/?object_type={kind}", "forms/"),
        *("reports/aging-pages/", "reports/locked/", "users/", "snippets/", "groups/"),
        *(f"{place}/?q={typed}" for place in ("users", "pages/search", "images")),
        *(f"users/{page}/{user}/" for page in ("edit", "usage")),
    ):
        url = f"/cms/{path}"
        page = client.get(url, follow=True).content.decode().replace(url, "")
        assert "/cms/complaints/complaint/" not in page, url
        assert case.reference not in page, url


def test_handling_writes_nothing_into_wagtails_own_stores(staff):
    case, kind = make_complaint(), ContentType.objects.get_for_model(Complaint)
    assert post_as(staff["confidant"], "note", case, reason="Gebeld.").status_code == 302
    assert not ModelLogEntry.objects.filter(content_type=kind).exists()
    assert not PageLogEntry.objects.filter(label__icontains=case.reference).exists()
    assert not ReferenceIndex.objects.filter(base_content_type=kind).exists()
    assert not ReferenceIndex.model_is_indexable(Complaint)
    assert not class_is_indexed(Complaint)
    for user in staff.values():
        assert AdminURLFinder(user).get_edit_url(case) is None


def test_the_group_editor_neither_offers_nor_takes_the_permission():
    offered = GroupForm().fields["permissions"].queryset
    assert not offered.filter(content_type__app_label="complaints", codename__contains="complaint")
    permission = Permission.objects.get(codename="handle_complaint")
    assert not GroupForm({"name": "Sluiproute", "permissions": [permission.pk]}).is_valid()


# Neither has a part in complaints.
MANAGERS = pytest.mark.parametrize("role", ["manager", "superuser"])


@MANAGERS
def test_a_manager_who_saves_a_handlers_account_leaves_what_lets_them_in(role, staff):
    """Nor does a handler come to manage by it."""
    confidant, groups = staff["confidant"], Group.objects.filter(name=MANAGERS_GROUP)
    OwedMail.objects.all().delete()
    given = {"groups": [group.pk for group in groups], "is_superuser": "on"}
    given |= dict.fromkeys(("password1", "password2"), "een-lang-wachtwoord-7")
    client = client_for(staff[role])
    page, given = account_form(confidant, last_name="Nieuw", email="mijn@example.com", **given)
    assert "password" not in client.get(page).content.decode()
    assert client.post(page, given).status_code == 302
    now = get_user_model().objects.get(pk=confidant.pk)
    assert (now.last_name, now.email) == ("Nieuw", "confidant@example.com")
    assert now.check_password("test"), "a handler's password is theirs alone"
    assert not now.is_superuser
    assert list(now.groups.all()) == list(Group.objects.filter(name=HANDLERS_GROUP))
    assert OwedMail.objects.filter(kind=MailKind.HANDLERS_CHANGED, user=confidant).exists()


@MANAGERS
def test_a_manager_makes_nobody_a_handler_not_even_themselves(role, staff):
    """Not on the page of an account, not with a new account, not by way of the group."""
    client, group = client_for(staff[role]), Group.objects.get(name=HANDLERS_GROUP)
    for user in (staff["editor"], staff[role]):
        page, given = account_form(user, groups=[group.pk])
        assert HANDLERS_GROUP not in client.get(page).content.decode()
        client.post(page, given)
    new = dict.fromkeys(("password1", "password2"), "een-lang-wachtwoord-7")
    new |= {"username": "nieuw", "email": "nieuw@example.com"}
    new |= {"first_name": "Nieuw", "last_name": "Test"}
    url = reverse("wagtailusers_users:add")
    client.post(url, new | {"groups": [group.pk]})
    assert set(group.user_set.all()) == {staff[each] for each in LIST}
    assert client.post(url, new).status_code == 302
    staff[role].user_permissions.set(
        Permission.objects.filter(content_type__app_label="auth", content_type__model="group")
    )
    for view in ("edit", "delete"):
        address = reverse(f"wagtailusers_groups:{view}", args=[group.pk])
        for answer in (client.get(address), client.post(address, {"name": "Weg"})):
            assert answer.url == reverse("wagtailusers_groups:index")
    group.refresh_from_db()
    assert (group.name, handlers_group_ids()) == (HANDLERS_GROUP, [group.pk])


@MANAGERS
def test_accounts_are_changed_one_at_a_time(role, staff):
    """Several at once pass no signal: the handlers would not hear of it."""
    group, client = Group.objects.get(name=MANAGERS_GROUP), client_for(staff[role])
    acts = {"set_active_state": {"mark_as_active": "False"}, "assign_role": {"role": group.pk}}
    for act, user in itertools.product((*acts, "delete"), (staff["editor"], staff["confidant"])):
        several = reverse("wagtail_bulk_action", args=["auth", "user", act])
        client.post(f"{several}?id={user.pk}", acts.get(act, {}))
        now = get_user_model().objects.get(pk=user.pk)
        assert (now.is_active, group in now.groups.all()) == (True, False), (act, user)
    assert "bulk-action-checkbox" not in client.get("/cms/users/").content.decode()


def test_no_account_goes_with_which_a_case_would_forget_somebody(staff):
    """Who handles it, reads it, is named, or is kept from it; in the same words for all."""
    case, left = make_complaint(), {}
    for name in ("kept", "passed", "shared"):
        left[name] = make_user("handler", username=name)
        people.share_case(complaint=case, to=left[name], by=staff["confidant"])
    people.declare_conflict(complaint=case, by=left["kept"])
    changed(case, passed_over=left["passed"])
    case.shares.exclude(user=left["shared"]).delete()
    for user in left.values():
        user.groups.clear()
    client, users = client_for(staff["superuser"]), get_user_model().objects
    for user in (*left.values(), *(staff[role] for role in ("confidant", "deputy", "handler"))):
        page = reverse("wagtailusers_users:delete", args=[user.pk])
        for method in (client.get, client.post):
            says(method(page, follow=True), "Zet het uit: haal het vinkje weg bij Actief.")
        assert users.filter(pk=user.pk).exists(), user
    client.post(reverse("wagtailusers_users:delete", args=[staff["editor"].pk]))
    assert not users.filter(pk=staff["editor"].pk).exists()


def test_what_of_ours_names_an_account_goes_with_it_only_where_that_forgets_nothing():
    """A new link to an account is to be thought about here."""
    links = [
        (f"{link.related_model.__name__}.{link.field.name}", link.on_delete.__name__)
        for link in get_user_model()._meta.get_fields(include_hidden=True)
        if getattr(link, "on_delete", None) and link.related_model._meta.app_label == "complaints"
    ]
    goes = {name: how for name, how in links if how != "SET_NULL"}
    roles = {f"HandlingSettings.{role}" for role in ("confidant", "deputy")}
    kept = {"Complaint.handler", "Complaint.passed_over", "Share.user", "Exclusion.user"} | roles
    assert goes == dict.fromkeys(kept, "PROTECT") | dict.fromkeys(
        ("OwedMail.user", "DeskPreference.user"), "CASCADE"
    )
