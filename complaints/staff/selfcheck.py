""" "Zelfcontrole": whether what protects the site is at work, by facts alone.

`manage.py selfcheck` says the same to a monitor. What knows more than this app adds its checks by
the hook `selfcheck`. No line names a case or a complainant.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks

from complaints.cases.forgetting import journal_path, missed_lines
from complaints.cases.handlers_group import is_manager
from complaints.cases.sealing import require_keys
from complaints.cases.uploads import free_bytes, has_room
from complaints.files.store import sealed_files
from complaints.models.outbox import JobRun, MailKind, OwedMail
from complaints.notifications import managers, owe
from complaints.staff.in_order import PEOPLE, Check, Facts, Line, add_panel, lines_of
from complaints.staff.pages import StaffPage
from complaints.staff.permissions import StaffRequest, may_enter_desk
from complaints.terms import moment_in_words
from complaints.vault.keyring import ERASURE
from complaints.worker.delivery import deliver_due
from complaints.worker.jobs import MAIL, jobs, runs

WORKER_AWAY = timedelta(minutes=15)
MAIL_LATE = timedelta(hours=1)
TWO_DAYS = timedelta(days=2)
FEW_HOURS = timedelta(hours=3)  # the worker makes a backup each hour
SCARCE = 2  # times the least room there has to be


class Health(Facts):
    """What these checks ask, each thing once."""

    @cached_property
    def runs(self) -> dict[str, JobRun]:
        return runs()

    @property
    def worker_at(self) -> datetime | None:
        return self.runs[MAIL.name].began_at if MAIL.name in self.runs else None

    @cached_property
    def bad_jobs(self) -> list[str]:
        """What went wrong the last time, or did not come to an end; in words."""
        now, known = timezone.now(), [(job, self.runs.get(job.name)) for job in jobs()]
        is_bad = [(job, run and (run.has_failed or job.is_late(run, now))) for job, run in known]
        return [str(job.label) for job, is_wrong in is_bad if is_wrong]

    @cached_property
    def late_mails(self) -> int:
        return OwedMail.objects.late(timezone.now(), MAIL_LATE).count()

    def mail(self) -> str:
        late = ngettext("%d mail is te laat.", "%d mails zijn te laat.", self.late_mails)
        return late % self.late_mails if self.late_mails else ""

    @cached_property
    def backup_at(self) -> datetime | None:
        if not settings.BACKUP_TO:
            return None
        from complaints.backups.parts import newest_backup  # what seals it takes long to load

        return newest_backup()


def written_at(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, tz=timezone.get_current_timezone())
    except OSError:
        return None


def last(at: datetime | None) -> str:
    if at is None:
        return gettext("Laatst: nooit.")
    return gettext("Laatst: %s.") % moment_in_words(at)


def is_since(at: datetime | None, within: timedelta) -> bool:
    return at is not None and timezone.now() - at <= within


def do_keys_open() -> bool:
    try:
        require_keys()
    except ImproperlyConfigured:
        return False
    return True


def holds(ask: Callable[[], bool]) -> bool:
    """Asks something outside the database; what cannot be asked is not so."""
    try:
        return ask()
    except (OSError, ValueError):
        return False


def is_worker_there() -> bool:
    """Whether the worker came by in the last quarter of an hour."""
    since = timezone.now() - WORKER_AWAY
    return JobRun.objects.filter(pk=MAIL.name, began_at__gte=since).exists()


def is_https(_facts: Health) -> bool:
    is_secure = settings.WAGTAILADMIN_BASE_URL.startswith("https://")
    return is_secure and settings.SECURE_SSL_REDIRECT and settings.SECURE_HSTS_SECONDS > 0


def are_cookies_ours(_facts: Health) -> bool:
    names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.BROWSER_COOKIE_NAME)
    is_secure = settings.SESSION_COOKIE_SECURE and settings.CSRF_COOKIE_SECURE
    return is_secure and all(name.startswith("__Host-") for name in names)


WORKER = Check(
    "worker",
    _("De worker loopt, die mail verstuurt en opruimt"),
    _("Laat hem starten. Tot dan gaat er geen mail uit en wordt er niets gewist."),
    lambda facts: is_since(facts.worker_at, WORKER_AWAY),
    lambda facts: last(facts.worker_at),
)
DISK = Check(
    "disk",
    _("Er is ruim plaats voor bestanden"),
    _("Maak ruimte. Is de plaats op, dan neemt het formulier alleen nog tekst aan."),
    lambda facts: has_room(SCARCE),
    lambda facts: gettext("Vrij: %s.") % filesizeformat(free_bytes()),
)
JOBS = Check(
    "jobs",
    _("Elke taak van de worker lukt"),
    _("Zoek in het log van de worker naar failed: daar staat bij welke zaak het was, en waar."),
    lambda facts: not facts.bad_jobs,
    lambda facts: gettext("Niet gelukt: %s.") % bad if (bad := " · ".join(facts.bad_jobs)) else "",
)
LATE = Check(
    "mail",
    _("Geen mail is meer dan een uur te laat"),
    _("Kijk of de mailserver bereikbaar is. De site blijft het proberen."),
    lambda facts: not facts.late_mails,
    lambda facts: facts.mail(),
)
WATCHED = (WORKER, JOBS, LATE, DISK)
CHECKS = (
    Check(
        "keys",
        _("De sleutels openen de nieuwste klacht"),
        _("Zet de sleutelbestanden terug die bij deze database horen."),
        lambda facts: do_keys_open(),
    ),
    Check(
        "erasure-key",
        _("De wissleutel is vers"),
        _("De worker moet het bestand elke dag kunnen vervangen. Kijk in zijn log."),
        lambda facts: is_since(written_at(ERASURE.path), TWO_DAYS),
        lambda facts: last(written_at(ERASURE.path)),
    ),
    Check(
        "journal",
        _("Elke wissing staat in het logboek bij de sleutels"),
        _("De worker vult het aan. Blijft dit zo, kijk dan of hij het kan schrijven."),
        lambda facts: holds(lambda: not missed_lines()),
        lambda facts: last(written_at(journal_path())),
    ),
    *PEOPLE,
    WORKER,
    JOBS,
    LATE,
    Check(
        "backup",
        _("Er is een verse reservekopie"),
        _("Draai manage.py backup: dat zegt wat eraan hapert."),
        lambda facts: is_since(facts.backup_at, FEW_HOURS),
        lambda facts: last(facts.backup_at) if settings.BACKUP_TO else gettext("Niet ingesteld."),
    ),
    DISK,
    Check(
        "versions",
        _("Waar bestanden liggen, blijft niets van wat gewist is"),
        _("Gebruik een bucket waarin versies nooit aanstonden. Een die ze bewaart, wist niet."),
        lambda facts: holds(lambda: not sealed_files().keeps_versions()),
    ),
    Check(
        "tls",
        _("De site is alleen versleuteld te bereiken"),
        _("Zet BASE_URL op https en gebruik de instellingen voor productie."),
        is_https,
    ),
    Check(
        "cookies",
        _("Cookies gaan alleen naar deze site, en versleuteld"),
        _("Gebruik de instellingen voor productie."),
        are_cookies_ours,
    ),
    Check(
        "debug",
        _("De site draait niet als proef"),
        _("Gebruik de instellingen voor productie. DEBUG toont anderen hoe zij werkt."),
        lambda facts: not settings.DEBUG,
    ),
)


def health_of(user: User) -> list[Line]:
    """Returns how every check stands now, also those of other apps."""
    added = [check() for check in hooks.get_hooks("selfcheck")]
    return lines_of(Health(user), (*CHECKS, *added))


def tell_managers(lines: list[Line], now: datetime) -> None:
    """Mails the managers which checks fail, once a day for each set of them, without the worker.

    Names of checks only. What cannot be sent now stays owed.
    """
    names = [line.check.name for line in lines if not line.is_done and line.check in WATCHED]
    if names:
        occasion = " ".join([timezone.localdate(now).isoformat(), *names])
        for manager in managers():
            owe(MailKind.SITE_TROUBLE, manager, occasion=occasion)
        deliver_due(kind=MailKind.SITE_TROUBLE)


def looks_after(user: User) -> bool:
    """Whether this person hears how the site is: who handles complaints, and who manages."""
    return may_enter_desk(user) or is_manager(user)


class SelfCheckView(StaffPage):
    """The checks as they stand now; nothing is done here."""

    template_name = "desk/pages/in_order.html"
    header_icon = "success"
    title = _("Zelfcontrole")

    def is_for(self, user: User) -> bool:
        return looks_after(user)

    @property
    def intro(self) -> str:
        words = gettext("Nagekeken op %s. Klopt er iets niet? Zeg het wie de site draait.")
        return words % moment_in_words(timezone.now())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(lines=health_of(self.request.user), **kwargs)


def add_panels(request: StaffRequest, panels: list[Any]) -> None:
    """For managers what the site needs, and for handlers too what cannot wait until they look."""
    if is_manager(request.user):
        add_panel(panels, "in_order", lines_of(Facts(request.user)), 40)
    if looks_after(request.user):
        add_panel(panels, "health", lines_of(Health(request.user), WATCHED), 45)
