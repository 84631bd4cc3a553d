"""What Django and allauth tell us of a session."""

import time
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import authentication_step_completed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from accounts.factors import FACTORS, INVITED
from accounts.middleware import LOCKED
from accounts.sessions import BEGAN_AT, SEEN_AT


@receiver(user_logged_in)
def begin_session(request: HttpRequest, **_signal: Any) -> None:
    request.session[BEGAN_AT] = request.session[SEEN_AT] = time.time()


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
