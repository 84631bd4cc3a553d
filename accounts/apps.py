"""Wires the doors together, and refuses to start with one that stands open."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Inloggen"

    def ready(self) -> None:
        if settings.ACCOUNTS_WITHOUT_FACTOR and not settings.DEBUG:
            raise ImproperlyConfigured(
                "ACCOUNTS_WITHOUT_FACTOR lets accounts in by their password alone. It is for the "
                "demo on a developer's machine: leave it empty."
            )
        from accounts import factors  # noqa: F401 - receives what Django and allauth tell
