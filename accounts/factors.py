"""Who needs a second factor, whether this session has shown one, and what follows a change."""

import time
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import authentication_step_completed
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in
from django.db.models import Q, QuerySet
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.sessions import BEGAN_AT, SEEN_AT, end_sessions_of
from complaints.cases.handlers_group import tell_handlers
from complaints.models.roster import may_handle
from complaints.models.settings import active_handlers, holders_of

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
WRONG_CODE = _("Deze code klopt niet. Kijk of je de nieuwste overtypt.")
LOCKED = "locked"  # in the session: the desk asks for a factor before it shows anything
INVITED = "invited"  # in the session: the account that came in by an invitation, by its pk
INVITATION = "invitation"  # the address under which somebody invited sets a password
# Whoever names the confidant, or makes accounts, could become one who sees a case.
MANAGES = (
    *("auth.add_user", "auth.change_user", "auth.delete_user", "auth.change_group"),
    "complaints.change_handlingsettings",
)


def is_let_in_without(user: Any) -> bool:
    """Whether this is one of the demo's accounts, on a developer's machine."""
    return user.get_username() in settings.ACCOUNTS_WITHOUT_FACTOR


def needs_factor(user: User) -> bool:
    """Whether this person can see a case or manage users."""
    if is_let_in_without(user):
        return False
    return may_handle(user) or any(user.has_perm(permission) for permission in MANAGES)


def has_shown_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a factor of the user it belongs to."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" for record in records)


def factors_of(user: Any) -> int:
    """Returns how many factors somebody can log in with; recovery codes are no factor."""
    return Authenticator.objects.filter(user=user, type__in=FACTORS).count()


def lack_factor() -> QuerySet[Any]:
    """Returns who came in once, needs a factor, and has none."""
    holds = Q(is_superuser=True) | Q(pk__in=active_handlers())
    for name in MANAGES:
        app, codename = name.split(".")
        holds |= Q(pk__in=holders_of(app, codename))
    people = User.objects.filter(holds, is_active=True)
    people = people.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    return people.exclude(authenticator__type__in=FACTORS)


def may_begin(request: HttpRequest) -> bool:
    """Whether the first factor may be made now: in the session of an invitation, and once."""
    user = request.user
    is_invited = user.is_authenticated and request.session.get(INVITED) == user.pk
    return is_invited and not Authenticator.objects.filter(user=user).exists()


@receiver(user_logged_in)
def begin_session(request: HttpRequest, user: User, **_signal: Any) -> None:
    request.session[BEGAN_AT] = request.session[SEEN_AT] = time.time()
    match = request.resolver_match
    if match is not None and match.url_name == INVITATION:
        request.session[INVITED] = user.pk


@receiver(post_save, sender=User)
def begin_anew(instance: User, **_signal: Any) -> None:
    """Whose password was ended begins anew: their factors open nothing any more either."""
    if not instance.has_usable_password():
        Authenticator.objects.filter(user=instance).delete()
    if not instance.is_active:  # else they would go on where they were, once it is on again
        end_sessions_of({instance.pk})


@receiver(m2m_changed, sender=User.groups.through)
def leave_with_the_group(
    instance: User | Group, action: str, pk_set: set[int] | None, **_signal: Any
) -> None:
    """Whoever is taken out of a group is logged out, but for whoever does it to themselves."""
    if action in {"post_remove", "post_clear"}:
        who = {instance.pk} if isinstance(instance, User) else pk_set or set()
        here = context.request.user.pk if context.request is not None else None
        end_sessions_of(who - {here})


@receiver(authentication_step_completed)
def open_desk(request: HttpRequest, method: str, **_signal: Any) -> None:
    if method == "mfa":
        request.session.pop(LOCKED, None)


@receiver(authenticator_added)
def first_factor_opens(
    request: HttpRequest, user: User, authenticator: Authenticator, **_signal: Any
) -> None:
    """Making the first factor shows it: the invitation is used up, and the CMS opens."""
    if authenticator.type in FACTORS and request.session.pop(INVITED, None) is not None:
        shown = {"id": authenticator.pk, "type": authenticator.type, "reauthenticated": True}
        record_authentication(request, user, "mfa", **shown)


WHAT = {authenticator_added: "added", authenticator_removed: "removed"}


@receiver([authenticator_added, authenticator_removed])
def tell_of_factor(signal: Any, user: User, authenticator: Authenticator, **_signal: Any) -> None:
    """Recovery codes come and go with the factors."""
    if authenticator.type in FACTORS:
        tell_handlers(WHAT[signal], user)


@receiver(authenticator_reset)
def tell_of_codes(user: User, **_signal: Any) -> None:
    tell_handlers("codes", user)
