"""Staff get in with a second factor, and nobody else, whichever way in they try."""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from uuid import UUID

import pytest
from allauth.mfa import signals
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY, get_user_model, login
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import RoutePattern

from accounts.factors import INVITED
from accounts.sessions import SessionStore
from complaints.cases.mails import composed
from complaints.management.commands.rotate_vault_keys import keys_in_use
from complaints.models.outbox import MailKind, OwedMail
from complaints.vault.keyring import RING, keyring, seal_secret
from tests.accounts import doors
from tests.accounts.doors import LOGIN, address, code_of, is_in, type_password, with_app
from tests.desk import says, text_of
from tests.factories import GROUPS, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

NEED_ONE = ("manager", "superuser", "confidant", "deputy", "handler")
DESK = "/cms/complaints/complaint/"


@pytest.fixture
def confidant(site):
    return make_user("confidant")


def enter_code(client, code):
    return client.post(address("mfa_authenticate"), {"code": code})


@pytest.mark.every_database
def test_a_password_alone_opens_no_page_of_the_cms_for_whoever_sees_cases_or_manages(site):
    pages = ("/cms/pages/", DESK, "/cms/x/")  # of all others: no_address_of_the_cms
    for role in GROUPS:
        user, client = make_user(role), Client()
        assert type_password(client, user).url == "/cms/", role
        for page in pages:
            answer = client.get(page)
            is_told = "nog geen tweede stap" in text_of(answer)
            assert is_told == (role in NEED_ONE), (role, page)
            assert (answer.status_code == 403) == is_told
            assert (client.post(page).status_code == 403) or not is_told
        ajax = client.get("/cms/pages/", headers={"x-requested-with": "XMLHttpRequest"})
        assert (ajax.status_code == 403) == (role in NEED_ONE), role
    assert "manage.py invite" in text_of(doors.without_factor(user).get("/cms/"))


def test_the_second_step_is_asked_after_the_password_and_opens_the_desk(confidant):
    app, client = with_app(confidant), Client()
    asked = type_password(client, confidant)
    assert asked.url == address("mfa_authenticate")
    assert SESSION_KEY not in client.session
    says(client.get(asked.url), "Nu de tweede stap")
    says(enter_code(client, "000000"), "Deze code klopt niet")
    assert not is_in(client)
    code = code_of(app)
    assert enter_code(client, code).url == "/cms/"
    assert client.get(DESK).status_code == 200
    again = Client()
    type_password(again, confidant)
    says(enter_code(again, code), "Deze code klopt niet")  # a code works once


def test_a_recovery_code_opens_once(confidant):
    with_app(confidant)
    code = Authenticator.objects.get(user=confidant, type="recovery_codes").wrap()
    (first, *_rest) = code.get_unused_codes()
    for is_first in (True, False):
        client = Client()
        type_password(client, confidant)
        enter_code(client, first)
        assert is_in(client) == is_first


def test_wagtails_own_ways_in_by_a_password_open_no_session(confidant):
    for way in ("/_util/login/", "/cms/login/"):
        client = Client()
        given = {"username": "confidant", "password": "test", "login": "confidant"}
        client.post(way, given, follow=True)
        assert SESSION_KEY in client.session or "/_util/" in way
        assert client.get("/cms/").status_code in (302, 403), way
    assert reverse("wagtailadmin_login") == reverse("account_login") == LOGIN
    assert reverse("wagtailadmin_logout") == reverse("account_logout")


def test_the_record_is_of_the_account_not_of_the_browser(confidant):
    """A factor that one showed in this browser opens nothing for the next, in either order."""
    deputy, app = make_user("deputy"), with_app(confidant)
    client = Client()
    type_password(client, confidant)
    enter_code(client, code_of(app))
    assert is_in(client)
    session = client.session
    session[SESSION_KEY] = str(deputy.pk)
    session["_auth_user_hash"] = deputy.get_session_auth_hash()
    session.save()
    assert client.get("/cms/").status_code == 403
    half = Client()
    type_password(half, confidant)  # and stops there
    type_password(half, deputy)
    assert half.get("/cms/").status_code in (302, 403)


def test_only_what_is_needed_is_routed(site):
    for name in (
        *("account_signup", "account_reset_password", "account_email", "account_change_password"),
        *("account_reauthenticate", "account_set_password", "mfa_list_webauthn", "mfa_trust"),
        *("mfa_edit_webauthn", "mfa_download_recovery_codes", "account_request_login_code"),
    ):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    for path in ("signup/", "password/reset/", "email/", "reauthenticate/", "login/signup/"):
        for prefix in ("/accounts/", "/cms/"):
            assert Client().get(prefix + path).status_code in (302, 404), path


