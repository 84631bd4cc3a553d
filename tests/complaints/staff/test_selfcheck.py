""" "Zelfcontrole": all is well on a site that is set up, and each check fails once it is broken."""

import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from complaints.cases import forgetting
from complaints.cases.uploads import has_room
from complaints.models.keys_and_files import KeyWrap
from complaints.models.outbox import MailKind, OwedMail
from complaints.models.privacy import RetentionRun, Tombstone
from complaints.notifications import owe
from complaints.staff.selfcheck import WATCHED, health_of
from complaints.vault.keyring import make_key_file
from complaints.worker.clock import tick
from tests.accounts.doors import with_app
from tests.desk import client_for, says
from tests.factories import PROBLEM, make_complaint, make_user
from tests.services import send_all

pytestmark = pytest.mark.django_db
DAY = 24 * 3600


@pytest.fixture
def people(staff):
    for person in vars(staff).values():
        client_for(person)
        with_app(person)
    return staff


@pytest.fixture
def well(people, settings, tmp_path):
    """A site in production, its worker at work, with a complaint in it."""
    settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
    settings.ERASURE_KEY_FILE = str(tmp_path / "erasure.keys")
    settings.BACKUP_MARK = str(tmp_path / "backups")
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups" / "today.dump").touch()
    settings.WAGTAILADMIN_BASE_URL = "https://example.org"
    settings.SECURE_HSTS_SECONDS = settings.FILES_LEAST_FREE_BYTES = 1
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_SECURE = True
    for name in ("SESSION", "CSRF", "BROWSER"):
        setattr(settings, f"{name}_COOKIE_NAME", f"__Host-{name.lower()}")
    case = make_complaint()
    tick()
    send_all()
    return case


def failing() -> set[str]:
    return {line.check.name for line in health_of(User(is_active=False)) if not line.is_done}


def run_command() -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("selfcheck", stdout=out)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


def written(path: str | Path, *, days: float) -> None:
    """Has a file be that old."""
    os.utime(path, [time.time() - days * DAY] * 2)


def other_ring(settings, tmp_path) -> None:
    settings.VAULT_KEY_FILE = str(tmp_path / "other.keys")
    make_key_file(Path(settings.VAULT_KEY_FILE))


def erased_unsaid(*_given) -> None:
    given = {"reference": "KM-OUD", "at": timezone.now(), "rule": ErasureReason.REQUEST}
    Tombstone.objects.create(**given)


def mail_late(*_given) -> None:
    owe(MailKind.MAIL_TRIED, User.objects.first(), occasion="x")
    OwedMail.objects.filter(sent_at=None).update(created_at=ago(hours=1))


def ago(**given) -> datetime:
    return timezone.now() - timedelta(**given)


def run_row(**fields) -> None:
    RetentionRun.objects.update(**fields)


def named(role: str) -> None:
    """Somebody who handles complaints no more, or was never in."""
    User.objects.filter(username=role).update(last_login=None)


# How each check is broken: each thing that it asks, alone.
BROKEN = [
    ("keys", other_ring),
    ("keys", lambda settings, tmp: setattr(settings, "VAULT_KEY_FILE", str(tmp))),
    ("erasure-key", lambda settings, tmp: written(settings.ERASURE_KEY_FILE, days=2.1)),
    ("journal", erased_unsaid),
    ("confidant", lambda *_: named("confidant")),
    ("confidant", lambda *_: set_handling(confidant=None)),
    ("deputy", lambda *_: User.objects.get(username="deputy").groups.clear()),
    ("worker", lambda *_: run_row(ticked_at=ago(minutes=16))),
    ("retention", lambda *_: run_row(done_at=ago(hours=27))),
    ("retention", lambda *_: run_row(done_at=None)),
    ("retention", lambda *_: run_row(failed=1)),
    ("mail", mail_late),
    ("backup", lambda settings, tmp: written(tmp / "backups" / "today.dump", days=1.2)),
    ("backup", lambda settings, tmp: setattr(settings, "BACKUP_MARK", "")),
    ("backup", lambda settings, tmp: setattr(settings, "BACKUP_MARK", str(tmp / "nowhere"))),
    ("disk", lambda settings, tmp: setattr(settings, "FILES_LEAST_FREE_BYTES", 10**18)),
    ("tls", lambda settings, tmp: setattr(settings, "WAGTAILADMIN_BASE_URL", "http://a.nl")),
    ("tls", lambda settings, tmp: setattr(settings, "SECURE_HSTS_SECONDS", 0)),
    ("tls", lambda settings, tmp: setattr(settings, "SECURE_SSL_REDIRECT", False)),
    ("cookies", lambda settings, tmp: setattr(settings, "SESSION_COOKIE_SECURE", False)),
    ("cookies", lambda settings, tmp: setattr(settings, "CSRF_COOKIE_NAME", "csrf")),
    ("debug", lambda settings, tmp: setattr(settings, "DEBUG", True)),
    ("factors", lambda *_: Authenticator.objects.filter(user__username="manager").delete()),
    ("factors", lambda *_: Authenticator.objects.filter(user__username="deputy").delete()),
    ("factors", lambda *_: make_user("superuser")),
    ("factors", lambda settings, tmp: setattr(settings, "ACCOUNTS_WITHOUT_FACTOR", ("beheer",))),
]


def test_each_check_fails_alone_once_it_is_broken_and_so_does_the_command(well, tmp_path):
    status, told = run_command()
    assert (failing(), status) == (set(), 0), told
    assert {name for name, _break in BROKEN} == {line.check.name for line in health_of(User())}
    for name, break_it in BROKEN:
        with override_settings() as _same, rolled_back():
            break_it(settings, tmp_path)
            status, told = run_command()
            assert (failing(), status) == ({name}, 1), (name, told)
            assert f"FAIL {name}: " in told
