"""Who may do what in the CMS: three groups; who joins the handlers, who leaves them, who hears it.

Nobody manages and handles: who sets accounts could else reach cases, and the other way round.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.log_actions import log
from wagtail.models import (
    Collection,
    GroupCollectionPermission,
    GroupPagePermission,
    ModelLogEntry,
    Page,
)

from complaints.cases.audit import note, whoever_asks
from complaints.cases.case import NotAllowed
from complaints.cases.rules import Refusal, refuse_if
from complaints.models.outbox import MailKind
from complaints.models.privacy import AccessKind
from complaints.models.roster import may_handle
from complaints.models.settings import HandlingSettings, active_handlers, holders_of, name_of
from complaints.notifications import owe

HANDLERS_GROUP = "Vertrouwenspersonen"
PEOPLE = ("confidant_id", "deputy_id", "confidant_absent_from", "confidant_absent_until")


def handlers_group_ids() -> list[int]:
    """Returns the groups that carry the handlers' permission, whatever they are called."""
    permission = Permission.objects.filter(
        content_type__app_label="complaints", codename="handle_complaint"
    )
    return list(Group.objects.filter(permissions__in=permission).values_list("pk", flat=True))


def is_manager(user: User) -> bool:
    """Whether this person sets accounts, terms or people: then they handle no complaint."""
    return user.has_perm("complaints.change_handlingsettings") or user.has_perm("auth.change_user")


FIRST_IN = "complaints.first_handler_in"


def is_first_day() -> bool:
    """Whether no handler has ever been in. Kept in the site history, which no account takes along.

    So a manager who deletes every handler does not become the one who names them.
    """
    return not ModelLogEntry.objects.filter(action=FIRST_IN).exists()


def logged_in(user: User, **_signal: Any) -> None:
    """Ends the first day for good, when the first handler comes in."""
    if is_first_day() and may_handle(user):
        log(user, FIRST_IN, user=user)


def may_admit(user: User) -> bool:
    """Only a handler admits another; on the first day, when there is none yet, a manager."""
    return may_handle(user) or (is_manager(user) and is_first_day())


def why_not_admit(user: User) -> Refusal | None:
    """Whoever handles complaints already is not admitted again, and a manager never is."""
    if may_handle(user):
        return Refusal("a handler", _("Deze persoon behandelt al klachten."))
    if is_manager(user):
        words = _(
            "Deze persoon beheert accounts of instellingen. Wie dat doet, behandelt geen klachten."
        )
        return Refusal("a manager", words)
    return None


def admit_handler(user: User) -> None:
    """Puts a person into the handlers' group; raises NotAllowed."""
    refuse_if(why_not_admit(user))
    user.groups.add(Group.objects.get(name=HANDLERS_GROUP))


def why_not_stop(user: User) -> Refusal | None:
    """The last handler stays, or nobody could admit another; on the first day nobody came yet."""
    if is_first_day() or active_handlers().exclude(pk=user.pk).exists():
        return None
    return Refusal("the last", _("Er moet iemand overblijven. Laat eerst een opvolger toe."))


@transaction.atomic
def stop_handling(*, user: User) -> None:
    """Takes a person out of the handlers' groups: from here on no case exists for them.

    Their running cases stay where they are (`people.hand_over_all`). Raises NotAllowed.
    """
    list(Group.objects.select_for_update().filter(pk__in=handlers_group_ids()))
    refuse_if(why_not_stop(user))
    user.groups.remove(*handlers_group_ids())


def tell_handlers() -> None:
    """Owes every handler, switched off or not, a mail that who handles complaints has changed."""
    occasion = timezone.now().isoformat(timespec="microseconds")
    for handler in holders_of("complaints", "handle_complaint"):
        owe(MailKind.HANDLERS_CHANGED, handler, occasion=occasion)


def membership_changed(instance: Any, action: str, pk_set: set[int] | None, **_signal: Any) -> None:
    """Keeps who was put in or out of a group. `instance` is a user or a group.

    The handlers are told where that group is theirs.
    """
    if action not in {"post_add", "post_remove", "post_clear"}:
        return
    kind, touched = AccessKind.RIGHTS, {instance.pk} if isinstance(instance, Group) else pk_set
    if touched is None or touched & set(handlers_group_ids()):
        tell_handlers()
        kind = AccessKind.ADMITTED if action == "post_add" else AccessKind.STOPPED
    note(kind, whoever_asks(), about=f"{instance._meta.model_name}:{instance.pk}")


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
    if by.pk != HandlingSettings.current().confidant_id:
        raise NotAllowed
    absence = {"confidant_absent_from": start, "confidant_absent_until": until}
    _write(by, str, HandlingSettings.clean, absence)


@transaction.atomic
def name_people(*, by: User, **people: User | None) -> None:
    """Names confidant and deputy.

    Raises ValidationError for who handles no complaints, and for one person in both roles.
    """
    _write(by, name_of, HandlingSettings.check_people, people)


def _write(
    by: User,
    in_words: Callable[[Any], str],
    check: Callable[[HandlingSettings], None],
    new: Mapping[str, Any],
) -> None:
    """Writes the settings that change, and in the site history from what to what."""
    handling = HandlingSettings.objects.select_for_update().get(pk=HandlingSettings.current().pk)
    changes = {}
    for name, value in new.items():
        if (before := getattr(handling, name)) != value:
            changes[name] = [in_words(each) if each else "" for each in (before, value)]
            setattr(handling, name, value)
    check(handling)
    if changes:
        handling.save(update_fields=list(changes))
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
