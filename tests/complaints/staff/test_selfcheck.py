""" "Zelfcontrole": all is well on a site that is set up, and each check fails once it is broken."""

import os
import re
import time
from contextlib import nullcontext
from datetime import datetime, timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from dns.resolver import NXDOMAIN, LifetimeTimeout

from complaints.backups.parts import name_of
from complaints.cases.uploads import MOST_BYTES, has_room
from complaints.files import store
from complaints.models.outbox import JobRun, MailKind, OwedMail
from complaints.models.privacy import ErasureReason, Tombstone
from complaints.notifications import owe
from complaints.staff.selfcheck import health_of
from complaints.vault.keyring import make_key_file
from complaints.worker import delivery, jobs
from complaints.worker.jobs import LONG_AGO
from tests.accounts.doors import with_app
from tests.desk import client_for, says
from tests.factories import PROBLEM, make_complaint, make_staged_file, make_user, set_handling

pytestmark = pytest.mark.django_db
DAY = 24 * 3600
COOKIES = ("SESSION", "CSRF", "BROWSER")


@pytest.fixture
def people(staff):
    for person in vars(staff).values():
        client_for(person)
        with_app(person)
    return staff


@pytest.fixture
def well(people, settings, tmp_path, monkeypatch):
    """A site in production, its worker at work, with a complaint in it."""
    settings.VAULT_KEY_FILE = str(tmp_path / "ring.keys")
    settings.ERASURE_KEY_FILE = str(tmp_path / "erasure.keys")
    settings.BACKUP_TO = str(tmp_path / "backups")
    (tmp_path / "backups").mkdir()
    backed_up(tmp_path, hours=0)
    settings.WAGTAILADMIN_BASE_URL = "https://example.org"
    settings.DEFAULT_FROM_EMAIL = settings.BOUNCES_TO = "bericht@example.org"
    monkeypatch.setattr(delivery, "texts_at", lambda _name: None)  # DNS does not answer
    monkeypatch.setattr(jobs, "begin_apart", lambda _job: None)  # a backup of no database of ours
    settings.SECURE_HSTS_SECONDS = settings.FILES_LEAST_FREE_BYTES = 1
    settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = True
    settings.CSRF_COOKIE_SECURE = True
    for name in COOKIES:
        setattr(settings, f"{name}_COOKIE_NAME", f"__Host-{name.lower()}")
    make_complaint()
    make_staged_file()
    call_command("worker", once=True)


def backed_up(folder: Path, *, hours: float, parts: tuple[str, ...] = ("content", "keys")) -> None:
    """The last backup is of so many hours ago, and these parts of it are there."""
    for path in (folder / "backups").iterdir():
        path.unlink()
    for part in parts:
        (folder / "backups" / name_of(part, timezone.now() - timedelta(hours=hours))).touch()


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
    os.utime(path, (time.time() - days * DAY,) * 2)


def other_ring(tmp_path: Path) -> str:
    """A file of keys that is whole, and of another database."""
    path = tmp_path / "other.keys"
    make_key_file(path)
    return str(path)


def ago(**given: float) -> datetime:
    return timezone.now() - timedelta(**given)


def erased_unsaid() -> None:
    given = {"reference": "KM-OUD", "at": timezone.now(), "rule": ErasureReason.REQUEST}
    Tombstone.objects.create(**given)


def mail_late(**fields) -> None:
    owe(MailKind.MAIL_TRIED, User.objects.first(), occasion="x")
    OwedMail.objects.filter(sent_at=None).update(created_at=ago(hours=1.1), **fields)


def marked(name: str, **fields) -> None:
    JobRun.objects.filter(pk=name).update(**fields)


def without_app(name: str) -> None:
    Authenticator.objects.filter(user__username=name).delete()


def never_in(name: str) -> None:
    User.objects.filter(username=name).update(last_login=None)


class BucketThatKeeps(store.Folder):
    def keeps_versions(self) -> bool:
        return True


class BucketThatIsAway(store.Folder):
    def keeps_versions(self) -> bool:
        raise OSError


def in_a_bucket_that(how: str) -> dict[str, Any]:
    name = {"keeps": "BucketThatKeeps", "is away": "BucketThatIsAway"}[how]
    return settings.STORAGES | {"sealed": {"BACKEND": f"{__name__}.{name}"}}


