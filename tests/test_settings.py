"""Each settings module loads and is safe; the headers and cookies that visitors and staff get."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from complaints.vault.keyring import make_key_file
from tests.desk import client_for, text_of
from tests.factories import make_user

ROOT = Path(__file__).resolve().parents[1]
PROCEDURE = "/klachtenprocedure/"
PUBLIC = [
    *("/", PROCEDURE, f"{PROCEDURE}vertrouwenspersoon/", f"{PROCEDURE}formulier/"),
    *(f"{PROCEDURE}praat-eerst-met-je-coach/", "/klacht-verder/", "/privacy/"),
    *("/toegankelijkheid/", "/bestaat-niet/", "/sitemap.xml", "/robots.txt"),
    "/.well-known/security.txt",
]
REQUIRED = [
    *("SECRET_KEY", "DATABASE_URL", "VAULT_KEY_FILE", "ERASURE_KEY_FILE"),
    *("EMAIL_HOST", "MAIL_FROM", "ALLOWED_HOSTS", "BASE_URL"),
]
OURS = {*REQUIRED, "BEHIND_PROXY", "DJANGO_SETTINGS_MODULE", "VAR_DIR"}


def run(code: str, settings_module: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python with a settings module and no other of our variables."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    ours = {
        "DJANGO_SETTINGS_MODULE": f"config.settings.{settings_module}",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'site'}",
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=inherited | ours | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def production(tmp_path) -> dict[str, str]:
    key_file = tmp_path / "vault.keys"
    return {
        "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
        "DATABASE_URL": "postgresql://x@localhost/x",
        "VAULT_KEY_FILE": str(key_file),
        "ERASURE_KEY_FILE": str(key_file),
        "EMAIL_HOST": "localhost",
        "MAIL_FROM": "bericht@example.org",
        "ALLOWED_HOSTS": "example.org, www.example.org",
        "BASE_URL": "https://example.org",
        "VAR_DIR": str(tmp_path),
    }


START = """
import os
from django.core.management import call_command
for start in (lambda: __import__("config.wsgi"), lambda: call_command("worker", once=True)):
    try:
        start()
    except Exception as refusal:
        print(refusal)
