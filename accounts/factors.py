"""Who needs a second factor, whether this session has shown one, and what follows a change.

And what every page of the CMS asks of a session: such a factor, and that somebody is there.
"""

import time
from typing import Any

from allauth.account.adapter import get_adapter
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
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.deprecation import MiddlewareMixin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.sessions import BEGAN_AT, SEEN_AT, end_sessions_of
from complaints.cases.handlers_group import tell_handlers
from complaints.models.roster import may_handle
from complaints.models.settings import active_handlers, holders_of
from complaints.staff.pages import give_back
from config.middleware import CASE_DESK, CMS

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
WRONG_CODE = gettext_lazy("Deze code klopt niet. Kijk of je de nieuwste overtypt.")
LOCKED = "locked"  # in the session: the desk asks for a factor before it shows anything
INVITED = "invited"  # in the session: the account that came in by an invitation, by its pk
# Whoever names the confidant, or makes accounts, could become one who sees a case.
MANAGES = (
    *("auth.add_user", "auth.change_user", "auth.delete_user", "auth.change_group"),
    "complaints.change_handlingsettings",
)

FRESH_SECONDS = 15 * 60
WRITE_SECONDS = 60  # how exactly it is kept when somebody was last there
OPEN = {
    *("account_login", "account_logout", "mfa_authenticate", "mfa_login_webauthn"),
    *("mfa_reauthenticate", "mfa_reauthenticate_webauthn"),
    *("invitation", "wagtailadmin_sprite", "wagtailadmin_javascript_catalog"),
}
PINGS = "wagtailadmin_editing_sessions"
# A post that is answered with a file, a code or a letter; and one that shows what was typed only.
DESK = "complaints_complaint_modeladmin_"
READ_BY_A_POST = {f"{DESK}export", f"{DESK}code", f"{DESK}extend"}
WRITTEN_BY_THEM = {f"{DESK}register"}


def needs_factor(user: User) -> bool:
    """Whether this person can see a case or manage users."""
    if user.get_username() in settings.ACCOUNTS_WITHOUT_FACTOR:  # of the demo
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
    if match is not None and match.url_name == "invitation":
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


WHAT = {
    authenticator_added: "added",
    authenticator_removed: "removed",
    authenticator_reset: "codes",
}


@receiver([*WHAT])
def tell_of_factor(signal: Any, user: User, authenticator: Authenticator, **_signal: Any) -> None:
    """Recovery codes come and go with the factors; that they were made anew is told."""
    if signal is authenticator_reset or authenticator.type in FACTORS:
        tell_handlers(WHAT[signal], user)


class SecondFactor(MiddlewareMixin):
    """Keeps a session that has shown no factor out of the CMS, and an old one out of the desk."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Of a post that did nothing the page is not shown while the desk is locked."""
        match = request.resolver_match
        is_shown = response.status_code in (200, 409, 422) and request.method == "POST"
        if not is_shown or match is None or match.url_name in WRITTEN_BY_THEM:
            return response
        if not request.path_info.startswith(CASE_DESK) or not request.session.get(LOCKED):
            return response
        return _unsent(request) or redirect(request.path)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        match = request.resolver_match
        if not request.path_info.startswith(CMS) or match is None or match.url_name in OPEN:
            return None
        if not request.user.is_authenticated:
            return None
        note_activity(request)
        if not has_shown_factor(request):
            is_about_factors = (match.url_name or "").startswith("mfa_")
            if may_begin(request) if is_about_factors else not needs_factor(request.user):
                return None
            return _way_to_a_factor(request)
        if request.session.get(LOCKED) and _is_reading(request):
            return _unsent(request) or _way_to_a_factor(request)
        return None


def _unsent(request: HttpRequest) -> HttpResponse | None:
    if request.method != "POST":
        return None
    return give_back(request, _("Je was langer dan een kwartier weg. Er is niets verstuurd."))


def note_activity(request: HttpRequest) -> None:
    """Keeps when somebody was last there; what the editor sends by itself is nobody.

    After a quarter of an hour the desk is locked. A post still goes through, so that what was
    typed is not lost; the page after it asks for the factor, and what was not done is given back.
    """
    now, match = time.time(), request.resolver_match
    away = now - request.session.get(SEEN_AT, now)
    if away > FRESH_SECONDS:
        request.session[LOCKED] = True
    is_ping = match is not None and PINGS in match.namespaces
    if is_ping or request.headers.get("Accept") == "application/json":  # the latter is autosave
        return
    if away > WRITE_SECONDS or SEEN_AT not in request.session:
        request.session[SEEN_AT] = now


def _is_reading(request: HttpRequest) -> bool:
    match = request.resolver_match
    is_post = request.method not in ("GET", "HEAD")
    if is_post and (match is None or match.url_name not in READ_BY_A_POST):
        return False
    return request.path_info.startswith(CASE_DESK)


def _way_to_a_factor(request: HttpRequest) -> HttpResponse:
    """To the factor they have, to making their first, or to how they get an invitation."""
    if request.headers.get("x-requested-with") == "XMLHttpRequest":
        raise PermissionDenied
    if factors_of(request.user):
        methods = get_adapter().get_reauthentication_methods(request.user)
        return redirect_to_login(request.get_full_path(), login_url=methods[0]["url"])
    if may_begin(request):
        return redirect("mfa_index")
    return render(request, "account/no_factor.html", status=403)
