"""Production: every secret comes from the environment, and a missing one is named at the start."""

import os

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, STORAGES, in_a_pool


def required(name: str) -> str:
    """The value of an environment variable; raises ImproperlyConfigured by its name."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"Set {name} in the environment: see README, 'Deploy'.")
    return value


SECRET_KEY = required("SECRET_KEY")
if SECRET_KEY.startswith("development-only"):
    raise ImproperlyConfigured("SECRET_KEY is the one of the development settings. Make your own.")
required("DATABASE_URL")
DATABASES["default"] |= in_a_pool(DATABASES["default"])
required("VAULT_KEY_FILE")  # what is in them is asked where complaints are taken: `require_keys`
required("ERASURE_KEY_FILE")
required("EMAIL_HOST")
ALLOWED_HOSTS = [host.strip() for host in required("ALLOWED_HOSTS").split(",")]
WAGTAILADMIN_BASE_URL = required("BASE_URL")
CSRF_TRUSTED_ORIGINS = [WAGTAILADMIN_BASE_URL.rstrip("/")]

VAULT_KEY_FILE_MAY_BE_MADE = False
DURABLE_DATABASE = True

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
BROWSER_COOKIE_NAME = "__Host-browser"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"

# The CMS previews pages in a frame of its own site; frame-ancestors says the same in the CSP.
SILENCED_SYSTEM_CHECKS = ["security.W019"]

STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