def breaks(tmp: Path) -> list[tuple[str, Any]]:
    """Each thing that a check asks, not so: settings, or what to do; None is for what is fine."""
    return [
        ("keys", {"VAULT_KEY_FILE": other_ring(tmp)}),
        ("keys", {"VAULT_KEY_FILE": str(tmp)}),
        ("erasure-key", lambda: written(tmp / "erasure.keys", days=2.1)),
        ("journal", erased_unsaid),
        ("confidant", lambda: never_in("confidant")),
        ("confidant", lambda: set_handling(confidant=None)),
        ("deputy", lambda: User.objects.get(username="deputy").groups.clear()),
        ("worker", lambda: marked("mail", began_at=ago(minutes=16))),
        ("worker", lambda: JobRun.objects.filter(pk="mail").delete()),
        ("jobs", lambda: marked("retention", ok_at=ago(hours=27))),
        ("jobs", lambda: marked("retention", ok_at=None, began_at=LONG_AGO)),
        *(("jobs", partial(marked, name, failed_at=ago(hours=-1))) for name in ("mail", "cases")),
        ("mail", mail_late),
        ("mail", lambda: mail_late(attempts=3, not_before=ago(minutes=-50))),
        ("backup", lambda: backed_up(tmp, hours=4)),
        ("backup", lambda: backed_up(tmp, hours=0, parts=("keys",))),
        ("backup", {"BACKUP_TO": ""}),
        ("backup", {"BACKUP_TO": str(tmp / "nowhere")}),
        ("backup", {"BACKUP_TO": "s3://bucket/x?endpoint=http://127.0.0.1:9"}),
        ("disk", {"FILES_LEAST_FREE_BYTES": int(store.free_bytes() / 1.5)}),
        ("disk", {"FILES_MOST_STAGED": 1}),
        ("disk", {"FILES_MOST_STAGED_BYTES": MOST_BYTES + 1}),
        ("tls", {"WAGTAILADMIN_BASE_URL": "http://example.org"}),
        ("tls", {"SECURE_HSTS_SECONDS": 0}),
        ("tls", {"SECURE_SSL_REDIRECT": False}),
        ("cookies", {"SESSION_COOKIE_SECURE": False}),
        ("cookies", {"CSRF_COOKIE_SECURE": False}),
        *(("cookies", {f"{name}_COOKIE_NAME": "id"}) for name in COOKIES),
        ("debug", {"DEBUG": True}),
        *(("versions", {"STORAGES": in_a_bucket_that(how)}) for how in ("keeps", "is away")),
        *(("factors", partial(without_app, name)) for name in ("manager", "deputy")),
        ("factors", lambda: make_user("superuser")),
        ("factors", {"ACCOUNTS_WITHOUT_FACTOR": ("beheer",)}),
        (None, lambda: mail_late(not_before=ago(hours=-9))),  # it waits for the morning
        (None, lambda: make_user("handler", password=None)),  # is invited
    ]


def test_each_check_fails_alone_once_it_is_broken_and_so_does_the_command(well, tmp_path):
    assert (failing(), run_command()[0]) == (set(), 0), run_command()[1]
    ways = breaks(tmp_path)
    names = {line.check.name for line in health_of(User(is_active=False))}
    assert {name for name, _how in ways} - {None} == names
    for name, how in ways:
        broken = [name] if name else []
        is_setting = isinstance(how, dict)
        with override_settings(**(how if is_setting else {})), transaction.atomic():
            if not is_setting:
                how()
            assert failing() == {*broken}, (name, how)
            status, told = run_command()
            transaction.set_rollback(True)
        assert (status, re.findall(r"FAIL ([\w-]+): ", told)) == (len(broken), broken), told
        (tmp_path / "erasure.keys").touch()
        backed_up(tmp_path, hours=0)


def test_the_start_page_says_so_when_the_worker_is_away_or_room_gets_scarce(people, settings):
    """To who handles and who manages, before it is too late; never with a case in it."""
    case, start = make_complaint(), reverse("wagtailadmin_home")
    clients = [client_for(people.manager), client_for(people.confidant)]
    for client in clients:
        says(client.get(start), "Dit klopt nu niet", "De worker loopt", "Laatst: nooit.")
    call_command("worker", once=True)
    settings.FILES_LEAST_FREE_BYTES = int(store.free_bytes() / 1.5)
    assert has_room(), "files are still taken"
    for client in clients:
        assert "De worker loopt" not in says(client.get(start), "Er is ruim plaats voor bestanden")
    settings.FILES_LEAST_FREE_BYTES = 0
    for client in clients:
        assert "Dit klopt nu niet" not in says(client.get(start))
        page = client.get(reverse("selfcheck"))
        says(page, "Nagekeken op", "Nog te doen: De site is alleen", "In orde: De worker loopt")
        assert case.reference not in page.content.decode()
        assert PROBLEM not in page.content.decode()
        assert client.post(reverse("selfcheck")).status_code == 405
    assert "Dit klopt nu niet" not in says(client_for(make_user("editor")).get(start))