@pytest.mark.every_database
def test_whoever_has_a_factor_confirms_with_it_never_with_a_password(confidant):
    """Adding, removing and new codes ask it again, also just after logging in."""
    app, client = with_app(confidant), Client()
    type_password(client, confidant)
    enter_code(client, code_of(app))
    for name in ("mfa_add_webauthn", "mfa_deactivate_totp", "mfa_generate_recovery_codes"):
        for method in (client.get, client.post):
            asked = method(address(name))
            assert asked.url.startswith(address("mfa_reauthenticate")), name
    form = client.get(asked.url).content.decode()
    assert 'name="code"' in form
    assert 'type="password"' not in form
    client.post(asked.url, {"code": "test", "password": "test"})
    assert Authenticator.objects.filter(user=confidant, type="totp").exists()
    assert client.get(address("mfa_add_webauthn")).status_code == 302
    confirmed = client.post(asked.url, {"code": code_of(app, step=1)})
    assert confirmed.status_code == 302
    assert client.get(address("mfa_add_webauthn")).status_code == 200
    says(client.get(address("mfa_deactivate_totp")), "Dit is je laatste middel")
    client.post(address("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=confidant, type="totp").exists()


def test_before_a_factor_or_the_codes_go_the_page_says_what_goes(confidant):
    app, client = with_app(confidant), Client()
    data = {"name": "Mijn sleutel", "credential": {}}
    key = Authenticator.objects.create(user=confidant, type="webauthn", data=data)
    client.force_login(confidant)
    client.post(address("mfa_reauthenticate"), {"code": code_of(app)})
    removed = client.get(address("mfa_remove_webauthn", key.pk))
    says(removed, "Passkey verwijderen?", "Met ‘Mijn sleutel’ kun je", "Verwijder de passkey")
    off = client.get(address("mfa_deactivate_totp"))
    says(off, "App met codes uitzetten?", "Je logt daarna in met je passkey", "Zet de app uit")
    anew = client.get(address("mfa_generate_recovery_codes"))
    says(anew, "Nieuwe herstelcodes maken?", "De codes die je hebt werken", "Maak nieuwe codes")


@pytest.mark.every_database
def test_a_stolen_password_makes_no_first_factor_and_an_invitation_does(confidant, monkeypatch):
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, **_how: act())
    client = Client()
    type_password(client, confidant)
    for name in ("mfa_add_webauthn", "mfa_activate_totp", "mfa_index"):
        assert client.get(address(name)).status_code == 403, name
        assert client.post(address(name), {"code": "1"}).status_code == 403, name
    session = client.session
    session[INVITED] = confidant.pk  # what the page of the invitation writes
    session.save()
    assert client.get("/cms/").url == address("mfa_index")
    says(client.get(address("mfa_index")), "Kies je tweede stap", "Passkey toevoegen")
    page = client.get(address("mfa_activate_totp"))
    secret = page.context["form"].secret
    for code, is_right in (("123456", False), (_code(secret), True)):
        done = client.post(address("mfa_activate_totp"), {"code": code})
        assert (done.status_code == 302) == is_right
    assert done.url == address("mfa_view_recovery_codes")
    shown = re.findall(r"<code>(\d{8})</code>", client.get(done.url).content.decode())
    assert len(set(shown)) == 10
    assert not re.search(r"<code>\d{8}", client.get(done.url).content.decode())  # once
    assert is_in(client)
    assert INVITED not in client.session
    assert client.get(address("mfa_add_webauthn")).status_code == 200


def _code(secret: str) -> str:
    return code_of(Authenticator(data={"secret": seal_secret(secret)}))


def test_an_invitation_of_another_account_makes_no_factor(confidant):
    client = doors.without_factor(confidant)
    session = client.session
    session[INVITED] = make_user("deputy").pk
    session.save()
    assert client.get(address("mfa_activate_totp")).status_code == 403


def test_the_demo_comes_in_without_a_factor_and_the_page_says_so(confidant, settings):
    assert "demo" not in text_of(Client().get(LOGIN))
    settings.ACCOUNTS_WITHOUT_FACTOR = ("confidant",)
    says(Client().get(LOGIN), "Zonder tweede stap komen binnen: confidant.")
    client = Client()
    type_password(client, confidant)
    assert client.get(DESK).status_code == 200
    other = Client()
    type_password(other, make_user("deputy"))
    assert other.get("/cms/").status_code == 403


@pytest.mark.every_database
def test_an_account_without_the_cms_goes_round_in_no_circle(site):
    user = get_user_model().objects.create_user("bezoeker", password="test")
    client = Client()
    type_password(client, user)
    assert client.get("/cms/", follow=True).status_code == 200
    assert type_password(client, make_user("editor")).url == "/cms/"
    assert is_in(client)


def test_one_who_is_switched_off_is_out_at_once(confidant):
    client = Client()
    app = with_app(confidant)
    type_password(client, confidant)
    enter_code(client, code_of(app))
    confidant.is_active = False
    confidant.save()
    assert client.get(DESK).status_code == 302
    says(type_password(Client(), confidant), "horen niet bij elkaar")
    confidant.is_active = True
    confidant.save()
    assert client.get(DESK).status_code == 302, "on again is no way back into an old session"


@pytest.mark.every_database
def test_the_database_holds_no_secret_of_a_factor_in_clear_and_a_new_key_takes_them_over(confidant):
    app = with_app(confidant)
    codes = Authenticator.objects.get(user=confidant, type="recovery_codes")
    assert "JBSWY3DP" not in str(app.data)
    assert not re.search(r"[0-9a-f]{80}", str(codes.data))
    shown = codes.wrap().generate_codes()
    RING.add()
    call_command("rotate_vault_keys", verbosity=0)
    assert keys_in_use() == {keyring()[0].key_id}
    app.refresh_from_db()
    codes.refresh_from_db()
    assert codes.wrap().generate_codes() == shown
    assert app.wrap().validate_code(code_of(app))


def test_every_handler_hears_of_a_log_in_from_elsewhere_and_of_a_changed_factor(
    confidant, monkeypatch
):
    monkeypatch.setattr("django.db.transaction.on_commit", lambda act, **_how: act())
    deputy, app, client = make_user("deputy"), with_app(confidant), Client()
    OwedMail.objects.all().delete()

    def told() -> dict[str, list[str]]:
        found = {}
        for mail in OwedMail.objects.filter(kind=MailKind.HANDLERS_CHANGED):
            found.setdefault(composed(mail).subject, []).append(mail.user.username)
        OwedMail.objects.all().delete()
        return found

    type_password(client, confidant)
    assert told() == {}  # only half inside
    enter_code(client, code_of(app))
    (subject,) = both = told()
    assert "Confidant" in subject
    assert "browser die de site nog niet kende" in subject
    assert sorted(both[subject]) == ["confidant", "deputy"]
    cookie = client.cookies["browser"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Strict"
    assert "127.0.0.1" not in str(OwedMail.objects.values())
    client.post(reverse("account_logout"))
    type_password(client, confidant)
    enter_code(client, code_of(app, step=1))
    assert told() == {}
    for _try in range(10):  # somebody guesses; the owner's own browser still gets a try
        type_password(Client(), confidant, password="fout")
    client.post(reverse("account_logout"))
    assert type_password(client, confidant).url == address("mfa_authenticate")
    editor = Client()
    type_password(editor, make_user("editor"))
    assert told() == {}
    signals.authenticator_removed.send(None, request=None, user=deputy, authenticator=app)
    signals.authenticator_reset.send(None, request=None, user=deputy, authenticator=app)
    assert [len(who) for who in told().values()] == [2, 2]


def test_an_account_whose_password_was_ended_begins_anew_by_its_invitation(confidant):
    """Let back in after losing everything: what was lost opens nothing, a new factor is made."""
    with_app(confidant)
    confidant.set_unusable_password()
    confidant.save(update_fields=["password"])
    assert not Authenticator.objects.filter(user=confidant).exists()
    request = RequestFactory().get("/")
    request.session = SessionStore()
    request.resolver_match = SimpleNamespace(url_name="invitation")
    login(request, confidant)
    assert request.session[INVITED] == confidant.pk


SAMPLES = {"int": "1", "uuid": f"{UUID(int=0)}"}
WITHOUT_ASKING = {
    *("/cms/login/", "/cms/login/code/", "/cms/login/passkey/", "/cms/login/bevestigen/"),
    *(
        *("/cms/login/bevestigen/passkey/", "/cms/logout/", "/cms/sprite/", "/cms/jsi18n/"),
        "/cms/uitnodiging/x/x/",
    ),
}


def sample(taken: re.Match) -> str:
    return SAMPLES.get(taken[1], "x")


def addresses(resolver, before: str = "/", fill=sample) -> Iterator[str]:
    """Each address of the site, with something in the place of what it takes."""
    for found in resolver.url_patterns:
        path = before + re.sub(r"<(?:(\w+):)?\w+>", fill, str(found.pattern))
        if hasattr(found, "url_patterns"):
            yield from addresses(found, path, fill)
        elif isinstance(found.pattern, RoutePattern):
            yield path


def test_no_address_of_the_cms_opens_to_a_password_alone(site):
    client = doors.without_factor(make_user("superuser"))
    paths = {path for path in addresses(get_resolver()) if path.startswith("/cms/")}
    assert len(paths) > 200
    assert paths >= WITHOUT_ASKING
    opened = {path for path in paths if client.get(path).status_code < 400}
    assert opened <= WITHOUT_ASKING


JUNK = (
    *("[]", "{}", "1", "null", '"x"', "NaN"),
    '{"a":' * 5000,
    '{"response": {"userHandle": 5}}',
    "x",
)
ODD = (
    "\x00",
    "a" * 9999,
    *("%00", "http://[::1", "//elders.example", "https:elders.example"),
    "é" * 300,
)


def test_junk_is_answered_and_leads_nowhere_else(confidant):
    for junk in JUNK:
        client = Client()
        client.get(address("mfa_login_webauthn"), headers={"accept": "application/json"})
        answer = client.post(address("mfa_login_webauthn"), {"credential": junk})
        assert answer.url == LOGIN, junk[:20]
    for odd in ODD:
        client = Client()
        client.cookies["browser"] = client.cookies["sessionid"] = odd.encode().hex()
        for name in ("login", "password", "next"):
            given = {"login": "confidant", "password": "test"} | {name: odd}
            answer = client.post(LOGIN, given)
            assert answer.status_code in (200, 302, 400), (name, odd)
            assert "elders" not in answer.headers.get("Location", "")