call_command("make_vault_key", os.environ["ERASURE_KEY_FILE"])
"""
LOAD = "import django; django.setup(); from django.conf import settings as s; "


class TestModules:
    @pytest.mark.parametrize("module", ["base", "dev", "test"])
    def test_it_loads(self, module, tmp_path):
        environment = {"VAR_DIR": str(tmp_path), "TEST_SCRATCH": str(tmp_path)}
        if module == "base":
            environment["SECRET_KEY"] = "x"  # base has none of its own
        done = run(LOAD + "print(s.LANGUAGE_CODE, s.DEBUG)", module, **environment)
        assert done.stdout.split() == ["nl", str(module == "dev")], done.stderr

    def test_production_loads_with_all_it_asks_for_and_hears_of_the_proxy_before_it(
        self, production
    ):
        """Else all visitors are one address, and the 121st complaint of an hour is suspect."""
        code = LOAD + "print(s.DEBUG, s.ALLOWED_HOSTS, s.SECURE_SSL_REDIRECT, s.BEHIND_PROXY)"
        done = run(code, "production", **production | {"BEHIND_PROXY": "1"})
        assert done.stdout == "False ['example.org', 'www.example.org'] True True\n", done.stderr

    def test_production_has_no_demo(self, production):
        code = LOAD + "from django.core.management import get_commands as g; print(*g())"
        commands = run(code, "production", **production).stdout.split()
        assert "bootstrap" in commands
        assert not {"demo", "develop", "seed_complaints"} & {*commands}

    @pytest.mark.parametrize("name", REQUIRED)
    def test_production_names_what_is_missing(self, production, name):
        del production[name]
        done = run("import config.settings.production", "production", **production)
        assert done.returncode != 0
        said = f"django.core.exceptions.ImproperlyConfigured: Set {name} in the environment"
        assert done.stderr.strip().splitlines()[-1].startswith(said)

    def test_production_serves_and_works_with_no_key_file_missing_and_makes_none(
        self, production, tmp_path
    ):
        missing = str(tmp_path / "elsewhere.keys")
        make_key_file(Path(production["VAULT_KEY_FILE"]))
        done = run(START, "production", **production | {"ERASURE_KEY_FILE": missing})
        assert done.stdout.splitlines() == [
            *["ERASURE_KEY_FILE names no file."] * 2,
            f"{missing} is made. Keep a copy off this server.",
        ], done.stderr

    def test_production_refuses_the_development_secret(self, production):
        code = "import django; from config.settings import dev; print(dev.SECRET_KEY)"
        secret = run(code, "dev", VAR_DIR=production["VAR_DIR"]).stdout.strip()
        done = run(LOAD + "print('loaded')", "production", **production | {"SECRET_KEY": secret})
        assert "refused" in secret
        assert "loaded" not in done.stdout

    def test_each_cookie_of_the_cms_is_bound_to_this_host_over_tls(self, production):
        code = LOAD + (
            "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.BROWSER_COOKIE_NAME, "
            "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_DOMAIN)"
        )
        *names, session, csrf, domain = run(code, "production", **production).stdout.split()
        assert names == ["__Host-session", "__Host-csrf", "__Host-browser"]
        assert (session, csrf, domain) == ("True", "True", "None")

    def test_what_is_no_development_refuses_an_account_without_a_second_factor(self, production):
        code = (
            "import config.settings.production as s; s.ACCOUNTS_WITHOUT_FACTOR = ('x',); "
            + LOAD
            + "print('loaded')"
        )
        done = run(code, "production", **production)
        assert "ACCOUNTS_WITHOUT_FACTOR lets accounts in" in done.stderr
        assert "loaded" not in done.stdout

    def test_development_makes_a_key_file_that_only_its_owner_reads(self, tmp_path):
        code = LOAD + "from complaints.vault.keyring import keyring; print(len(keyring()))"
        done = run(code, "dev", VAR_DIR=str(tmp_path))
        assert done.stdout.strip() == "1", done.stderr
        assert stat.S_IMODE((tmp_path / "vault.keys").stat().st_mode) == 0o600


@pytest.mark.django_db
@pytest.mark.parametrize("path", PUBLIC)
def test_r41_a_public_page_carries_the_headers_and_loads_nothing_from_elsewhere(site, path):
    response = Client().get(path)
    policy = response["Content-Security-Policy"]
    assert not re.search(r"unsafe|https?:|\*", policy)
    for part in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "object-src 'none'",
    ):
        assert part in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    for name in ("Referrer-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy"):
        assert response[name] == "same-origin", name
    for feature in ("camera", "geolocation", "microphone"):
        assert f"{feature}=()" in response["Permissions-Policy"]
    assert not response.cookies
    page = response.content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style", page)
    assert not re.search(r"\s(?:style|on[a-z]+)=\"", page)
    loads = re.findall(r"<(?:script|img|link rel=\"(?:stylesheet|icon)\"|source)[^>]*>", page)
    assert not [tag for tag in loads if re.search(r"(?:src|href)=\"(?:https?:)?//", tag)]


@pytest.mark.django_db
class TestCmsHeaders:
    def test_the_editor_may_run_its_own_inline_scripts_and_the_case_desk_may_not(self, site, staff):
        client = client_for(staff.confidant)
        editor = client.get("/cms/")["Content-Security-Policy"]
        desk = client.get("/cms/complaints/complaint/")["Content-Security-Policy"]
        assert "script-src 'self' 'unsafe-inline'" in editor
        assert "unsafe" not in desk
        assert not re.search(r"https?:|\*", editor)

    def test_no_page_of_the_cms_is_stored(self, site):
        for client in map(client_for, (None, make_user("confidant"))):
            for path in ("/cms/", "/cms/login/", "/cms/complaints/complaint/", "/cms/x/"):
                assert "no-store" in client.get(path)["Cache-Control"], path

    def test_r41_no_avatars_no_update_check_and_no_news_from_elsewhere(self, site, settings):
        client = client_for(make_user("superuser"))
        page = client.get("/cms/").content.decode()
        for stranger in ("gravatar", "releases.wagtail", "wagtail.org/latest", "fonts.g"):
            assert stranger not in page
        assert settings.WAGTAIL_GRAVATAR_PROVIDER_URL is None
        assert settings.WAGTAIL_ENABLE_UPDATE_CHECK is False
        assert settings.WAGTAILEMBEDS_FINDERS == []

    def test_the_log_in_page_is_ours_and_leads_to_no_forgotten_password(self, site):
        answer = Client().get("/cms/login/")
        page = answer.content.decode()
        for part in ("Inloggen bij AKM KunstMaat", "css/cms.css", '<html lang="nl"'):
            assert part in page
        assert "password_reset" not in page
        assert "Wagtail" not in text_of(answer)
        assert Client().get("/cms/password_reset/").status_code == 404
