"""allauth's pages, where they are not as we need them."""

import json
import time
from contextlib import suppress
from typing import Any

from allauth.account.mixins import RedirectAuthenticatedUserMixin
from allauth.account.views import LoginView as AllauthLoginView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, LoginWebAuthnView, RemoveWebAuthnView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from wagtail.admin.views.account import LogoutView

from accounts.brake import passkeys_asked
from complaints.models.roster import may_handle
from complaints.vault.keyring import TokenBroken, open_token, seal_token

PASSKEY = "passkey"  # the cookie, and what it is sealed for
PASSKEY_SECONDS = 300


class LoginView(AllauthLoginView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """An account without the CMS may log in as another; allauth would send it to and fro."""
        user = request.user
        if user.is_authenticated and not user.has_perm("wagtailadmin.access_admin"):
            return super(RedirectAuthenticatedUserMixin, self).dispatch(request, *args, **kwargs)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        without = settings.ACCOUNTS_WITHOUT_FACTOR
        return super().get_context_data(**kwargs) | {"without_factor": without}


@method_decorator(require_POST, name="dispatch")  # Wagtail's lets a picture's address log out
class LeaveView(LogoutView):
    """Wagtail's, after which the browser keeps nothing of the desk."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class LoginPasskeyView(LoginWebAuthnView):
    """What the browser is to sign it keeps itself, sealed: whoever only asks leaves no session."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)
        if asked := request.session.pop(auth.STATE_SESSION_KEY, None):
            sealed = seal_token(json.dumps([asked, time.time()]).encode(), use=PASSKEY)
            response.set_cookie(
                PASSKEY,
                sealed,
                max_age=PASSKEY_SECONDS,
                path=request.path,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Each may be answered once, and for a few minutes."""
        with suppress(TokenBroken, ValueError):
            cookie = request.COOKIES.get(PASSKEY, "")
            asked, at = json.loads(open_token(cookie, use=PASSKEY))
            is_new = passkeys_asked.count_name(cookie) == 1
            if is_new and time.time() - at < PASSKEY_SECONDS:
                request.session[auth.STATE_SESSION_KEY] = asked
        response: HttpResponse = super().post(request, *args, **kwargs)
        request.session.pop(auth.STATE_SESSION_KEY, None)
        response.delete_cookie(PASSKEY, path=request.path, samesite="Strict")
        return response


class RecoveryCodesView(ViewRecoveryCodesView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """From here a colleague who just came goes on to the desk."""
        is_handler = may_handle(self.request.user)
        onward = "complaints_complaint_modeladmin_index" if is_handler else "wagtailadmin_home"
        return super().get_context_data(**kwargs) | {"onward": reverse(onward)}


class AddPasskeyView(AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Asks for a passkey, where allauth asks for a key beside the password."""
        context = super().get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, passwordless=True)
        return context | {"js_data": {"creation_options": options}}


class RemovePasskeyView(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        passkey = super().get_object(*args, **kwargs)
        if not get_adapter().can_delete_authenticator(passkey):
            raise Http404
        return passkey
