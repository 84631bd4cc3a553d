"""What django-allauth asks of us: its words, what it may do, and how it keeps secrets."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.brake import PATIENCE_SECONDS, Browser, hashing, is_password_braked, known_browser
from accounts.factors import WRONG_CODE, factors_of, may_begin, needs_factor
from complaints.cases.handlers_group import tell_handlers
from complaints.vault.keyring import open_secret, seal_secret
from home.models import OrganisationSettings

TOO_MANY = _(
    "Er is kort na elkaar te vaak geprobeerd in te loggen. Wacht tien minuten, of log in met je "
    "passkey: dat kan wel."
)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "incorrect_code": WRONG_CODE,
        "too_many_login_attempts": TOO_MANY,
        "username_password_mismatch": _(
            "Deze gebruikersnaam en dit wachtwoord horen niet bij elkaar."
        ),
        "busy": _("Er loggen nu te veel mensen tegelijk in. Probeer het over een minuut opnieuw."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Brakes before the password is hashed, and hashes few at once."""
        username = credentials.get("username", "")
        if is_password_braked(request, username):
            raise self.validation_error("too_many_login_attempts")
        turn = hashing[bool(known_browser(request, username))]
        if not turn.acquire(timeout=PATIENCE_SECONDS):
            raise self.validation_error("busy")
        try:
            return super().authenticate(request, **credentials)
        finally:
            turn.release()

    def is_safe_url(self, url: str) -> bool:
        """Where to go on after logging in: on this site; allauth's fails on `http://[`."""
        host, is_secure = self.request.get_host(), self.request.is_secure()
        return url_has_allowed_host_and_scheme(url, {host}, require_https=is_secure)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A first factor is made from an invitation; all that follows is confirmed with one."""
        return not may_begin(self.request)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        response, browser = super().post_login(request, user, **kwargs), Browser.of(request)
        if user.pk not in browser.accounts:
            tell_handlers("browser", user)
        browser.remember(user, response)
        return response

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """A passkey first, for whoever has one."""
        methods = super().get_reauthentication_methods(user)
        return sorted(methods, key=lambda method: "webauthn" not in method["id"])

    def respond_user_inactive(self, request: HttpRequest, user: Any) -> HttpResponse:
        messages.error(request, _("Dit account is uitgezet."))
        return redirect("account_login")

    def add_message(self, request: HttpRequest, level: int, *args: Any, **kwargs: Any) -> None:
        """What went wrong; what went well the page itself says."""
        if words := kwargs.get("message"):
            messages.add_message(request, level, words)


class MfaAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": WRONG_CODE,
        "too_many_tries": TOO_MANY,
        "cannot_delete_authenticator": _("Dit is je laatste middel. Voeg eerst een ander toe."),
    }

    def encrypt(self, text: str) -> str:
        return seal_secret(text)

    def decrypt(self, encrypted_text: str) -> str:
        return open_secret(encrypted_text)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        """The last factor stays: without one, only an invitation opens the door again."""
        return factors_of(authenticator.user) > 1 or not needs_factor(authenticator.user)

    def _get_site_name(self) -> str:
        """As it stands in an authenticator app and beside a passkey."""
        default = OrganisationSettings.objects.filter(site__is_default_site=True)
        return default.values_list("name", flat=True).first() or super()._get_site_name()

    def _get_user_identifier(self, user: Any) -> str:
        return str(user.get_username())

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002
        return f"Passkey {factors_of(user) + 1}"
