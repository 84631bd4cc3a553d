"""Who needs a second factor, and whether this session has shown one."""

from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from complaints.models.roster import may_handle
from complaints.models.settings import active_handlers, holders_of

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
WRONG_CODE = _("Deze code klopt niet. Kijk of je de nieuwste overtypt.")
INVITED = "invited"  # in the session: the account that came in by an invitation, by its pk
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
