"""Who may do what in the CMS: three groups; and every handler hears when theirs changes."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.utils import timezone
from wagtail.log_actions import log
from wagtail.models import Collection, GroupCollectionPermission, GroupPagePermission, Page

from complaints.cases.case import NotAllowed
from complaints.models.outbox import MailKind
from complaints.models.roster import may_handle
from complaints.models.settings import HandlingSettings, holders_of
from complaints.notifications import owe

HANDLERS_GROUP = "Vertrouwenspersonen"
PEOPLE = ("confidant_id", "deputy_id", "confidant_absent_from", "confidant_absent_until")


def handlers_group_ids() -> list[int]:
    """Returns the groups that carry the handlers' permission, whatever they are called."""
    permission = Permission.objects.filter(
        content_type__app_label="complaints", codename="handle_complaint"
    )
    return list(Group.objects.filter(permissions__in=permission).values_list("pk", flat=True))


def may_admit_handlers(user: User) -> bool:
    """Only a handler admits another."""
    return may_handle(user)


@transaction.atomic
def admit_handler(*, user: User) -> None:
    """Puts a person into the handlers' group, by whoever holds the server's command line."""
    user.groups.add(Group.objects.get(name=HANDLERS_GROUP))


def tell_handlers() -> None:
    """Owes every handler, switched off or not, a mail that who handles complaints has changed."""
    occasion = timezone.now().isoformat(timespec="microseconds")
    for handler in holders_of("complaints", "handle_complaint"):
        owe(MailKind.HANDLERS_CHANGED, handler, occasion=occasion)


def membership_changed(instance: Any, action: str, pk_set: set[int] | None, **_signal: Any) -> None:
    """Tells the handlers that somebody joined or left them. `instance` is a user or a group."""
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    touched = {instance.pk} if isinstance(instance, Group) else pk_set
    if touched is None or touched & set(handlers_group_ids()):
        tell_handlers()


def account_saved(
    instance: User, created: bool, update_fields: Iterable[str] | None, **_signal: Any
) -> None:
    """Tells the handlers that the account of one of them changed; logging in does not count."""
    if created or (update_fields is not None and set(update_fields) == {"last_login"}):
        return
    if instance.groups.filter(pk__in=handlers_group_ids()).exists():
        tell_handlers()


def people_saved(instance: HandlingSettings, **_signal: Any) -> None:
    """Tells the handlers that the people named, or an absence, will be others."""
    before = HandlingSettings.objects.filter(pk=instance.pk).first()
    if before is not None and any(getattr(before, n) != getattr(instance, n) for n in PEOPLE):
        tell_handlers()


@transaction.atomic
def set_absence(*, by: User, start: date | None, until: date | None) -> None:
    """Writes when the confidant is away, by themselves; by a manager that goes in the settings."""
    handling = HandlingSettings.objects.select_for_update().get(pk=HandlingSettings.current().pk)
    if by.pk != handling.confidant_id:
        raise NotAllowed
    new = {"confidant_absent_from": start, "confidant_absent_until": until}
    changes = {
        name: [str(getattr(handling, name) or ""), str(day or "")]
        for name, day in new.items()
        if getattr(handling, name) != day
    }
    if changes:
        for name, day in new.items():
            setattr(handling, name, day)
        handling.save(update_fields=list(new))
        log(handling, "complaints.settings_changed", user=by, data={"changes": changes})


EDITORS_GROUP = "Redactie"
MANAGERS_GROUP = "Beheer"

# Permissions by group, as app label and codename. Nobody here may edit groups.
PERMISSIONS: dict[str, tuple[str, ...]] = {
    EDITORS_GROUP: (
        "wagtailadmin.access_admin",
        "home.change_organisationsettings",
        *(
            f"complaints.{verb}_{thing}"
            for thing in ("coach", "theme", "replytemplate", "checklistitem")
            for verb in ("add", "change", "delete")
        ),
    ),
    HANDLERS_GROUP: (
        "wagtailadmin.access_admin",
        "complaints.handle_complaint",
        "complaints.add_replytemplate",  # and with it, to change one's own
    ),
    MANAGERS_GROUP: (
        "wagtailadmin.access_admin",
        "auth.add_user",
        "auth.change_user",
        "auth.delete_user",
        "complaints.change_handlingsettings",
    ),
}
PAGE_PERMISSIONS = ("add_page", "change_page", "publish_page")
COLLECTION_PERMISSIONS = {
    EDITORS_GROUP: (
        "wagtailimages.add_image",
        "wagtailimages.change_image",
        "wagtailimages.choose_image",
        "wagtaildocs.add_document",
        "wagtaildocs.change_document",
        "wagtaildocs.choose_document",
    ),
    HANDLERS_GROUP: ("wagtailimages.add_image", "wagtailimages.choose_image"),
}


def ensure_groups() -> None:
    """Makes the groups that are missing; a group that is there keeps what a manager gave it."""
    known = set(Group.objects.filter(name__in=PERMISSIONS).values_list("name", flat=True))
    for name, permissions in PERMISSIONS.items():
        if name in known:
            continue
        group = Group.objects.create(name=name)
        group.permissions.set([_permission(permission) for permission in permissions])
        if name == EDITORS_GROUP:
            _let_edit_pages(group)
        _let_use_files(group, COLLECTION_PERMISSIONS.get(name, ()))


def _let_edit_pages(group: Group) -> None:
    for root in Page.get_root_nodes():
        for codename in PAGE_PERMISSIONS:
            GroupPagePermission.objects.create(
                group=group, page=root, permission=_permission(f"wagtailcore.{codename}")
            )


def _let_use_files(group: Group, permissions: Iterable[str]) -> None:
    for collection in Collection.get_root_nodes():
        for permission in permissions:
            GroupCollectionPermission.objects.create(
                group=group, collection=collection, permission=_permission(permission)
            )


def _permission(name: str) -> Permission:
    app_label, _, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)
