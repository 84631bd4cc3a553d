"""What Django and allauth tell us of a session and of factors."""

import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import authentication_step_completed
from allauth.core import context
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.factors import FACTORS, INVITED
from accounts.middleware import LOCKED
from accounts.sessions import BEGAN_AT, SEEN_AT, end_sessions_of
from complaints.cases.handlers_group import tell_handlers

INVITATION = "invitation"  # the address under which somebody invited sets a password


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
