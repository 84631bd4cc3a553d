"""Logging in, below /cms/: allauth's pages and forms where they are not as we need them, and where.

The addresses are those of allauth that we use, and no other of its. Wagtail's own log-in page lies
behind these, so that no password opens a session past them.
"""

import json
from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.mixins import RedirectAuthenticatedUserMixin
from allauth.account.views import LoginView as AllauthLoginView
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as codes
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from allauth.mfa.webauthn import forms as passkeys
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path, reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from wagtail.admin.views.account import LogoutView

from accounts.brake import is_code_braked, passkeys_asked
from accounts.factors import WRONG_CODE
from complaints.models.roster import may_handle

PASSKEY = "passkey"  # the cookie
PASSKEY_SECONDS = 300
SURE = "mfa/sure.html"


class LoginForm(AllauthLoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (("login", _("Gebruikersnaam")), ("password", _("Wachtwoord"))):
            self.fields[name].label = label
            self.fields[name].widget.attrs.pop("placeholder", None)
            self.fields[name].help_text = ""
        self.fields["login"].widget.attrs |= {"autocapitalize": "none", "spellcheck": "false"}


class CodeForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label = _("Code")
        field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class BrakedCodeForm(CodeForm, codes.BaseAuthenticateForm):
    """A code of the app, or a recovery code."""

    def clean_code(self) -> str:
        """Counts before anything is compared, whether it is right or not."""
        if is_code_braked(self.user):
            raise get_adapter().validation_error("too_many_tries")
        code: str = super().clean_code()
        return code


class AuthenticateForm(BrakedCodeForm, codes.AuthenticateForm):
    pass


class ReauthenticateForm(BrakedCodeForm, codes.ReauthenticateForm):
    pass


class ActivateTOTPForm(CodeForm, AllauthActivateTOTPForm):
    pass


class CredentialField(forms.JSONField):
    """What the browser says of a passkey; nested a thousand deep it is refused, not a fault."""

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError:
            raise forms.ValidationError(WRONG_CODE) from None


class CredentialForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["credential"] = CredentialField(widget=forms.HiddenInput)


class LoginPasskeyForm(CredentialForm, passkeys.LoginWebAuthnForm):
    pass


class AuthenticatePasskeyForm(CredentialForm, passkeys.AuthenticateWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(CredentialForm, passkeys.ReauthenticateWebAuthnForm):
    pass


class AddPasskeyForm(CredentialForm, passkeys.AddWebAuthnForm):
    """Always one that can log in by itself, and asks its owner for a finger or a code."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["passwordless"]
        self.fields["name"].label = _("Naam, om hem later te herkennen")


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


class LoginPasskeyView(passkey_views.LoginWebAuthnView):
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


class RecoveryCodesView(recovery.ViewRecoveryCodesView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """From here a colleague who just came goes on to the desk."""
        is_handler = may_handle(self.request.user)
        onward = "complaints_complaint_modeladmin_index" if is_handler else "wagtailadmin_home"
        return super().get_context_data(**kwargs) | {"onward": reverse(onward)}


class AddPasskeyView(passkey_views.AddWebAuthnView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Asks for a passkey, where allauth asks for a key beside the password."""
        context = super().get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, passwordless=True)
        return context | {"js_data": {"creation_options": options}}


class RemovePasskeyView(passkey_views.RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        passkey = super().get_object(*args, **kwargs)
        if not get_adapter().can_delete_authenticator(passkey):
            raise Http404
        return passkey


urlpatterns = [
    path("login/", LoginView.as_view(), name="account_login"),
    path("login/code/", mfa.authenticate, name="mfa_authenticate"),
    path("login/passkey/", LoginPasskeyView.as_view(), name="mfa_login_webauthn"),
    path("login/bevestigen/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        "login/bevestigen/passkey/",
        passkey_views.ReauthenticateWebAuthnView.as_view(template_name="mfa/reauthenticate.html"),
        name="mfa_reauthenticate_webauthn",
    ),
    path("logout/", LeaveView.as_view(), name="account_logout"),
    path("login/middelen/", mfa.index, name="mfa_index"),
    path("login/middelen/app/", totp.activate_totp, name="mfa_activate_totp"),
    path(
        "login/middelen/app/weg/",
        totp.DeactivateTOTPView.as_view(template_name=SURE),
        name="mfa_deactivate_totp",
    ),
    path("login/middelen/passkey/", AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path(
        "login/middelen/passkey/<int:pk>/weg/",
        RemovePasskeyView.as_view(template_name=SURE),
        name="mfa_remove_webauthn",
    ),
    path("login/middelen/codes/", RecoveryCodesView.as_view(), name="mfa_view_recovery_codes"),
    path(
        "login/middelen/codes/nieuw/",
        recovery.GenerateRecoveryCodesView.as_view(template_name=SURE),
        name="mfa_generate_recovery_codes",
    ),
]
