"""Production: every secret comes from the environment, and all that is missing is named at once.

`.env.example` says what each one means.
"""

import os

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import DATABASES, LOGGING, STORAGES, in_a_pool

REQUIRED = (
    *("SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "BASE_URL", "EMAIL_URL", "MAIL_FROM"),
    *("VAULT_KEY_FILE", "ERASURE_KEY_FILE"),  # what is in them is asked later: `require_keys`
)
if missing := [name for name in REQUIRED if not os.environ.get(name)]:
    raise ImproperlyConfigured(f"Set {', '.join(missing)} in the environment: see .env.example.")

SECRET_KEY = os.environ["SECRET_KEY"]
if SECRET_KEY.startswith("development-only"):
    raise ImproperlyConfigured("SECRET_KEY is the one of the development settings. Make your own.")
DATABASES["default"] |= in_a_pool(DATABASES["default"])
LOGGING["handlers"]["console"]["formatter"] = os.environ.get("LOG_FORMAT", "") or "json"
ALLOWED_HOSTS = [host.strip() for host in os.environ["ALLOWED_HOSTS"].split(",")]
WAGTAILADMIN_BASE_URL = os.environ["BASE_URL"]
CSRF_TRUSTED_ORIGINS = [WAGTAILADMIN_BASE_URL.rstrip("/")]

DURABLE_DATABASE = True

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = True
# Half a year is the least that scanners count. Preloading takes in every name below this one, and
# takes months to undo.
SECURE_HSTS_SECONDS = int(os.environ.get("HSTS_SECONDS", "") or 15_768_000)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS = os.environ.get("HSTS_PRELOAD", "") == "1"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
BROWSER_COOKIE_NAME = "__Host-browser"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"

SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # names below this one, and
    "security.W021",  # preloading, are for the organisation to choose: HSTS_PRELOAD
    "security.W019",  # the CMS previews pages in a frame of its own site, as the CSP says too
]

STORAGES["staticfiles"] = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
