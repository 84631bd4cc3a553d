"""What Django and Wagtail tell us: signals, passed on to the service that writes it, and a refusal.

What the database must do so that an acknowledged complaint is on disk is asked of the database:
`fsync` off or `synchronous_commit` off makes PostgreSQL answer before the disk has it; so does
SQLite's `synchronous` below FULL. A site that may lose what it confirmed must not take it.
"""

from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.db.backends.signals import connection_created
from django.db.models import signals
from django.dispatch import receiver
from wagtail.models import ModelLogEntry, Page, Site
from wagtail.signals import init_new_page, page_published

from complaints.cases import audit, forgetting, handlers_group, rights
from complaints.models.form import ComplaintFormPage
from complaints.models.keys_and_files import Draft, KeyWrap
from complaints.models.outbox import CaseContact
from complaints.models.pages import ProcedurePage
from complaints.models.settings import HandlingSettings
from home.shell import begin_edition

signals.post_save.connect(begin_edition, sender=HandlingSettings)
signals.pre_save.connect(handlers_group.people_saved, sender=HandlingSettings)
signals.pre_save.connect(handlers_group.account_saved, sender=User)
user_logged_in.connect(handlers_group.logged_in)
user_logged_in.connect(audit.logged_in)
for change in (signals.post_save, signals.post_delete):
    change.connect(audit.factor_changed, sender=Authenticator)
for through in (User.user_permissions, Group.permissions):
    signals.m2m_changed.connect(audit.rights_changed, sender=through.through)
signals.post_save.connect(audit.logged_by_cms, sender=ModelLogEntry)
signals.m2m_changed.connect(handlers_group.membership_changed, sender=User.groups.through)
for model in (KeyWrap, CaseContact, Draft):
    signals.post_delete.connect(forgetting.note_destroyed, sender=model)


@receiver(page_published, sender=ProcedurePage)
def keep_text_in_force(instance: ProcedurePage, **_kwargs: Any) -> None:
    """Keeps a published text. Scheduled publishing passes no admin hook, but gives this signal."""
    rights.keep_published_text(page=instance)


@receiver(signals.pre_delete, sender=Site)
def keep_default_site(instance: Site, **_kwargs: Any) -> None:
    """Refuses, also where its home page is deleted: all settings would go along with it."""
    if HandlingSettings.objects.filter(site=instance).exists():
        raise PermissionDenied


@receiver(init_new_page)
def begin_as_the_present_form(page: Page, **_kwargs: Any) -> None:
    """A new form starts as a working copy of the one in use."""
    present = ComplaintFormPage.objects.live().first()
    if isinstance(page, ComplaintFormPage) and present is not None:
        page.begin_as(present)


@receiver(signals.post_save, sender=HandlingSettings)
def keep_text_with_new_terms(**_kwargs: Any) -> None:
    """Keeps the text anew: it names the terms as they are set now."""
    for page in ProcedurePage.objects.live():
        rights.keep_published_text(page=page)


POSTGRES = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply", "remote_write", "local"},
}
SQLITE = {"synchronous": {"2", "3"}, "journal_mode": {"wal"}, "secure_delete": {"1"}}
HINT = "See README, 'Deploy': until then the database may lose complaints it has confirmed."

_asked: set[str] = set()


def settings_that_lose(connection: Any) -> list[str]:
    """Returns each setting under which a confirmed complaint can be lost, as ``name=value``."""
    wanted, ask = (SQLITE, "PRAGMA {}") if connection.vendor == "sqlite" else (POSTGRES, "SHOW {}")
    found = []
    with connection.cursor() as cursor:
        for name, good in wanted.items():
            cursor.execute(ask.format(name))
            value = str(cursor.fetchone()[0])
            if value not in good:
                found.append(f"{name}={value}")
    return found


@receiver(connection_created)
def refuse_what_loses(connection: Any, **_kwargs: Any) -> None:
    """Raises ImproperlyConfigured at a process's first connection: then nothing is confirmed."""
    if not settings.DURABLE_DATABASE or connection.alias in _asked:
        return
    found = settings_that_lose(connection)
    if found:
        connection.close()
        raise ImproperlyConfigured(f"The database runs with {', '.join(found)}. {HINT}")
    _asked.add(connection.alias)
