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
from tools import checks

ROOT = Path(__file__).resolve().parents[1]
SETTINGS = ROOT / "site/config/settings"
PROCEDURE = "/klachtenprocedure/"
PUBLIC = [
    *("/", PROCEDURE, f"{PROCEDURE}vertrouwenspersoon/", f"{PROCEDURE}formulier/"),
    *(f"{PROCEDURE}praat-eerst-met-je-coach/", "/klacht-verder/", "/privacy/"),
    *("/toegankelijkheid/", "/bestaat-niet/", "/sitemap.xml", "/robots.txt"),
    "/.well-known/security.txt",
]
REQUIRED = [
    *("SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "BASE_URL", "EMAIL_URL", "MAIL_FROM"),
    *("VAULT_KEY_FILE", "ERASURE_KEY_FILE"),
]
OF_BOTO = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
OURS = {
    *(*REQUIRED, "BEHIND_PROXY", "DJANGO_SETTINGS_MODULE", "VAR_DIR", "ORGANISATION"),
    *("HSTS_SECONDS", "HSTS_PRELOAD"),
}


def python(*words: str, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python with no other of our variables than these."""
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    given = {"env": inherited | environment, "capture_output": True, "text": True, "timeout": 60}
    return subprocess.run([sys.executable, *words], cwd=cwd, **given)


def run(code: str, module: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs that code under a settings module."""
    ours = {"DJANGO_SETTINGS_MODULE": f"config.settings.{module}"}
    path = f"{ROOT}{os.pathsep}{ROOT / 'site'}"
    return python("-c", code, **{"PYTHONPATH": path} | ours | environment)


@pytest.fixture
def production(tmp_path) -> dict[str, str]:
    return checks.production(tmp_path) | {"VAR_DIR": str(tmp_path)}


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
SHOW = LOAD + (
    "from django.core.management import get_commands; print(s.LANGUAGE_CODE, s.DEBUG, "
    "*s.ALLOWED_HOSTS, s.SECURE_SSL_REDIRECT, s.BEHIND_PROXY, "
    "*(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.BROWSER_COOKIE_NAME), "
    "*(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_DOMAIN)); "
    "print(s.SECURE_HSTS_SECONDS, s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD); "
    "print(*get_commands())"
)
ANSWERS = LOAD + (
    "from django.test import Client; "
    "answers = [Client().get('/robots.txt', HTTP_HOST='example.org', **given) for given in "
    "({}, {'HTTP_X_FORWARDED_PROTO': 'http'}, {'HTTP_X_FORWARDED_PROTO': 'https'}, "
    "{'wsgi.url_scheme': 'https'})]; "
    "print(*(f'{a.status_code}' + a.get('Location', '') for a in answers)); "
    "print(answers[0].content.decode())"
)
IN = ("manage.py", "shell", "-v0", "-c", "print('in')")
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


def test_an_installation_reads_its_own_file_or_refuses_whatever_the_shell_says(
    installed, production, tmp_path
):
    shell = {"DJANGO_SETTINGS_MODULE": "config.settings.dev", "DATABASE_URL": "sqlite://"}
    file, database = tmp_path / "environment", tmp_path / "db.sqlite3"
    refusal = f"This is an installation, and its {file} cannot be read: No such file or directory."
    for command in (["manage.py", "migrate"], ["manage.py", "bootstrap"], IN):
        done = python(*command, cwd=installed, **shell)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", f"{refusal}\n")
    lines = production | {"DATABASE_URL": f"sqlite:///{database}"}
    text = "".join(f"{name} = {value} \n" for name, value in lines.items())
    file.write_text(f"# the site\n\n{text}")
    done = python(*IN, cwd=installed, **shell)
    said = f"config.settings.production: sqlite3 {database}"
    assert (done.stdout, done.stderr.splitlines()[0]) == ("in\n", said), done.stderr
    file.write_text("SECRET_KEY=\n")
    asked = {"DJANGO_SETTINGS_MODULE": "config.settings.production"}
    done = python("manage.py", "migrate", cwd=installed, **asked)
    assert "Set SECRET_KEY, DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (installed / "var").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another")
def test_root_goes_on_as_the_sites_user_who_changes_no_key_but_by_the_command_for_it():
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


def test_elsewhere_it_says_which_settings_and_database_it_took_unless_named(installed):
    (installed / "INSTALLED").unlink()
    (installed / "demo").symlink_to(ROOT / "demo")
    said = "config.settings.dev: postgresql klachten on db.example\n"
    for name, value, expected in (
        ("DATABASE_URL", "postgresql://me:secret@db.example/klachten", said),
        ("DJANGO_SETTINGS_MODULE", "config.settings.dev", ""),
    ):
        done = python(*IN, cwd=installed, **{name: value})
        told = [line for line in done.stderr.splitlines(True) if line.startswith("config.")]
        assert (done.stdout, "".join(told)) == ("in\n", expected), done.stderr


def test_development_loads_and_makes_a_key_file_for_its_owner_and_base_is_no_development(tmp_path):
    code = LOAD + "from complaints.vault.keyring import keyring; print(s.DEBUG, len(keyring()))"
    done = run(code, "dev", VAR_DIR=str(tmp_path))
    assert done.stdout.split() == ["True", "1"], done.stderr
    assert stat.S_IMODE((tmp_path / "vault.keys").stat().st_mode) == 0o600
    code = "import config.settings.base as s; print(s.LANGUAGE_CODE, s.DEBUG)"
    done = run(code, "base", SECRET_KEY="x", VAR_DIR=str(tmp_path))
    assert done.stdout.split() == ["nl", "False"], done.stderr


def test_production_knows_its_proxy_binds_its_cookies_has_no_demo_and_lets_hsts_be_chosen(
    production,
):
    """Without the proxy all visitors are one address, and the 121st complaint is suspect."""
    given = production | {"BEHIND_PROXY": "1", "ALLOWED_HOSTS": "example.org, www.example.org"}
    for chosen, hsts in (
        ({}, "15768000 False False"),
        ({"HSTS_SECONDS": "3600", "HSTS_PRELOAD": "0"}, "3600 False False"),
        ({"HSTS_SECONDS": "31536000", "HSTS_PRELOAD": "1"}, "31536000 True True"),
    ):
        done = run(SHOW, "production", **given | chosen)
        assert done.stdout.splitlines()[:2] == [
            "nl False example.org www.example.org True True "
            "__Host-session __Host-csrf __Host-browser True True None",
            hsts,
        ], done.stderr
        commands = {*done.stdout.splitlines()[2].split()}
        assert "bootstrap" in commands
        assert not {"demo", "develop", "seed_complaints"} & commands


def test_production_names_all_that_is_missing_and_refuses_what_is_for_development(production):
    secret = re.search(r'SECRET_KEY = "(.+?)"', (SETTINGS / "dev.py").read_text())[1]
    factor = "import config.settings.production as s; s.ACCOUNTS_WITHOUT_FACTOR = ('x',); "
    ways = [
        ("", dict.fromkeys(missing), f"Set {', '.join(missing)} in the environment: see .env.exa")
        for missing in (REQUIRED, REQUIRED[2:5], REQUIRED[-1:])
    ]
    ways += [
        ("", {"SECRET_KEY": secret}, "SECRET_KEY is the one of the development settings"),
        (factor, {}, "ACCOUNTS_WITHOUT_FACTOR lets accounts in"),
    ]
    for before, changed, said in ways:
        given = {name: text for name, text in (production | changed).items() if text is not None}
        done = run(f"{before}{LOAD}print('loaded')", "production", **given)
        assert said in done.stderr.strip().splitlines()[-1], done.stderr
        assert "loaded" not in done.stdout


def test_the_example_of_an_environment_holds_what_the_settings_read_and_nothing_else():
    modules = [path for path in SETTINGS.glob("*.py") if path.name != "test.py"]
    code = "".join(path.read_text() for path in modules)
    read = {*re.findall(r'environ(?:\.get\(|\[)"([A-Z_]+)"', code), *REQUIRED}
    example = (ROOT / ".env.example").read_text()
    lines = [line.partition("=")[0] for line in example.splitlines() if line[:1] not in {"#", ""}]
    assert len(lines) == len({*lines})
    assert {*lines} == read | {"DJANGO_SETTINGS_MODULE", *OF_BOTO}


def test_mail_goes_by_tls_at_once_by_starttls_or_in_the_clear_as_its_url_says():
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


def test_a_visitor_is_never_sent_round_in_circles(production):
    """The proxy names the scheme, or is told to; http goes to https once."""
    done = run(ANSWERS, "production", **production | {"DATABASE_URL": "sqlite://"})
    statuses, told, *_ = done.stdout.splitlines()
    assert statuses == "503 301https://example.org/robots.txt 200 200", done.stderr
    assert "must send X-Forwarded-Proto" in told


def test_production_serves_with_no_key_file_missing_and_makes_none(production, tmp_path):
    missing = str(tmp_path / "elsewhere.keys")
    make_key_file(tmp_path / "ring.keys")
    own = {"VAULT_KEY_FILE": str(tmp_path / "ring.keys"), "ERASURE_KEY_FILE": missing}
    done = run(START, "production", **production | own)
    assert done.stdout.splitlines() == [
        *["ERASURE_KEY_FILE names no file."] * 2,
        f"{missing} is made. Keep a copy off this server.",
    ], done.stderr


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
def test_of_the_cms_nothing_is_stored_and_only_the_editor_may_run_its_own_inline_scripts(
    site, staff
):
    for client in map(client_for, (None, staff.confidant)):
        for path in ("/cms/", "/cms/login/", "/cms/complaints/complaint/", "/cms/x/"):
            assert "no-store" in client.get(path)["Cache-Control"], path
    refused = Client(enforce_csrf_checks=True).post("/cms/login/")  # not by Wagtail
    assert (refused.status_code, refused["Cache-Control"]) == (403, "no-store")
    editor = client.get("/cms/")["Content-Security-Policy"]
    desk = client.get("/cms/complaints/complaint/")["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in editor
    assert "unsafe" not in desk
    assert not re.search(r"https?:|\*", editor)


@pytest.mark.django_db
def test_r41_no_avatars_no_update_check_and_no_news_from_elsewhere(site, settings):
    client = client_for(make_user("superuser"))
    page = client.get("/cms/").content.decode()
    for stranger in ("gravatar", "releases.wagtail", "wagtail.org/latest", "fonts.g"):
        assert stranger not in page
    assert settings.WAGTAIL_GRAVATAR_PROVIDER_URL is None
    assert settings.WAGTAIL_ENABLE_UPDATE_CHECK is False
    assert settings.WAGTAILEMBEDS_FINDERS == []


@pytest.mark.django_db
def test_the_log_in_page_is_ours_and_leads_to_no_forgotten_password(site):
    answer = Client().get("/cms/login/")
    page = answer.content.decode()
    for part in ("Inloggen bij AKM KunstMaat", "css/cms.css", '<html lang="nl"'):
        assert part in page
    assert "password_reset" not in page
    assert "Wagtail" not in text_of(answer)
    assert Client().get("/cms/password_reset/").status_code == 404
