"""allauth's forms with our words, and a brake where somebody could guess."""

from typing import Any

from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as codes
from allauth.mfa.totp.forms import ActivateTOTPForm as AllauthActivateTOTPForm
from allauth.mfa.webauthn import forms as passkeys
from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.brake import is_code_braked
from accounts.factors import WRONG_CODE


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
