"""allauth's pages, where they are not as we need them."""

import json
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

PASSKEY = "passkey"  # the cookie
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
    """What the browser is to sign it keeps itself, signed: whoever only asks leaves no session."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().get(request, *args, **kwargs)
        if asked := request.session.pop(auth.STATE_SESSION_KEY, None):
            response.set_signed_cookie(
                PASSKEY,
                json.dumps(asked),
                max_age=PASSKEY_SECONDS,
                path=request.path,
                secure=settings.SESSION_COOKIE_SECURE,
                httponly=True,
                samesite="Strict",
            )
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What was asked is answered once, and within a few minutes."""
        asked = request.get_signed_cookie(PASSKEY, default="", max_age=PASSKEY_SECONDS)
        if asked and passkeys_asked.count_name(asked) == 1:
            request.session[auth.STATE_SESSION_KEY] = json.loads(asked)
        response: HttpResponse = super().post(request, *args, **kwargs)
        request.session.pop(auth.STATE_SESSION_KEY, None)
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
