"""Who joins the handlers or the managers, by invitation; who leaves them, and who hears it.

Nobody manages and handles: who sets accounts could else reach cases, and the other way round.

An invitation is a mailed link to a password of one's own. Whoever is admitted begins without one,
also with an account that was there before: nobody who made or managed it can come in as them. The
link works once, for as long as Django lets a link to set a password work; a new one ends the one
before.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from allauth.core import context
from django.contrib.auth.models import Group, Permission, User
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.db import DEFAULT_DB_ALIAS, transaction
from django.db.models import Q
from django.db.models.deletion import Collector, ProtectedError
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.log_actions import log
from wagtail.models import ModelLogEntry

from complaints.cases.audit import note, whoever_asks
from complaints.cases.case import NotAllowed
from complaints.cases.rules import Refusal, refuse_if
from complaints.models.outbox import MailKind
from complaints.models.privacy import AccessKind
from complaints.models.roster import may_handle, roster_for
from complaints.models.settings import HandlingSettings, active_handlers, holders_of, name_of
from complaints.notifications import owe

HANDLERS_GROUP, EDITORS_GROUP, MANAGERS_GROUP = "Vertrouwenspersonen", "Redactie", "Beheer"


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


def admit_handler(user: User) -> None:
    """Puts a person into the handlers' group; raises NotAllowed.

    Whoever handles complaints already is not admitted again, and a manager never is.
    """
    if may_handle(user):
        raise NotAllowed(Refusal("a handler", _("Deze persoon behandelt al klachten.")))
    if is_manager(user):
        words = _(
            "Deze persoon beheert accounts of instellingen. Wie dat doet, behandelt geen klachten."
        )
        raise NotAllowed(Refusal("a manager", words))
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


class InvitationTokens(PasswordResetTokenGenerator):
    """Django's, bound to password, address and last log-in; for an account without password only.

    So setting one uses the link up, and no link of ours changes a password that is in use.
    """

    key_salt = "complaints.invitation"

    def check_token(self, user: User | None, token: str | None) -> bool:
        return (
            user is not None and not user.has_usable_password() and super().check_token(user, token)
        )


invitation_tokens = InvitationTokens()


def invitation_path(user: User) -> str:
    """Returns the address on this site under which they set their password."""
    pk = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("invitation", args=[pk, invitation_tokens.make_token(user)])


@transaction.atomic
def invite(
    *, email: str, first_name: str, last_name: str, by: User, to_manage: bool = False
) -> User:
    """Lets a handler or a manager in, by the account with that address or a new one, and mails.

    Raises NotAllowed. One at a time, so that a double click makes no two accounts.
    """
    may_invite = may_admit_manager(by) if to_manage else may_admit(by)
    refuse_if(None if may_invite else Refusal("not theirs to let in"))
    Group.objects.select_for_update().get(name=HANDLERS_GROUP)
    user = _account_of(email) or User(
        username=email.lower(), email=email.lower(), first_name=first_name, last_name=last_name
    )
    user.is_active = True
    user.set_unusable_password()
    user.save()
    if to_manage:
        admit_manager(user, by)
    else:
        admit_handler(user)
    owe(MailKind.INVITED, user, occasion=timezone.now().isoformat())
    return user


def _account_of(email: str) -> User | None:
    """Returns the account with that very address, if any.

    Raises NotAllowed where an account only looks like it: the mail would go elsewhere.
    """
    found = list(User.objects.filter(Q(email__iexact=email) | Q(username__iexact=email))[:2])
    if len(found) > 1 or any(user.email.lower() != email.lower() for user in found):
        words = _("Er is al een account dat hierop lijkt. Vraag de beheerder het na te kijken.")
        raise NotAllowed(Refusal("an account that looks like it", words))
    return found[0] if found else None


def why_not_invite_again(user: User, by: User) -> Refusal | None:
    """A handler who cannot come in is let back by another one, never by themselves."""
    if may_admit(by) and user.pk != by.pk and roster_for(by).may_handle(user):
        return None
    return Refusal("another handler invites again")


@transaction.atomic
def invite_again(*, user: User, by: User) -> None:
    """Mails a handler a new link; from here on their password opens nothing. Raises NotAllowed."""
    refuse_if(why_not_invite_again(user, by))
    begin_anew(user)
    owe(MailKind.INVITED, user, occasion=timezone.now().isoformat())


def begin_anew(user: User) -> str:
    """Ends a person's password, sessions and links; returns the address of the new one."""
    user.set_unusable_password()
    user.save(update_fields=["password"])
    return invitation_path(user)