def test_what_is_urgent_is_mailed_once_a_day_without_a_worker(
    well, people, mailoutbox, monkeypatch
):
    """Names of checks; what the mail server refuses now goes the next time."""

    def look() -> list[Any]:
        mailoutbox.clear()
        with pytest.raises(CommandError):
            call_command("selfcheck", mail=True, stdout=StringIO())
        return [(mail.to, mail.body) for mail in mailoutbox]

    call_command("selfcheck", mail=True, stdout=StringIO())
    assert not OwedMail.objects.filter(kind=MailKind.SITE_TROUBLE).exists()
    marked("mail", began_at=ago(minutes=20))
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_message", lambda *_given: 1 / 0)
        assert look() == []
    OwedMail.objects.filter(sent_at=None).update(not_before=ago(minutes=1))
    ((to, body),) = look()
    assert to == [people.manager.email]
    assert "Dit klopt niet: worker." in body
    assert look() == []
    marked("retention", failed_at=ago(hours=-1))
    assert ["worker jobs" in body for _to, body in look()] == [True]
    assert look() == []
    with time_machine.travel(ago(days=-1), tick=False):
        assert len(look()) == 1


DNS = {
    "example.org": ["v=spf1 include:relay.example -all", "other"],
    "k1._domainkey.mail.example.org": ["v=DKIM1; k=rsa; p=MIIB"],
    "_dmarc.example.org": ["v=DMARC1; p=none"],
    "revoked._domainkey.mail.example.org": ["v=DKIM1; p="],
    "mail.example.org": ["v=spf1 -all"],
    "two.example.org": ["v=spf1 -all", "v=spf1 +all"],
}
RIGHT = {
    "WAGTAILADMIN_BASE_URL": "https://klachten.example.org",
    "DEFAULT_FROM_EMAIL": "post@example.org",
    "BOUNCES_TO": "post@example.org",
}
BELOW = RIGHT | {"WAGTAILADMIN_BASE_URL": "https://mail.example.org", "DKIM_SELECTOR": "k1"}
BELOW |= dict.fromkeys(("DEFAULT_FROM_EMAIL", "BOUNCES_TO"), "post@mail.example.org")


def test_dns_has_to_vouch_for_the_domain_of_our_mail_and_its_silence_is_no_fault(monkeypatch):
    def resolve(name: str, _kind: str, lifetime: int) -> Any:
        if is_silent:
            raise LifetimeTimeout
        if name not in DNS:
            raise NXDOMAIN
        return [
            SimpleNamespace(strings=[text[:9].encode(), text[9:].encode()]) for text in DNS[name]
        ]

    monkeypatch.setattr(delivery, "resolve", resolve)
    cases = [
        (RIGHT, set(), {"dkim"}),
        (BELOW, set(), set()),
        (BELOW | {"DKIM_SELECTOR": "revoked"}, {"dkim"}, set()),
        (BELOW | {"DKIM_SELECTOR": "k9"}, {"dkim"}, set()),
        (RIGHT | {"BOUNCES_TO": "post@two.example.org"}, {"spf"}, {"dkim"}),
        (RIGHT | {"BOUNCES_TO": "post@elsewhere.example"}, {"bounces", "spf"}, {"dkim"}),
        (
            RIGHT | {"DEFAULT_FROM_EMAIL": "kunst@gmail.example"},
            {"domain", "bounces", "dmarc"},
            {"dkim"},
        ),
        (dict.fromkeys(RIGHT, "x@localhost"), {"domain"}, {"spf", "dkim", "dmarc"}),
    ]
    for is_silent in (False, True):
        for given, wrong, unseen in cases:
            with override_settings(**given):
                found = {each.name: each.is_so for each in delivery.findings()}
                if is_silent:
                    wrong, unseen = wrong & {"domain", "bounces"}, {"spf", "dkim", "dmarc"}
                assert {name for name, is_so in found.items() if is_so is False} == wrong, given
                assert {name for name, is_so in found.items() if is_so is None} == unseen, given
                with pytest.raises(RuntimeError) if wrong else nullcontext():
                    delivery.check_sender(timezone.now())
