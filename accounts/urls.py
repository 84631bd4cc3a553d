"""The addresses of logging in, below /cms/: allauth's that we use, and no other of its.

Wagtail's own log-in page lies behind these, so that no password opens a session past them.
"""

from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path

from accounts.views import (
    AddPasskeyView,
    LeaveView,
    LoginPasskeyView,
    LoginView,
    RecoveryCodesView,
    RemovePasskeyView,
)

SURE = "mfa/sure.html"

urlpatterns = [
    path("login/", LoginView.as_view(), name="account_login"),
    path("login/code/", mfa.authenticate, name="mfa_authenticate"),
    path("login/passkey/", LoginPasskeyView.as_view(), name="mfa_login_webauthn"),
    path("login/bevestigen/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path(
        "login/bevestigen/passkey/",
        passkeys.ReauthenticateWebAuthnView.as_view(template_name="mfa/reauthenticate.html"),
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
