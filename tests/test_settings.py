"""Each settings module loads and is safe; the headers and cookies that visitors and staff get."""

import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from django.test import Client

from complaints.vault.keyring import make_key_file
from config.settings.base import mail_server
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
    *("EMAIL_URL", "MAIL_FROM", "ALLOWED_HOSTS", "BASE_URL"),
]
OF_BOTO = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
OURS = {
    *REQUIRED,
    *("BEHIND_PROXY", "DJANGO_SETTINGS_MODULE", "VAR_DIR", "ORGANISATION"),
    *("HSTS_SECONDS", "HSTS_PRELOAD"),
}


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
        "EMAIL_URL": "smtp://localhost",
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


@pytest.fixture
def installed(tmp_path) -> Path:
    """A tree as `deploy/install` leaves it, with no environment file yet."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("accounts", "complaints", "home", "templates", "locale"):
        (tree / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "site", tree / "site", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tree)
    (tree / "INSTALLED").write_text(f"{tmp_path / 'environment'}\n")
    return tree


def manage(tree: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=tree,
        env=inherited | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


COMMANDS = (["migrate"], ["bootstrap"], ["shell", "-v0", "-c", "print('in')"])


AS_ROOT = """
import os, sys
from pathlib import Path
from django.conf import settings
from complaints.vault.keyring import RING
from config import environment
command, file, keys = os.environ["ARGUMENTS"].split()
sys.argv[1:] = [command]
settings.VAULT_KEY_FILE = keys
environment.read(Path(file))
print(*os.getresuid(), flush=True)
RING.add()
"""


class TestWhereSettingsComeFrom:
    def test_an_installation_reads_its_own_file_or_refuses_whatever_the_shell_says(
        self, installed, production, tmp_path
    ):
        shell = {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "DATABASE_URL": "sqlite://"}
        for command in COMMANDS:
            done = manage(installed, *command, **shell)
            assert done.returncode == 1
            assert done.stdout == ""
            assert done.stderr == (
                f"This is an installation, and its {tmp_path / 'environment'} cannot be read: "
                "No such file or directory.\n"
            )
        assert not (installed / "var").exists()
        lines = {"DJANGO_SETTINGS_MODULE": "config.settings.production"} | production
        database = tmp_path / "db.sqlite3"
        lines["DATABASE_URL"] = f"sqlite:///{database}"
        text = "".join(f"{name} = {value} \n" for name, value in lines.items())
        (tmp_path / "environment").write_text(f"# the site\n\n{text}")
        done = manage(installed, "shell", "-v0", "-c", "print('in')", **shell)
        said = f"config.settings.production: sqlite3 {database}"
        assert (done.stdout, done.stderr.splitlines()[0]) == ("in\n", said), done.stderr
        (tmp_path / "environment").write_text("SECRET_KEY=\n")
        done = manage(installed, "migrate", DJANGO_SETTINGS_MODULE="config.settings.production")
        assert "Set SECRET_KEY, DATABASE_URL" in done.stderr
        assert "Traceback" not in done.stderr
        assert not (installed / "var").exists()

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another")
    def test_root_goes_on_as_the_sites_user_who_changes_no_key_but_by_the_command_for_it(self):
        nobody = pwd.getpwnam("nobody")
        for command, is_kept, left in (("migrate", True, 65534), ("rotate_vault_keys", False, 0)):
            with tempfile.TemporaryDirectory() as made:
                keys, file, var = (Path(made, name) for name in ("keys", "environment", "var"))
                make_key_file(keys)
                first = keys.read_text()
                file.write_text(f"VAR_DIR={var}\n")
                var.mkdir()
                os.chown(var, nobody.pw_uid, nobody.pw_gid)
                for path, mode in ((keys, 0o640), (file, 0o640), (Path(made), 0o750)):
                    os.chown(path, 0, nobody.pw_gid)
                    path.chmod(mode)
                done = run(AS_ROOT, "test", ARGUMENTS=f"{command} {file} {keys}")
                assert done.stdout.split() == [str(nobody.pw_uid)] * 2 + [str(left)], done.stderr
                assert ("PermissionError" in done.stderr) == is_kept, done.stderr
                assert keys.read_text().endswith(first)
                assert (keys.read_text() == first) == is_kept
                found = keys.stat()
                assert (found.st_uid, found.st_gid) == (0, nobody.pw_gid)
                assert stat.S_IMODE(found.st_mode) == 0o640

    def test_elsewhere_it_says_which_settings_and_database_it_took_unless_named(self, installed):
        (installed / "INSTALLED").unlink()
        (installed / "demo").symlink_to(ROOT / "demo")
        own = {"DATABASE_URL": "postgresql://me:secret@db.example/klachten"}
        asked = {"DJANGO_SETTINGS_MODULE": "config.settings.dev"}
        for given, said in (
            (own, "config.settings.dev: postgresql klachten on db.example\n"),
            (asked, ""),
        ):
            done = manage(installed, *COMMANDS[-1], **given)
            told = [line for line in done.stderr.splitlines(True) if line.startswith("config.")]
            assert (done.stdout, "".join(told)) == ("in\n", said), done.stderr


class TestModules:
    def test_development_loads_and_makes_a_key_file_that_only_its_owner_reads(self, tmp_path):
        code = LOAD + (
            "from complaints.vault.keyring import keyring; "
            "print(s.LANGUAGE_CODE, s.DEBUG, len(keyring()))"
        )
        done = run(code, "dev", VAR_DIR=str(tmp_path))
        assert done.stdout.split() == ["nl", "True", "1"], done.stderr
        assert stat.S_IMODE((tmp_path / "vault.keys").stat().st_mode) == 0o600

    def test_base_loads_with_a_secret_and_is_no_development(self, tmp_path):
        code = "import config.settings.base as s; print(s.LANGUAGE_CODE, s.DEBUG)"
        given = {"SECRET_KEY": "x", "VAR_DIR": str(tmp_path)}
        assert run(code, "base", **given).stdout.split() == ["nl", "False"]

    def test_production_loads_knows_its_proxy_binds_its_cookies_and_has_no_demo(self, production):
        """Without the proxy all visitors are one address, and the 121st complaint is suspect."""
        code = LOAD + (
            "from django.core.management import get_commands as commands; "
            "print(s.LANGUAGE_CODE, s.DEBUG, *s.ALLOWED_HOSTS, s.SECURE_SSL_REDIRECT, "
            "s.BEHIND_PROXY); "
            "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.BROWSER_COOKIE_NAME, "
            "s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_DOMAIN); "
            "print(*commands())"
        )
        done = run(code, "production", **production | {"BEHIND_PROXY": "1"})
        site, cookies, commands = done.stdout.splitlines()
        assert site == "nl False example.org www.example.org True True", done.stderr
        assert cookies == "__Host-session __Host-csrf __Host-browser True True None"
        assert "bootstrap" in commands.split()
        assert not {"demo", "develop", "seed_complaints"} & {*commands.split()}

    def test_production_names_everything_that_is_missing_at_once(self, production):
        for missing in (REQUIRED, REQUIRED[2:5], REQUIRED[-1:]):
            left = {name: value for name, value in production.items() if name not in missing}
            done = run("import config.settings.production", "production", **left)
            said = done.stderr.strip().splitlines()[-1]
            start = "django.core.exceptions.ImproperlyConfigured: Set "
            named = said.removeprefix(start).partition(" in the environment: see .env.example")[0]
            assert {*named.split(", ")} == {*missing}, said

    def test_the_example_of_an_environment_holds_what_the_settings_read_and_nothing_else(self):
        settings = (ROOT / "site/config/settings").glob("*.py")
        code = "".join(path.read_text() for path in settings if path.name != "test.py")
        read = {*re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', code), *REQUIRED}
        example = (ROOT / ".env.example").read_text()
        lines = [
            line.partition("=")[0] for line in example.splitlines() if line[:1] not in {"#", ""}
        ]
        assert len(lines) == len({*lines})
        assert {*lines} == read | {"DJANGO_SETTINGS_MODULE", *OF_BOTO}

    def test_mail_goes_by_tls_at_once_by_starttls_or_in_the_clear_as_its_url_says(self):
        for url, expected in {
            "smtp://localhost": ("localhost", 25, False, False),
            "smtps://me:p%40ss@mx.example": ("mx.example", 465, True, False),
            "smtps://mx.example:4650": ("mx.example", 4650, True, False),
            "submission://me:p%40ss@mx.example": ("mx.example", 587, False, True),
            "smtp://mx.example:26/?tls=True": ("mx.example", 26, False, True),
            "smtp://mx.example:26/?ssl=True": ("mx.example", 26, True, False),
        }.items():
            found = mail_server(url)
            names = ("HOST", "PORT", "USE_SSL", "USE_TLS")
            assert tuple(found[f"EMAIL_{name}"] for name in names) == expected, url
            assert found["EMAIL_HOST_PASSWORD"] == ("p@ss" if "@" in url else None), url

    def test_how_long_browsers_insist_on_tls_is_a_choice_and_so_is_preloading(self, production):
        code = "import config.settings.production as s; " + (
            "print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)"
        )
        for chosen, expected in (
            ({}, "15768000 False False"),
            ({"HSTS_SECONDS": "3600", "HSTS_PRELOAD": "0"}, "3600 False False"),
            ({"HSTS_SECONDS": "31536000", "HSTS_PRELOAD": "1"}, "31536000 True True"),
        ):
            done = run(code, "production", **production | chosen)
            assert done.stdout.splitlines()[-1:] == [expected], done.stderr

    def test_a_visitor_is_never_sent_round_in_circles(self, production):
        """The proxy names the scheme, or is told to; http goes to https once."""
        code = LOAD + (
            "from django.test import Client; import sys; "
            "answers = [Client().get('/robots.txt', HTTP_HOST='example.org', **given) for given in "
            "({}, {'HTTP_X_FORWARDED_PROTO': 'http'}, {'HTTP_X_FORWARDED_PROTO': 'https'}, "
            "{'wsgi.url_scheme': 'https'})]; "
            "print(*(f'{a.status_code}' + a.get('Location', '') for a in answers)); "
            "print(answers[0].content.decode())"
        )
        done = run(code, "production", **production | {"DATABASE_URL": "sqlite://"})
        statuses, told, *_ = done.stdout.splitlines()
        assert statuses == "503 301https://example.org/robots.txt 200 200", done.stderr
        assert "must send X-Forwarded-Proto" in told

    def test_production_serves_with_no_key_file_missing_and_makes_none(self, production, tmp_path):
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

    def test_what_is_no_development_refuses_an_account_without_a_second_factor(self, production):
        code = (
            "import config.settings.production as s; s.ACCOUNTS_WITHOUT_FACTOR = ('x',); "
            + LOAD
            + "print('loaded')"
        )
        done = run(code, "production", **production)
        assert "ACCOUNTS_WITHOUT_FACTOR lets accounts in" in done.stderr
        assert "loaded" not in done.stdout


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
