"""Who may do what in the CMS: three groups; who joins the handlers, who leaves them, who hears it.

Nobody manages and handles: who sets accounts could else reach cases, and the other way round.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from allauth.core import context
from django.contrib.auth.models import Group, Permission, User
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models.deletion import Collector, ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
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


def may_admit_manager(user: User) -> bool:
    """Whoever makes accounts and changes them lets in another who does."""
    return user.has_perms(("auth.add_user", "auth.change_user"))


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


def admit_manager(user: User, by: User) -> None:
    """Puts a person into the managers' group; raises NotAllowed.

    Never a handler, also one who is switched off: they may come back.
    """
    if user.groups.filter(pk__in=handlers_group_ids()).exists():
        words = _("Deze persoon behandelt klachten. Wie dat doet, beheert geen accounts.")
        raise NotAllowed(Refusal("a handler", words))
    if user == by or (user.is_superuser and not by.is_superuser):
        raise NotAllowed(Refusal("not theirs", _("Dit account kun jij niet uitnodigen.")))
    user.groups.add(Group.objects.get(name=MANAGERS_GROUP))


def why_not_stop(user: User) -> Refusal | None:
    """The last handler stays, or nobody could admit another; on the first day nobody came yet."""
    if is_first_day() or active_handlers().exclude(pk=user.pk).exists():
        return None
    return Refusal("the last", _("Er moet iemand overblijven. Laat eerst een opvolger toe."))


def is_named_on_a_case(user: User) -> bool:
    """Whether an account cannot go: they handle complaints, or a case still says who they are.

    With the account would go what they handle, are named for, or are kept from.
    """
    try:
        Collector(using=DEFAULT_DB_ALIAS).collect([user])
    except ProtectedError:
        return True
    return user.groups.filter(pk__in=handlers_group_ids()).exists()


@transaction.atomic
def stop_handling(*, user: User) -> None:
    """Takes a person out of the handlers' groups: from here on no case exists for them.

    Their running cases stay where they are (`people.hand_over_all`). Raises NotAllowed.
    """
    list(Group.objects.select_for_update().filter(pk__in=handlers_group_ids()))
    refuse_if(why_not_stop(user))
    user.groups.remove(*handlers_group_ids())


# What a mail to all handlers says; which it is stands in its occasion.
HAPPENED = {
    "admitted": gettext_lazy("%(name)s behandelt voortaan klachten"),
    "stopped": gettext_lazy("%(name)s behandelt geen klachten meer"),
    "on": gettext_lazy("Het account van %(name)s is weer aangezet"),
    "off": gettext_lazy("Het account van %(name)s is uitgezet"),
    "anew": gettext_lazy("%(name)s is opnieuw uitgenodigd, en kan niet meer inloggen zoals eerst"),
    "password": gettext_lazy("%(name)s heeft een nieuw wachtwoord"),
    "account": gettext_lazy("Het account van %(name)s is gewijzigd"),
    "roles": gettext_lazy("Wie vertrouwenspersoon en plaatsvervanger is, is gewijzigd"),
    "absence": gettext_lazy("Wanneer de vertrouwenspersoon afwezig is, is gewijzigd"),
    "browser": gettext_lazy("%(name)s logde in met een browser die de site nog niet kende"),
    "added": gettext_lazy("%(name)s kan ook inloggen met een nieuwe passkey of app"),
    "removed": gettext_lazy("%(name)s haalde een passkey of app weg"),
    "codes": gettext_lazy("%(name)s heeft nieuwe herstelcodes"),
}
OF_LOGGING_IN = ("browser", "added", "removed", "codes")


def tell_handlers(what: str, about: User | None = None) -> None:
    """Owes every handler a mail that says who did what; of how they log in only to who can.

    Whoever is not logged in yet does it to their own account: they hold its invitation.
    """
    of_all = holders_of("complaints", "handle_complaint")
    if what in OF_LOGGING_IN:
        of_all = of_all.filter(is_active=True)
        if about not in of_all:
            return
    by = whoever_asks() or (about if context.request is not None else None)
    now = timezone.now().isoformat(timespec="microseconds")
    who = "-".join(str(user.pk) if user else "" for user in (about, by))
    for handler in of_all:
        owe(MailKind.HANDLERS_CHANGED, handler, occasion=f"{what}-{who}-{now}")


def happened(occasion: str) -> dict[str, str]:
    """Returns what such a mail says: what happened, and who did it."""
    what, *pks, _when = occasion.split("-", 3)
    people = User.objects.in_bulk([int(pk) for pk in pks if pk])
    gone = _("iemand die geen account meer heeft")
    name, by = (name_of(people.get(int(pk or 0))) or gone for pk in pks)
    return {"happened": HAPPENED[what] % {"name": name}, "by": by if pks[1] else _("de server")}


def membership_changed(instance: Any, action: str, pk_set: set[int] | None, **_signal: Any) -> None:
    """Keeps who was put in or out of a group. `instance` is a user or a group.

    The handlers are told where that group is theirs.
    """
    if action not in {"post_add", "post_remove", "pre_clear"}:
        return
    is_group = isinstance(instance, Group)
    here = instance.user_set if is_group else instance.groups
    others = pk_set if action != "pre_clear" else set(here.values_list("pk", flat=True))
    groups = {instance.pk} if is_group else others or set()
    kind = AccessKind.RIGHTS
    if groups & set(handlers_group_ids()):
        kind = AccessKind.ADMITTED if action == "post_add" else AccessKind.STOPPED
        for user in User.objects.filter(pk__in=others) if is_group else [instance]:
            tell_handlers(kind.value, user)
    note(kind, whoever_asks(), about=f"{instance._meta.model_name}:{instance.pk}")


OF_ACCOUNT = ("username", "email", "first_name", "last_name", "is_superuser")


def account_saved(instance: User, update_fields: Iterable[str] | None, **_signal: Any) -> None:
    """Tells the handlers what will be another in the account of one of them."""
    if update_fields is not None and set(update_fields) == {"last_login"}:
        return
    before = User.objects.filter(pk=instance.pk, groups__in=handlers_group_ids()).first()
    if before is None:
        return
    if before.is_active != instance.is_active:
        tell_handlers("on" if instance.is_active else "off", instance)
    is_hashed_anew = instance.has_usable_password() and getattr(instance, "_password", "") is None
    if before.password != instance.password and not is_hashed_anew:
        tell_handlers("password" if instance.has_usable_password() else "anew", instance)
    if any(getattr(before, name) != getattr(instance, name) for name in OF_ACCOUNT):
        tell_handlers("account", instance)


PEOPLE = {
    "roles": ("confidant_id", "deputy_id"),
    "absence": ("confidant_absent_from", "confidant_absent_until"),
}


def people_saved(instance: HandlingSettings, **_signal: Any) -> None:
    """Tells the handlers that the people named, or an absence, will be others."""
    before = HandlingSettings.objects.filter(pk=instance.pk).first()
    for what, names in PEOPLE.items():
        if before and any(getattr(before, name) != getattr(instance, name) for name in names):
            tell_handlers(what)


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
PAGE_PERMISSIONS = tuple(f"wagtailcore.{verb}_page" for verb in ("add", "change", "publish"))
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
        group.permissions.set(map(_permission, permissions))
        root, collection = Page.get_first_root_node(), Collection.get_first_root_node()
        for permission in map(_permission, PAGE_PERMISSIONS if name == EDITORS_GROUP else ()):
            GroupPagePermission.objects.create(group=group, page=root, permission=permission)
        for permission in map(_permission, COLLECTION_PERMISSIONS.get(name, ())):
            GroupCollectionPermission.objects.create(
                group=group, collection=collection, permission=permission
            )


def _permission(name: str) -> Permission:
    app_label, _, codename = name.partition(".")
    return Permission.objects.get(content_type__app_label=app_label, codename=codename)
